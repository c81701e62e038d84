"""What the vendor refuses, replaces, appends and converts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

WRONG_FAMILY = "does not support Advanced Purchase and Service Purchase"


@pytest.fixture
def ordered(core: Any) -> str:
    """A Simple purchase with an authorised order."""
    task = core.header()["ID"]
    core.order(task)
    return str(task)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"Approach": None}, "Required Attribute 'Approach' not specified"),
        ({"Approach": "ORDER"}, "Invalid Value for Attribute 'Approach'. Possible values are 'Invoice' or 'Stock'."),
        ({"Location": "Mars"}, "Location 'Mars' was not found in Locations reference book"),
        ({"Location": ""}, "Required Attribute 'Location' not specified"),
        ({"Terms": "Old terms"}, "Active payment term with name Old terms was not found in Payment Terms"),
        ({"SupplierID": None}, "Required Attribute 'SupplierID' not specified"),
    ],
)
def test_a_header_is_refused_in_the_vendors_words(core: Any, changes: dict[str, Any], sentence: str) -> None:
    """A header with a wrong value is refused and leaves no purchase behind."""
    body = {
        "SupplierID": "5a000000-0000-4000-8000-000000000001",
        "Approach": "STOCK",
        "Location": "Main Warehouse",
        **changes,
    }
    assert sentence in core.refused("POST", "purchase", body)
    assert core.get("purchaseList")["Total"] == 0


def test_an_unknown_location_has_error_code_404_inside_a_400(core: Any) -> None:
    """A missing reference value is told with ErrorCode 404 in an answer of status 400."""
    body = {"SupplierID": "5a000000-0000-4000-8000-000000000001", "Approach": "STOCK", "Location": "Mars"}
    answer = core.call("POST", "purchase", body)
    assert (answer.status_code, answer.json()[0]["ErrorCode"]) == (400, 404)


def test_nested_documents_in_a_header_are_ignored(core: Any, order_line: Any) -> None:
    """An order sent inside the header, a status and a currency are dropped with 200."""
    made = core.header(
        Order={"Status": "AUTHORISED", "Lines": [order_line()]}, Status="COMPLETED", BaseCurrency="EUR", Nonsense=1
    )
    assert made["Order"]["Lines"] == []
    assert (made["Order"]["Status"], made["Status"], made["BaseCurrency"]) == ("NOT AVAILABLE", "DRAFT", "USD")


def test_the_same_header_twice_makes_two_purchases(core: Any) -> None:
    """There is no idempotency: each POST has an order number of its own."""
    numbers = [core.header(Note="same")["OrderNumber"] for _ in range(2)]
    assert numbers == ["PO-00001", "PO-00002"]


def test_a_header_takes_the_rate_of_the_suppliers_currency(core: Any) -> None:
    """A header without a rate gets that of the supplier's currency; one with a rate keeps it."""
    core.set(currency_rates={"USD": 1.41563})
    assert core.header()["CurrencyRate"] == Decimal("1.41563")
    assert core.header(CurrencyRate=1.3)["CurrencyRate"] == Decimal("1.3")


# --- order ---


def test_an_order_in_draft_is_replaced(core: Any, order_line: Any) -> None:
    """A POST of order lines replaces those that are there."""
    task = core.header()["ID"]
    core.order(task, "DRAFT", order_line(), order_line("HP-PLATE-10"))
    core.order(task, "DRAFT", order_line("HP-PLATE-10"))
    assert [line["SKU"] for line in core.get("purchase/order", TaskID=task)["Lines"]] == ["HP-PLATE-10"]


def test_an_authorised_order_cannot_be_posted_again(core: Any, ordered: str, order_line: Any) -> None:
    """After AUTHORISED every POST of the order is refused until an undo."""
    again = {"TaskID": ordered, "Status": "AUTHORISED", "Lines": [order_line()]}
    assert "can not be modified" in core.refused("POST", "purchase/order", again)
    core.ok("DELETE", "purchase", ID=ordered)
    assert core.get("purchase", ID=ordered)["Status"] == "ORDERING"
    core.post("purchase/order", again)


