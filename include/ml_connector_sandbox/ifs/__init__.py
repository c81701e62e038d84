"""A simulator of IFS Cloud's OData v4 projections, written from public documentation and recordings alone.

``simulator()`` is what the core runs; every switchable behaviour is described in ``settings.py``. The tenant that is
there from the start is the realm ``acmeprd``; its clients and records are in ``world.py``. Names that no public page
fixes (supplier invoices, receipts, pre-postings, companies) are conventions of this simulator and marked so.
"""

from .site import Site


def simulator() -> Site:
    """A fresh site with the default tenant."""
    return Site()
