"""One purchase from supplier to bill, step by step, as the reference's examples show it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

D = Decimal
BODY = {
    "Name": "Osprey Fixings Ltd", "Currency": "USD", "PaymentTerm": "30 days", "AccountPayable": "800",
    "TaxRule": "GST on Expenses", "Status": "Active", "Discount": 0, "Comments": "", "TaxNumber": "51824753556",
    "AttributeSet": "ERP link", "AdditionalAttribute1": "V-20417",
    "Addresses": [{"Line1": "14 Foundry Lane", "Line2": "", "City": "Newcastle", "State": "NSW", "Postcode": "2300",
                   "Country": "Australia", "Type": "Business", "DefaultForType": True}],
    "Contacts": [{"Name": "Ines Marlow", "Phone": "02 4900 1122", "Email": "ap@osprey.example", "Default": True}],
}  # fmt: skip
LINES = [
    {"SKU": "HP-CLAMP-50", "Name": "Pipe clamp 50 mm", "Quantity": 40, "Price": 12.5, "Discount": 0, "Tax": 50,
     "TaxRule": "GST on Expenses", "SupplierSKU": "KF-C50", "Comment": "", "Total": 500},
    {"SKU": "HP-PLATE-10", "Name": "Base plate 10 mm", "Quantity": 10, "Price": 8, "Discount": 5, "Tax": 7.6,
     "TaxRule": "GST on Expenses", "SupplierSKU": "", "Comment": "", "Total": 76},
]  # fmt: skip
CHARGE = {"Description": "Inbound Freight", "Reference": "", "Price": 30, "Quantity": 1, "Discount": 0, "Tax": 3,
          "Total": 30, "TaxRule": "GST on Expenses"}  # fmt: skip
TOTALS = {"TotalBeforeTax": D(606), "Tax": D("60.6"), "Total": D("666.6")}


def by_sku(lines: list[dict[str, Any]]) -> list[str]:
    """SKUs, sorted: answers come back in another order."""
    return sorted(line["SKU"] for line in lines)


def part(whole: dict[str, Any], names: Any) -> dict[str, Any]:
    """Some fields of a record."""
    return {name: whole[name] for name in names}


def test_the_account_tells_its_settings(core: Any) -> None:
    """GET /me answers one object with company and base currency."""
    me = core.get("me")
    assert (me["Company"], me["Currency"], me["LockDate"]) == ("Sandbox Trading", "USD", None)


def test_a_supplier_is_created_and_answered_as_a_wrapped_list(core: Any) -> None:
    """A supplier that is not there is an empty list; its POST answers a list of one, with IDs for all its parts."""
    empty = core.get("supplier", Name="Osprey", IncludeDeprecated="true", Page=1, Limit=100)
    assert empty == {"Total": 0, "Page": 1, "SupplierList": []}
    made = core.post("supplier", BODY)
    assert (made["Total"], made["Page"], len(made["SupplierList"])) == (1, 1, 1)
    row = made["SupplierList"][0]
    assert row["LastModifiedOn"].endswith("Z")
    assert row["AdditionalAttribute1"] == "V-20417"
    assert row["Addresses"][0]["ID"]
    assert row["Addresses"][0]["SupplierID"] == row["ID"] == row["Contacts"][0]["SupplierID"]
    assert core.get("supplier", Name="osprey fixings")["SupplierList"][0]["ID"] == row["ID"]


def test_a_fresh_advanced_header_has_nothing_available(core: Any) -> None:
    """A new header of the advanced family is DRAFT, its sub-documents NOT AVAILABLE, in arrays of group 0."""
    made = core.header(advanced=True, PurchaseType="Simple", TaxRule="GST on Expenses", TaxCalculation="Exclusive",
                       Terms="30 days", RequiredBy="2026-09-04T00:00:00", Note="ERP:ACU|PO:004512|k=9f2c",
                       AdditionalAttributes={"AdditionalAttribute1": "004512"})  # fmt: skip
    assert part(made, ("Status", "Type", "CombinedPaymentStatus", "CombinedInvoiceStatus", "CurrencyRate")) == {
        "Status": "DRAFT", "Type": "Simple Purchase", "CombinedPaymentStatus": "UNPAID",
        "CombinedInvoiceStatus": "NOT AVAILABLE", "CurrencyRate": 1,
    }  # fmt: skip
    assert (made["Contact"], made["Phone"]) == ("Ines Marlow", "02 4900 1122")
    assert made["Order"]["Status"] == "NOT AVAILABLE"
    for name in ("StockReceived", "PutAway", "Invoice"):
        only = made[name]
        assert [(g["TaskID"], g["InvoicingAndReceivingNumber"], g["Status"]) for g in only] == [
            (made["ID"], 0, "NOT AVAILABLE")
        ]
    assert made["AdditionalAttributes"]["AdditionalAttribute1"] == "004512"
    assert made["OrderNumber"].startswith("PO-")


def test_the_whole_purchase_stock_first(core: Any, stock_line: Any) -> None:
    """Header, order, receipt in draft and authorised, bill, payment: each step shows in statuses, list and amounts."""
    made = core.header(Note="ERP:ACU|PO:004512")
    task = made["ID"]
    assert made["Status"] == "DRAFT"

    order = core.order(task, "DRAFT", *LINES, AdditionalCharges=[CHARGE])
    assert core.get("purchase", ID=task)["Status"] == "ORDERING"
    order = core.order(task, "AUTHORISED", *LINES, AdditionalCharges=[CHARGE], Memo="ERP PO 004512")
    assert part(order, TOTALS) == TOTALS
    assert by_sku(order["Lines"]) == ["HP-CLAMP-50", "HP-PLATE-10"]
    assert core.get("purchase", ID=task)["Status"] == "ORDERED"

    draft = core.receive(task, "DRAFT", stock_line(), stock_line("HP-PLATE-10", Quantity=10))
    assert [line["Received"] for line in draft["Lines"]] == [False, False]
    assert all(line["CardID"] for line in draft["Lines"])
    assert draft["Lines"][0]["Location"] == "Main Warehouse"
    assert core.get("purchase", ID=task)["Status"] == "RECEIVING"
    done = core.receive(task)
    assert done["Status"] == "AUTHORISED"
    assert [line["Received"] for line in done["Lines"]] == [True, True]
    assert core.get("purchase", ID=task)["Status"] == "RECEIVED"

    lines = [{**line, "Account": "630"} for line in LINES]
    bill = core.post("purchase/invoice", {
        "TaskID": task, "InvoiceDate": "2026-09-03T00:00:00", "InvoiceNumber": "KF-88213", "Status": "AUTHORISED",
        "Lines": lines, "AdditionalCharges": [{**CHARGE, "Account": "630"}],
    })  # fmt: skip
    assert part(bill, TOTALS) == TOTALS
    assert (bill["InvoiceTotalAmount"], bill["InvoiceTotalTaxAmount"]) == (D("666.6"), D("60.6"))
    assert bill["InvoiceDueDate"] == "2026-10-03T00:00:00"

    row = core.get("purchaseList", UpdatedSince="2020-01-01T00:00:00", Page=1, Limit=1000)["PurchaseList"][0]
    assert part(row, ("ID", "Status", "InvoiceNumber", "InvoiceAmount", "PaidAmount", "StockReceivedStatus", "Type",
                      "CombinedInvoiceStatus", "CombinedPaymentStatus", "CombinedReceivingStatus")) == {
        "ID": task, "Status": "COMPLETED", "InvoiceNumber": "KF-88213", "InvoiceAmount": D("666.6"), "PaidAmount": 0,
        "StockReceivedStatus": "AUTHORISED", "Type": "Simple Purchase", "CombinedInvoiceStatus": "INVOICED",
        "CombinedPaymentStatus": "UNPAID", "CombinedReceivingStatus": "FULLY RECEIVED",
    }  # fmt: skip

    full = core.get("purchase", ID=task, CombineAdditionalCharges="false")
    assert not {"Type", "PutAway", "CombinedInvoiceStatus", "IsServiceOnly"} & set(full)
    assert part(full["Order"], TOTALS) == TOTALS == part(full["Invoice"], TOTALS)
    assert full["StockReceived"]["Status"] == "AUTHORISED"
    assert full["CreditNote"]["Unstock"] == {"Status": "NOT AVAILABLE", "Lines": []}

    paid = {"TaskID": task, "Type": "Payment", "Amount": 666.6, "DatePaid": "2026-09-10T00:00:00", "Account": "800"}
    core.post("purchase/payment", paid)
    after = core.get("purchaseList")["PurchaseList"][0]
    assert (after["InvoiceStatus"], after["CombinedPaymentStatus"], after["PaidAmount"]) == ("PAID", "PAID", D("666.6"))
    assert after["LastUpdatedDate"] > row["LastUpdatedDate"]
    assert isinstance(core.get("purchase/payment", TaskID=task), list)


def test_a_fresh_simple_purchase_invoice_first_is_ordering(core: Any) -> None:
    """Invoice first, the fresh Simple header shows a draft bill and the task ORDERING."""
    made = core.header(Approach="Invoice")
    assert (made["Approach"], made["Status"]) == ("INVOICE", "ORDERING")
    assert (made["Order"]["Status"], made["Invoice"]["Status"]) == ("NOT AVAILABLE", "DRAFT")


def test_the_whole_purchase_invoice_first(core: Any, stock_line: Any) -> None:
    """Invoice first, the bill needs no receipt; the receipt then completes the purchase."""
    task = core.header(Approach="INVOICE")["ID"]
    core.order(task)
    core.post("purchase/invoice", core.bill_body(task))
    assert core.get("purchase", ID=task)["Status"] == "INVOICED"
    core.receive(task, "DRAFT", stock_line())
    assert core.get("purchase", ID=task)["Status"] == "RECEIVING / INVOICED"
    core.receive(task)
    assert core.get("purchase", ID=task)["Status"] == "COMPLETED"


def test_a_service_purchase_is_billed_without_order_and_never_received(core: Any, stock_line: Any) -> None:
    """A service purchase is invoice first whatever was asked, and takes no receipt."""
    made = core.header(advanced=True, IsServiceOnly=True)
    assert (made["Type"], made["Approach"]) == ("Service Purchase", "INVOICE")
    body = core.bill_body(made["ID"], PurchaseID=made["ID"])
    bills = core.post("advanced-purchase/invoice", body)["Invoices"]
    assert [bill["Status"] for bill in bills] == ["AUTHORISED"]
    stock = {"PurchaseID": made["ID"], "TaskID": made["ID"], "Status": "DRAFT", "Lines": [stock_line()]}
    assert "not available for Service" in core.refused("POST", "advanced-purchase/stock", stock)
