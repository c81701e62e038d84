"""Cin7 Core's REST API V2 as one would meet it, written from its public reference and what clients report.

Sources: the API reference (https://dearinventory.docs.apiary.io), the help centre (https://help.core.cin7.com) and
measurements published by client authors. Wordings that nobody quotes are our invention and marked so.
"""

from __future__ import annotations

from ml_connector_sandbox.cin7.world import World


def simulator() -> World:
    """Return a fresh simulator with its default account."""
    return World()
