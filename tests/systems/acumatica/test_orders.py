"""Purchase orders over HTTP."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import AmbiguousWrite, ConfigurationError, Refused, VendorUnavailable
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.systems.acumatica.adapter import AcumaticaAdapter

MARKER = "mlc:1a2b3c4d5e6f7a8b"


def drafted(world: Any, adapter: AcumaticaAdapter, document: Document) -> Any:
    found = adapter.fetch(document, adapter.draft(document, MARKER, None, world.bind))
    assert found is not None
    return found


def test_an_order_is_drafted_on_hold_and_shows_exactly_what_is_meant(world: Any, make: Any) -> None:
    """A drafted order is on hold, bound, carries the marker and has no field other than as projected."""
    adapter = world.adapter(warehouse="WHOLESALE")
    found = drafted(world, adapter, make.order())
    assert found.status is TargetStatus.DRAFT
    assert world.bound == [found.ref]
    assert differences(adapter.project(make.order()), found.fields) == []
    (stored,) = world.held("PurchaseOrder")
    assert stored["Description"] == f"Cin7 PO-00457 {MARKER}"
    assert stored["OrderTotal"] == Decimal("96.18")
    assert {row["WarehouseID"] for row in stored["Details"]} == {"WHOLESALE"}


def test_authorising_takes_an_order_off_hold_once(world: Any, make: Any) -> None:
    """An order off hold is authorised, and authorising it again writes nothing."""
    adapter = world.adapter()
    ref = drafted(world, adapter, make.order()).ref
    adapter.authorise(make.order(), ref)
    found = adapter.fetch(make.order(), ref)
    assert found is not None
    assert found.status is TargetStatus.AUTHORISED
    writes = world.count("PurchaseOrder", "PUT")
    adapter.authorise(make.order(), ref)
    assert world.count("PurchaseOrder", "PUT") == writes
    assert world.held("PurchaseOrder")[0]["Status"] == "Open"


def test_a_lost_answer_to_taking_off_hold_is_repeated(world: Any, make: Any) -> None:
    """Taking off hold is the same however often it is done, so a lost answer is asked for again."""
    adapter = world.adapter()
    ref = drafted(world, adapter, make.order()).ref
    world.fault("reset_after", "PurchaseOrder$")
    adapter.authorise(make.order(), ref)
    assert world.held("PurchaseOrder")[0]["Status"] == "Open"


def test_an_order_that_waits_for_approval_is_authorised_by_us(world: Any, make: Any) -> None:
    """Where Acumatica asks a person to approve orders, the connector's part is done."""
    world.set(order_approval=True)
    adapter = world.adapter()
    ref = drafted(world, adapter, make.order()).ref
    adapter.authorise(make.order(), ref)
    found = adapter.fetch(make.order(), ref)
    assert found is not None
    assert found.status is TargetStatus.AUTHORISED


def test_a_lost_answer_to_the_create_leaves_one_order_that_is_found(world: Any, make: Any) -> None:
    """After the answer to a create was lost, the order is found by its marker and not made again."""
    adapter = world.adapter()
    world.fault("reset_after", "PurchaseOrder$")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(make.order(), MARKER, None, world.bind)
    found = adapter.find(make.order(), MARKER)
    assert found is not None
    assert adapter.draft(make.order(), MARKER, None, world.bind) == found.ref
    assert len(world.held("PurchaseOrder")) == 1


def test_a_create_that_never_arrived_is_not_found(world: Any, make: Any) -> None:
    """A create that was cut off before it arrived leaves nothing to find."""
    adapter = world.adapter()
    world.fault("reset_before", "PurchaseOrder$")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(make.order(), MARKER, None, world.bind)
    assert adapter.find(make.order(), MARKER) is None


def test_a_charge_becomes_a_service_line_on_its_account(world: Any, make: Any) -> None:
    """A line without an item posts to its account, or to the option's where it has none."""
    freight = make.line(item=None, account=None, description="Freight", quantity=Decimal(1), net=Decimal("12.5"))
    order = make.order(lines=(make.line(), freight))
    adapter = world.adapter(charge_account="62300", subaccount="000000")
    found = drafted(world, adapter, order)
    assert differences(adapter.project(order), found.fields) == []
    row = next(row for row in world.held("PurchaseOrder")[0]["Details"] if row["LineType"] == "Service")
    assert (row["Account"], row["LineDescription"]) == ("62300", "Freight")


def test_a_charge_without_an_account_is_refused_unsent(world: Any, make: Any) -> None:
    """Without an account for charges an order with one is held, and the option is named."""
    order = make.order(lines=(make.line(item=None, account=None, description="Freight"),))
    with pytest.raises(Refused, match="charge_account"):
        world.adapter().draft(order, MARKER, None, world.bind)
    assert world.count("PurchaseOrder", "PUT") == 0


