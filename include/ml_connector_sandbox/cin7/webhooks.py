"""The webhooks that an account has registered; none is sent."""

from __future__ import annotations

from ml_connector_sandbox.cin7.account import Account, Record
from ml_connector_sandbox.cin7.errors import ApiError, missing

MOST_OF_A_TYPE = 5
REQUIRED = ("Type", "IsActive", "ExternalURL", "ExternalAuthorizationType")


def shown(account: Account, only: Record | None = None) -> Record:
    """Return all webhooks, or one, without their tokens."""
    rows = account.all("webhook") if only is None else [only]
    return {"Webhooks": [{**row, "ExternalBearerToken": ""} for row in rows]}


def create(account: Account, body: Record) -> Record:
    """Register one."""
    _check(body)
    if sum(row["Type"] == body["Type"] for row in account.all("webhook")) >= MOST_OF_A_TYPE:
        msg = f"No more than {MOST_OF_A_TYPE} webhooks of type '{body['Type']}' are allowed"
        raise ApiError(msg)
    return shown(account, account.put("webhook", {name: value for name, value in body.items() if name != "ID"}))


def replace(account: Account, body: Record) -> Record:
    """Put another in the place of one, with all its fields."""
    if account.get("webhook", body.get("ID")) is None:
        msg = f"Webhook with ID '{body.get('ID')}' not found"
        raise ApiError(msg)
    _check(body)
    return shown(account, account.put("webhook", dict(body)))


def delete(account: Account, webhook_id: str) -> Record:
    """Remove one."""
    account.books["webhook"].pop(webhook_id.lower(), None)
    return shown(account)


def _check(body: Record) -> None:
    for name in REQUIRED:
        if body.get(name) in {None, ""}:
            raise missing(name)
