"""Vendors and reference books: wire ↔ canonical, pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

import pycountry

from ml_connector.domain.documents import Address, GLAccount, Item, Supplier
from ml_connector.domain.errors import Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.systems.acumatica import wire
from ml_connector.systems.acumatica.options import AcumaticaOptions

SYSTEM = "acumatica"
_INACTIVE = "Inactive"
_UNBUYABLE = frozenset({"Inactive", "No Purchases", "Marked for Deletion"})
VENDOR_FIELDS = (
    "VendorID",
    "VendorName",
    "AccountRef",
    "Status",
    "CurrencyID",
    "Terms",
    "TaxRegistrationID",
    "LastModifiedDateTime",
    "MainContact/Attention",
    "MainContact/Email",
    "MainContact/Phone1",
    "MainContact/Address/AddressLine1",
    "MainContact/Address/AddressLine2",
    "MainContact/Address/City",
    "MainContact/Address/State",
    "MainContact/Address/PostalCode",
    "MainContact/Address/Country",
)
VENDOR_EXPAND = ("MainContact", "MainContact/Address")

_PATHS: dict[str, tuple[str, ...]] = {
    "name": ("VendorName",),
    "counterpart_key": ("AccountRef",),
    "currency": ("CurrencyID",),
    "terms": ("Terms",),
    "tax_number": ("TaxRegistrationID",),
    "contact_name": ("MainContact", "Attention"),
    "email": ("MainContact", "Email"),
    "phone": ("MainContact", "Phone1"),
    "address.line1": ("MainContact", "Address", "AddressLine1"),
    "address.line2": ("MainContact", "Address", "AddressLine2"),
    "address.city": ("MainContact", "Address", "City"),
    "address.state": ("MainContact", "Address", "State"),
    "address.postcode": ("MainContact", "Address", "PostalCode"),
    "address.country": ("MainContact", "Address", "Country"),
}
"""Projected field → where Acumatica keeps it."""
_LEFT_TO_ACUMATICA = ("currency", "terms", "address.country")
"""Fields that Acumatica fills from the vendor class when we have nothing to say."""


def supplier_of(vendor: wire.Vendor, seen_at: dt.datetime) -> Supplier:
    """Return the canonical supplier.

    Args:
        vendor: as read.
        seen_at: stands in for a missing time stamp; aware UTC.
    """
    contact = vendor.MainContact
    address = contact.Address
    return Supplier(
        source=SYSTEM,
        key=vendor.VendorID,
        code=vendor.VendorID,
        counterpart_key=vendor.AccountRef or None,
        modified_at=vendor.LastModifiedDateTime or seen_at,
        name=vendor.VendorName,
        currency=vendor.CurrencyID,
        terms=vendor.Terms,
        tax_number=vendor.TaxRegistrationID,
        contact_name=contact.Attention,
        email=contact.Email,
        phone=contact.Phone1,
        address=Address(
            line1=address.AddressLine1,
            line2=address.AddressLine2,
            city=address.City,
            state=address.State,
            postcode=address.PostalCode,
            country=address.Country.upper(),
        ),
        active=vendor.Status != _INACTIVE,
    )


def project_supplier(supplier: Supplier, options: AcumaticaOptions) -> dict[str, str]:
    """Return what Acumatica will show once the supplier is there; what is left to it is left out."""
    fields = {
        **_shown(supplier),
        "counterpart_key": supplier.key,
        "address.country": country_code(supplier.address.country) or options.default_country,
    }
    return {name: text for name, text in fields.items() if text or name not in _LEFT_TO_ACUMATICA}


def vendor_fields(supplier: Supplier) -> dict[str, str]:
    """Return the fields of a supplier read from Acumatica, comparable with `project_supplier`."""
    fields = {**_shown(supplier), "counterpart_key": supplier.counterpart_key or "", "code": supplier.key}
    return {**fields, "address.country": supplier.address.country}


def _shown(supplier: Supplier) -> dict[str, str]:
    texts = {
        name: getattr(supplier, name)
        for name in ("name", "currency", "terms", "tax_number", "contact_name", "email", "phone")
    }
    texts |= {
        f"address.{name}": getattr(supplier.address, name) for name in ("line1", "line2", "city", "state", "postcode")
    }
    return {**{name: text.strip() for name, text in texts.items()}, "active": yes_no(supplier.active)}


def vendor_changes(wanted: dict[str, str], fields: Collection[str] | None = None) -> dict[str, Any]:
    """Return the members of a vendor to send, for all of `wanted` or only for `fields`.

    Raises:
        Refused: the country is not one that Acumatica could know.
    """
    chosen = wanted if fields is None else {name: wanted[name] for name in fields if name in wanted}
    sent: dict[str, Any] = {}
    for name, text in chosen.items():
        if name == "address.country" and len(text) != 2:  # noqa: PLR2004 - ISO 3166 alpha-2
            raise Refused(
                f"“{text}” is no country that Acumatica knows",
                reasons=(("address.country", f"“{text}” is no country name and no two-letter code"),),
            )
        if name in _PATHS and (text or fields is not None):
            _place(sent, _PATHS[name], text or None)
    if "active" in chosen and (fields is not None or chosen["active"] == "no"):
        sent["Status"] = "Active" if chosen["active"] == "yes" else _INACTIVE
    return sent


def _place(record: dict[str, Any], path: tuple[str, ...], value: str | None) -> None:
    for name in path[:-1]:
        record = record.setdefault(name, {})
    record[path[-1]] = value


def country_code(text: str) -> str:
    """Return the two-letter code of a country given by code or name; the text itself when it is neither."""
    text = text.strip()
    try:
        return str(pycountry.countries.lookup(text).alpha_2) if text else ""
    except LookupError:
        return text


def yes_no(claim: bool) -> str:
    """Return ``yes`` or ``no``."""
    return "yes" if claim else "no"


def account_of(account: wire.Account) -> GLAccount:
    """Return the canonical account; a cash account takes no bill lines."""
    return GLAccount(
        code=account.AccountCD,
        name=account.Description,
        type=account.Type,
        active=account.Active,
        postable=not account.CashAccount,
    )


def item_of(item: wire.Item, *, stocked: bool) -> Item:
    """Return the canonical item; one that may not be bought counts as inactive."""
    return Item(
        code=item.InventoryID,
        name=item.Description,
        unit=item.PurchaseUOM or item.PurchaseUnit,
        stocked=stocked,
        active=item.ItemStatus not in _UNBUYABLE,
    )


def active_currencies(rows: Iterable[wire.Currency]) -> frozenset[str]:
    """Return the codes of the currencies in use."""
    return frozenset(row.CurrencyID for row in rows if row.Active)


_ORDER_STATUS = {
    "On Hold": TargetStatus.DRAFT,
    "Open": TargetStatus.AUTHORISED,
    "Pending Approval": TargetStatus.AUTHORISED,
    "Pending Printing": TargetStatus.AUTHORISED,
    "Pending Email": TargetStatus.AUTHORISED,
    "Awaiting Link": TargetStatus.AUTHORISED,
    "Completed": TargetStatus.AUTHORISED,
    "Closed": TargetStatus.AUTHORISED,
    "Rejected": TargetStatus.VOIDED,
    "Canceled": TargetStatus.VOIDED,
}
_BILL_STATUS = {
    "On Hold": TargetStatus.DRAFT,
    "Balanced": TargetStatus.DRAFT,
    "Scheduled": TargetStatus.DRAFT,
    "Pending Approval": TargetStatus.AUTHORISED,
    "Open": TargetStatus.AUTHORISED,
    "Closed": TargetStatus.AUTHORISED,
    "Pre-Released": TargetStatus.AUTHORISED,
    "Under Reclassification": TargetStatus.AUTHORISED,
    "Rejected": TargetStatus.VOIDED,
    "Voided": TargetStatus.VOIDED,
}


def order_status(status: str) -> TargetStatus:
    """Return where an order stands; a status that a customised workflow adds claims no more than a draft.

    One that waits for approval is authorised as far as we can: the approver is a person in Acumatica. Statuses:
    User Guide, form PO301000, https://github.com/Acumatica/Acumatica-AI-Resources.
    """
    return _ORDER_STATUS.get(status, TargetStatus.DRAFT)


def bill_status(status: str) -> TargetStatus:
    """Return where a bill stands: a draft until it is released or waits for a person's approval.

    Statuses: User Guide, "AP Bills: General Information", https://github.com/Acumatica/Acumatica-AI-Resources.
    """
    return _BILL_STATUS.get(status, TargetStatus.DRAFT)
