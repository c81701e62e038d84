"""Bills and credit notes as Cin7's bodies want them and as its answers show them, pure."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ml_connector.domain.documents import InvoiceType, SupplierInvoice
from ml_connector.domain.money import plain
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Fields
from ml_connector.systems.cin7.lines import LineForm
from ml_connector.systems.cin7.order_body import is_inclusive
from ml_connector.systems.cin7.translate import BILLED, VOIDED
from ml_connector.systems.cin7.wire import WirePart, WirePurchase, calendar_date

Row = dict[str, Any]


def bill_body(bill: SupplierInvoice, form: LineForm, mark: str, *, inclusive: bool) -> Row:
    """Return a bill's content but for its status; `inclusive` where its purchase's prices hold the tax.

    Raises:
        Refused: a line cannot be said in Cin7; nothing has been sent.
    """
    due = {"InvoiceDueDate": midnight(bill.due_date)} if bill.due_date else {}
    return {
        "CombineAdditionalCharges": False,
        "InvoiceNumber": bill.number.strip(),
        "InvoiceDate": midnight(bill.date),
        **due,
        **form.rows(bill.lines, mark, inclusive=inclusive),
    }


def credit_body(memo: SupplierInvoice, form: LineForm, mark: str, credited: str, *, inclusive: bool) -> Row:
    """Return a credit note's content but for its status; no goods go back.

    Raises:
        Refused: a line cannot be said in Cin7; nothing has been sent.
    """
    return {
        "CombineAdditionalCharges": False,
        "CreditNoteNumber": memo.number.strip(),
        "CreditNoteInvoiceNumber": credited,
        "CreditNoteDate": midnight(memo.date),
        "Unstock": [],
        **form.rows(memo.lines, mark, inclusive=inclusive),
    }


def midnight(date: dt.date) -> str:
    """Return a calendar date as Cin7 writes it: midnight without a zone."""
    return f"{date.isoformat()}T00:00:00"


def wanted_fields(bill: SupplierInvoice, form: LineForm) -> Fields:
    """Return what Cin7 shows of the bill or credit memo once it is there.

    What the document does not say is not compared: a due date is Cin7's then, by the terms, and a bill without order
    may stand on any purchase.
    """
    fields = {
        "number": bill.number.strip(),
        "supplier": bill.supplier_key.lower(),
        "date": bill.date.isoformat(),
        "currency": bill.currency,
        "net": plain(bill.net),
        "tax": plain(bill.tax),
        "gross": plain(bill.gross),
        **form.wanted(bill.lines),
    }
    if bill.order_key:
        fields |= {"order": bill.order_number} if bill.order_number else {"purchase": bill.order_key.lower()}
    if bill.type is InvoiceType.CREDIT_MEMO and bill.credits_number:
        fields["credits_number"] = bill.credits_number.strip()
    if bill.type is InvoiceType.INVOICE and bill.due_date:
        fields["due_date"] = bill.due_date.isoformat()
    return fields


def shown_fields(wire: WirePurchase, part: WirePart, form: LineForm, *, credit: bool) -> Fields:
    """Return the same of a bill or credit note as it stands."""
    due = calendar_date(part.InvoiceDueDate)
    date = calendar_date(part.CreditNoteDate if credit else part.InvoiceDate)
    return {
        "number": (part.CreditNoteNumber if credit else part.InvoiceNumber).strip(),
        "supplier": wire.SupplierID.lower(),
        "date": date.isoformat() if date else "",
        "currency": wire.SupplierCurrency.strip().upper(),
        "net": plain(part.TotalBeforeTax),
        "tax": plain(part.Tax),
        "gross": plain(part.Total),
        "purchase": wire.key,
        "order": wire.OrderNumber.strip(),
        "due_date": due.isoformat() if due else "",
        "credits_number": credited_number(wire, part) if credit else "",
        **form.shown(part, inclusive=is_inclusive(wire)),
    }


def credited_number(wire: WirePurchase, note: WirePart) -> str:
    """Return the number of the bill that a credit note credits; a Simple purchase shows none and has one bill."""
    return (note.CreditNoteInvoiceNumber or (wire.Invoice[0].InvoiceNumber if wire.Invoice else "")).strip()


def status_of(wire: WirePurchase, part: WirePart) -> TargetStatus:
    """Return where a bill or credit note stands; paid is authorised."""
    if wire.is_void or part.state == VOIDED:
        return TargetStatus.VOIDED
    return TargetStatus.AUTHORISED if part.state in BILLED else TargetStatus.DRAFT
