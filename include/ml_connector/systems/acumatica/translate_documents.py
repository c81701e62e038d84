"""Purchase orders and bills: canonical → wire and back to comparable fields, pure functions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ml_connector.domain.documents import InvoiceType, Line, PurchaseOrder, SupplierInvoice, TradeDocument
from ml_connector.domain.errors import Refused
from ml_connector.domain.money import plain
from ml_connector.systems.acumatica import wire
from ml_connector.systems.acumatica.options import AcumaticaOptions

MARKER = re.compile(r"\bmlc:[0-9a-f]+")
"""What every document that we made carries in its description."""
_LINE_TEXT = 256
_ORDER_TEXT = 60
_BILL_TEXT = 512
_UNIT_COST_DIGITS = Decimal("0.000001")


@dataclass(frozen=True, order=True)
class Row:
    """A line as both sides show it; the order of its fields is the order of the lines."""

    item: str
    account: str
    description: str
    quantity: Decimal
    net: Decimal


def bounded(text: str, longest: int = _LINE_TEXT) -> str:
    """Return the text in one line, no longer than the field."""
    return " ".join(text.split())[:longest].rstrip()


def described(subject: str, marker: str, longest: int) -> str:
    """Return a header text that ends in the marker, whole, and begins with what a clerk looks for."""
    return f"{bounded(subject, longest - len(marker) - 1)} {marker}".strip()


def order_text(order: PurchaseOrder, marker: str) -> str:
    """Return the description of an order: 60 characters at most."""
    return described(f"Cin7 {order.number}", marker, _ORDER_TEXT)


def bill_text(invoice: SupplierInvoice, marker: str) -> str:
    """Return the description of a bill: 512 characters at most."""
    return described(" / ".join(filter(None, (f"Cin7 {invoice.order_number}", invoice.number))), marker, _BILL_TEXT)


def bill_type(invoice: SupplierInvoice) -> str:
    """Return the document type as the screen shows it; a credit memo is a debit adjustment."""
    return "Debit Adj." if invoice.type is InvoiceType.CREDIT_MEMO else "Bill"


# --- lines ---


def booked_nets(document: TradeDocument) -> list[Decimal]:
    """Return the net amounts of the lines so that they come to the document's net.

    Where prices include tax, a line's net is derived and rounded; the remainder of the document's rounding, a
    cent or so, goes to the largest line. Where they do not, nothing is moved: a difference is then an error.
    """
    nets = [line.net for line in document.lines]
    if nets and document.tax_inclusive:
        largest = max(range(len(nets)), key=lambda index: abs(nets[index]))
        nets[largest] += document.net - sum(nets, Decimal(0))
    return nets


def order_rows(order: PurchaseOrder, options: AcumaticaOptions) -> list[Row]:
    """Return the lines of an order as Acumatica shows them: an item's line posts where the item says."""
    return [
        Row(
            item=line.item or "",
            account="" if line.item else line.account or options.charge_account,
            description=bounded(line.description or line.item or ""),
            quantity=line.quantity,
            net=net,
        )
        for line, net in zip(order.lines, booked_nets(order), strict=True)
    ]


def bill_rows(invoice: SupplierInvoice) -> list[Row]:
    """Return the lines of a bill as Acumatica shows them: all post to their account, none to an item."""
    return [
        Row(
            item="",
            account=line.account or "",
            description=bounded(line.description or line.item or ""),
            quantity=line.quantity,
            net=net,
        )
        for line, net in zip(invoice.lines, booked_nets(invoice), strict=True)
    ]


def order_row(line: wire.OrderLine) -> Row:
    """Return a line of an order as read."""
    account = "" if line.InventoryID else line.Account
    return Row(line.InventoryID, account, bounded(line.LineDescription), line.OrderQty, line.ExtendedCost)


def bill_row(line: wire.BillLine) -> Row:
    """Return a line of a bill as read."""
    return Row(line.InventoryID, line.Account, bounded(line.TransactionDescription), line.Qty, line.ExtendedCost)


