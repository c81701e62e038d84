"""The world of the pair Cin7 Core → QAD: purchases in every state, and which invoices wait for their goods."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from ml_connector_sandbox.scenarios import books
from ml_connector_sandbox.scenarios.names import company, respelt
from ml_connector_sandbox.scenarios.purchases import STATES, Draft, State, build
from ml_connector_sandbox.scenarios.scenario import Expected, ExpectedHeld, Record, Scenario, guid

SIZES = {"small": (30, 34), "default": (150, 102), "full": (1500, 1020)}
"""Scale → suppliers, purchases; beside those that must be held."""
ACCOUNT_ID = "9ad00000-0000-4000-8000-000000000001"
APPLICATION_KEY = "9ad00000-0000-4000-8000-00000000aaaa"
PURCHASES_AT = dt.datetime(2026, 10, 5, 6, tzinfo=dt.timezone.utc)
LONGEST_NAME = 36
RECEIVED_ON = "2026-10-12T00:00:00"
"""When goods come that bills wait for."""
DOMAIN, SHARED_SET, SITE = "10USA", "SUPSS", "10-100"
TERMS = {"30 days": "N30", "14 days": "N14", "COD": "COD"}
ACCOUNTS = {"630": "1500", "453": "6150", "512": "6200", "499": "6500"}
"""Cin7 account → QAD's; 6500 is closed there, 6120 is not mapped."""
_DONE = {"AUTHORISED", "PAID"}


def scenario(scale: str = "default", seed: int = 13) -> Scenario:
    """Return the world at `scale` (tiny, small, default, full); the same for the same seed."""
    head = "cin7_code,partner_code,note\n"
    made = Scenario(pair="cin7_qad", scale=scale)
    made.maps = {
        "account": head + "".join(f"{a},{b},\n" for a, b in ACCOUNTS.items()),
        "terms": head + "".join(f"{a},{b},\n" for a, b in TERMS.items()),
        "tax": f"{head}Sales Tax on Purchases,OH-SALES,\nTax Exempt,EXEMPT,\nVAT on Purchases,VAT20,\n",
        "item": f"{head}HP-BRACKET,BRACKET-GALV,other code in the ledger\n",
    }
    made.accounts["cin7"] = {"account_id": ACCOUNT_ID, "keys": [APPLICATION_KEY], "me": books.ME}
    made.records = {"cin7": books.cin7(), "qad": _books()}
    world = _World(made, random.Random(seed))
    if scale == "tiny":
        world.add_tiny()
        return made
    suppliers, purchases = SIZES[scale]
    world.add_suppliers(suppliers)
    world.add_odd_suppliers()
    for index in range(purchases):
        world.add(world.draft(STATES[index % len(STATES)]))
    world.add_odd_purchases()
    return made


def receive(made: Scenario) -> list[Record]:
    """Receive the goods of two of three purchases whose bill waits for them; return those purchases.

    What is expected follows: their receipts, and the bills that waited.
    """
    waits = {one.label for one in made.held if one.reason == "receipt_missing"}
    found = [one for one in made.records["cin7"]["purchase"] if _is_simple(one) and _bill_number(one) in waits]
    chosen = [one for index, one in enumerate(found) if index % 3 != 2]
    for record in chosen:
        before = {(one.kind, one.number) for one in documents(record)} - {("bill", _bill_number(record))}
        record["StockReceived"] = _receipt_of_bill(record)
        made.held = [one for one in made.held if one.label != _bill_number(record)]
        made.expected += [one for one in documents(record) if (one.kind, one.number) not in before]
    return chosen


def _is_simple(purchase: Record) -> bool:
    return isinstance(purchase["Invoice"], dict) and isinstance(purchase["StockReceived"], dict)


def _bill_number(purchase: Record) -> str:
    return str(purchase["Invoice"].get("InvoiceNumber", ""))


def _receipt_of_bill(purchase: Record) -> Record:
    """Return the receipt of all that a purchase bills, on a day after the bill's."""
    lines = [
        {"Date": RECEIVED_ON, "Quantity": line["Quantity"], "SKU": line["SKU"], "ProductID": line["ProductID"],
         "Name": line["Name"], "Location": "Main Warehouse", "Received": True,
         "CardID": guid("card", purchase["OrderNumber"], "late", line["SKU"])}
        for line in purchase["Invoice"]["Lines"]
    ]  # fmt: skip
    return {"Status": "AUTHORISED", "Lines": lines}


