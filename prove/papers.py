"""The documents of a history at their source: new ones, changed ones, voided ones, and what each must become."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from importlib import import_module
from typing import Any

from ml_connector_sandbox.demo.witness import FLOWS
from ml_connector_sandbox.scenarios.books import TAXES
from ml_connector_sandbox.scenarios.scenario import Expected
from prove.clock import CLOCK
from prove.people import PLACES, clone, today
from prove.stage import Stage

Record = dict[str, Any]
CENT = Decimal("0.01")
SPACE = uuid.UUID("b7f1d0c4-58a2-4a0e-9f0c-3a1c5d2e7f90")


@dataclass
class Paper:
    """A document at its source.

    Args:
        number: its own, as the witness knows it.
        supplier: its key at the source.
        amounts: what it came to, the last now.
        changed: when it last changed.
        blocked: the reason for which it is held until a person adds a code; "" for none.
    """

    kind: str
    number: str
    supplier: str
    currency: str
    amounts: list[Decimal]
    changed: dt.datetime
    blocked: str = ""
    voided: bool = False

    @property
    def flow(self) -> str:
        """The flow that moves it."""
        return FLOWS[self.kind]

    def is_labelled(self, label: str) -> bool:
        """Tell whether the connector calls it so."""
        if self.kind == "purchase_order":
            return label == f"purchase order {self.number}"
        if self.kind == "goods_receipt":
            number, _, day = self.number.partition("/")
            return label == f"goods receipt of {day} for {number}"
        return label.startswith(f"{self.kind.replace('_', ' ')} {self.number} of")


@dataclass(frozen=True)
class OrderBook:
    """Where an ERP keeps orders.

    Args:
        order, number: the entity of an order's head, and its number's field.
        line, line_keys: the entity of its lines, and the fields that name one.
        quantity, price, tax: fields of a line.
        follow: entities of what follows from an order.
        counted: fields whose numbers are of one record only.
        void: what a cancelled order's head, and its lines, say.
    """

    order: str
    number: str
    line: str
    line_keys: tuple[str, ...]
    quantity: tuple[str, ...]
    price: str
    tax: str
    follow: tuple[str, ...]
    counted: tuple[str, ...]
    void: tuple[Record, Record]


BOOKS = {
    "ifs": OrderBook(
        "PurchaseOrder", "OrderNo", "PurchaseOrderLine", ("OrderNo", "LineNo", "ReleaseNo"), ("BuyQtyDue",),
        "BuyUnitPrice", "TaxCode",
        ("ReceiptInfo", "ManSuppInvoice", "ManSuppInvoiceItem", "ManSuppInvoicePosting", "VoucherRow"),
        ("ReceiptSequence", "InvoiceId", "VoucherNo"), ({"Objstate": "Cancelled"}, {"Objstate": "Cancelled"}),
    ),
    "infor": OrderBook(
        "MPHEAD", "PUNO", "MPLINE", ("PUNO", "PNLI", "PNLS"), ("ORQA", "CFQA"), "PUPR", "VTCD", ("FPLEDG", "FAPIBH"),
        ("JRNO", "VONO", "INBN", "REPN"), ({"PUSL": "99", "PUST": "99"}, {"PUSL": "99", "PUST": "99"}),
    ),
    "syspro": OrderBook(
        "PorMasterHdr", "PurchaseOrder", "PorMasterDetail", ("PurchaseOrder", "Line"), ("MOrderQty",), "MPrice",
        "MTaxCode", ("GrnDetails", "ApInvoice", "GrnMatching", "ApJnlSummary", "ApJnlDistrib"), ("Journal",),
        ({"OrderStatus": "*", "CancelledFlag": "Y"}, {}),
    ),
}  # fmt: skip


class Papers:
    """All documents of one history; each source makes them its own way.

    Attributes:
        touched: order's key → when a person changed it last.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage, self.counter = stage, 0
        self.touched: dict[str, dt.datetime] = {}
        scenario, spec = stage.scenario, stage.deployment.spec
        self.source = spec.flow("purchase_orders").source
        place = PLACES[self.source]["name"]
        rows = stage.simulators[self.source].state(stage.account_of(self.source), place.entity)[place.entity]
        self.keys = {str(row[place.path[0]]).strip(): str(row[place.supplier]) for row in rows}
        self.papers = [self._paper(one, CLOCK.now() - dt.timedelta(days=1)) for one in scenario.expected]

    def _paper(self, one: Expected, changed: dt.datetime, blocked: str = "") -> Paper:
        supplier = self.keys[one.supplier.strip()]
        return Paper(one.kind, one.number, supplier, one.currency, [one.gross], changed, blocked)

    def open_orders(self) -> list[Paper]:
        """Return the orders that nothing has followed, and that are not void."""
        followed = {one.number.partition("/")[0] for one in self.papers if one.kind == "goods_receipt"}
        orders = [one for one in self.papers if one.kind == "purchase_order" and not one.voided and not one.blocked]
        return [one for one in orders if one.number not in followed and self.is_open(one.number)]

    def is_open(self, number: str) -> bool:
        """Tell whether nothing has followed an order."""
        raise NotImplementedError

    def new(self, which: int) -> str:
        """Add an order (0), or an order with all that follows from it (1); return what was done."""
        raise NotImplementedError

    def edit(self, nth: int) -> str:
        """Order more of the first line of an open order; return what was done."""
        orders = self.open_orders()
        if not orders:
            return ""
        one = orders[nth % len(orders)]
        one.amounts.append(self._order_more(one.number))
        self.touched[self.key_of(one.number)] = CLOCK.now()
        one.changed = CLOCK.now()
        return f"{one.kind} {one.number} comes to {one.amounts[-1]}"

    def void(self, nth: int) -> str:
        """Void an open order; return what was done."""
        orders = self.open_orders()
        if not orders:
            return ""
        one = orders[nth % len(orders)]
        self._void(one.number)
        self.touched[self.key_of(one.number)] = CLOCK.now()
        one.voided, one.changed = True, CLOCK.now()
        return f"{one.kind} {one.number} is void"

    def unblock(self, reason: str) -> None:
        """A person has added the code that documents were held for."""
        for one in self.papers:
            if one.blocked == reason:
                one.blocked = ""

    def key_of(self, number: str) -> str:
        """Return an order's key at its source."""
        raise NotImplementedError

    def _order_more(self, number: str) -> Decimal:
        raise NotImplementedError

    def _void(self, number: str) -> None:
        raise NotImplementedError