def test_an_open_order_is_amended_line_by_line_and_put_on_hold(world: Any, make: Any) -> None:
    """Amending an open order puts it on hold, changes lines by their id, and leaves equal ones alone."""
    adapter = world.adapter()
    found = drafted(world, adapter, make.order())
    adapter.authorise(make.order(), found.ref)
    before = {row["InventoryID"]: row["id"] for row in world.held("PurchaseOrder")[0]["Details"]}
    lines = (make.line(), make.line(item="ORANGES", description="Oranges", quantity=Decimal(7), net=Decimal(70)))
    changed = make.order(lines=lines, required_by=dt.date(2026, 4, 2))
    adapter.amend(changed, found, ["gross"])
    after = adapter.fetch(changed, found.ref)
    assert after is not None
    assert after.status is TargetStatus.DRAFT
    assert differences(adapter.project(changed), after.fields) == []
    assert {row["InventoryID"]: row["id"] for row in world.held("PurchaseOrder")[0]["Details"]} == before
    assert [row["id"] for row in world.sent("PurchaseOrder$")["Details"]] == [before["ORANGES"]]


def test_two_equal_lines_stay_two(world: Any, make: Any) -> None:
    """Lines are a multiset: two equal ones are both sent, and dropping one deletes one."""
    adapter = world.adapter()
    twice = make.order(lines=(make.line(), make.line()))
    found = drafted(world, adapter, twice)
    assert differences(adapter.project(twice), found.fields) == []
    once = make.order(lines=(make.line(),))
    adapter.amend(once, found, ["gross"])
    after = adapter.fetch(once, found.ref)
    assert after is not None
    assert differences(adapter.project(once), after.fields) == []
    assert len(world.held("PurchaseOrder")[0]["Details"]) == 1


@pytest.mark.parametrize("status", ["Completed", "Closed", "Canceled"])
def test_a_finished_order_is_never_amended(world: Any, make: Any, status: str) -> None:
    """An order that is finished says so in a clerk's words, and is left alone."""
    adapter = world.adapter()
    found = drafted(world, adapter, make.order())
    world.edit("PurchaseOrder", found.ref.key, Status=status, Hold=False)
    with pytest.raises(Refused, match=f"is {status.lower()} in Acumatica"):
        adapter.amend(make.order(), found, ["gross"])


def test_an_order_with_goods_received_is_frozen(world: Any, make: Any) -> None:
    """An order of which goods were received in Acumatica is frozen."""
    adapter = world.adapter()
    found = drafted(world, adapter, make.order())
    rows = [{**row, "QtyOnReceipts": 1} for row in world.held("PurchaseOrder")[0]["Details"]]
    world.edit("PurchaseOrder", found.ref.key, Details=[{n: v for n, v in r.items() if n in KEPT} for r in rows])
    again = adapter.fetch(make.order(), found.ref)
    assert again is not None
    assert "have been received" in again.frozen


KEPT = {"id", "InventoryID", "OrderQty", "UnitCost", "ExtendedCost", "QtyOnReceipts", "LineType", "LineDescription"}


def test_a_cancelled_order_of_ours_is_voided(world: Any, make: Any) -> None:
    """An order that was cancelled in Acumatica is found as voided, not made again."""
    adapter = world.adapter()
    found = drafted(world, adapter, make.order())
    world.edit("PurchaseOrder", found.ref.key, Status="Canceled", Hold=False)
    again = adapter.find(make.order(), MARKER)
    assert again is not None
    assert again.status is TargetStatus.VOIDED


def test_a_cancelled_order_of_somebody_else_does_not_count(world: Any, make: Any) -> None:
    """A voided document without our marker is no obstacle to making ours."""
    plain = {"Type": "Normal", "VendorID": "V000100", "VendorRef": "PO-00457", "Status": "Canceled"}
    world.seed("PurchaseOrder", plain)
    assert world.adapter().find(make.order(), MARKER) is None


def test_the_list_of_orders_has_what_reconciliation_compares(world: Any, make: Any) -> None:
    """Every order is listed with type, number, supplier, date, currency and gross."""
    adapter = world.adapter()
    drafted(world, adapter, make.order())
    (found,) = adapter.present("purchase_order")
    assert found.fields == {
        "type": "Normal", "number": "PO-00457", "supplier": "V000100", "date": "2026-03-18", "currency": "USD",
        "gross": "96.18",
    }  # fmt: skip
    assert found.ours


def test_a_quote_in_a_number_does_not_break_the_search(world: Any, make: Any) -> None:
    """Text in a filter is escaped, so that a number with an apostrophe is found."""
    adapter = world.adapter()
    order = make.order(number="PO'4 & Co")
    found = drafted(world, adapter, order)
    again = adapter.find(order, MARKER)
    assert again is not None
    assert again.ref == found.ref


