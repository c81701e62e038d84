"""What an ERP holds, whatever its make: suppliers, orders, receipts and invoices as people keyed them.

Each ERP's scenario writes these in that vendor's own fields. A few are wrong, each for a reason of its own; the
scenario knows what must become of every one of them in Cin7.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from ml_connector_sandbox.scenarios import books
from ml_connector_sandbox.scenarios.erp_codes import Codes
from ml_connector_sandbox.scenarios.erp_records import ErpInvoice, ErpLine, ErpOrder, ErpReceipt, ErpSupplier
from ml_connector_sandbox.scenarios.names import company, respelt
from ml_connector_sandbox.scenarios.scenario import Expected, ExpectedHeld, Record, Scenario, guid

ORDERS_AT = dt.date(2026, 10, 5)
SUPPLIERS_AT = dt.date(2026, 9, 1)


class ErpWorld:
    """Builds the records of one pair ERP → Cin7; what was built is in the lists.

    Args:
        made: the scenario, whose expected and held documents are filled.
        receipts: whether the pair moves receipts.
        least_lines: lines of the smallest order; the largest has three more.
        longest_name: characters that the ERP has for a supplier's name; 0 for enough.
    """

    def __init__(
        self,
        made: Scenario,
        codes: Codes,
        rng: random.Random,
        *,
        receipts: bool = True,
        least_lines: int = 1,
        longest_name: int = 0,
    ) -> None:
        self.made, self.codes, self.rng = made, codes, rng
        self.with_receipts, self.least_lines, self.longest_name = receipts, least_lines, longest_name
        self.suppliers: list[ErpSupplier] = []
        self.orders: list[ErpOrder] = []
        self.receipts: list[ErpReceipt] = []
        self.invoices: list[ErpInvoice] = []
        self.cin7: list[Record] = made.records["cin7"].setdefault("supplier", [])
        self.good: list[ErpSupplier] = []

    # --- suppliers ---

    def add_suppliers(self, count: int) -> None:
        """A fifth each is in Cin7 by number and by a name typed differently; the rest is in the ERP only."""
        for index in range(count):
            made = self.supplier(self._name(), currency=("USD", "USD", "EUR", "GBP")[index % 4])
            self.good.append(made)
            if index % 10 in {1, 2}:
                self.in_cin7(made, made.name, code=made.number)
            elif index % 10 in {3, 4}:
                self.in_cin7(made, respelt(self.rng, made.name))

    def _name(self) -> str:
        """Return a company's name that the ERP has room for."""
        name = company(self.rng)
        while 0 < self.longest_name < len(name):
            name = company(self.rng)
        return name

    def supplier(self, name: str, *, currency: str = "USD", terms: str = "") -> ErpSupplier:
        """Add a supplier to the ERP."""
        index = len(self.suppliers)
        every = list(self.codes.terms.values())
        made = ErpSupplier(
            number=self.codes.number.format(index + 1001),
            name=name,
            currency=currency,
            terms=terms or every[index % len(every)],
            country=("US", "DE", "GB")[index % 3],
            line1=f"{index + 1} Harbour Road",
            city="Springfield",
            postcode=f"{60000 + index % 9000}",
            tax_number=f"{10_000_000 + 7919 * index}",
            contact=f"Accounts {index}",
            email=f"ap{index}@supplier.example",
            phone=f"+1 555 {index:06}",
        )
        self.suppliers.append(made)
        return made

    def in_cin7(self, same: ErpSupplier, name: str, *, code: str = "", currency: str = "") -> None:
        """Add the supplier to Cin7 too, with an address and a contact of its own."""
        index = len(self.cin7)
        terms = {erp: cin7 for cin7, erp in self.codes.terms.items()}
        self.cin7.append({
            "ID": guid(self.made.pair, "supplier", name, index), "Name": name, "Currency": currency or same.currency,
            "PaymentTerm": terms.get(same.terms, "30 days"), "AccountPayable": "800", "TaxRule": books.TAXES[0][0],
            "Status": "Active", "Discount": 0, "Comments": "", "TaxNumber": "", "AttributeSet": "ERP link",
            "AdditionalAttribute1": code, "LastModifiedOn": "2026-09-01T06:00:00.000Z",
            "Addresses": [
                {"ID": guid(self.made.pair, "address", name, index), "Line1": f"{index + 1} Mill Lane", "Line2": "",
                 "City": "Portland", "State": "OR", "Postcode": "97201", "Country": "United States",
                 "Type": "Business", "DefaultForType": True}
            ],
            "Contacts": [
                {"ID": guid(self.made.pair, "contact", name, index), "Name": f"Sales {index}",
                 "Phone": f"+1 503 {index:06}", "MobilePhone": "", "Fax": "", "Email": f"s{index}@vendor.example",
                 "Website": "", "Comment": "", "Default": True, "IncludeInEmail": True}
            ],
        })  # fmt: skip

    def add_odd_suppliers(self, *, back: str = "") -> None:
        """Add the suppliers that must be held, each for a reason of its own.

        Args:
            back: the flow that brings Cin7's suppliers to the ERP, which holds them too; "" without one.
        """
        near = self.supplier("Northwind Wholesale Traders Inc.")
        self.in_cin7(near, "Northwind Wholesale Trader Inc")
        self.held("suppliers", near.name, "supplier_near_match")
        self.supplier("Meridian Glassworks")
        self.supplier("MERIDIAN GLASSWORKS ")
        self.held("suppliers", "Meridian Glassworks", "supplier_ambiguous")
        self.held("suppliers", "MERIDIAN GLASSWORKS", "supplier_ambiguous")
        other = self.supplier("Cascadia Currency Partners", currency="EUR")
        self.in_cin7(other, other.name, currency="GBP")
        self.held("suppliers", other.name, "supplier_currency_differs")
        self.supplier("Prepaid Minerals SARL", terms=self.codes.unmapped_terms)
        self.held("suppliers", "Prepaid Minerals SARL", "terms_unmapped")
        if back:
            self.held(back, "Northwind Wholesale Trader Inc", "supplier_near_match")
            self.held(back, other.name, "supplier_currency_differs")

    def held(self, flow: str, label: str, reason: str) -> None:
        """Expect a document held."""
        self.made.held.append(ExpectedHeld(flow, label, reason))

    # --- orders and what follows ---

    def add_orders(self, count: int) -> None:
        """Add orders at every stage: planned, released, partly and wholly received, billed once and twice."""
        for index in range(count):
            order = self.order(STAGES[index % len(STAGES)])
            self.follow_up(order, STAGES[index % len(STAGES)], order.lines)

    def order(
        self,
        stage: str,
        *,
        supplier: ErpSupplier | None = None,
        tax: tuple[str, Decimal] | None = None,
        item: str = "",
        company: str = "",
    ) -> ErpOrder:
        """Add the next order, of a supplier in turn."""
        index = len(self.orders)
        supplier = supplier or self.good[index % len(self.good)]
        taxes = list(self.codes.taxes.values())
        state = {"planned": "planned", "cancelled": "cancelled", "released": "released"}.get(stage, "received")
        made = ErpOrder(
            number=self.codes.order_number.format(10001 + index),
            company=company or self.codes.company,
            supplier=supplier,
            date=ORDERS_AT + dt.timedelta(days=index % 20),
            currency=supplier.currency,
            terms=supplier.terms,
            state=state,
            lines=tuple(
                self.line(n, tax or taxes[index % len(taxes)], item) for n in range(self.least_lines + index % 4)
            ),
        )
        self.orders.append(made)
        return made

    def line(self, number: int, tax: tuple[str, Decimal], item: str = "") -> ErpLine:
        """Return a line of a stock item."""
        sku, name = books.ITEMS[(len(self.orders) * 3 + number) % 30]
        centres = list(self.codes.cost_centres.values())
        return ErpLine(
            item=item if item and number == 0 else sku,
            text=name,
            quantity=Decimal(self.rng.randrange(1, 40)),
            price=Decimal(self.rng.randrange(100, 20_000)) / 100,
            tax=tax,
            account=self.codes.accounts["630"],
            cost_centre=centres[number % len(centres)] if centres else "",
        )

    def follow_up(self, order: ErpOrder, stage: str, lines: Sequence[ErpLine], *, expect: bool = True) -> None:
        """Add receipts and invoices as far as the order has come, and expect all of it in Cin7."""
        if expect and order.state not in {"planned", "cancelled"}:
            self.expect("purchase_order", order.number, order, order.gross)
        halves = [(0.5, 3), (0.5, 6)] if "twice" in stage else [(1.0, 3)]
        if stage == "partly received":
            halves = [(0.5, 3)]
        if stage in {"planned", "released", "cancelled"}:
            return
        left = [line.quantity for line in order.lines]
        for share, days in halves:
            part = [(q if share == 1.0 or days == 6 else (q / 2).quantize(Decimal(1), ROUND_HALF_UP)) for q in left]
            left = [have - took for have, took in zip(left, part, strict=True)]
            taken = tuple((index, q) for index, q in enumerate(part) if q)
            if not taken:
                continue
            date = order.date + dt.timedelta(days=days)
            self.receipts.append(ErpReceipt(len(self.receipts) + 1, order, date, taken))
            if expect and self.with_receipts:
                self.expect("goods_receipt", f"{order.number}/{date}", order, sum((q for _, q in taken), Decimal(0)))
            if "billed" in stage:
                billed = tuple(replace(lines[index], quantity=q) for index, q in taken)
                made = self.invoice(order, date, billed, tuple(index for index, _ in taken))
                if expect and (self.with_receipts or days == 3):
                    self.expect("bill", made.number, order, made.net + made.tax)
                elif expect:  # Cin7 takes another bill of an order only once goods have come in
                    self.held("supplier_invoices", made.number, "not_ready")

    def invoice(
        self,
        order: ErpOrder | None,
        date: dt.date,
        lines: tuple[ErpLine, ...],
        of: tuple[int, ...] = (),
        supplier: ErpSupplier | None = None,
    ) -> ErpInvoice:
        """Add a posted invoice."""
        owner = supplier or (order.supplier if order else self.good[0])
        made = ErpInvoice(
            number=f"INV-{len(self.invoices) + 70001}",
            company=order.company if order else self.codes.company,
            supplier=owner,
            order=order,
            date=date,
            due=date + dt.timedelta(days=30),
            currency=owner.currency,
            lines=lines,
            of=of,
        )
        self.invoices.append(made)
        return made

    def add_invoices_without_order(self, count: int) -> None:
        """Add invoices that no order stands behind, such as rent."""
        taxes = list(self.codes.taxes.values())
        for index in range(count):
            supplier = self.good[(7 * index + 3) % len(self.good)]
            line = ErpLine(
                "", "Warehouse cleaning", Decimal(1), Decimal(90 + index), taxes[index % 3], self.codes.accounts["453"]
            )
            made = self.invoice(None, ORDERS_AT + dt.timedelta(days=index % 20), (line,), supplier=supplier)
            self.made.expected.append(
                Expected("bill", made.number, supplier.name.strip(), made.net + made.tax, made.currency)
            )

    def expect(self, kind: str, number: str, order: ErpOrder, amount: Decimal) -> None:
        """Expect a document of an order in Cin7; of a receipt the amount is the quantity."""
        currency = "" if kind == "goods_receipt" else order.currency
        self.made.expected.append(Expected(kind, number, order.supplier.name.strip(), amount, currency))

    # --- as little as shows every step ---

    def add_tiny(self) -> None:
        """Add suppliers new, known by number and held, an order, an order received and billed, and one to be held."""
        self.add_suppliers(2)
        self.supplier("Prepaid Minerals SARL", terms=self.codes.unmapped_terms)
        self.held("suppliers", "Prepaid Minerals SARL", "terms_unmapped")
        for stage in ("released", "received and billed"):
            order = self.order(stage)
            self.follow_up(order, stage, order.lines)
        odd = self.order("released", tax=(self.codes.unmapped_tax, Decimal(0)))
        self.held("purchase_orders", odd.number, "tax_rule_unmapped")

    # --- documents that must be held ---

    def add_odd_orders(self) -> None:
        """Add the orders and invoices that must be held or wait, each for a reason of its own."""
        percent = Decimal(0)
        unmapped = self.order("released", tax=(self.codes.unmapped_tax, percent))
        self.held("purchase_orders", unmapped.number, "tax_rule_unmapped")
        unknown = self.order("released", item="HP-GONE-1")
        self.held("purchase_orders", unknown.number, "item_unknown")
        if self.codes.other_company:
            foreign = self.order("released", company=self.codes.other_company)
            self.held("purchase_orders", foreign.number, "company_unmapped")
        named = next(one for one in self.suppliers if one.name == "Northwind Wholesale Traders Inc.")
        waiting = self.order("released", supplier=named)
        self.held("purchase_orders", waiting.number, "supplier_not_linked")
        self._odd_bill(account=self.codes.unmapped_account, reason="account_unmapped")
        self._odd_bill(account=self.codes.unknown_account, reason="account_unknown")
        wrong = self._odd_bill(reason="totals_differ")
        self.invoices[-1] = replace(wrong, off=Decimal("1.00"))

    def add_bills_that_wait(self) -> None:
        """Add a bill whose goods have not been received, and one whose order is held."""
        unmapped = next(one for one in self.orders if one.lines[0].tax[0] == self.codes.unmapped_tax)
        early = self.order("billed early")
        self.expect("purchase_order", early.number, early, early.gross)
        bill = self.invoice(early, early.date + dt.timedelta(days=1), early.lines, tuple(range(len(early.lines))))
        if self.with_receipts:
            self.held("supplier_invoices", bill.number, "not_ready")
        else:
            self.expect("bill", bill.number, early, bill.net + bill.tax)
        orphan = self.invoice(unmapped, unmapped.date, unmapped.lines[:1], (0,))
        self.invoices[-1] = replace(
            orphan, lines=(replace(orphan.lines[0], tax=next(iter(self.codes.taxes.values()))),)
        )
        self.held("supplier_invoices", orphan.number, "order_not_there")

    def _odd_bill(self, *, account: str = "", reason: str) -> ErpInvoice:
        """Add an order whose goods are there and whose bill is wrong."""
        order = self.order("received")
        lines = tuple(replace(line, account=account or line.account) for line in order.lines)
        self.follow_up(order, "received", order.lines)
        date = order.date + dt.timedelta(days=4)
        made = self.invoice(order, date, lines, tuple(range(len(lines))))
        self.held("supplier_invoices", made.number, reason)
        return made


STAGES = (
    "released",
    "partly received",
    "received",
    "received and billed",
    "received and billed",
    "received twice and billed twice",
    "received and billed",
    "cancelled",
    "planned",
    "received and billed",
)
"""How far an order has come, in turn: six invoices to ten orders."""
