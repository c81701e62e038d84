"""Which purchases may hold documents of some days, from the list alone, pure.

The list shows the order's date, and of the bills the first one's number and date only
(https://dearinventory.docs.apiary.io, Purchase List), so more than the list is needed for bills, credit notes and
receipts. A purchase whose last change is older than the days holds none of them, but for a bill dated ahead.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from ml_connector.domain.documents import PurchaseOrder
from ml_connector.systems.cin7.wire import calendar_date, moment

Row = dict[str, Any]


def may_hold(row: Row, kind: str, first_day: dt.date, last_day: dt.date) -> bool:
    """Tell whether a purchase may hold a document of `kind` dated on these days."""
    if kind == PurchaseOrder.kind:
        return _is_within(row.get("OrderDate"), first_day, last_day)
    try:
        changed = moment(str(row.get("LastUpdatedDate"))).date()
    except ValueError:
        return True
    return changed >= first_day - dt.timedelta(days=1) or (
        bool(row.get("InvoiceDate")) and _is_within(row["InvoiceDate"], first_day, last_day)
    )


def day_of(value: object) -> dt.date | None:
    """Return a date of the list; None where it is missing or cannot be read."""
    try:
        return calendar_date(str(value or ""))
    except ValueError:
        return None


def _is_within(value: object, first_day: dt.date, last_day: dt.date) -> bool:
    """Tell whether a date is one of these days; one that is not known may be."""
    day = day_of(value)
    return day is None or first_day <= day <= last_day
