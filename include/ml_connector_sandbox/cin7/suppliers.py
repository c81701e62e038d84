"""Suppliers: created and merged as the vendor does."""

from __future__ import annotations

import uuid

from ml_connector_sandbox.cin7.account import Account, Record, stamp
from ml_connector_sandbox.cin7.errors import ApiError, missing
from ml_connector_sandbox.core.clock import Clock

_FIELDS = (
    "Name", "Currency", "PaymentTerm", "AccountPayable", "TaxRule", "Status", "Discount", "Comments", "TaxNumber",
    "AttributeSet", *(f"AdditionalAttribute{n}" for n in range(1, 11)),
)  # fmt: skip
_REQUIRED = ("Name", "Currency", "PaymentTerm", "AccountPayable", "TaxRule", "Status")
_ADDRESS = ("Line1", "Line2", "City", "State", "Postcode", "Country", "Type", "DefaultForType")
_CONTACT = (
    "Name", "Phone", "MobilePhone", "Fax", "Email", "Website", "Comment", "Default", "IncludeInEmail",
    "MarketingConsent",
)  # fmt: skip
MOST_NAME = 256


class Suppliers:
    """Writes to the suppliers of one account."""

    def __init__(self, account: Account, clock: Clock, *, put_replaces: bool = False) -> None:
        self.account, self.clock, self.put_replaces = account, clock, put_replaces

    def create(self, body: Record) -> Record:
        """Create a supplier; its name must be new, whatever its case (the error's wording is invented)."""
        self._check(body, own_id=None)
        made: Record = {"ID": str(uuid.uuid4()), **{name: body.get(name, "") for name in _FIELDS}}
        return self.account.put("supplier", self._merge(made, body))

    def change(self, body: Record) -> Record:
        """Change a supplier; addresses and contacts with a known ID are changed, others are added."""
        found = self.account.get("supplier", body.get("ID"))
        if found is None:
            msg = "Supplier with specified ID not found"
            raise ApiError(msg)
        self._check(body, own_id=found["ID"])
        if self.put_replaces:
            _clear(found, body)
        return self._merge(found, body)

    def _check(self, body: Record, own_id: str | None) -> None:
        for name in _REQUIRED:
            if not body.get(name):
                raise missing(name)
        if len(body["Name"]) > MOST_NAME:
            msg = f"'Name' length must not exceed {MOST_NAME}"
            raise ApiError(msg)
        twin = self.account.named("supplier", body["Name"])
        if twin is not None and twin["ID"] != own_id:
            msg = "Supplier with this name already exists. Supplier name must be unique."
            raise ApiError(msg)
        if body["Status"].casefold() not in {"active", "deprecated"}:
            msg = "Invalid Value for Attribute 'Status'."
            raise ApiError(msg)
        self._check_books(body)

    def _check_books(self, body: Record) -> None:
        term = self.account.named("paymentterm", body["PaymentTerm"])
        if term is None or not term.get("IsActive", True):
            msg = f"Active payment term with name {body['PaymentTerm']} was not found in Payment Terms reference book"
            raise ApiError(msg)
        payable = self.account.get("account", body["AccountPayable"])
        if payable is None or payable.get("SystemAccount") != "Accounts payable":
            msg = "Account with specified ID not found"
            raise ApiError(msg)
        if self.account.named("tax", body["TaxRule"]) is None:
            msg = f"Tax rule with name {body['TaxRule']} was not found in Taxation Rules reference book"
            raise ApiError(msg, code=404)

    def _merge(self, supplier: Record, body: Record) -> Record:
        supplier |= {name: body[name] for name in _FIELDS if name in body}
        for part, fields, needed in (
            ("Addresses", _ADDRESS, ("Line1", "Country", "Type")),
            ("Contacts", _CONTACT, ("Name",)),
        ):
            rows: list[Record] = supplier.setdefault(part, [])
            for given in body.get(part) or []:
                self._merge_row(supplier, rows, given, fields, needed)
        supplier["LastModifiedOn"] = stamp(self.clock)
        return supplier

    def _merge_row(
        self, supplier: Record, rows: list[Record], given: Record, fields: tuple[str, ...], needed: tuple[str, ...]
    ) -> None:
        for name in needed:
            if not given.get(name):
                raise missing(name)
        row = next((r for r in rows if r["ID"].lower() == str(given.get("ID", "")).lower()), None)
        if row is None:
            row = {"ID": str(uuid.uuid4()), "SupplierID": supplier["ID"], **dict.fromkeys(fields, "")}
            rows.append(row)
        row |= {name: given[name] for name in fields if name in given}


def _clear(supplier: Record, body: Record) -> None:
    """Empty what the body leaves out: fields, and addresses and contacts with theirs."""
    supplier |= dict.fromkeys(_FIELDS, "")
    for part, fields in (("Addresses", _ADDRESS), ("Contacts", _CONTACT)):
        named = {str(one.get("ID", "")).lower() for one in body.get(part) or []}
        supplier[part] = [row for row in supplier.get(part, []) if row["ID"].lower() in named]
        for row in supplier[part]:
            row.update(dict.fromkeys(fields, ""))
