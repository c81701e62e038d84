"""SYSPRO 8 as one would meet it: e.net Solutions over REST, and the read-only OData service beside it.

Written from public sources alone: the help at https://help.syspro.com, traffic recorded by
https://github.com/wildland/syspro-ruby (``test/cassettes``), what https://github.com/trismegistus0/rectella-shopify-service
met on a live system, and the catalogue of business objects at https://github.com/LuntuSYSPRO/myGitHub-rep. What none of
them tells (error texts and numbers, the OData error body, paging) is our convention and marked so.

``simulator()`` is what the core runs; switches are described in ``settings.py``; the company that is there from the
start is ``ACM1``, its keys are in ``world.py``.
"""

from .site import Site


def simulator() -> Site:
    """Return a fresh site with its default company."""
    return Site()
