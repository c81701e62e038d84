"""How a purchase is shown: as Simple, as Advanced, as a row of the list; statuses follow the sub-documents."""

from __future__ import annotations

from typing import Any

from ml_connector_sandbox.cin7.account import Account, Record
from ml_connector_sandbox.cin7.lines import totals
from ml_connector_sandbox.cin7.purchases import AUTHORISED, BILLED, DRAFT, NONE, PAID, VOIDED

_ADDRESS = ("DisplayAddressLine1", "DisplayAddressLine2", "Line1", "Line2", "City", "State", "Postcode", "Country")
_EMPTY_ADDRESS: Record = dict.fromkeys(_ADDRESS)


def _header(account: Account, purchase: Record) -> Record:
    base = account.me.get("Currency", "USD")
    return {
        "ID": purchase["ID"], "SupplierID": purchase["SupplierID"], "Supplier": purchase["Supplier"],
        "Contact": purchase.get("Contact", ""), "Phone": purchase.get("Phone", ""), "InventoryAccount": "630",
        "BlindReceipt": bool(purchase.get("BlindReceipt")), "Approach": purchase["Approach"],
        "BillingAddress": dict(_EMPTY_ADDRESS), "ShippingAddress": {**_EMPTY_ADDRESS, "ShipToOther": False},
        "BaseCurrency": base, "SupplierCurrency": purchase["SupplierCurrency"], "TaxRule": purchase.get("TaxRule", ""),
        "TaxCalculation": purchase.get("TaxCalculation", "Exclusive"), "Terms": purchase.get("Terms", ""),
        "RequiredBy": purchase.get("RequiredBy"), "Location": purchase.get("Location", ""),
        "Note": purchase.get("Note", ""), "OrderNumber": purchase["OrderNumber"], "OrderDate": purchase["OrderDate"],
        "Status": task_status(purchase), "RelatedDropShipSaleTask": None, "CurrencyRate": purchase["CurrencyRate"],
        "LastUpdatedDate": purchase["LastUpdatedDate"],
        "Order": {**purchase["Order"], "Prepayments": [], **totals(purchase, purchase["Order"])},
        "AdditionalAttributes": {
            f"AdditionalAttribute{n}": (purchase.get("AdditionalAttributes") or {}).get(f"AdditionalAttribute{n}", "")
            for n in range(1, 11)
        },
        "Attachments": [], "InventoryMovements": [],
    }  # fmt: skip


def bill_view(purchase: Record, bill: Record) -> Record:
    """Return a bill with its totals; payments are shown as paid in full when it is PAID."""
    amounts = totals(purchase, bill) | {
        name: bill[name] for name in ("TotalBeforeTax", "Tax", "Total") if bill.get(name) is not None
    }
    return {
        "InvoiceDate": bill.get("InvoiceDate"), "InvoiceDueDate": bill.get("InvoiceDueDate"),
        "InvoiceNumber": bill.get("InvoiceNumber", ""), "Status": bill["Status"], "Lines": bill.get("Lines", []),
        "AdditionalCharges": bill.get("AdditionalCharges", []),
        "Payments": bill.get("Payments", []), **amounts, "Paid": _paid(bill, amounts["Total"]),
    }  # fmt: skip


def _paid(bill: Record, total: Any) -> Any:
    """Return what was paid: the payments there are, else all of it when it is PAID (as seeded)."""
    if bill.get("Payments"):
        return sum(payment["Amount"] for payment in bill["Payments"])
    return total if bill["Status"] == PAID else 0


def credit_view(purchase: Record, note: Record) -> Record:
    """Return a credit note with its totals."""
    return {
        "CreditNoteInvoiceNumber": note.get("CreditNoteInvoiceNumber") or "",
        "CreditNoteNumber": note.get("CreditNoteNumber") or "", "CreditNoteDate": note.get("CreditNoteDate"),
        "Status": note.get("Status", NONE), "Lines": note.get("Lines", []),
        "AdditionalCharges": note.get("AdditionalCharges", []), "Refunds": [], **totals(purchase, note),
    }  # fmt: skip


