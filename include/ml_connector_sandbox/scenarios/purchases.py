"""Cin7 purchases in every state of the procure-to-pay cycle, in the API's own shape.

Which sub-documents are authorised decides what a purchase means; the rows below are the combinations that
matter, for Simple, Advanced and Service purchases, stock first and invoice first.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from ml_connector_sandbox.scenarios.scenario import Record, guid

CENT = Decimal("0.01")


@dataclass(frozen=True)
class State:
    """One row of the decision table: the status of each sub-document ("" when it has none).

    Args:
        receipts: one status a receipt; bills: one status a bill; two of them share the goods half and half.
    """

    name: str
    type: str
    approach: str
    order: str
    receipts: tuple[str, ...] = ()
    bills: tuple[str, ...] = ()
    credit: str = ""
    put_away: tuple[str, ...] = ()
    blind: bool = False
    voided: bool = False


AUTH, DRAFT, PAID, VOID, NONE = "AUTHORISED", "DRAFT", "PAID", "VOIDED", "NOT AVAILABLE"
STATES: tuple[State, ...] = (
    State("order in draft", "Simple", "STOCK", DRAFT),
    State("ordered", "Simple", "STOCK", AUTH),
    State("receiving", "Simple", "STOCK", AUTH, (DRAFT,)),
    State("received", "Simple", "STOCK", AUTH, (AUTH,)),
    State("completed", "Simple", "STOCK", AUTH, (AUTH,), (AUTH,)),
    State("invoiced first", "Simple", "INVOICE", AUTH, (), (AUTH,)),
    State("invoiced and paid", "Simple", "INVOICE", AUTH, (DRAFT,), (PAID,)),
    State("invoice first, completed", "Simple", "INVOICE", AUTH, (AUTH,), (AUTH,)),
    State("partly received", "Advanced", "STOCK", AUTH, (AUTH, DRAFT), (AUTH, DRAFT), "", (AUTH, NONE)),
    State("two receipts, two bills", "Advanced", "STOCK", AUTH, (AUTH, AUTH), (AUTH, AUTH), "", (AUTH, AUTH)),
    State("received, not put away", "Advanced", "STOCK", AUTH, (AUTH,), (AUTH,), "", (NONE,)),
    State("service with order", "Service", "INVOICE", AUTH, (), (AUTH,)),
    State("service without order", "Service", "INVOICE", NONE, (), (PAID,)),
    State("credited", "Simple", "STOCK", AUTH, (AUTH,), (AUTH,), AUTH),
    State("credited, advanced", "Advanced", "STOCK", AUTH, (AUTH,), (PAID,), AUTH, (AUTH,)),
    State("voided", "Simple", "STOCK", VOID, (VOID,), (VOID,), voided=True),
    State("blind receipt", "Simple", "STOCK", NONE, (AUTH,), (AUTH,), blind=True),
)  # fmt: skip


@dataclass
class Draft:
    """A purchase being written; the scenario changes what must be wrong before it is built.

    Args:
        items: (SKU, product name) to choose from; services: (SKU, name) of service products.
        account: GL account of the bill's lines; tax_rule: (name, percent).
        invoice_number: the supplier's number of bill `n`, counted from 1.
    """

    number: str
    supplier: Record
    state: State
    at: dt.datetime
    currency: str
    rate: Decimal
    items: Sequence[tuple[str, str]]
    services: Sequence[tuple[str, str]]
    account: str
    tax_rule: tuple[str, Decimal]
    inclusive: bool = False
    terms: str = ""
    extra_item: tuple[str, str] | None = None
    charge: bool = False
    bill_date: dt.date | None = None
    invoice_number: Callable[[Draft, int], str] = lambda draft, n: f"{draft.number.replace('PO', 'INV')}-{n}"
    rng: random.Random = field(default_factory=lambda: random.Random(1))

    @property
    def key(self) -> str:
        """The purchase's ID."""
        return guid("purchase", self.number)


