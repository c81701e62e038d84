"""The purchase: a header and the sub-documents order, receipt, put-away, bill and credit note, each with a status.

Inside, every purchase has *groups*, one for each invoicing-and-receiving number; a Simple purchase has exactly one.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from ml_connector_sandbox.cin7.account import ZERO_GUID, Account, Record, stamp
from ml_connector_sandbox.cin7.errors import ApiError, missing
from ml_connector_sandbox.cin7.lines import charge_line, find_product, no_duplicates, number, order_line
from ml_connector_sandbox.cin7.settings import Settings
from ml_connector_sandbox.core.clock import Clock

AUTHORISED, DRAFT, NONE, VOIDED, PAID = "AUTHORISED", "DRAFT", "NOT AVAILABLE", "VOIDED", "PAID"
OPEN = (DRAFT, NONE)
BILLED = (AUTHORISED, PAID)
_HEADER = (
    "Contact", "Phone", "BlindReceipt", "BillingAddress", "ShippingAddress", "TaxRule", "TaxCalculation", "Terms",
    "RequiredBy", "Location", "Note", "AdditionalAttributes",
)  # fmt: skip


def new_group(task_id: str, index: int) -> Record:
    """Return an empty invoicing-and-receiving group."""
    return {
        "TaskID": task_id, "Number": index, "Stock": {"Status": NONE, "Lines": []},
        "PutAway": {"Status": NONE, "Lines": []}, "Invoice": {"Status": NONE, "Lines": [], "AdditionalCharges": []},
    }  # fmt: skip


class Purchases:
    """Writes to the purchases of one account, with the vendor's rules."""

    def __init__(self, account: Account, settings: Settings, clock: Clock) -> None:
        self.account, self.settings, self.clock = account, settings, clock

    # --- header ---

    def create(self, body: Record, *, advanced: bool) -> Record:
        """Create the header; everything else in the body is ignored without a word."""
        supplier = self._supplier(body)
        approach = self._approach(body)
        self._location(body)
        service = advanced and bool(body.get("IsServiceOnly"))
        kind = "Service" if service else str(body.get("PurchaseType") or "Advanced") if advanced else "Simple"
        if kind not in {"Simple", "Advanced", "Service"}:
            msg = "Invalid Value for Attribute 'PurchaseType'. Possible values are 'Simple' or 'Advanced'."  # invented
            raise ApiError(msg)
        purchase_id = str(uuid.uuid4())
        purchase: Record = {**_contact(supplier)} | {name: body[name] for name in _HEADER if body.get(name) is not None}
        purchase |= {
            "ID": purchase_id, "OrderNumber": self.account.next_order_number(), "Type": f"{kind} Purchase",
            "SupplierID": supplier["ID"], "Supplier": supplier["Name"], "IsServiceOnly": service,
            "Approach": "INVOICE" if service else approach, "OrderDate": f"{self.clock.now():%Y-%m-%d}T00:00:00",
            "SupplierCurrency": supplier["Currency"], "CurrencyRate": self._rate(supplier, body),
            "TaxRule": body.get("TaxRule") or supplier["TaxRule"],
            "Terms": body.get("Terms") or supplier["PaymentTerm"],
            "TaxCalculation": body.get("TaxCalculation") or "Exclusive",
            "Order": {"Status": NONE, "Memo": "", "Lines": [], "AdditionalCharges": []},
            "Groups": [new_group(purchase_id, 0)], "CreditNotes": [], "Voided": False,
        }  # fmt: skip
        if approach == "INVOICE" and not advanced:
            purchase["Groups"][0]["Invoice"]["Status"] = DRAFT
        self._check_terms(purchase)
        return self.touched(self.account.put("purchase", purchase))

    def _rate(self, supplier: Record, body: Record) -> Any:
        rates = self.settings.currency_rates
        return number(body.get("CurrencyRate") or rates.get(str(supplier["Currency"]), 1))

    def change_header(self, purchase: Record, body: Record) -> Record:
        """Change the header's own fields; supplier and approach are required, and stay."""
        self._supplier(body)
        self._approach(body)
        self._location(body)
        purchase |= {name: body[name] for name in _HEADER if body.get(name) is not None}
        return self.touched(purchase)

    def _supplier(self, body: Record) -> Record:
        found = self.account.get("supplier", body.get("SupplierID"))
        if found is None and body.get("Supplier"):
            found = self.account.named("supplier", body["Supplier"])
        if found is None:
            if not body.get("SupplierID") and not body.get("Supplier"):
                raise missing("SupplierID")
            msg = f"Supplier '{body.get('Supplier') or body.get('SupplierID')}' was not found"
            raise ApiError(msg, code=404)
        return found

    def _approach(self, body: Record) -> str:
        if not body.get("Approach"):
            raise missing("Approach")
        approach = str(body["Approach"]).upper()
        if approach not in {"INVOICE", "STOCK"}:
            msg = "Invalid Value for Attribute 'Approach'. Possible values are 'Invoice' or 'Stock'."
            raise ApiError(msg)
        return approach

    def _location(self, body: Record) -> None:
        if not body.get("Location"):
            raise missing("Location")
        if self.account.named("location", body["Location"]) is None:
            msg = f"Location '{body['Location']}' was not found in Locations reference book"
            raise ApiError(msg, code=404)

    def _check_terms(self, purchase: Record) -> None:
        term = self.account.named("paymentterm", purchase["Terms"])
        if term is None or not term.get("IsActive", True):
            self.account.books["purchase"].pop(purchase["ID"], None)
            msg = f"Active payment term with name {purchase['Terms']} was not found in Payment Terms reference book"
            raise ApiError(msg)

    # --- order ---

    def post_order(self, purchase: Record, body: Record) -> Record:
        """Replace the order's lines, as draft or authorised."""
        status = self._status(body)
        order: Record = purchase["Order"]
        if order["Status"] not in OPEN:
            msg = f"Order in status {order['Status']} can not be modified"
            raise ApiError(msg)
        if body.get("Lines") is None:
            raise missing("Lines")
        lines = [order_line(self.account, self.settings, line, with_account=False) for line in body["Lines"]]
        no_duplicates(self.settings, lines)
        charges = [
            charge_line(self.account, self.settings, line, with_account=False)
            for line in body.get("AdditionalCharges") or []
        ]
        order |= {"Status": status, "Memo": body.get("Memo") or "", "Lines": lines, "AdditionalCharges": charges}
        self.touched(purchase)
        return order

    # --- receipt and put-away ---

    def post_stock(self, purchase: Record, body: Record, *, advanced: bool, part: str = "Stock") -> Record:
        """Add lines to a receipt (or put-away); empty lines with AUTHORISED authorise what is there."""
        status = self._status(body)
        group = self._group(purchase, body, open_new=advanced, part=part)
        self._may_receive(purchase, group)
        stock: Record = group[part]
        if stock["Status"] not in {*OPEN, "PARTIALLY RECEIVED"}:
            msg = f"Stock received in status {stock['Status']} can not be modified"
            raise ApiError(msg)
        lines = [
            self._stock_line(line, keep_location=not advanced or part == "PutAway") for line in body.get("Lines") or []
        ]
        if not advanced:
            self._one_place(stock, lines)
        stock["Lines"] += lines
        stock["Status"] = status
        for line in stock["Lines"]:
            line["Received"] = status == AUTHORISED
        if advanced and purchase["Type"] == "Simple Purchase":
            return self.convert(purchase)["Groups"][group["Number"]][part]  # type: ignore[no-any-return]
        self.touched(purchase)
        return stock

    def convert(self, purchase: Record) -> Record:
        """Make a Simple purchase an Advanced one: its group gets a TaskID of its own, and what was received is
        put away as well. There is no way back."""  # noqa: D205, D209
        purchase["Type"] = "Advanced Purchase"
        group = purchase["Groups"][0]
        group["TaskID"] = str(uuid.uuid4())
        if group["PutAway"]["Status"] == NONE and group["Stock"]["Status"] == AUTHORISED:
            group["PutAway"] = {
                "Status": AUTHORISED,
                "Lines": [{**line, "CardID": str(uuid.uuid4())} for line in group["Stock"]["Lines"]],
            }
        return self.touched(purchase)

    def _may_receive(self, purchase: Record, group: Record) -> None:
        if purchase["IsServiceOnly"]:
            msg = "Stock receiving is not available for Service Purchase"
            raise ApiError(msg)
        if purchase["Order"]["Status"] != AUTHORISED and not purchase.get("BlindReceipt"):
            msg = "Please authorise Order before StockReceived"
            raise ApiError(msg)
        if purchase["Approach"] == "INVOICE" and group["Invoice"]["Status"] not in BILLED:
            msg = "'Invoice First' approach option set. Please authorise Invoice before StockReceived"
            raise ApiError(msg)

    def _stock_line(self, line: Record, *, keep_location: bool) -> Record:
        if not line.get("Date"):
            msg = "'Date' is required for 'Lines' line"
            raise ApiError(msg)
        product = find_product(self.account, line)
        place = self.account.get("location", line.get("LocationID")) or self.account.named(
            "location", line.get("Location")
        )
        if keep_location and place is None:
            msg = f"Location '{line.get('Location') or ''}' was not found in Locations reference book"
            raise ApiError(msg, code=404)
        return {
            "Date": line["Date"], "Quantity": number(line.get("Quantity") or 0), "ProductID": product["ID"],
            "SKU": product["SKU"], "Name": product["Name"], "Received": False,
            "Location": place["Name"] if place and keep_location else None,
            "LocationID": place["ID"] if place and keep_location else None,
            "BatchSN": line.get("BatchSN") or "", "SupplierSKU": line.get("SupplierSKU") or "",
            "ExpiryDate": line.get("ExpiryDate"), "CardID": str(uuid.uuid4()),
        }  # fmt: skip

    def _one_place(self, stock: Record, lines: list[Record]) -> None:
        if len({line["LocationID"] for line in lines}) > 1:
            msg = "Lines is invalid"
            raise ApiError(msg)
        seen = {_card(line) for line in stock["Lines"]}
        for line in lines:
            if _card(line) in seen:
                msg = (
                    f"Cannot add duplicate value in stock received lines. "
                    f"(Product:{line['SKU']}, Location:{line['Location']})"
                )
                raise ApiError(msg)
            seen.add(_card(line))

    # --- bill and credit note ---

    def post_invoice(self, purchase: Record, body: Record) -> Record:
        """Replace a bill's content, as draft or authorised."""
        status = self._status(body)
        group = self._group(purchase, body, open_new=False, part="Invoice")
        bill: Record = group["Invoice"]
        if (
            purchase["Order"]["Status"] != AUTHORISED
            and not purchase["IsServiceOnly"]
            and not purchase.get("BlindReceipt")
        ):
            msg = "Please authorise Order before Invoice"
            raise ApiError(msg)
        if bill["Status"] not in OPEN:
            msg = f"Invoice in status {bill['Status']} can not be modified"
            raise ApiError(msg)
        if purchase["Approach"] == "STOCK" and not self._is_received(group):
            msg = "'Stock First' approach option set. Please authorise StockReceived before Invoice"
            raise ApiError(msg)
        self._unlocked(body.get("InvoiceDate"))
        bill |= self._content(body, status)
        bill |= {
            "InvoiceDate": body.get("InvoiceDate") or f"{self.clock.now():%Y-%m-%d}T00:00:00",
            "InvoiceDueDate": body.get("InvoiceDueDate") or self._due(purchase, body.get("InvoiceDate")),
            "InvoiceNumber": body.get("InvoiceNumber") or f"{purchase['OrderNumber']}-{group['Number'] + 1}",
            "CurrencyRate": purchase["CurrencyRate"],
        }  # fmt: skip
        self.touched(purchase)
        return bill

    def _is_received(self, group: Record) -> bool:
        put_away = group["PutAway"]["Status"] == AUTHORISED and group["PutAway"]["Lines"]
        return group["Stock"]["Status"] == AUTHORISED or bool(self.settings.put_away_is_receipt and put_away)

    def _due(self, purchase: Record, date: Any) -> str:
        """Return the due date by the purchase's terms; a number of days is all we know."""
        start = datetime.fromisoformat(str(date)[:10]) if date else self.clock.now()
        term = self.account.named("paymentterm", purchase.get("Terms")) or {}
        return f"{start + timedelta(days=int(term.get('Duration') or 0)):%Y-%m-%d}T00:00:00"

    def post_credit_note(self, purchase: Record, body: Record, *, advanced: bool) -> Record:
        """Create or replace a credit note."""
        status = self._status(body)
        for name in ("CreditNoteNumber", "CreditNoteDate", *(("CreditNoteInvoiceNumber",) if advanced else ())):
            if not body.get(name):
                raise missing(name)
        if not any(group["Invoice"]["Status"] in BILLED for group in purchase["Groups"]):
            msg = "Please authorise Invoice before Credit Note"
            raise ApiError(msg)
        notes = purchase["CreditNotes"]
        task = str(body.get("TaskID") or "").lower()
        note: Record | None = next((n for n in notes if not advanced or n["TaskID"].lower() == task), None)
        if note is None:
            note = {"TaskID": purchase["ID"] if not advanced else str(uuid.uuid4()), "Status": NONE}
            notes.append(note)
        if note["Status"] not in OPEN:
            msg = f"Credit note in status {note['Status']} can not be modified"
            raise ApiError(msg)
        note |= self._content(body, status)
        note |= {name: body.get(name) for name in ("CreditNoteNumber", "CreditNoteDate", "CreditNoteInvoiceNumber")}
        note["Unstock"] = body.get("Unstock") or []
        self.touched(purchase)
        return note

    def _content(self, body: Record, status: str) -> Record:
        return {
            "Status": status,
            "Lines": [
                order_line(self.account, self.settings, line, with_account=True) for line in body.get("Lines") or []
            ],
            "AdditionalCharges": [
                charge_line(self.account, self.settings, line, with_account=True)
                for line in body.get("AdditionalCharges") or []
            ],
        }

    def _unlocked(self, date: Any) -> None:
        lock = self.account.me.get("LockDate")
        if lock and date and str(date)[:10] < str(lock)[:10]:
            msg = f"Transaction date is before the lock date {str(lock)[:10]}"  # wording invented
            raise ApiError(msg)

    # --- undo and void ---

    def void(self, purchase: Record) -> Record:
        """Void the whole purchase: every sub-document becomes VOIDED."""
        if any(group["Invoice"]["Status"] == PAID for group in purchase["Groups"]):
            msg = "Purchase has payments and can not be voided"
            raise ApiError(msg)
        purchase["Voided"] = True
        for part in [purchase["Order"], *(g[n] for g in purchase["Groups"] for n in ("Stock", "PutAway", "Invoice"))]:
            part["Status"] = VOIDED
        for note in purchase["CreditNotes"]:
            note["Status"] = VOIDED
        return self.touched(purchase)

    def undo(self, purchase: Record) -> Record:
        """Step back to editable: authorised sub-documents become drafts."""
        for part in [purchase["Order"], *(g[n] for g in purchase["Groups"] for n in ("Stock", "PutAway", "Invoice"))]:
            if part["Status"] == AUTHORISED:
                part["Status"] = DRAFT
        return self.touched(purchase)

    def drop_invoice(self, purchase: Record, group: Record, *, void: bool) -> None:
        """Void one bill, which empties it, or step it back to a draft."""
        bill = group["Invoice"]
        if bill["Status"] == PAID:
            msg = "Invoice has payments and can not be changed"  # wording invented
            raise ApiError(msg)
        bill |= {"Status": VOIDED, "Lines": [], "AdditionalCharges": []} if void else {"Status": DRAFT}
        self.touched(purchase)

    # --- small things ---

    def _status(self, body: Record) -> str:
        status = str(body.get("Status") or "").upper()
        if not status:
            raise missing("Status")
        if status not in {DRAFT, AUTHORISED}:
            msg = f"Invalid Value for Attribute 'Status'. '{body['Status']}' is not allowed."
            raise ApiError(msg)
        return status

    def _group(self, purchase: Record, body: Record, *, open_new: bool, part: str) -> Record:
        """Return the group a body is for; without TaskID a receipt opens a new one, with an empty draft bill."""
        groups: list[Record] = purchase["Groups"]
        task = str(body.get("TaskID") or "").lower()
        if purchase["Type"] == "Simple Purchase" and not open_new:
            return groups[0]
        for group in groups:
            if group["TaskID"].lower() == task:
                return group
        if task and task != ZERO_GUID:
            msg = "Purchase Task with specified ID not found"
            raise ApiError(msg)
        if part == "Invoice":
            return groups[0]
        made = new_group(str(uuid.uuid4()), len(groups))
        made["Invoice"]["Status"] = DRAFT
        groups.append(made)
        return made

    def touched(self, purchase: Record) -> Record:
        """Stamp the purchase as changed now."""
        purchase["LastUpdatedDate"] = stamp(self.clock)
        return purchase


def _contact(supplier: Record) -> Record:
    """Return the supplier's default contact as a header shows it."""
    people = supplier.get("Contacts") or [{}]
    person: Record = next((one for one in people if one.get("Default")), people[0])
    return {"Contact": person.get("Name") or "", "Phone": person.get("Phone") or ""}


def _card(line: Record) -> tuple[Any, ...]:
    return (line["ProductID"], line["LocationID"], line["BatchSN"], line["ExpiryDate"])
