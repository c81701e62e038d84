"""A simulator of Infor CloudSuite (M3) behind the ION API gateway, written from public documentation alone.

``simulator()`` is what the core runs; every switchable behaviour is described in ``settings.py``. The tenant that is
there from the start is ``ACME_PRD``; its keys are in ``world.py``, and ``GET /ACME_PRD/authorizedapps/ml.ionapi``
hands out its credential file. Records are seeded, edited and shown by table (``tables.py``), with M3's own columns.
"""

from .site import Site


def simulator() -> Site:
    """Return a fresh host with the default tenant."""
    return Site()