def simple_view(account: Account, purchase: Record) -> Record:
    """Return what ``GET /purchase`` shows: sub-documents as objects."""
    group = purchase["Groups"][0]
    note = purchase["CreditNotes"][0] if purchase["CreditNotes"] else {}
    view = _header(account, purchase)
    for name in ("OrderDate",):
        view[name] = purchase["OrderDate"]
    credit = {k: v for k, v in credit_view(purchase, note).items() if k != "CreditNoteInvoiceNumber"}
    return {
        **view, "StockReceived": group["Stock"], "Invoice": bill_view(purchase, group["Invoice"]),
        "CreditNote": {**credit, "Unstock": {"Status": NONE, "Lines": note.get("Unstock") or []}},
        "ManualJournals": {"Status": NONE, "Lines": []},
    }  # fmt: skip


def advanced_view(account: Account, purchase: Record) -> Record:
    """Return what ``GET /advanced-purchase`` shows: sub-documents as arrays, one element a group."""

    def each(part: str) -> list[Record]:
        return [
            {"TaskID": g["TaskID"], "InvoicingAndReceivingNumber": g["Number"], **g[part]} for g in purchase["Groups"]
        ]

    bills = [
        {"TaskID": g["TaskID"], "InvoicingAndReceivingNumber": g["Number"], **bill_view(purchase, g["Invoice"]),
         "CurrencyRate": g["Invoice"].get("CurrencyRate", purchase["CurrencyRate"])}
        for g in purchase["Groups"]
    ]  # fmt: skip
    notes = purchase["CreditNotes"] or [{"TaskID": purchase["ID"]}]
    note_views = [{"TaskID": n["TaskID"], **credit_view(purchase, n), "Unstock": n.get("Unstock") or []} for n in notes]
    return {
        **_header(account, purchase), **_combined(purchase), "Type": purchase["Type"],
        "IsServiceOnly": purchase["IsServiceOnly"], "StockReceived": each("Stock"), "PutAway": each("PutAway"),
        "Invoice": bills, "CreditNote": note_views,
        "ManualJournals": [{"TaskID": g["TaskID"], "InvoicingAndReceivingNumber": g["Number"], "Status": NONE,
                            "Lines": []} for g in purchase["Groups"]],
    }  # fmt: skip


def shell(purchase: Record) -> Record:
    """Return the empty answer seen when a Simple purchase is read as advanced: 200, no status, no lines."""
    empty: Record = {"Memo": "", "Status": "", "Lines": [], "AdditionalCharges": [], "Prepayments": []}
    return {
        "ID": purchase["ID"], "OrderNumber": "", "Status": "", "Supplier": "", "SupplierID": None, "Order": empty,
        "StockReceived": [], "PutAway": [], "Invoice": [], "CreditNote": [], "ManualJournals": [],
        "LastUpdatedDate": None,
    }  # fmt: skip


# --- statuses ---


def _worst(statuses: list[str]) -> str:
    """Return the one status that stands for several groups."""
    for status in (AUTHORISED, PAID, DRAFT, VOIDED):
        if status in statuses:
            return status
    return NONE


def receipt_status(purchase: Record) -> str:
    """Return the receiving status over all groups; put-away counts as received."""
    return _worst([g[part]["Status"] for g in purchase["Groups"] for part in ("PutAway", "Stock")])


def invoice_status(purchase: Record) -> str:
    """Return the invoicing status over all groups."""
    return _worst([g["Invoice"]["Status"] for g in purchase["Groups"]])