def order_line(row: Row, line: Line, options: AcumaticaOptions) -> dict[str, Any]:
    """Return the members of an order line; the text goes to LineDescription, Description is the account's.

    Raises:
        Refused: it has neither item nor account.
    """
    sent: dict[str, Any] = {"OrderQty": row.quantity, **_costs(row), "LineDescription": row.description}
    if line.unit:
        sent["UOM"] = line.unit
    if row.item:
        warehouse = {"WarehouseID": options.warehouse} if options.warehouse else {}
        return {"InventoryID": row.item, **warehouse, **sent}
    if not row.account:
        raise _refused(f"line “{row.description}” has no item; set option charge_account for such lines")
    return {"LineType": "Service", **_account(row, options), **sent}


def bill_line(row: Row, line: Line, options: AcumaticaOptions) -> dict[str, Any]:
    """Return the members of a bill line; the text goes to TransactionDescription.

    Raises:
        Refused: it has no account.
    """
    if not row.account:
        raise _refused(f"line “{row.description}” has no GL account")
    text = {"TransactionDescription": row.description}
    unit = {"UOM": line.unit} if line.unit else {}
    return {**_account(row, options), "Qty": row.quantity, **_costs(row), **unit, **text}


def _account(row: Row, options: AcumaticaOptions) -> dict[str, str]:
    subaccount = {"Subaccount": options.subaccount} if options.subaccount else {}
    return {"Account": row.account, **subaccount}


def _costs(row: Row) -> dict[str, Decimal]:
    """Return unit and extended cost: the amount is what counts, the unit cost is what it comes to."""
    if not row.quantity:
        return {"ExtendedCost": row.net}
    return {"UnitCost": (row.net / row.quantity).quantize(_UNIT_COST_DIGITS), "ExtendedCost": row.net}


def _refused(text: str) -> Refused:
    return Refused(text, reasons=(("lines", text),))


# --- taxes ---


def tax_rows(document: TradeDocument) -> list[wire.Tax]:
    """Return one row a tax; the rounding of the document's tax goes to the largest one.

    Raises:
        Refused: a line has tax but no tax rule, so that the tax cannot be named.
    """
    taxes: dict[str, wire.Tax] = {}
    for line, net in zip(document.lines, booked_nets(document), strict=True):
        if not line.tax_rule and line.tax:
            raise _refused(f"line “{bounded(line.description)}” has tax but no tax rule")
        if line.tax_rule:
            before = taxes.get(line.tax_rule, wire.Tax(TaxID=line.tax_rule))
            taxes[line.tax_rule] = wire.Tax(
                TaxID=line.tax_rule,
                TaxableAmount=before.TaxableAmount + net,
                TaxAmount=before.TaxAmount + line.tax,
            )
    rest = document.tax - sum((tax.TaxAmount for tax in taxes.values()), Decimal(0))
    charged = [tax for tax in taxes.values() if tax.TaxAmount]
    if rest and charged:
        largest = max(charged, key=lambda tax: abs(tax.TaxAmount))
        taxes[largest.TaxID] = largest.model_copy(update={"TaxAmount": largest.TaxAmount + rest})
    return [taxes[name] for name in sorted(taxes)]


def tax_members(taxes: Iterable[wire.Tax], present: Sequence[wire.Tax] = ()) -> dict[str, Any]:
    """Return the members that set a document's taxes: `IsTaxValid` makes Acumatica take the rows as they are.

    Rows are matched by their id; one sent without would be added
    (https://github.com/kborovik/acumatica-cli, `docs/rest-api.md`).
    """
    there = {tax.TaxID: tax.id for tax in present}
    rows: list[dict[str, Any]] = []
    for tax in taxes:
        known = {"id": there.pop(tax.TaxID)} if tax.TaxID in there else {}
        amounts = {"TaxableAmount": tax.TaxableAmount, "TaxAmount": tax.TaxAmount}
        rows.append({**known, "TaxID": tax.TaxID, **amounts})
    rows += [{"id": row_id, "delete": True} for row_id in there.values()]
    return {"IsTaxValid": True, "TaxDetails": rows}


# --- fields ---


def order_fields(order: PurchaseOrder, options: AcumaticaOptions) -> dict[str, str]:
    """Return what Acumatica will show of the order; what is left to it is left out."""
    optional = {"terms": order.terms, "required_by": _day(order.required_by)}
    return {
        **_header(order),
        **{name: text for name, text in optional.items() if text},
        **_taxes(_known_taxes(order)),
        **line_fields(order_rows(order, options)),
    }


