"""Business rules of vendors: numbering, defaults from the class, references.

Under automatic numbering a sent unknown ID is ignored and the next number assigned (recorded for the sister entity
Customer at https://github.com/Jetbuilt/acumatica, ``spec/cassettes``). That the vendor class supplies terms,
account and payment method is documented (https://github.com/Acumatica/Acumatica-AI-Resources, User Guide, form
AP303000); that a country is mandatory is inferred.
"""

import re
from typing import Any

from .draft import Draft
from .lookups import (
    BASE_CURRENCY,
    Context,
    check_listed,
    check_reference,
    check_subaccount,
    is_touched,
    require,
)

_COUNTRY = re.compile(r"[A-Z]{2}")
_FLAGS = (
    "EnableCurrencyOverride",
    "EnableRateOverride",
    "F1099Vendor",
    "FATCA",
    "ForeignEntity",
    "LandedCostVendor",
    "PaySeparately",
    "PrintOrders",
    "RemittanceAddressOverride",
    "RemittanceContactOverride",
    "SendOrdersbyEmail",
    "ShippingContactOverride",
    "ShippingAddressOverride",
    "VendorIsLaborUnion",
    "VendorIsTaxAgency",
)
_DEFAULTS: dict[str, Any] = {
    "Status": "Active",
    "LocationName": "Primary Location",
    "TaxCalculationMode": "Tax Settings",
    "PaymentBy": "Due Date",
    "ReceiptAction": "Accept but Warn",
    "CurrencyID": BASE_CURRENCY,
    "LeadTimedays": 0,
    "PaymentLeadTimedays": 0,
}
_CLASS_DEFAULTS = ("Terms", "APAccount", "PaymentMethod", "CurrencyID")
_REFERENCES = (
    ("VendorClass", "VendorClass"),
    ("CurrencyID", "Currency"),
    ("TaxZone", "TaxZone"),
    ("PaymentMethod", "PaymentMethod"),
    ("Warehouse", "Warehouse"),
)


def prepare(ctx: Context, draft: Draft) -> None:
    """Fill what the vendor class and the form default."""
    if draft.is_new:
        draft.default("VendorClass", ctx.settings.default_vendor_class)
        vendor_class = ctx.find("VendorClass", draft.get("VendorClass")) or {}
        for name in _CLASS_DEFAULTS:
            draft.default(name, vendor_class.get(f"_{name}"))
        for name, value in _DEFAULTS.items():
            draft.default(name, value)
    for name in _FLAGS:
        draft.default(name, value=False)
    draft.default("LegalName", draft.get("VendorName"))
    for name in ("MainContact", "RemittanceContact"):
        contact = draft.link(name)
        contact.link("Address")
        contact.default("DisplayName", draft.get("VendorName"))


def check(ctx: Context, draft: Draft, _before: dict[str, Any] | None) -> None:
    """Note every error of the vendor."""
    require(draft, "VendorName", "Vendor Name")
    for name, entity in _REFERENCES:
        check_reference(ctx, draft, name, entity, name)
        if draft.errors.get(name, "").endswith("cannot be found in the system."):
            draft.errors[name] = f"'{_spaced(name)}' cannot be found in the system."
    check_listed(draft, "Terms", ctx.settings.terms, "Terms")
    check_listed(draft, "ReceivingBranch", ctx.settings.branches, "Branch")
    for name in ("APAccount", "CashAccount"):
        check_reference(ctx, draft, name, "Account", "Account")
    check_subaccount(ctx, draft, "APSubaccount")
    _check_country(ctx, draft)


def _spaced(name: str) -> str:
    """The label of a field: Vendor Class of VendorClass."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _check_country(ctx: Context, draft: Draft) -> None:
    """The main address has a country of two letters."""
    address = draft.link("MainContact").link("Address")
    if ctx.settings.country_required and (draft.is_new or "Country" in address.sent):
        require(address, "Country", "Country")
    country = address.get("Country")
    if country is not None and is_touched(address, "Country") and not _COUNTRY.fullmatch(country):
        address.fail("Country", f"Country '{country}' cannot be found in the system.")


def number(ctx: Context, draft: Draft) -> None:
    """Assign the ID of a new vendor, or check the one sent under manual numbering."""
    if ctx.settings.vendor_numbering == "auto":
        draft.values["VendorID"] = ctx.tenant.next_number("Vendor", "V")
        while ctx.find("Vendor", draft.get("VendorID")):
            draft.values["VendorID"] = ctx.tenant.next_number("Vendor", "V")


def check_key(ctx: Context, draft: Draft) -> None:
    """Under manual numbering a new vendor brings its ID, in upper case and within the mask."""
    if not draft.is_new or ctx.settings.vendor_numbering == "auto":
        return
    require(draft, "VendorID", "Vendor ID")
    vendor_id = draft.get("VendorID") or ""
    draft.values["VendorID"] = vendor_id.upper() or None
    if len(vendor_id) > ctx.settings.vendor_id_length:
        draft.raw["VendorID"] = vendor_id
        draft.fail("VendorID", f"Vendor ID has more than {ctx.settings.vendor_id_length} characters.")