def test_put_is_not_supported_for_order_and_receipt(core: Any, ordered: str) -> None:
    """PUT on order and simple receipt is 405."""
    for path in ("purchase/order", "purchase/stock"):
        said = core.refused("PUT", path, {"TaskID": ordered}, status=405)
        assert said == "The requested resource does not support http method 'PUT'."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"Total": 499.99}, "attribute 'Total' doesn't match calculated value. Expected value is: 500.00"),
        ({"Total": None}, "Required Attribute 'Total' not specified"),
        ({"SKU": "NOPE"}, "Product 'NOPE' was not found"),
        ({"TaxRule": "Nope"}, "Tax rule with name Nope was not found"),
    ],
)
def test_an_order_line_is_checked(core: Any, order_line: Any, changes: dict[str, Any], sentence: str) -> None:
    """A line's total, product and tax rule are checked."""
    task = core.header()["ID"]
    body = {"TaskID": task, "Status": "DRAFT", "Lines": [order_line(**changes)]}
    assert sentence in core.refused("POST", "purchase/order", body)
    assert core.get("purchase", ID=task)["Order"]["Lines"] == []


def test_a_line_total_holds_no_tax_and_less_discount(core: Any, order_line: Any) -> None:
    """The expected total is quantity × price less discount, half up to the cent, whatever the tax."""
    task = core.header()["ID"]
    line = order_line(Quantity=3, Price=10.335, Discount=50, Tax=1.55, Total=15.50)
    assert core.order(task, "DRAFT", line)["TotalBeforeTax"] == Decimal("15.50")


def test_inclusive_prices_hold_the_tax(core: Any, order_line: Any) -> None:
    """With inclusive prices the line totals are the gross amount."""
    task = core.header(TaxCalculation="Inclusive")["ID"]
    made = core.order(task, "DRAFT", order_line(Tax=45.45))
    assert [made[name] for name in ("TotalBeforeTax", "Tax", "Total")] == [Decimal("454.55"), Decimal("45.45"), 500]


def test_a_product_twice_is_refused_where_the_tenant_does(core: Any, order_line: Any) -> None:
    """The same product in two lines is taken or refused, as the switch says."""
    task = core.header()["ID"]
    twice = [order_line(), order_line()]
    assert len(core.order(task, "DRAFT", *twice)["Lines"]) == 2
    core.set(duplicate_sku_lines="rejected")
    core.refused("POST", "purchase/order", {"TaskID": task, "Status": "DRAFT", "Lines": twice})


def test_lines_come_back_in_another_order(core: Any, order_line: Any) -> None:
    """A POST answers with its lines reversed, unless switched off; a GET shows them as sent."""
    task = core.header()["ID"]
    rows = (order_line(), order_line("HP-PLATE-10"))
    sent = [row["SKU"] for row in rows]
    assert [line["SKU"] for line in core.order(task, "DRAFT", *rows)["Lines"]] == sent[::-1]
    core.set(reverse_lines=False)
    assert [line["SKU"] for line in core.order(task, "DRAFT", *rows)["Lines"]] == sent


# --- receipt ---


def test_a_receipt_needs_an_authorised_order(core: Any, stock_line: Any) -> None:
    """Goods come in only for an authorised order."""
    task = core.header()["ID"]
    core.order(task, "DRAFT")
    body = {"TaskID": task, "Status": "DRAFT", "Lines": [stock_line()]}
    assert "authorise Order" in core.refused("POST", "purchase/stock", body)


def test_invoice_first_needs_the_bill_before_the_receipt(core: Any, stock_line: Any) -> None:
    """Invoice first, a receipt is refused while the bill is a draft, in the vendor's words."""
    task = core.header(Approach="INVOICE")["ID"]
    core.order(task)
    core.post("purchase/invoice", core.bill_body(task, status="DRAFT"))
    said = core.refused("POST", "purchase/stock", {"TaskID": task, "Status": "DRAFT", "Lines": [stock_line()]})
    assert said == "'Invoice First' approach option set. Please authorise Invoice before StockReceived"


def test_stock_first_needs_the_receipt_before_the_bill(core: Any, ordered: str) -> None:
    """Stock first, a bill is refused until the receipt is authorised."""
    assert "authorise StockReceived" in core.refused("POST", "purchase/invoice", core.bill_body(ordered))