def line(draft: Draft, item: tuple[str, str], quantity: Decimal, price: Decimal, discount: Decimal) -> Record:
    """Return an order line; its Total is quantity × price less discount, holding the tax when inclusive."""
    sku, name = item
    total = (quantity * price * (1 - discount / 100)).quantize(CENT, ROUND_HALF_UP)
    rule, percent = draft.tax_rule
    part = percent / (100 + percent) if draft.inclusive else percent / 100
    tax = (total * part).quantize(CENT, ROUND_HALF_UP)
    return {
        "ProductID": guid("product", sku), "SKU": sku, "Name": name, "Quantity": quantity, "Price": price,
        "Discount": discount, "Tax": tax, "TaxRule": rule, "SupplierSKU": "", "Comment": "", "Total": total,
    }  # fmt: skip


def charge(draft: Draft, name: str, price: Decimal) -> Record:
    """Return an additional charge, e.g. freight."""
    made = line(draft, ("", name), Decimal(1), price, Decimal(0))
    return {
        "Description": name, "Reference": "", "Quantity": Decimal(1), "Price": price, "Discount": Decimal(0),
        "Tax": made["Tax"], "TaxRule": made["TaxRule"], "Total": made["Total"],
    }  # fmt: skip


def totals(draft: Draft, lines: Sequence[Record]) -> Record:
    """Return before-tax, tax and total of lines and charges."""
    amount = sum((row["Total"] for row in lines), Decimal(0))
    tax = sum((row["Tax"] for row in lines), Decimal(0))
    net = amount - tax if draft.inclusive else amount
    return {"TotalBeforeTax": net, "Tax": tax, "Total": net + tax}


def _lines(draft: Draft) -> tuple[list[Record], list[Record]]:
    rng = draft.rng
    if draft.state.type == "Service":
        _sku, name = rng.choice(draft.services)
        return [], [charge(draft, name, Decimal(rng.randrange(5000, 90000)) / 100)]
    chosen = rng.sample(list(draft.items), k=rng.randint(1, 4))
    if draft.extra_item:
        chosen.append(draft.extra_item)
    made = [
        line(draft, item, Decimal(2 * rng.randint(1, 30)), _price(rng), Decimal(rng.choice((0, 0, 0, 5, 10))))
        for item in chosen
    ]
    charges = [charge(draft, "Inbound Freight", Decimal(rng.randrange(1000, 9000)) / 100)] if draft.charge else []
    return made, charges


def _price(rng: random.Random) -> Decimal:
    return Decimal(rng.randrange(105, 9900)) / 100


def _share(draft: Draft, rows: Sequence[Record], parts: int) -> list[Record]:
    """Return an equal share of the lines; quantities are even, so halves are whole."""
    if parts == 1:
        return [dict(row) for row in rows]
    return [
        line(draft, (row["SKU"], row["Name"]), row["Quantity"] / parts, row["Price"], row["Discount"]) for row in rows
    ]


def build(draft: Draft) -> Record:
    """Return the purchase as ``GET /purchase`` or ``GET /advanced-purchase`` shows it."""
    state = draft.state
    lines, charges = _lines(draft)
    order_lines = [] if state.order == NONE else lines
    order_charges = [] if state.order == NONE else charges
    body: Record = {
        "ID": draft.key, "Type": f"{state.type} Purchase", "SupplierID": draft.supplier["ID"],
        "Supplier": draft.supplier["Name"], "Approach": state.approach, "BlindReceipt": state.blind,
        "IsServiceOnly": state.type == "Service", "OrderNumber": draft.number,
        "OrderDate": f"{draft.at.date().isoformat()}T00:00:00", "TaxRule": draft.tax_rule[0],
        "TaxCalculation": "Inclusive" if draft.inclusive else "Exclusive", "Terms": draft.terms,
        "Location": "Main Warehouse", "Note": "", "SupplierCurrency": draft.currency,
        "CurrencyRate": draft.rate, "RequiredBy": f"{draft.at.date() + dt.timedelta(days=14)}T00:00:00",
        "LastUpdatedDate": draft.at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "Order": {"Memo": "", "Status": state.order, "Lines": order_lines, "AdditionalCharges": order_charges,
                  **totals(draft, [*order_lines, *order_charges])},
    }  # fmt: skip
    if state.voided:
        body["Status"] = VOID
    receipts = [_receipt(draft, lines, i) for i in range(len(state.receipts))]
    bills = [_bill(draft, lines, charges, i) for i in range(len(state.bills))]
    return {
        **body,
        **(_simple(draft, receipts, bills) if state.type == "Simple" else _advanced(draft, receipts, bills)),
    }