def task_status(purchase: Record) -> str:
    """Return the task's own status, derived from its sub-documents; the mixed ones are inferred."""
    if purchase["Voided"]:
        return VOIDED
    billed = invoice_status(purchase) in BILLED
    received = receipt_status(purchase) == AUTHORISED
    if any(note.get("Status") == AUTHORISED for note in purchase["CreditNotes"]):
        return "COMPLETED / CREDIT NOTE CLOSED" if billed and received else "CREDITED"
    receiving = receipt_status(purchase) == DRAFT
    if billed:
        partly = any(g["Invoice"]["Status"] == DRAFT for g in purchase["Groups"][1:])
        done = "PARTIALLY INVOICED / RECEIVING" if partly else "COMPLETED"
        return done if received else "RECEIVING / INVOICED" if receiving else "INVOICED"
    if received or receiving:
        return "RECEIVED" if received else "RECEIVING"
    if purchase["Order"]["Status"] == NONE and invoice_status(purchase) == DRAFT:
        return "ORDERING"  # so the reference's example of a fresh Simple purchase, invoice first
    return {AUTHORISED: "ORDERED", DRAFT: "ORDERING"}.get(purchase["Order"]["Status"], DRAFT)


def _combined(purchase: Record) -> Record:
    bills = [g["Invoice"]["Status"] for g in purchase["Groups"]]
    stock = [_worst([g["PutAway"]["Status"], g["Stock"]["Status"]]) for g in purchase["Groups"]]
    credited = " / CREDITED" if purchase["CreditNotes"] else ""
    invoiced = "NOT INVOICED"
    if any(status in BILLED for status in bills):
        invoiced = ("INVOICED" if all(status in BILLED for status in bills) else "PARTIALLY INVOICED") + credited
    received = "NOT RECEIVED"
    if AUTHORISED in stock:
        received = "FULLY RECEIVED" if all(status == AUTHORISED for status in stock) else "PARTIALLY RECEIVED"
    if purchase["Order"]["Status"] == NONE and received == "NOT RECEIVED":
        received = NONE
    if purchase["Order"]["Status"] == NONE and invoiced == "NOT INVOICED":
        invoiced = NONE
    if purchase["Voided"]:
        return {"CombinedReceivingStatus": VOIDED, "CombinedInvoiceStatus": NONE, "CombinedPaymentStatus": VOIDED}
    paid = "PAID" if PAID in bills and AUTHORISED not in bills else "UNPAID"
    return {"CombinedReceivingStatus": received, "CombinedInvoiceStatus": invoiced, "CombinedPaymentStatus": paid}


def list_row(account: Account, purchase: Record) -> Record:
    """Return the purchase as a row of ``GET /purchaseList``."""
    billed: list[Any] = [g["Invoice"] for g in purchase["Groups"] if g["Invoice"]["Status"] in (*BILLED, VOIDED)]
    first = billed[0] if billed else {}
    amounts = [bill_view(purchase, bill) for bill in billed]
    note = purchase["CreditNotes"][0] if purchase["CreditNotes"] else {}
    return {
        "ID": purchase["ID"], "BlindReceipt": bool(purchase.get("BlindReceipt")),
        "OrderNumber": purchase["OrderNumber"], "Status": task_status(purchase),
        "OrderDate": purchase["OrderDate"], "InvoiceDate": first.get("InvoiceDate"),
        "Supplier": purchase["Supplier"], "SupplierID": purchase["SupplierID"],
        "InvoiceNumber": first.get("InvoiceNumber", ""), "InvoiceAmount": sum(a["Total"] for a in amounts),
        "PaidAmount": sum(a["Paid"] for a in amounts), "InvoiceDueDate": first.get("InvoiceDueDate"),
        "RequiredBy": purchase.get("RequiredBy"), "BaseCurrency": account.me.get("Currency", "USD"),
        "SupplierCurrency": purchase["SupplierCurrency"], "CreditNoteNumber": note.get("CreditNoteNumber", ""),
        "OrderStatus": purchase["Order"]["Status"], "StockReceivedStatus": receipt_status(purchase),
        "UnstockStatus": NONE, "InvoiceStatus": invoice_status(purchase),
        "CreditNoteStatus": note.get("Status", NONE), "LastUpdatedDate": purchase["LastUpdatedDate"],
        "Type": purchase["Type"], **_combined(purchase), "IsServiceOnly": purchase["IsServiceOnly"],
        "DropShipTaskID": None,
    }  # fmt: skip
