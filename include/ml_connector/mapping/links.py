"""Which supplier of one system is which of the other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SupplierLink:
    """One supplier in both systems of a deployment."""

    cin7_key: str
    partner_key: str
    how: str
    """``code``, ``name``, ``person``, ``created``."""