def _books() -> dict[str, list[Record]]:
    items = [("BRACKET-GALV" if sku == "HP-BRACKET" else sku, name) for sku, name in books.ITEMS]
    items += [("CHARGE", "Charges and services")]
    return {
        "items": [
            {"domainCode": DOMAIN, "itemCode": code, "description1": name[:24], "unitOfMeasure": "EA",
             "itemStatus": "AC", "productLine": "RAW", "siteCode": SITE, "locationCode": "RECV", "purchaseCost": 1,
             "isTaxable": True, "glAccountCode": "1500"}
            for code, name in items
        ],
        "glAccounts": [
            {"glAccountCode": "6150", "glAccountDescription": "Office expenses", "glAccountType": "STANDARD",
             "isActive": True, "analysisType": "None", "currencyCode": "USD"}
        ],
    }  # fmt: skip


class _World:
    def __init__(self, made: Scenario, rng: random.Random) -> None:
        self.made, self.rng = made, rng
        self.suppliers: list[Record] = made.records["cin7"].setdefault("supplier", [])
        self.vendors: list[Record] = made.records["qad"].setdefault("supplierV2s", [])
        self.domain: list[Record] = made.records["qad"].setdefault("mfgSuppliers", [])
        self.purchases: list[Record] = made.records["cin7"].setdefault("purchase", [])
        self.good: list[Record] = []
        self.number = 0

    def add_tiny(self) -> None:
        """Add as little as shows every step: suppliers new, known and held, two orders, a receipt and a bill."""
        self.add_suppliers(2)
        self.supplier("Prepaid Minerals SARL", terms="Half in advance")
        self.held("suppliers", "Prepaid Minerals SARL", "terms_unmapped")
        for state in (STATES[1], STATES[4]):
            self.add(self.draft(state))

    # --- suppliers ---

    def add_suppliers(self, count: int) -> None:
        """A fifth each is in QAD by code and by a name typed differently; the rest is in Cin7 only."""
        for index in range(count):
            name = company(self.rng)[:LONGEST_NAME].strip()
            currency = ("USD", "USD", "EUR", "GBP")[index % 4]
            code = ""
            if index % 10 in {1, 2}:
                code = self.vendor(name, currency)
            elif index % 10 in {3, 4}:
                other = respelt(self.rng, name)
                self.vendor(other if len(other) <= LONGEST_NAME else name.upper(), currency)
            self.good.append(self.supplier(name, code=code, currency=currency))

    def supplier(self, name: str, *, code: str = "", currency: str = "USD", terms: str = "") -> Record:
        """Add a supplier to Cin7."""
        index = len(self.suppliers)
        made: Record = {
            "ID": guid(self.made.pair, "supplier", name, index), "Name": name, "Currency": currency,
            "PaymentTerm": terms or list(TERMS)[index % 3], "AccountPayable": "800",
            "TaxRule": books.TAXES[index % 2][0], "Status": "Active", "Discount": 0, "Comments": "", "TaxNumber": "",
            "AttributeSet": "ERP link", "AdditionalAttribute1": code, "LastModifiedOn": "2026-09-01T06:00:00.000Z",
            "Addresses": [
                {"ID": guid(self.made.pair, "address", index), "Line1": f"{index + 1} Harbour Road", "Line2": "",
                 "City": "Springfield", "State": "IL", "Postcode": f"{60000 + index % 9000}",
                 "Country": ("United States", "Germany", "United Kingdom")[index % 3], "Type": "Business",
                 "DefaultForType": True}
            ],
            "Contacts": [
                {"ID": guid(self.made.pair, "contact", index), "Name": f"Accounts {index}",
                 "Phone": f"+1 555 {index:06}", "MobilePhone": "", "Fax": "", "Email": f"ap{index}@supplier.example",
                 "Website": "", "Comment": "", "Default": True, "IncludeInEmail": True}
            ],
        }  # fmt: skip
        self.suppliers.append(made)
        return made

    def vendor(self, name: str, currency: str = "USD") -> str:
        """Add a supplier to QAD, ready to be ordered from; return its code."""
        code = f"VEND{len(self.vendors) + 1:04}"
        self.vendors.append({
            "sharedSetCode": SHARED_SET, "supplierCode": code, "businessRelationCode": code,
            "businessRelationName": name, "isActive": True, "currencyCode": currency, "creditTermsCode": "N30",
            "invoiceStatusCode": "AP-INITIAL", "invoiceControlGLProfileCode": "SUP-INV",
            "creditNoteControlGLProfileCode": "SUP-CN", "prePaymentControlGLProfileCode": "SUP-PRE",
            "purchaseAccountGLProfileCode": "SUP-PUR", "addressTypeCode": "HEADOFFICE", "street1": "1 Mill Lane",
            "city": "Toledo", "zipCode": "43604", "countryCode": "USA", "languageCode": "us",
        })  # fmt: skip
        self.domain.append(
            {"domainCode": DOMAIN, "supplierCode": code, "siteCode": SITE, "daybookSetCode": "PUR"}
        )  # fmt: skip
        return code

    def add_odd_suppliers(self) -> None:
        """Add the suppliers that must be held, each for a reason of its own."""
        self.supplier("Northwind Wholesale Traders Inc.")
        self.vendor("Northwind Wholesale Trader Inc")
        self.held("suppliers", "Northwind Wholesale Traders Inc.", "supplier_near_match")
        self.supplier("Meridian Glassworks")
        self.supplier("MERIDIAN GLASSWORKS ")
        self.held("suppliers", "Meridian Glassworks", "supplier_ambiguous")
        self.held("suppliers", "MERIDIAN GLASSWORKS", "supplier_ambiguous")
        self.supplier("Überlange Handelsgesellschaft & Söhne GmbH")
        self.held("suppliers", "Überlange Handelsgesellschaft & Söhne GmbH", "too_long")
        self.supplier("Cascadia Currency Partners", currency="EUR")
        self.vendor("Cascadia Currency Partners", "GBP")
        self.held("suppliers", "Cascadia Currency Partners", "supplier_currency_differs")
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
        return Draft(
            number=f"PO-{self.number:05}", supplier=supplier, state=state,
            at=PURCHASES_AT + dt.timedelta(minutes=25 * self.number), currency=supplier["Currency"],
            rate=books.RATES.get(supplier["Currency"], Decimal(1)), items=books.ITEMS, services=books.SERVICES,
            account="630" if state.type != "Service" else "453", tax_rule=books.TAXES[self.number % 3],
            inclusive=self.number % 3 == 0, terms=supplier["PaymentTerm"], charge=self.number % 4 == 0, rng=self.rng,
        )  # fmt: skip

    def add(self, draft: Draft) -> Record:
        """Add a purchase; expect its documents, or that they wait."""
        record = build(draft)
        self.purchases.append(record)
        self.expect(record)
        return record

    def expect(self, record: Record, without: frozenset[str] = frozenset()) -> None:
        """Expect what the purchase means, but the kinds in `without`."""
        blind = record["BlindReceipt"]
        for one in documents(record):
            if one.kind in without:
                continue
            if one.kind == "goods_receipt" and blind:
                self.held("goods_receipts", one.number, "refused_by_target")
            elif one.kind == "bill" and not covered(record, one.number):
                self.held("supplier_invoices", one.number, "receipt_missing")
            else:
                self.made.expected.append(one)

    def add_odd_purchases(self) -> None:
        """Add the purchases of which a document must be held or waits, each for a reason of its own."""
        completed, ordered = STATES[4], STATES[1]
        self.odd_bill(replace(self.draft(completed), account="6120"), "account_unmapped")
        self.odd_bill(replace(self.draft(completed), account="499"), "account_closed")
        self.odd_bill(replace(self.draft(completed), invoice_number=lambda _draft, _n: ""), "number_missing")
        dear = self.odd_bill(self.draft(completed), "price_differs", keep=True)
        _raise_price(dear["Invoice"])
        self.odd_order(
            replace(self.draft(ordered), tax_rule=("Reverse Charge", Decimal(0))), "tax_rule_unmapped"
        )  # fmt: skip
        self.odd_order(replace(self.draft(ordered), extra_item=books.NEW_ITEM), "item_unknown")
        self.odd_order(replace(self.draft(ordered), terms="Half in advance"), "terms_unmapped")
        named = next(one for one in self.suppliers if one["Name"] == "Northwind Wholesale Traders Inc.")
        self.odd_order(self.draft(ordered, named), "supplier_not_linked")

    def odd_bill(self, draft: Draft, reason: str, *, keep: bool = False) -> Record:
        """Add a purchase whose bill is held, and the rest is right."""
        draft = replace(draft, charge=False, inclusive=False) if keep else draft
        record = build(draft)
        self.purchases.append(record)
        self.expect(record, frozenset({"bill"}))
        self.held("supplier_invoices", record["Invoice"]["InvoiceNumber"], reason)
        return record

    def odd_order(self, draft: Draft, reason: str) -> None:
        """Add a purchase that is only ordered, and whose order is held."""
        self.purchases.append(build(draft))
        self.held("purchase_orders", draft.number, reason)