class Purchases(Papers):
    """Purchases of Cin7."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        module = import_module(f"ml_connector_sandbox.scenarios.{stage.show.pair}")
        self.documents = module.documents
        self.templates = [clone(one, lambda _name, value: value) for one in stage.scenario.records["cin7"]["purchase"]]
        self.orders = {str(one["OrderNumber"]): one for one in clone(self.templates, lambda _name, value: value)}

    def is_open(self, number: str) -> bool:
        """Tell whether nothing has been received or billed."""
        return number in self.orders and self.orders[number]["Invoice"]["Status"] == "NOT AVAILABLE"

    def new(self, which: int) -> str:
        """Copy a purchase, with numbers and ids of its own."""
        self.counter += 1
        template = self.templates[which]
        old = str(template["OrderNumber"]).partition("-")[2]
        made = clone(template, lambda name, value: self._renamed(name, value, old))
        del made["LastUpdatedDate"]
        self.stage.simulators["cin7"].seed(self.stage.account_of("cin7"), {"purchase": [made]})
        self.orders[str(made["OrderNumber"])] = made
        found = [self._paper(one, CLOCK.now()) for one in self.documents(made)]
        self.papers += found
        return f"new: {', '.join(f'{one.kind} {one.number}' for one in found)}"

    def _renamed(self, name: str, value: Any, old: str) -> Any:
        if name in {"ID", "CardID", "TaskID"}:
            return str(uuid.uuid5(SPACE, f"{value}/{self.counter}"))
        return value.replace(f"-{old}", f"-9{self.counter:04}") if isinstance(value, str) else value

    def _order_more(self, number: str) -> Decimal:
        purchase = self.orders[number]
        order, rates = purchase["Order"], dict(TAXES)
        line = order["Lines"][0]
        line["Quantity"] = Decimal(line["Quantity"]) + 1
        whole = line["Quantity"] * Decimal(line["Price"]) * (1 - Decimal(line["Discount"]) / 100)
        line["Total"] = whole.quantize(CENT, ROUND_HALF_UP)
        line["Tax"] = (line["Total"] * rates[line["TaxRule"]] / 100).quantize(CENT, ROUND_HALF_UP)
        rows = [*order["Lines"], *order["AdditionalCharges"]]
        net, tax = sum(Decimal(one["Total"]) for one in rows), sum(Decimal(one["Tax"]) for one in rows)
        order |= {"TotalBeforeTax": net, "Tax": tax, "Total": net + tax}
        self._edit(purchase, {"Order": order})
        found: Decimal = next(one.gross for one in self.documents(purchase) if one.kind == "purchase_order")
        return found

    def key_of(self, number: str) -> str:
        """Return the purchase's ID."""
        return str(self.orders[number]["ID"])

    def _void(self, number: str) -> None:
        self._edit(self.orders[number], {"void": True})

    def _edit(self, purchase: Record, changes: Record) -> None:
        self.stage.simulators["cin7"].edit(self.stage.account_of("cin7"), "purchase", purchase["ID"], changes)


