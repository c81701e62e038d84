"""What a field of a document may point at, and the errors when it points at nothing or at something inactive.

Recorded texts: "Project 'TES2323T  ' cannot be found in the system." (``RESTClientTests/ErrorMessagesTests.cs`` of
https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp) and, for an inactive period, an error on PostPeriod
saying that the financial period is inactive (https://github.com/bakaphp/kanvas-ecosystem-api, PR 10671). The other
texts are inferred.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from .draft import Draft
from .schema import TYPES
from .settings import Settings
from .state import Tenant

BASE_CURRENCY = "USD"
DEFAULT_SUBACCOUNT = "000000"
_UNBUYABLE = frozenset({"Inactive", "No Purchases", "Marked for Deletion"})


@dataclass(frozen=True)
class Context:
    """What the rules of one request may look at."""

    tenant: Tenant
    settings: Settings
    today: date
    branch: str = ""

    @property
    def home(self) -> str:
        """The branch of documents that name none: the request's, else the users' default."""
        return self.branch or self.settings.branches[0]

    def find(self, entity: str, *key: Any) -> dict[str, Any] | None:
        """A stored record by its key values, None when a value is empty or unknown."""
        return None if any(part is None for part in key) else self.tenant.find(entity, list(key))


def is_touched(draft: Draft, name: str) -> bool:
    """Whether a field needs checking: the record is new or the request sent it."""
    return draft.is_new or name in draft.sent


def missing(value: Any, label: str) -> str:
    """The text for a value that exists nowhere."""
    return f"{label} '{value}' cannot be found in the system."


def require(draft: Draft, name: str, label: str) -> None:
    """Fail an empty field."""
    if draft.get(name) is None:
        draft.fail(name, f"'{label}' cannot be empty.")


def check_reference(ctx: Context, draft: Draft, name: str, entity: str, label: str) -> None:
    """The field is empty or the key of an active record of an entity."""
    value = draft.get(name)
    if value is None or not is_touched(draft, name):
        return
    found = ctx.find(entity, value)
    if found is None:
        draft.fail(name, missing(value, label))
        return
    draft.values[name] = found[TYPES[entity].keys[0]]
    if found.get("Active") is False:
        draft.fail(name, f"{label} '{value}' is inactive.")


def check_listed(draft: Draft, name: str, known: Any, label: str) -> None:
    """The field is empty or one of a set that the endpoint has no entity for."""
    value = draft.get(name)
    if value is not None and is_touched(draft, name) and value not in known:
        draft.fail(name, missing(value, label))


def check_account(ctx: Context, draft: Draft, name: str = "Account") -> None:
    """The field is empty or an active account that takes manual postings."""
    check_reference(ctx, draft, name, "Account", "Account")
    account = ctx.find("Account", draft.get(name))
    if account is None or name in draft.errors or not ctx.settings.refuse_control_accounts:
        return
    control = account.get("custom", {}).get("AccountRecords", {}).get("ControlAccountModule", {}).get("value")
    if control and is_touched(draft, name):
        draft.fail(name, f"Account {account['AccountCD']} is a control account of {control} and cannot be used.")


def check_subaccount(ctx: Context, draft: Draft, name: str = "Subaccount") -> None:
    """The field is empty or an active subaccount; without the feature it stays empty."""
    if not ctx.settings.subaccounts_feature:
        draft.values[name] = None
        return
    check_reference(ctx, draft, name, "Subaccount", "Subaccount")


def check_vendor(ctx: Context, draft: Draft, name: str) -> dict[str, Any] | None:
    """The vendor of a document, which must exist and, for a new document, be active."""
    require(draft, name, "Vendor")
    vendor = ctx.find("Vendor", draft.get(name))
    if vendor is None:
        draft.fail(name, missing(draft.get(name), "Vendor"))
        return None
    if is_touched(draft, name) and vendor.get("Status") != "Active":
        draft.fail(name, f"The vendor status is '{vendor.get('Status')}'.")
    draft.values[name] = vendor["VendorID"]
    return vendor


def find_item(ctx: Context, inventory_id: Any) -> tuple[dict[str, Any], bool] | None:
    """An item and whether it is a stock item."""
    stock = ctx.find("StockItem", inventory_id)
    if stock is not None:
        return stock, True
    other = ctx.find("NonStockItem", inventory_id)
    return None if other is None else (other, False)


def check_item(ctx: Context, draft: Draft) -> None:
    """The line's item is empty or exists and may be bought; its unit is one of the item's."""
    inventory_id = draft.get("InventoryID")
    found = find_item(ctx, inventory_id)
    if inventory_id is not None and found is None:
        draft.fail("InventoryID", missing(inventory_id, "Inventory ID"))
    if found is not None:
        draft.values["InventoryID"] = found[0]["InventoryID"]
        if is_touched(draft, "InventoryID") and found[0].get("ItemStatus") in _UNBUYABLE:
            draft.fail("InventoryID", f"The inventory item is {found[0]['ItemStatus']}.")
    check_reference(ctx, draft, "UOM", "UnitsOfMeasure", "UOM")
    if found is not None and draft.get("UOM") is not None and draft.get("UOM") not in item_units(found[0]):
        draft.fail("UOM", f"Unit conversion {draft.get('UOM')} is missing for the item {inventory_id}.")


def item_units(item: dict[str, Any]) -> set[str]:
    """The units in which an item may be bought."""
    names = ("BaseUOM", "PurchaseUOM", "SalesUOM", "BaseUnit", "PurchaseUnit", "SalesUnit")
    return {str(item[name]) for name in names if item.get(name)}


def purchase_unit(item: dict[str, Any]) -> Any:
    """The unit that a purchase line defaults to."""
    names = ("PurchaseUOM", "PurchaseUnit", "BaseUOM", "BaseUnit")
    return next((item[name] for name in names if item.get(name)), None)


def period_of(day: date) -> str:
    """The period of a date as the wire carries it: MMYYYY."""
    return f"{day.month:02}{day.year}"


def find_period(ctx: Context, period: str) -> dict[str, Any] | None:
    """A row of the calendar by MMYYYY."""
    year = ctx.find("FinancialPeriod", period[2:])
    rows = year.get("Details", []) if year else []
    return next((row for row in rows if row.get("FinancialPeriodID") == period), None)


def period_error(ctx: Context, period: str) -> str | None:
    """Why payables cannot be posted to a period, None when they can."""
    row = find_period(ctx, period)
    if row is None:
        return missing(period, "Post Period")
    if row.get("Status") != "Open" or row.get("ClosedInAP"):
        return f"The financial period {period[:2]}-{period[2:]} is inactive."
    return None


def check_period(ctx: Context, draft: Draft) -> None:
    """The posting period defaults from the date and is open."""
    if not {"PostPeriod", "Date", "Hold"} & draft.sent and not draft.is_new:
        return
    day = draft.get("Date")
    if draft.get("PostPeriod") is None or ("Date" in draft.sent and "PostPeriod" not in draft.sent):
        derived = period_of(day)
        draft.values["PostPeriod"] = derived if find_period(ctx, derived) else None
    require(draft, "PostPeriod", "Post Period")
    if draft.get("PostPeriod") is not None:
        text = period_error(ctx, draft.get("PostPeriod"))
        if text:
            draft.fail("PostPeriod", text)
