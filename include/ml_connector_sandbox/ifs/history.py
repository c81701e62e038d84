"""The history log: what changed in the logical units that are logged.

``HistoryLogHandling`` with ``LuName``, ``TimeStamp`` and the attribute rows is known from public notes on 25R1;
logging has to be switched on for each unit. ``KeyRef``, ``UserId`` and ``HistoryType`` are inferred.
"""

from __future__ import annotations

from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

from .defaults import Moment
from .schema import EntityType, column_name
from .store import Row
from .values import wire_value

Values = dict[str, Any]
_LUNAMES = {
    "SupplierInfoGeneral": "SupplierInfo",
    "SupplierInfoAddress": "SupplierInfoAddress",
    "SupplierInfoContact": "ContactSupplierInfo",
    "PurchaseOrder": "PurchaseOrder",
}


def keyref(kind: EntityType, data: Values) -> str:
    """The key string of a row: ``SUPPLIER_ID=S1001^``, its parts in alphabetical order."""
    return "".join(f"{column}={_text(kind, key, data[key])}^" for column, key in kind.key_columns)


def _text(kind: EntityType, name: str, value: Any) -> str | None:
    """A value as the log writes it."""
    text = wire_value(kind.properties[name], value, timezone(timedelta(0)), text_numbers=True)
    return text if text is None or isinstance(text, str) else str(text).upper()


def record(at: Moment, kind: EntityType, user: str, old: Values | None, row: Row | None) -> None:
    """Log what became of a row, when its logical unit is logged; None for `old` is an insert, for `row` a delete."""
    name = _LUNAMES.get(kind.table)
    data = row.data if row is not None else old
    if name not in at.logged or data is None:
        return
    kind_of_change = "Insert" if old is None else "Modify" if row is not None else "Delete"
    before, after = old or {}, row.data if row is not None else {}
    changed = [item for item in kind.properties if before.get(item) != after.get(item)]
    number = Decimal(at.tenant.next_number("LogId"))
    head = {"LogId": number, "LuName": name, "KeyRef": keyref(kind, data), "TimeStamp": at.now}
    at.tenant.put("HistoryLog", {**head, "UserId": user, "HistoryType": kind_of_change})
    for item in changed:
        values = {"OldValue": _text(kind, item, before.get(item)), "NewValue": _text(kind, item, after.get(item))}
        names = {"ColumnName": column_name(item), "ColumnNamePrompt": column_name(item).replace("_", " ").title()}
        at.tenant.put("HistoryLogAttribute", {"LogId": number, **names, **values})