def shown_order(order: wire.Order) -> dict[str, str]:
    """Return the fields of an order as read."""
    return {
        "number": order.VendorRef,
        "supplier": order.VendorID,
        "branch": order.Branch,
        "date": _day(order.Date),
        "required_by": _day(order.PromisedOn),
        "currency": order.CurrencyID,
        "terms": order.Terms,
        "net": plain(order.LineTotal),
        "tax": plain(order.TaxTotal),
        "gross": plain(order.OrderTotal),
        **_taxes(order.TaxDetails),
        **line_fields(order_row(line) for line in order.Details if not line.Cancelled),
    }


def bill_fields(invoice: SupplierInvoice) -> dict[str, str]:
    """Return what Acumatica will show of the bill; a debit adjustment has no due date."""
    is_due = invoice.type is InvoiceType.INVOICE and invoice.due_date is not None
    due = {"due_date": _day(invoice.due_date)} if is_due else {}
    return {**_header(invoice), **due, **_taxes(_known_taxes(invoice)), **line_fields(bill_rows(invoice))}


def shown_bill(bill: wire.Bill) -> dict[str, str]:
    """Return the fields of a bill as read; its net is the sum of its lines."""
    rows = [bill_row(line) for line in bill.Details]
    return {
        "number": bill.VendorRef,
        "supplier": bill.Vendor,
        "branch": bill.BranchID,
        "date": _day(bill.Date),
        "due_date": _day(bill.DueDate),
        "currency": bill.CurrencyID,
        "net": plain(sum((row.net for row in rows), Decimal(0))),
        "tax": plain(bill.TaxTotal),
        "gross": plain(bill.Amount),
        **_taxes(bill.TaxDetails),
        **line_fields(rows),
    }


def _header(document: TradeDocument) -> dict[str, str]:
    currency = {"currency": document.currency} if document.currency else {}
    return {
        "number": document.number.strip(),
        "supplier": document.supplier_key,
        "date": _day(document.date),
        **currency,
        "net": plain(document.net),
        "tax": plain(document.tax),
        "gross": plain(document.gross),
    }


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _known_taxes(document: TradeDocument) -> list[wire.Tax]:
    """Return the tax rows, or none when they cannot be named; `draft` then refuses the document."""
    try:
        return tax_rows(document)
    except Refused:
        return []


def _taxes(taxes: Iterable[wire.Tax]) -> dict[str, str]:
    return {f"taxes.{tax.TaxID}": plain(tax.TaxAmount) for tax in taxes if tax.TaxAmount}


def line_fields(rows: Iterable[Row]) -> dict[str, str]:
    """Return the lines as fields, in an order of their own, whatever order the two systems keep."""
    fields: dict[str, str] = {}
    for index, row in enumerate(sorted(rows)):
        fields |= {
            f"lines[{index}].item": row.item,
            f"lines[{index}].account": row.account,
            f"lines[{index}].description": row.description,
            f"lines[{index}].quantity": plain(row.quantity),
            f"lines[{index}].net": plain(row.net),
        }
    return fields


def line_changes(
    wanted: Sequence[tuple[Row, dict[str, Any]]], present: Sequence[tuple[Row, str]]
) -> list[dict[str, Any]]:
    """Return the rows to send so that the lines become as wanted: changed, added, deleted; equal ones left.

    Args:
        wanted: each line and its members as sent.
        present: each line that is there and its id; rows are matched by nothing else, a row sent without an id
            is added (https://github.com/kborovik/acumatica-cli, `docs/rest-api.md`).
    """
    free = list(present)
    pending = [(row, members) for row, members in wanted if _take(free, row) is None]
    sent: list[dict[str, Any]] = []
    for row, members in pending:
        known = _take(free, row, whole=False)
        sent.append(members if known is None else {"id": known, **members})
    return sent + [{"id": row_id, "delete": True} for _, row_id in free]


def _take(free: list[tuple[Row, str]], row: Row, *, whole: bool = True) -> str | None:
    """Return the id of an equal line (or of one with the same item and account), no longer free."""
    for index, (other, row_id) in enumerate(free):
        if other == row if whole else (other.item, other.account) == (row.item, row.account):
            del free[index]
            return row_id
    return None