def _receipt(draft: Draft, lines: Sequence[Record], index: int) -> Record:
    day = draft.at.date() - dt.timedelta(days=2 - index)
    share = _share(draft, lines, len(draft.state.receipts))
    status = draft.state.receipts[index]
    return {
        "Status": status,
        "Lines": [
            {"Date": f"{day.isoformat()}T00:00:00", "Quantity": row["Quantity"], "SKU": row["SKU"],
             "ProductID": row["ProductID"], "Name": row["Name"], "Location": "Main Warehouse",
             "Received": status == AUTH, "CardID": guid("card", draft.number, index, row["SKU"])}
            for row in share
        ],
    }  # fmt: skip


def _bill(draft: Draft, lines: Sequence[Record], charges: Sequence[Record], index: int) -> Record:
    status = draft.state.bills[index]
    if status == DRAFT:
        return {"Status": DRAFT, "Lines": [], "AdditionalCharges": [], "InvoiceNumber": ""}
    day = draft.bill_date or draft.at.date() - dt.timedelta(days=1)
    share = [{**row, "Account": draft.account} for row in _share(draft, lines, len(draft.state.bills))]
    extra = [{**row, "Account": "512"} for row in charges] if index == 0 else []
    if draft.state.type == "Service":
        extra = [{**row, "Account": draft.account} for row in charges]
    return {
        "InvoiceDate": f"{day.isoformat()}T00:00:00",
        "InvoiceDueDate": f"{(day + dt.timedelta(days=30)).isoformat()}T00:00:00",
        "InvoiceNumber": draft.invoice_number(draft, index + 1), "Status": status, "CurrencyRate": draft.rate,
        "Lines": share, "AdditionalCharges": extra, **totals(draft, [*share, *extra]),
    }  # fmt: skip


def _credit(draft: Draft, bill: Record) -> Record:
    share = [
        line(draft, (row["SKU"], row["Name"]), Decimal(1), row["Price"], row["Discount"]) | {"Account": draft.account}
        for row in bill["Lines"][:1]
    ]
    return {
        "CreditNoteNumber": f"CN-{draft.number[3:]}", "CreditNoteDate": bill["InvoiceDate"],
        "Status": draft.state.credit,
        "CreditNoteInvoiceNumber": bill["InvoiceNumber"], "Lines": share, "AdditionalCharges": [],
        **totals(draft, share),
    }  # fmt: skip


def _simple(draft: Draft, receipts: list[Record], bills: list[Record]) -> Record:
    empty = {"Status": VOID if draft.state.voided else NONE, "Lines": []}
    made: Record = {
        "StockReceived": receipts[0] if receipts else dict(empty),
        "Invoice": bills[0] if bills else {**empty, "AdditionalCharges": []},
    }
    if draft.state.credit:
        made["CreditNote"] = _credit(draft, bills[0])
    return made


def _advanced(draft: Draft, receipts: list[Record], bills: list[Record]) -> Record:
    groups = max(len(receipts), len(bills), 1)
    ids = [draft.key if i == 0 else guid("group", draft.number, i) for i in range(groups)]
    empty: Record = {"Status": NONE, "Lines": []}

    def grouped(rows: list[Record]) -> list[Record]:
        return [
            {"TaskID": ids[i], "InvoicingAndReceivingNumber": i, **(rows[i] if i < len(rows) else empty)}
            for i in range(groups)
        ]

    away = [
        {**receipt, "Status": status, "Lines": receipt["Lines"] if status == AUTH else []}
        for receipt, status in zip(receipts, draft.state.put_away, strict=False)
    ]
    made: Record = {"StockReceived": grouped(receipts), "PutAway": grouped(away), "Invoice": grouped(bills)}
    if draft.state.credit:
        made["CreditNote"] = [{"TaskID": guid("credit", draft.number), **_credit(draft, bills[0])}]
    return made