def test_receipt_lines_are_added_not_replaced(core: Any, ordered: str, stock_line: Any) -> None:
    """A second POST adds its lines; one product at one location cannot be added twice."""
    core.receive(ordered, "DRAFT", stock_line())
    both = core.receive(ordered, "DRAFT", stock_line("HP-PLATE-10"))
    assert len(both["Lines"]) == 2
    body = {"TaskID": ordered, "Status": "DRAFT", "Lines": [stock_line()]}
    said = core.refused("POST", "purchase/stock", body)
    assert said.startswith("Cannot add duplicate value in stock received lines. (Product:HP-CLAMP-50, Location:Main")


def test_a_receipt_line_needs_a_date_and_all_lines_one_place(core: Any, ordered: str, stock_line: Any) -> None:
    """Lines without date, or of two places in one POST, are refused in the vendor's words."""
    other = "10000000-0000-4000-8000-000000000002"
    undated = {"TaskID": ordered, "Status": "DRAFT", "Lines": [stock_line(Date=None)]}
    mixed = {**undated, "Lines": [stock_line(), stock_line("HP-PLATE-10", LocationID=other)]}
    assert core.refused("POST", "purchase/stock", undated) == "'Date' is required for 'Lines' line"
    assert core.refused("POST", "purchase/stock", mixed) == "Lines is invalid"


def test_a_simple_purchase_is_received_once(core: Any, ordered: str, stock_line: Any) -> None:
    """After AUTHORISED a simple receipt takes nothing more."""
    core.receive(ordered, "AUTHORISED", stock_line())
    body = {"TaskID": ordered, "Status": "DRAFT", "Lines": [stock_line("HP-PLATE-10")]}
    assert "can not be modified" in core.refused("POST", "purchase/stock", body)


# --- bill, credit note, void ---


def test_a_bill_is_replaced_until_it_is_authorised(core: Any, ordered: str, stock_line: Any) -> None:
    """A draft bill is replaced by the next POST, an authorised one is refused; its lines need a known account."""
    core.receive(ordered, "AUTHORISED", stock_line())
    core.post("purchase/invoice", core.bill_body(ordered, "A", "DRAFT"))
    assert core.post("purchase/invoice", core.bill_body(ordered, "B"))["InvoiceNumber"] == "B"
    assert "can not be modified" in core.refused("POST", "purchase/invoice", core.bill_body(ordered, "C"))
    assert core.get("purchase", ID=ordered)["Invoice"]["InvoiceNumber"] == "B"


@pytest.mark.parametrize(("account", "said"), [(None, "'Account' not specified"), ("9", "Account with specified ID")])
def test_a_bill_line_needs_an_account(core: Any, ordered: str, stock_line: Any, account: Any, said: str) -> None:
    """A bill's line without account, or with an unknown one, is refused."""
    core.receive(ordered, "AUTHORISED", stock_line())
    body = core.bill_body(ordered)
    body["Lines"][0]["Account"] = account
    assert said in core.refused("POST", "purchase/invoice", body)


def test_a_bill_before_the_lock_date_is_refused(core: Any, ordered: str, stock_line: Any) -> None:
    """A bill dated before the lock date is refused, one of that date is not."""
    core.receive(ordered, "AUTHORISED", stock_line())
    account = "11111111-1111-4111-8111-111111111111"
    keys = ["22222222-2222-4222-8222-222222222222"]
    core.sim("POST", "accounts", {"account_id": account, "keys": keys, "me": {"LockDate": "2026-09-03T00:00:00"}})
    early = core.bill_body(ordered, InvoiceDate="2026-09-02T00:00:00")
    assert "lock date" in core.refused("POST", "purchase/invoice", early)
    core.post("purchase/invoice", core.bill_body(ordered))


def test_a_credit_note_needs_an_authorised_bill(core: Any, ordered: str, stock_line: Any) -> None:
    """A credit note is refused before the bill; after it the purchase shows it."""
    note = {**core.bill_body(ordered), "CreditNoteNumber": "CN-1", "CreditNoteDate": "2026-09-05T00:00:00"}
    assert "authorise Invoice" in core.refused("POST", "purchase/creditnote", note)
    core.receive(ordered, "AUTHORISED", stock_line())
    core.post("purchase/invoice", core.bill_body(ordered))
    core.post("purchase/creditnote", note)
    row = core.get("purchaseCreditNoteList")["PurchaseList"][0]
    assert (row["CreditNoteNumber"], row["CreditNoteStatus"]) == ("CN-1", "AUTHORISED")
    assert not row["LastUpdatedDate"].endswith("Z")


