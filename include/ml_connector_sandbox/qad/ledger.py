"""Postings: what receipts, invoices and matchings do to the general ledger."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .tenant import Row
from .values import money
from .work import Work


@dataclass(frozen=True)
class Source:
    """The document that posts."""

    entity: str
    daybook: str
    voucher: Any
    day: str
    currency: str
    reference: str


def post(work: Work, source: Source, entries: list[tuple[Row, Decimal]]) -> None:
    """Store one row per entry that is not zero; an amount above zero is a debit."""
    for account, amount in entries:
        if not amount:
            continue
        work.tenant.put("postings", {
            "postingID": work.tenant.next("posting"), "entityCode": source.entity,
            "postingYear": int(source.day[:4]), "postingPeriod": int(source.day[5:7]), "postingDate": source.day,
            "daybookCode": source.daybook, "voucher": source.voucher, "reference": source.reference,
            "currencyCode": source.currency, "glAccountCode": account["glAccountCode"],
            "subAccountCode": account.get("subAccountCode", ""), "costCenterCode": account.get("costCenterCode", ""),
            "projectCode": account.get("projectCode", ""), "amount": money(amount),
        })  # fmt: skip


def account(code: str) -> Row:
    """Return an account without analysis."""
    return {"glAccountCode": code}


def is_closed(work: Work, day: str) -> bool:
    """Tell whether a day lies in a closed period."""
    return bool(day) and day <= work.switches.closed_until
