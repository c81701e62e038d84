"""Payments of bills; the rest of what the reference offers (change, refunds, deposits) is not simulated."""

from __future__ import annotations

from decimal import Decimal

from ml_connector_sandbox.cin7.account import Account, Record, stamp
from ml_connector_sandbox.cin7.errors import ApiError, missing
from ml_connector_sandbox.cin7.lines import number
from ml_connector_sandbox.cin7.purchases import AUTHORISED, PAID, Purchases
from ml_connector_sandbox.cin7.views import bill_view

_REQUIRED = ("TaskID", "Type", "Amount", "DatePaid", "Account")


def pay(account: Account, purchases: Purchases, body: Record) -> Record:
    """Pay a bill; once all of it is paid the bill is PAID. The purchase counts as changed."""
    for name in _REQUIRED:
        if not body.get(name):
            raise missing(name)
    purchase, group = _billed(account, str(body["TaskID"]).lower())
    made = account.put("payment", {"DateCreated": stamp(purchases.clock), **body, "Amount": number(body["Amount"])})
    bill = group["Invoice"]
    bill.setdefault("Payments", []).append(made)
    paid = sum((payment["Amount"] for payment in bill["Payments"]), Decimal(0))
    if paid >= bill_view(purchase, bill)["Total"]:
        bill["Status"] = PAID
    purchases.touched(purchase)
    return made


def _billed(account: Account, task: str) -> tuple[Record, Record]:
    for purchase in account.all("purchase"):
        for group in purchase["Groups"]:
            named = group["TaskID"].lower() == task or purchase["ID"].lower() == task
            if named and group["Invoice"]["Status"] in {AUTHORISED, PAID}:
                return purchase, group
    msg = "Please authorise Invoice before Payment"  # wording invented
    raise ApiError(msg)
