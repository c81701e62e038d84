"""A simulator of QAD Adaptive ERP's REST services as clients meet them.

QAD publishes user guides (https://www.qad.com/documentation) but no public REST reference; entity documents sit inside
each tenant. What is here follows the user guides, the QadFinancials object names and public client code such as
https://github.com/DigvijayERP/ApexTransformJAVA. The REST names of receipts, supplier invoices, GL accounts and cost
centres, all error numbers but 341 and most error texts are **conventions of this sandbox**; each is marked where it is
defined. ``settings.py`` describes every switch, ``world.py`` the tenant that is there from the start.
"""

from .site import Site


def simulator() -> Site:
    """A fresh site with the default tenant."""
    return Site()
