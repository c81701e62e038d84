"""The world of the pair Cin7 Core ↔ Acumatica.

Both sides hold suppliers already: some the same by code, some by name typed differently, some alike only,
some on one side only. Purchases stand in every state; a few are wrong, each for a reason of its own.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from ml_connector_sandbox.scenarios import books
from ml_connector_sandbox.scenarios.names import company, respelt
from ml_connector_sandbox.scenarios.purchases import STATES, Draft, State, build
from ml_connector_sandbox.scenarios.scenario import Expected, ExpectedHeld, Record, Scenario, guid

SIZES = {"small": (36, 34), "default": (230, 120), "full": (2300, 1200)}
"""Scale → suppliers, purchases; beside those that must be held."""
ACCOUNT_ID = "a1c7ac00-0000-4000-8000-000000000001"
APPLICATION_KEY = "a1c7ac00-0000-4000-8000-00000000aaaa"
SUPPLIERS_AT = dt.datetime(2026, 9, 1, 6, tzinfo=dt.timezone.utc)
PURCHASES_AT = dt.datetime(2026, 10, 5, 6, tzinfo=dt.timezone.utc)
LAST_AT = dt.datetime(2026, 10, 30, 18, tzinfo=dt.timezone.utc)


def scenario(scale: str = "default", seed: int = 7) -> Scenario:
    """Return the world at `scale` (tiny, small, default, full); the same for the same seed."""
    made = Scenario(pair="acumatica_cin7", scale=scale, maps=dict(books.MAPS))
    made.accounts["cin7"] = {"account_id": ACCOUNT_ID, "keys": [APPLICATION_KEY], "me": books.ME}
    made.records = {"cin7": books.cin7(), "acumatica": books.acumatica()}
    rng = random.Random(seed)
    world = _World(made, rng)
    if scale == "tiny":
        world.add_tiny()
        return made
    suppliers, purchases = SIZES[scale]
    world.add_suppliers(suppliers)
    world.add_odd_suppliers()
    world.add_purchases(purchases)
    world.add_odd_purchases()
    return made


@dataclass
class _World:
    made: Scenario
    rng: random.Random

    def __post_init__(self) -> None:
        self.suppliers: list[Record] = []
        self.vendors: list[Record] = []
        self.good: list[Record] = []
        self.number = 0
        self.made.records["cin7"]["supplier"] = self.suppliers
        self.made.records["acumatica"]["Vendor"] = self.vendors
        self.purchases = self.made.records["cin7"].setdefault("purchase", [])
        self.bills = self.made.records["acumatica"].setdefault("Bill", [])

    def add_tiny(self) -> None:
        """Add as little as shows every step: suppliers of one side and of both, two orders, a bill, one to be held."""
        self.add_suppliers(3)
        self.supplier("Prepaid Minerals SARL", terms="Half in advance")
        self.held("suppliers", "Prepaid Minerals SARL", "terms_unmapped")
        self.good.append(self.supplier("Harbour Fixings Ltd"))
        for state in (STATES[1], STATES[4]):
            self.expect(self.add(self.draft(state, self.good[-1] if state is STATES[4] else None)))

    # --- suppliers ---

    def add_suppliers(self, count: int) -> None:
        """Two fifths on both sides (half by code, half by a name typed differently), the rest on one side."""
        for index in range(count):
            name = company(self.rng)
            currency = ("USD", "USD", "EUR", "GBP")[index % 4]
            terms = ("30 days", "14 days", "COD")[index % 3]
            place = index % 10
            if place == 0:
                self.vendor(name, currency=currency, terms=books.TERMS[terms])
                continue
            vendor = ""
            if place in {1, 2}:
                vendor = self.vendor(name, currency=currency, terms=books.TERMS[terms])["VendorID"]
            elif place in {3, 4}:
                self.vendor(respelt(self.rng, name), currency=currency, terms=books.TERMS[terms])
            trailing = "  " if place == 5 else ""
            self.good.append(self.supplier(name + trailing, code=vendor, currency=currency, terms=terms))

    def supplier(self, name: str, *, code: str = "", currency: str = "USD", terms: str = "30 days") -> Record:
        """Add a supplier to Cin7."""
        index = len(self.suppliers)
        at = SUPPLIERS_AT + dt.timedelta(minutes=index)
        made: Record = {
            "ID": guid("supplier", name, index), "Name": name, "Currency": currency, "PaymentTerm": terms,
            "AccountPayable": "800", "TaxRule": books.TAXES[index % 2][0], "Status": "Active", "Discount": 0,
            "Comments": "", "TaxNumber": f"{10_000_000 + 7919 * index}", "AttributeSet": "ERP link",
            "AdditionalAttribute1": code, "LastModifiedOn": at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "Addresses": [
                {"ID": guid("address", name, index), "Line1": f"{index + 1} Harbour Road", "Line2": "",
                 "City": "Springfield", "State": "IL", "Postcode": f"{60000 + index % 9000}",
                 "Country": ("United States", "Germany", "United Kingdom")[index % 3], "Type": "Business",
                 "DefaultForType": True}
            ],
            "Contacts": [
                {"ID": guid("contact", name, index), "Name": f"Accounts {index}",
                 "Phone": f"+1 555 {index:06}",
                 "MobilePhone": "", "Fax": "", "Email": f"ap{index}@supplier.example", "Website": "",
                 "Comment": "", "Default": True, "IncludeInEmail": True}
            ],
        }  # fmt: skip
        self.suppliers.append(made)
        return made

    def vendor(self, name: str, *, currency: str = "USD", terms: str = "NET30") -> Record:
        """Add a vendor to Acumatica."""
        index = len(self.vendors)
        at = SUPPLIERS_AT + dt.timedelta(minutes=index)
        made: Record = {
            "VendorID": f"V{index + 1:06}", "VendorName": name, "VendorClass": "SUPPLIER", "Status": "Active",
            "CurrencyID": currency, "Terms": terms, "TaxRegistrationID": "",
            "LastModifiedDateTime": at.isoformat(),
            "MainContact": {
                "Email": f"v{index}@vendor.example", "Phone1": "", "Attention": "",
                "Address": {"AddressLine1": f"{index + 1} Mill Lane", "City": "Portland", "State": "OR",
                            "PostalCode": "97201", "Country": "US"},
            },
        }  # fmt: skip
        self.vendors.append(made)
        return made

    def add_odd_suppliers(self) -> None:
        """Add the suppliers that must be held, each for a reason of its own, on every side that shows it."""
        self.supplier("Northwind Wholesale Traders Inc.")
        self.vendor("Northwind Wholesale Trader Inc")
        self.held("suppliers", "Northwind Wholesale Traders Inc.", "supplier_near_match")
        self.held("suppliers_to_cin7", "Northwind Wholesale Trader Inc", "supplier_near_match")
        self.supplier("Meridian Glassworks")
        self.supplier("MERIDIAN GLASSWORKS ")
        self.held("suppliers", "Meridian Glassworks", "supplier_ambiguous")
        self.held("suppliers", "MERIDIAN GLASSWORKS", "supplier_ambiguous")
        self.supplier(("Überlange Handelsgesellschaft & Söhne " + "x" * 256)[:256])
        self.held("suppliers", self.suppliers[-1]["Name"], "too_long")
        self.supplier("Cascadia Currency Partners", currency="EUR")
        self.vendor("Cascadia Currency Partners", currency="GBP")
        self.held("suppliers", "Cascadia Currency Partners", "supplier_currency_differs")
        self.held("suppliers_to_cin7", "Cascadia Currency Partners", "supplier_currency_differs")
        self.supplier("Prepaid Minerals SARL", terms="Half in advance")
        self.held("suppliers", "Prepaid Minerals SARL", "terms_unmapped")

    def held(self, flow: str, label: str, reason: str) -> None:
        """Expect a document held."""
        self.made.held.append(ExpectedHeld(flow, label, reason))

    # --- purchases ---

    def draft(self, state: State, supplier: Record | None = None) -> Draft:
        """Return the next purchase, of a supplier in turn, before it is built."""
        self.number += 1
        supplier = supplier or self.good[self.number % len(self.good)]
        step = (LAST_AT - PURCHASES_AT) / 1300
        tax = books.TAXES[self.number % len(books.TAXES)]
        return Draft(
            number=f"PO-{self.number:05}", supplier=supplier, state=state,
            at=PURCHASES_AT + self.number * step, currency=supplier["Currency"],
            rate=books.RATES.get(supplier["Currency"], Decimal(1)),
            items=books.ITEMS, services=books.SERVICES, account="630" if state.type != "Service" else "453",
            tax_rule=tax, inclusive=self.number % 3 == 0, terms=supplier["PaymentTerm"],
            charge=self.number % 4 == 0, rng=self.rng,
        )  # fmt: skip

    def add_purchases(self, count: int) -> None:
        """Add purchases in every state, suppliers, currencies, tax rules and tax modes in turn."""
        for index in range(count):
            self.expect(self.add(self.draft(STATES[index % len(STATES)])))

    def add(self, draft: Draft) -> Record:
        """Add the purchase."""
        record = build(draft)
        self.purchases.append(record)
        return record

    def expect(self, record: Record, *, order: bool = True, bills: bool = True) -> None:
        """Expect the documents that the decision table makes of the purchase."""
        found = [e for e in documents(record) if (order if e.kind == "purchase_order" else bills)]
        self.made.expected.extend(found)

    def add_odd_purchases(self) -> None:
        """Add the purchases that must be held, each for a reason of its own."""
        completed, ordered = STATES[4], STATES[1]
        bill = "supplier_invoices"
        self.odd(replace(self.draft(completed), account="6120"), bill, "account_unmapped")
        self.odd(replace(self.draft(completed), account="499"), bill, "account_closed")
        reverse = replace(self.draft(completed), tax_rule=("Reverse Charge", Decimal(0)))
        self.odd(reverse, bill, "tax_rule_unmapped", also="purchase_orders")
        self.odd(replace(self.draft(ordered), extra_item=books.NEW_ITEM), "purchase_orders", "item_unknown")
        self.odd(replace(self.draft(completed), invoice_number=lambda _draft, _n: ""), bill, "number_missing")
        self.odd(replace(self.draft(completed), bill_date=dt.date(2024, 12, 30)), bill, "refused_by_target")
        long = replace(self.draft(completed), invoice_number=lambda d, n: f"{d.number}/" + "7" * 40 + str(n))
        self.odd(long, bill, "too_long")
        self.odd(replace(self.draft(ordered), terms="Half in advance"), "purchase_orders", "terms_unmapped")
        self.odd(
            replace(self.draft(ordered), currency="NZD", rate=Decimal("0.6")),
            "purchase_orders",
            "currency_unknown",
        )
        self.exists_already(self.draft(completed))
        self.waits(self.draft(ordered, self.named("Northwind Wholesale Traders Inc.")))

    def odd(self, draft: Draft, flow: str, reason: str, also: str = "") -> None:
        """Add a purchase whose document of `flow` (and of `also`) is held, and the rest is right."""
        record = self.add(draft)
        orders_held = "purchase_orders" in {flow, also}
        bills_held = "supplier_invoices" in {flow, also}
        self.expect(record, order=not orders_held, bills=not bills_held)
        for held in filter(None, (flow, also)):
            label = draft.number if held == "purchase_orders" else record["Invoice"]["InvoiceNumber"]
            self.held(held, label, reason)

    def exists_already(self, draft: Draft) -> None:
        """Add a bill that a clerk has keyed into Acumatica too, with another amount."""
        vendor = self.vendor("Halden & Voss Instruments Ltd", currency="USD")
        supplier = self.supplier("Halden & Voss Instruments Ltd", code=vendor["VendorID"])
        draft = replace(draft, supplier=supplier, currency="USD", rate=Decimal(1))
        record = self.add(draft)
        self.expect(record, bills=False)
        number = record["Invoice"]["InvoiceNumber"]
        by_hand = {"Account": "12100", "ExtendedCost": Decimal("17.00"), "TransactionDescription": "by hand"}
        self.bills.append({
            "Type": "Bill", "Vendor": vendor["VendorID"], "VendorRef": number, "CurrencyID": "USD",
            "Status": "Open", "Date": record["Invoice"]["InvoiceDate"], "Hold": False,
            "Description": "keyed by hand", "Details": [by_hand],
        })  # fmt: skip
        self.held("supplier_invoices", number, "exists_differently")

    def waits(self, draft: Draft) -> None:
        """Add an order of a supplier that is itself held: it waits."""
        self.add(draft)
        self.held("purchase_orders", draft.number, "supplier_not_linked")

    def named(self, name: str) -> Record:
        """Return the Cin7 supplier of that name."""
        return next(supplier for supplier in self.suppliers if supplier["Name"] == name)


def documents(record: Record) -> Iterator[Expected]:
    """Yield what a purchase means, by the statuses of its sub-documents alone."""
    if record.get("Status") == "VOIDED":
        return
    supplier, currency = record["Supplier"].strip(), record["SupplierCurrency"]
    if record["Order"]["Status"] == "AUTHORISED" and not record["BlindReceipt"]:
        yield Expected("purchase_order", record["OrderNumber"], supplier, record["Order"]["Total"], currency)
    bills, notes = record["Invoice"], record.get("CreditNote") or []
    for bill in bills if isinstance(bills, list) else [bills]:
        if bill["Status"] in {"AUTHORISED", "PAID"}:
            yield Expected("bill", bill["InvoiceNumber"], supplier, bill["Total"], currency)
    for note in notes if isinstance(notes, list) else [notes]:
        if note["Status"] == "AUTHORISED":
            yield Expected("credit_memo", note["CreditNoteNumber"], supplier, note["Total"], currency)
