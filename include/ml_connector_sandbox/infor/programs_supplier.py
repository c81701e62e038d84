"""CRS620MI suppliers and CRS692MI bank accounts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from .call import Call
from .errors import missing
from .tenant import Row


def lst_suppliers(call: Call) -> list[Row]:
    """Return suppliers from FRSU to TOSU that were changed after LMTS (that it excludes its own moment is inferred)."""
    since = int(Decimal(call.get("LMTS") or "-1"))
    first, last = call.get("FRSU"), call.get("TOSU")
    return [
        row
        for row in call.rows("CIDMAS")
        if row["SUNO"] >= first and (not last or row["SUNO"] <= last) and int(row["LMTS"]) > since
    ]


def lst_by_number(call: Call) -> list[Row]:
    """Return suppliers from SUNO on; that the start key is included is inferred."""
    return [row for row in call.rows("CIDMAS") if row["SUNO"] >= call.get("SUNO")]


def get_basic_data(call: Call) -> list[Row]:
    """Return one supplier."""
    row = call.tenant.row("CIDMAS", call.cono, call.get("SUNO"))
    if row is None:
        raise missing("Supplier number", call.get("SUNO"), "SUNO")
    return [row]


def lst_addresses(call: Call) -> list[Row]:
    """Return the addresses of a supplier."""
    return call.tenant.rows("CIDADR", call.cono, call.get("SUNO"))


def get_address(call: Call) -> list[Row]:
    """Return one address."""
    row = call.tenant.row("CIDADR", call.cono, *(call.get(name) for name in ("SUNO", "ADTE", "ADID", "STDT")))
    if row is None:
        raise missing("Address number", call.get("ADID"), "ADID")
    supplier = call.tenant.row("CIDMAS", call.cono, call.get("SUNO")) or {}
    return [{**row, "CSNM": supplier.get("SUNM", "")}]


def lst_supplier_ref(call: Call) -> list[Row]:
    """Return the contacts of a supplier."""
    return call.tenant.rows("CIDREF", call.cono, call.get("SUNO"))


def lst_by_acc_holder(call: Call) -> list[Row]:
    """Return bank accounts of a holder; a supplier's have BKTP 3 (inferred)."""
    rows = call.tenant.rows("CBANAC", call.cono, call.get("ACHO"))
    return [row for row in rows if call.is_wanted(row, "BKTP", "DIVI", "CBPY", "BKIN", "CUCD", "STAT")]


def search_supplier(call: Call) -> list[Row]:
    """Return suppliers that the search index finds."""
    return call.found("CIDMAS", "CRS620")


TRANSACTIONS: dict[str, Callable[[Call], list[Row]]] = {
    "CRS620MI/LstSuppliers": lst_suppliers,
    "CRS620MI/LstByNumber": lst_by_number,
    "CRS620MI/GetBasicData": get_basic_data,
    "CRS620MI/LstAddresses": lst_addresses,
    "CRS620MI/GetAddress": get_address,
    "CRS620MI/LstSupplierRef": lst_supplier_ref,
    "CRS620MI/SearchSupplier": search_supplier,
    "CRS692MI/LstByAccHolder": lst_by_acc_holder,
}