def test_voiding_voids_every_part(core: Any, ordered: str, stock_line: Any) -> None:
    """DELETE with Void=true makes every sub-document VOIDED."""
    core.receive(ordered, "AUTHORISED", stock_line())
    gone = core.ok("DELETE", "purchase", ID=ordered, Void="true")
    parts = (gone, gone["Order"], gone["StockReceived"], gone["Invoice"])
    assert {part["Status"] for part in parts} == {"VOIDED"}
    assert core.get("purchaseList", Status="VOIDED")["Total"] == 1


# --- families ---


def test_each_family_reads_its_own(core: Any) -> None:
    """A Simple purchase read as advanced is an empty shell with 200, an advanced one read as Simple a 400."""
    simple, advanced = core.header()["ID"], core.header(advanced=True)["ID"]
    shell = core.get("advanced-purchase", ID=simple)
    assert (shell["Status"], shell["Order"]["Status"], shell["Order"]["Lines"]) == ("", "", [])
    core.set(advanced_get_of_simple="full")
    assert core.get("advanced-purchase", ID=simple)["OrderNumber"] == "PO-00001"
    assert WRONG_FAMILY in core.refused("GET", "purchase", ID=advanced)
    for path in ("purchase/stock", "purchase/invoice"):
        assert WRONG_FAMILY in core.refused("GET", path, TaskID=advanced)


def test_order_lines_belong_to_both_families(core: Any) -> None:
    """There is one address for order lines, whichever family."""
    task = core.header(advanced=True)["ID"]
    core.order(task)
    assert core.get("advanced-purchase", ID=task)["Status"] == "ORDERED"


def test_a_purchase_is_not_found_by_another_parameter(core: Any) -> None:
    """GET with TaskID instead of ID, or with an ID that is none, is refused."""
    task = core.header(advanced=True)["ID"]
    said = "Purchase Task with specified ID not found"
    assert core.refused("GET", "advanced-purchase", TaskID=task) == said
    assert core.refused("GET", "purchase", ID="Incorrect") == said


# --- groups of an advanced purchase ---


@pytest.fixture
def advanced(core: Any) -> str:
    """An advanced purchase, stock first, ordered."""
    task = core.header(advanced=True)["ID"]
    core.order(task)
    return str(task)


def groups(core: Any, key: str, part: str) -> list[tuple[int, str, int]]:
    """Number, status and count of lines of each group."""
    whole = core.get("advanced-purchase", ID=key)
    return [(g["InvoicingAndReceivingNumber"], g["Status"], len(g["Lines"])) for g in whole[part]]


def test_stock_without_task_opens_a_group_and_a_draft_bill(core: Any, advanced: str, stock_line: Any) -> None:
    """A receipt posted without TaskID lands in a new group with an empty draft bill; with TaskID it does not."""
    body = {"PurchaseID": advanced, "Status": "AUTHORISED", "Lines": [stock_line()]}
    core.post("advanced-purchase/stock", {**body, "TaskID": advanced})
    assert groups(core, advanced, "Invoice") == [(0, "NOT AVAILABLE", 0)]
    core.post("advanced-purchase/stock", body)
    assert groups(core, advanced, "StockReceived") == [(0, "AUTHORISED", 1), (1, "AUTHORISED", 1)]
    assert groups(core, advanced, "Invoice") == [(0, "NOT AVAILABLE", 0), (1, "DRAFT", 0)]


def test_a_group_that_is_not_there_is_refused(core: Any, advanced: str, stock_line: Any) -> None:
    """A TaskID of nobody is refused, and makes no group."""
    nobody = "99999999-9999-4999-8999-999999999999"
    body = {"PurchaseID": advanced, "TaskID": nobody, "Status": "DRAFT", "Lines": [stock_line()]}
    core.refused("POST", "advanced-purchase/stock", body)
    assert len(groups(core, advanced, "Invoice")) == 1


