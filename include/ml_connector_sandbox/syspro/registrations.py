"""APSTRI: an invoice that nobody has approved yet is registered; APSQ80 lists the registrations.

Elements and answer: https://github.com/LuntuSYSPRO/myGitHub-rep (``business_objects_catalog.json``). The elements of
APSQ80's answer, and the table ApRegInvoice behind it, carry names of our own choice.
"""

from __future__ import annotations

from starlette.responses import Response

from . import call as codes
from .call import Call, Item
from .markup import Node, document, shown
from .posting import post
from .queries import SYSTEM_INFORMATION
from .schema import TABLES

_TEXTS = {"Branch": 10, "Reference": 30, "AuthorisingPerson": 20, "Buyer": 20, "Department": 20, "Narration": 100}
_DAYS = ("InvoiceDate", "DueDate", "DiscountDate")


def post_registrations(call: Call) -> Response:
    """Return the answer to Transaction/Post of registrations."""
    made = post(call, call.document.findall("Item"), lambda item: _one(call, item))
    pairs = zip(made.items, made.posted, strict=True)
    children: list[Node] = [
        ("Item", [*([] if made.is_validation else nodes or []), *item.troubles()]) for item, nodes in pairs
    ]
    return document("postapregisteredinvoices", [*children, ("StatusOfItems", made.counts())])


def _one(call: Call, item: Item) -> list[Node] | None:
    company = call.company
    item.need("Supplier", "Invoice", "InvoiceValue")
    supplier, invoice = call.padded(item.text("Supplier")), item.text("Invoice", 20)
    item.known("Supplier", company.get("ApSupplier", supplier), codes.NOT_FOUND, "Supplier")
    if any(company.get(table, supplier, invoice) for table in ("ApInvoice", "ApRegInvoice")):
        item.reject("Invoice", codes.EXISTS, f"Invoice '{invoice}' already exists for the supplier")
    order = call.padded(item.text("Orders/PurchaseOrder", 20))
    item.known("Orders/PurchaseOrder", company.get("PorMasterHdr", order), codes.NOT_FOUND, "Purchase order")
    values = {
        "Supplier": supplier, "Invoice": invoice, "TransactionType": item.text("TransactionType") or "I",
        "InvoiceValue": item.number("InvoiceValue", 2), "PurchaseOrder": order,
        **{name: item.text(name, size) for name, size in _TEXTS.items()}, **{name: item.day(name) for name in _DAYS},
    }  # fmt: skip
    if item.is_refused(ignore_warnings=call.is_on("IgnoreWarnings")):
        return None
    number = company.next("ApRegInvoice")
    company.put(
        "ApRegInvoice", {**values, "InvoiceDate": values["InvoiceDate"] or company.today(), "EntryNumber": number}
    )
    return [("Key", [
        ("Supplier", supplier), ("Invoice", invoice), ("TransactionType", str(values["TransactionType"])),
        ("EntryNumber", f"{number:05}"),
    ])]  # fmt: skip


def list_registrations(call: Call) -> Response:
    """Return all registrations."""
    columns = TABLES["ApRegInvoice"].columns.values()
    rows: list[Node] = [
        ("RegisteredInvoice", [(c.name, shown(row[c.name], c)) for c in columns])
        for row in call.company.all("ApRegInvoice")
    ]
    return document("ApRegisteredInvoices", [SYSTEM_INFORMATION, *rows])
