"""The update of the general ledger: it moves vouchers from the voucher (hold) tables to the ledger's own.

That rows leave ``VoucherRowSet`` with the update is inferred; so is where they are read from then on.
"""

from __future__ import annotations

import re

from .store import Row, Tenant

UPDATE = "GLUpdate"
"""What the control route for edits is told instead of an entity."""
_NAMES = ("Company", "VoucherType", "AccountingYear", "VoucherNo")


def update(tenant: Tenant, vouchers: str) -> int:
    """Perform the update for a voucher, e.g. ``10/I/2026/417``, or for all that begin so; return how many rows moved.

    Raises:
        KeyError: no row begins so.
    """
    parts = re.split(r"[/^]", vouchers.strip("/^"))
    chosen = [row for row in tenant.rows["VoucherRow"].values() if _name(row)[: len(parts)] == parts]
    if not chosen:
        raise KeyError(f"vouchers {vouchers}")
    for row in chosen:
        tenant.drop(row)
        tenant.put("GenLedVoucherRow", row.data)
    return len(chosen)


def _name(row: Row) -> list[str]:
    """The parts of the key of a row's voucher."""
    return [str(row.data[name]) for name in _NAMES]