def test_advanced_stock_forgets_the_location_and_put_away_keeps_it(core: Any, advanced: str, stock_line: Any) -> None:
    """Locations on advanced stock are dropped; put-away has them, once the stock is authorised."""
    body = {"PurchaseID": advanced, "TaskID": advanced, "Status": "AUTHORISED", "Lines": [stock_line()]}
    core.post("advanced-purchase/put-away", body)
    assert groups(core, advanced, "PutAway") == [(0, "NOT AVAILABLE", 0)]
    stock = core.post("advanced-purchase/stock", body)["StockReceiving"][0]["Lines"][0]
    away = core.post("advanced-purchase/put-away", body)["PutAway"][0]["Lines"][0]
    assert (stock["Location"], away["Location"]) == (None, "Main Warehouse")
    core.set(put_away=False)
    core.refused("POST", "advanced-purchase/put-away", body)


def test_put_overwrites_and_delete_leaves_advanced_stock(core: Any, advanced: str, stock_line: Any) -> None:
    """PUT replaces a draft receipt's lines; DELETE answers 200 and deletes nothing."""
    body = {"PurchaseID": advanced, "TaskID": advanced, "Status": "DRAFT", "Lines": [stock_line()]}
    core.post("advanced-purchase/stock", body)
    core.ok("PUT", "advanced-purchase/stock", {**body, "Lines": [stock_line("HP-PLATE-10")]})
    core.ok("DELETE", "advanced-purchase/stock", TaskID=advanced)
    assert groups(core, advanced, "StockReceived") == [(0, "DRAFT", 1)]


def test_an_advanced_bill_names_its_group_and_answers_all_bills(core: Any, advanced: str, stock_line: Any) -> None:
    """A bill needs its group's TaskID; the answer lists every bill; voiding one empties it."""
    stock = {"PurchaseID": advanced, "TaskID": advanced, "Status": "AUTHORISED", "Lines": [stock_line()]}
    core.post("advanced-purchase/stock", stock)
    body = core.bill_body(advanced, PurchaseID=advanced)
    assert "TaskID" in core.refused("POST", "advanced-purchase/invoice", {**body, "TaskID": None})
    bills = core.post("advanced-purchase/invoice", body)["Invoices"]
    assert [(bill["Status"], bill["Total"]) for bill in bills] == [("AUTHORISED", 550)]
    core.ok("DELETE", "advanced-purchase/invoice", TaskID=advanced, Void="true")
    assert groups(core, advanced, "Invoice") == [(0, "VOIDED", 0)]


def test_advanced_stock_converts_a_simple_purchase(core: Any, ordered: str, stock_line: Any) -> None:
    """An advanced receipt turns a Simple purchase into an Advanced one for good, with a TaskID of its own."""
    body = {"PurchaseID": ordered, "TaskID": ordered, "Status": "AUTHORISED", "Lines": [stock_line()]}
    core.post("advanced-purchase/stock", body)
    assert WRONG_FAMILY in core.refused("GET", "purchase", ID=ordered)
    whole = core.get("advanced-purchase", ID=ordered)
    assert whole["Type"] == "Advanced Purchase"
    assert [g["InvoicingAndReceivingNumber"] for g in whole["Invoice"]] == [0]
    assert whole["Invoice"][0]["TaskID"] != ordered


def test_a_person_converts_a_received_purchase(core: Any, ordered: str, stock_line: Any) -> None:
    """Conversion by a person keeps the bill in group 0, puts the goods away and counts as a change."""
    core.receive(ordered, "AUTHORISED", stock_line())
    core.post("purchase/invoice", core.bill_body(ordered))
    before = core.get("purchaseList")["PurchaseList"][0]
    core.edit("purchase", ordered, convert=True)
    after = core.get("purchaseList")["PurchaseList"][0]
    assert (before["Type"], after["Type"]) == ("Simple Purchase", "Advanced Purchase")
    assert after["LastUpdatedDate"] > before["LastUpdatedDate"]
    assert groups(core, ordered, "PutAway") == [(0, "AUTHORISED", 1)]
    assert groups(core, ordered, "Invoice") == [(0, "AUTHORISED", 1)]
