"""All accounts of the simulated vendor, and what the control routes do with them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from ml_connector_sandbox.cin7 import api
from ml_connector_sandbox.cin7.account import BOOKS, Account, Record, stamp
from ml_connector_sandbox.cin7.defaults import DEFAULT_ACCOUNT, DEFAULT_KEY, ME, default_books
from ml_connector_sandbox.cin7.limits import Allowance
from ml_connector_sandbox.cin7.purchases import Purchases
from ml_connector_sandbox.cin7.seeding import purchase_from_wire
from ml_connector_sandbox.cin7.settings import Settings
from ml_connector_sandbox.cin7.views import advanced_view
from ml_connector_sandbox.core.clock import Clock

_LOOSE = ("Comments", "SupplierSKU", "Comment", "Contact", "Phone", "Line2", "Fax", "Website", "InvoiceNumber")
"""Text fields that come back as null in some records and as "" in others."""


def _loose(name: str, value: Any) -> Any:
    """Return null for an empty text that may be null, at any depth."""
    if isinstance(value, dict):
        return {inner: _loose(inner, one) for inner, one in value.items()}
    if isinstance(value, list):
        return [_loose(name, one) for one in value]
    return None if name in _LOOSE and value == "" else value


class World:
    """The simulated vendor; implements the core's Simulator."""

    name = "cin7"

    def __init__(self) -> None:
        self.clock = Clock()
        self.app: ASGIApp = self._serve
        self.reset()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await api.serve(self, scope, receive, send)

    def reset(self) -> None:
        """Forget everything but the default account."""
        self.switches = Settings()
        self.allowance = Allowance()
        self.accounts: dict[str, Account] = {}
        self.add_account({"account_id": DEFAULT_ACCOUNT, "keys": [DEFAULT_KEY], "me": ME})
        self.seed(DEFAULT_ACCOUNT, default_books())

    # --- accounts and keys ---

    def add_account(self, body: Record) -> Record:
        """Create an account, or give an existing one these keys."""
        account_id = str(body.get("account_id") or uuid.uuid4()).lower()
        keys = [str(key).lower() for key in body.get("keys") or [uuid.uuid4()]]
        account = self.accounts.get(account_id)
        if account is None:
            account = self.accounts[account_id] = Account(account_id, keys)
        account.keys, account.me = keys, {**ME, **account.me, **(body.get("me") or {})}
        return {"account_id": account_id, "keys": keys}

    def account_of(self, headers: dict[str, str]) -> str | None:
        """Return the account id of a request, which is no secret."""
        found = headers.get("api-auth-accountid", "").lower()
        return found if found in self.accounts else None

    def of_keys(self, headers: Mapping[str, str]) -> Account | None:
        """Return the account whose both keys the request carries."""
        account = self.accounts.get(headers.get("api-auth-accountid", "").lower())
        key = headers.get("api-auth-applicationkey", "").lower()
        return account if account is not None and key in account.keys else None

    def counted_as(self, headers: Mapping[str, str]) -> str:
        """Return whose allowance a call uses: the key's or the account's."""
        which = "api-auth-applicationkey" if self.switches.rate_scope == "key" else "api-auth-accountid"
        return headers.get(which, "").lower()

    def _account(self, account: str | None) -> Account:
        return self.accounts[(account or DEFAULT_ACCOUNT).lower()]

    # --- what answers look like ---

    def shown(self, record: Record) -> Record:
        """Return a record as it is shown: in some, empty texts are null."""
        if not self.switches.mix_null or int(str(record.get("ID", "0"))[-1], 16) % 2:
            return record
        return {name: _loose(name, value) for name, value in record.items()}

    def answered(self, record: Record) -> Record:
        """Return the answer to a POST: its lines may come in another order than sent."""
        if not self.switches.reverse_lines:
            return record
        return {**record, "Lines": list(reversed(record.get("Lines", [])))}

    # --- control routes ---

    def settings(self) -> Record:
        """Return the switches."""
        return self.switches.model_dump()

    def change_settings(self, changes: Record) -> None:
        """Change some switches; ValueError for an unknown one."""
        self.switches = Settings(**{**self.switches.model_dump(), **changes})

    def seed(self, account: str | None, records: dict[str, list[Record]]) -> dict[str, int]:
        """Put records into the account."""
        holder = self._account(account)
        unknown = set(records) - set(BOOKS)
        if unknown:
            msg = f"unknown entities {sorted(unknown)}; known: {sorted(BOOKS)}"
            raise ValueError(msg)
        for entity in BOOKS:
            for record in records.get(entity, []):
                self._put(holder, entity, dict(record))
        return {entity: len(rows) for entity, rows in records.items()}

    def _put(self, holder: Account, entity: str, record: Record) -> None:
        if entity == "supplier":
            record.setdefault("LastModifiedOn", stamp(self.clock))
            for part in ("Addresses", "Contacts"):
                for row in record.setdefault(part, []):
                    row.setdefault("ID", str(uuid.uuid4()))
        if entity == "purchase":
            record = purchase_from_wire(holder, record, stamp(self.clock))
        holder.put(entity, record)

    def edit(self, account: str | None, entity: str, record_id: str, changes: Record) -> Record:
        """Change a record as a person does in the vendor's pages.

        A purchase also takes ``{"void": true}``, ``{"convert": true}`` (Simple to Advanced), and sub-documents in wire
        shape (``Order``, ``Invoice``, …), which replace what is there, as undo and authorise do.
        """
        holder = self._account(account)
        record = holder.get(entity, record_id)
        if record is None:
            raise KeyError(record_id)
        if entity == "purchase":
            return self._edit_purchase(holder, record, changes)
        record |= changes
        if entity == "supplier":
            record["LastModifiedOn"] = changes.get("LastModifiedOn", stamp(self.clock))
        return record

    def _edit_purchase(self, holder: Account, record: Record, changes: Record) -> Record:
        changes = dict(changes)
        purchases = Purchases(holder, self.switches, self.clock)
        if changes.pop("void", False):
            return purchases.void(record)
        if changes.pop("convert", False):
            return purchases.convert(record)
        made = purchase_from_wire(holder, {**changes, "ID": record["ID"]}, stamp(self.clock), old=record)
        return holder.put("purchase", made)

    def remove(self, account: str | None, entity: str, record_id: str) -> None:
        """Delete a record."""
        del self._account(account).books[entity][record_id.lower()]

    def state(self, account: str | None, entity: str | None) -> Record:
        """Return the records; purchases in the advanced wire shape with their ``Type``."""
        holder = self._account(account)
        entities = [entity] if entity else list(BOOKS)
        return {name: [self._whole(holder, name, record) for record in holder.all(name)] for name in entities}

    def _whole(self, holder: Account, entity: str, record: Record) -> Record:
        return advanced_view(holder, record) if entity == "purchase" else record

    def dump(self) -> Record:
        """Return everything as JSON values."""
        return {
            "settings": self.switches.model_dump(),
            "accounts": [account.to_json() for account in self.accounts.values()],
        }

    def load(self, dumped: Record) -> None:
        """Take back what `dump` returned."""
        self.switches = Settings(**dumped["settings"])
        self.accounts = {row["account_id"]: Account(**row) for row in dumped["accounts"]}