class ErpOrders(Papers):
    """Orders of an ERP, with receipts and invoices."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.book, self.records = BOOKS[self.source], stage.scenario.records[self.source]
        codes = import_module(f"ml_connector_sandbox.scenarios.{stage.show.pair}").CODES
        self.rates: dict[str, Decimal] = dict(codes.taxes.values())
        self.orders: dict[str, str] = {}
        orders = [one.number for one in self.papers if one.kind == "purchase_order"]
        self.templates = orders[:2]
        self.orders = {number: self._padded(number) for number in orders}
        self.followed = {orders[1]}
        self.invoice = next(one.number for one in self.papers if one.kind == "bill")
        for one in stage.scenario.held:
            if one.flow == "purchase_orders":
                self._add_held(one.label, one.reason)
        for number in self.templates:
            self._check_own_sum(number)

    def _add_held(self, number: str, reason: str) -> None:
        like = self.stage.scenario.expected[0]
        self.rates |= {line: Decimal(0) for line in {str(row[self.book.tax]) for row in self._lines(number)}}
        held = Expected("purchase_order", number, like.supplier, self._gross(number), like.currency)
        self.papers.append(self._paper(held, self.papers[0].changed, reason))

    def _check_own_sum(self, number: str) -> None:
        told = next(one for one in self.papers if one.kind == "purchase_order" and one.number == number)
        if self._gross(number) != told.amounts[-1]:
            msg = f"order {number} comes to {self._gross(number)} here, and to {told.amounts[-1]} in the scenario"
            raise AssertionError(msg)

    def key_of(self, number: str) -> str:
        """Return the order's number, padded as the ERP keeps it."""
        return self._padded(number)

    def _padded(self, number: str) -> str:
        width = len(str(self.records[self.book.order][0][self.book.number]))
        return number.zfill(width) if number.isdigit() else number

    def is_open(self, number: str) -> bool:
        """Tell whether nothing follows from it."""
        return number not in self.followed

    def _lines(self, number: str) -> list[Record]:
        rows: list[Record] = self.stage.simulators[self.source].state(
            self.stage.account_of(self.source), self.book.line
        )[self.book.line]
        return [row for row in rows if str(row[self.book.line_keys[0]]) == self._padded(number)]

    def _gross(self, number: str) -> Decimal:
        total = Decimal(0)
        for row in self._lines(number):
            price = Decimal(str(row[self.book.quantity[0]])) * Decimal(str(row[self.book.price]))
            net = price.quantize(CENT, ROUND_HALF_UP)
            total += net + (net * self.rates[str(row[self.book.tax])] / 100).quantize(CENT, ROUND_HALF_UP)
        return total

    def new(self, which: int) -> str:
        """Copy an order, and with `which` 1 all that follows from it, with numbers of their own."""
        self.counter += 1
        old = self.templates[which]
        number = f"{old[:-5]}2{self.counter:04}"
        entities = (self.book.order, self.book.line, *(self.book.follow if which else ()))
        found = {
            name: [row for row in self.records.get(name, []) if self._belongs(name, row, old)] for name in entities
        }
        made = clone(found, lambda name, value: self._renamed(name, value, old, number))
        self.stage.simulators[self.source].seed(
            self.stage.account_of(self.source), {k: v for k, v in made.items() if v}
        )
        self.followed |= {number} if which else set()
        like = [one for one in self.stage.scenario.expected if old in one.number or (which and one.kind == "bill")]
        papers = [self._paper(one, CLOCK.now()) for one in like]
        for one in papers:
            one.number = one.number.replace(old, number).replace(self.invoice, self._own_invoice)
        self.papers += papers
        return f"new: {', '.join(f'{one.kind} {one.number}' for one in papers)}"

    @property
    def _own_invoice(self) -> str:
        return f"INV-8{self.counter:04}"

    def _belongs(self, entity: str, row: Record, number: str) -> bool:
        return entity in self.book.follow or self._padded(number) in json.dumps(row, default=str)

    def _renamed(self, name: str, value: Any, old: str, number: str) -> Any:
        if name == "LMDT":
            return today()
        if name in self.book.counted:
            return int(value) + 1000 * self.counter
        if isinstance(value, str):
            value = value.replace(old, number).replace(self.invoice, self._own_invoice)
            return value.replace("3301", f"{4000 + self.counter}") if name in {"Grn", "Reference"} else value
        return value

    def _order_more(self, number: str) -> Decimal:
        row = self._lines(number)[0]
        more = Decimal(str(row[self.book.quantity[0]])) + 1
        changes: Record = {name: str(more) for name in self.book.quantity}
        if "NetAmtCurr" in row:
            net = (more * Decimal(str(row[self.book.price]))).quantize(CENT, ROUND_HALF_UP)
            tax = (net * self.rates[str(row[self.book.tax])] / 100).quantize(CENT, ROUND_HALF_UP)
            changes |= {"NetAmtCurr": str(net), "GrossAmtCurr": str(net + tax)}
        self._edit(self.book.line, self.book.line_keys, row, changes)
        return self._gross(number)

    def _void(self, number: str) -> None:
        head, line = self.book.void
        for row in self._lines(number) if line else []:
            self._edit(self.book.line, self.book.line_keys, row, line)
        self._edit(self.book.order, (self.book.number,), {self.book.number: self._padded(number)}, head)

    def _edit(self, entity: str, keys: tuple[str, ...], row: Record, changes: Record) -> None:
        key = "/".join(str(row[name]) for name in keys)
        self.stage.simulators[self.source].edit(self.stage.account_of(self.source), entity, key, changes)


def papers_of(stage: Stage) -> Papers:
    """Return the documents of a world as it is seeded."""
    return Purchases(stage) if stage.deployment.spec.flow("purchase_orders").source == "cin7" else ErpOrders(stage)
