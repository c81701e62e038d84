"""A simulator of Acumatica's contract-based REST API, written from its public documentation alone.

``simulator()`` is what the core runs; every switchable behaviour is described in ``settings.py``. The tenant that is
there from the start is ``ACME``; its keys are in ``world.py``.
"""

from .site import Site


def simulator() -> Site:
    """A fresh site with the default tenant."""
    return Site()