def _raise_price(bill: Record) -> None:
    """Bill the first line a tenth dearer than ordered."""
    line = bill["Lines"][0]
    line["Price"] = (line["Price"] * Decimal("1.1")).quantize(Decimal("0.01"))
    before, tax = line["Total"], line["Tax"]
    line["Total"] = (line["Quantity"] * line["Price"] * (1 - line["Discount"] / 100)).quantize(Decimal("0.01"))
    line["Tax"] = (tax * line["Total"] / before).quantize(Decimal("0.01")) if before else tax
    bill["TotalBeforeTax"] += line["Total"] - before
    bill["Tax"] += line["Tax"] - tax
    bill["Total"] = bill["TotalBeforeTax"] + bill["Tax"]


def documents(record: Record) -> Iterator[Expected]:
    """Yield what a purchase means, by the statuses of its sub-documents alone; an order's amount is without tax."""
    if record.get("Status") == "VOIDED":
        return
    supplier, currency = record["Supplier"].strip(), record["SupplierCurrency"]
    if record["Order"]["Status"] == "AUTHORISED" and not record["BlindReceipt"]:
        yield Expected("purchase_order", record["OrderNumber"], supplier, record["Order"]["TotalBeforeTax"], currency)
    for day, quantity in _days(record).items():
        yield Expected("goods_receipt", f"{record['OrderNumber']}/{day}", supplier, quantity, "")
    for bill in _several(record["Invoice"]):
        if bill["Status"] in _DONE:
            yield Expected("bill", bill["InvoiceNumber"], supplier, bill["Total"], currency)
    for note in _several(record.get("CreditNote")):
        if note["Status"] == "AUTHORISED":
            yield Expected("credit_memo", note["CreditNoteNumber"], supplier, note["Total"], currency)


def _days(record: Record) -> dict[str, Decimal]:
    """Return day → how much was received."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for receipt in _several(record["StockReceived"]):
        if receipt["Status"] == "AUTHORISED":
            for line in receipt["Lines"]:
                found[line["Date"][:10]] += line["Quantity"]
    return dict(found)


def covered(record: Record, number: str) -> bool:
    """Tell whether the goods of a bill, and of those before it, have been received; services never are."""
    if record["Order"]["Status"] != "AUTHORISED" or record["BlindReceipt"]:
        return True
    received: dict[str, Decimal] = defaultdict(Decimal)
    for receipt in _several(record["StockReceived"]):
        for line in receipt["Lines"] if receipt["Status"] == "AUTHORISED" else ():
            received[line["SKU"]] += line["Quantity"]
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for bill in _several(record["Invoice"]):
        for line in bill["Lines"]:
            billed[line["SKU"]] += line["Quantity"]
        if bill["InvoiceNumber"] == number:
            break
    return all(quantity <= received[sku] for sku, quantity in billed.items())


def _several(part: Record | list[Record] | None) -> list[Record]:
    return part if isinstance(part, list) else [part] if part else []