def test_orders_without_the_inventory_feature_name_what_is_wrong(world: Any, make: Any) -> None:
    """A form that is switched off is a matter for a person, with the entity in the message."""
    world.set(inventory_feature=False)
    with pytest.raises(ConfigurationError, match=r"PurchaseOrder.*feature is switched off"):
        world.adapter().find(make.order(), MARKER)


def test_the_books_hold_accounts_items_and_currencies(world: Any) -> None:
    """The reference has what checks need: closed accounts, cash accounts, unbuyable items, lengths."""
    books = world.adapter().reference(["purchase_order"])
    assert books.accounts is not None
    assert books.items is not None
    assert (books.accounts["65000"].active, books.accounts["10100"].postable) == (False, False)
    assert (books.accounts["12100"].active, books.accounts["12100"].postable) == (True, True)
    assert (books.items["APPLES"].stocked, books.items["FREIGHTIN"].stocked) == (True, False)
    assert (books.items["APPLES"].active, books.items["OLDPEARS"].active) == (True, False)
    assert books.items["APPLES"].unit == "LB"
    assert set(books.currencies or ()) == {"USD", "EUR", "GBP", "AUD"}
    assert books.terms is None
    assert books.max_lengths == {"name": 255, "number": 40}


def test_bills_need_no_items(world: Any) -> None:
    """A bill's lines post to accounts, so items are not read for it, and suppliers need neither."""
    adapter = world.adapter()
    assert adapter.reference(["supplier_invoice"]).items is None
    assert adapter.reference(["supplier"]).accounts is None
    assert world.count("StockItem") == 0


def test_an_order_leaves_hold_where_totals_are_validated(world: Any, make: Any) -> None:
    """Where Acumatica validates order totals, the control total is the order's, also after its lines changed."""
    world.set(validate_order_totals=True)
    adapter = world.adapter()
    found = drafted(world, adapter, make.order())
    adapter.authorise(make.order(), found.ref)
    assert world.held("PurchaseOrder")[0]["ControlTotal"] == Decimal("96.18")
    changed = make.order(lines=(make.line(),))
    adapter.amend(changed, found, ["gross"])
    adapter.authorise(changed, found.ref)
    (stored,) = world.held("PurchaseOrder")
    assert (stored["Status"], stored["ControlTotal"]) == ("Open", Decimal("50.38"))


def test_an_order_belongs_to_the_branch_of_the_connection(world: Any, make: Any) -> None:
    """The branch is sent by its ID, read back and compared; an order in another one is brought to it."""
    world.set(branches=["HEADOFFICE", "WEST"])
    adapter = world.adapter(world.client(branch="WEST"))
    found = drafted(world, adapter, make.order())
    assert differences(adapter.project(make.order()), found.fields) == []
    assert world.held("PurchaseOrder")[0]["Branch"] == "WEST"
    assert {row["BranchID"] for row in world.held("PurchaseOrder")[0]["Details"]} == {"WEST"}
    world.edit("PurchaseOrder", found.ref.key, Branch="HEADOFFICE")
    moved = adapter.fetch(make.order(), found.ref)
    (difference,) = differences(adapter.project(make.order()), moved.fields)
    assert str(difference) == "branch: “WEST” wanted, “HEADOFFICE” there"
    adapter.amend(make.order(), moved, ["branch"])
    assert world.held("PurchaseOrder")[0]["Branch"] == "WEST"


def test_an_unknown_branch_is_refused(world: Any, make: Any) -> None:
    """A branch that is not there is told, and nothing is made."""
    with pytest.raises(Refused, match="Branch 'EAST' cannot be found"):
        world.adapter(world.client(branch="EAST")).draft(make.order(), MARKER, None, world.bind)
    assert world.held("PurchaseOrder") == []


def test_without_a_branch_none_is_sent_or_compared(world: Any, make: Any) -> None:
    """Where the connection names no branch, documents go to the user's default, whatever that is."""
    world.set(branches=["WEST"])
    adapter = world.adapter()
    found = drafted(world, adapter, make.order())
    assert "Branch" not in world.sent("PurchaseOrder$")
    assert differences(adapter.project(make.order()), found.fields) == []


def test_an_exception_in_answer_to_a_read_is_no_refusal(world: Any, make: Any) -> None:
    """A read has nothing to be refused for: an exception that is not known is waited out, then the task comes back."""
    adapter = world.adapter()
    found = drafted(world, adapter, make.order())
    answer = {"exceptionMessage": "Something went wrong.", "exceptionType": "PX.Data.PXException"}
    world.fault("status", "PurchaseOrder/", "GET", status=500, times=2, answer=answer)
    assert adapter.fetch(make.order(), found.ref) is not None
    world.fault("status", "PurchaseOrder/", "GET", status=500, times=50, answer=answer)
    with pytest.raises(VendorUnavailable, match="Something went wrong"):
        adapter.fetch(make.order(), found.ref)
