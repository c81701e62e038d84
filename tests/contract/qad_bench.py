"""QAD on the bench."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar, Literal

import requests
from bench import START, Bench, Held

from ml_connector.domain.documents import (
    Address,
    Document,
    GoodsReceipt,
    InvoiceType,
    Line,
    PurchaseOrder,
    ReceiptLine,
    Supplier,
    SupplierInvoice,
)
from ml_connector.systems.qad.adapter import QadAdapter
from ml_connector.systems.qad.connection import read_settings
from ml_connector.systems.qad.options import QadOptions
from ml_connector.systems.qad.signin import open_client
from ml_connector_sandbox.core.simulator import Simulator
from ml_connector_sandbox.qad import simulator, world

KESTREL = "KEST0001"
DAY = dt.date(2026, 3, 2)
FINAL = {"AP-RMALLOC", "AP-GLALLOC"}
INVOICE_KEY = ("entityCode", "postingYear", "daybookCode", "voucher")
OSPREY = Supplier(
    source="cin7", key="11111111-2222-4333-8444-555555555555", modified_at=START, name="Osprey Fixings Ltd",
    currency="USD", terms="N30", email="ap@osprey.example", phone="+1 206 555",
    address=Address(line1="4030 Lake Blvd", city="Kirkland", postcode="98033", country="US"),
)  # fmt: skip
GOODS = (
    Line(item="ST-200", description="Steel rod", quantity=Decimal(10), unit_price=Decimal(4), net=Decimal(40),
         account="1500"),
    Line(item="BR-100", description="Fitting", quantity=Decimal(2), unit_price=Decimal("12.5"), net=Decimal(25),
         account="1500"),
)  # fmt: skip
FREIGHT = Line(
    description="Inbound freight", quantity=Decimal(1), unit_price=Decimal(9), net=Decimal(9), tax=Decimal("0.9"),
    account="6200",
)  # fmt: skip
ORDER = PurchaseOrder(
    source="cin7", key="order-1", number="PO-00318", modified_at=START, supplier_key=KESTREL, supplier_name="Kestrel",
    date=DAY, required_by=dt.date(2026, 3, 30), currency="USD", terms="N30", lines=GOODS, net=Decimal(65),
    tax=Decimal(0), gross=Decimal(65),
)  # fmt: skip
RECEIPT = GoodsReceipt(
    source="cin7", key="order-1/receipt/0", modified_at=START, order_key=ORDER.key, order_number=ORDER.number,
    supplier_key=KESTREL, supplier_name="Kestrel", date=dt.date(2026, 3, 10),
    lines=tuple(ReceiptLine(item=line.item or "", quantity=line.quantity) for line in GOODS),
)  # fmt: skip
BILL = SupplierInvoice(
    source="cin7", key="order-1/bill/0", number="KF-5521", modified_at=START, supplier_key=KESTREL,
    supplier_name="Kestrel", date=dt.date(2026, 3, 12), due_date=dt.date(2026, 4, 11), currency="USD", terms="N30",
    order_key=ORDER.key, order_number=ORDER.number, lines=(*GOODS, FREIGHT), net=Decimal(74), tax=Decimal("0.9"),
    gross=Decimal("74.9"),
)  # fmt: skip
LEDGER_BILL = BILL.model_copy(
    update={"order_key": "", "order_number": "", "lines": (FREIGHT,), "net": Decimal(9), "gross": Decimal("9.9")}
)
CREDIT = LEDGER_BILL.model_copy(
    update={"key": "order-1/credit/0", "number": "KF-CN-7", "type": InvoiceType.CREDIT_MEMO}
)
DOCUMENTS: dict[str, Document] = {
    "supplier": OSPREY, "purchase_order": ORDER, "goods_receipt": RECEIPT, "supplier_invoice": BILL
}  # fmt: skip
BEFORE: dict[str, tuple[Document, ...]] = {"goods_receipt": (ORDER,), "supplier_invoice": (ORDER, RECEIPT)}
CHANGES: dict[str, dict[str, Any]] = {
    "supplier": {"phone": "1", "email": "new@osprey.example", "address": OSPREY.address.model_copy(
        update={"line1": "Quay 2", "postcode": ""})},
    "purchase_order": {"required_by": dt.date(2026, 6, 1), "net": Decimal(110), "gross": Decimal(110), "lines": (
        GOODS[0].model_copy(update={"quantity": Decimal(20), "net": Decimal(80)}),
        GOODS[1].model_copy(update={"unit_price": Decimal(15), "net": Decimal(30)}))},
    "goods_receipt": {"date": dt.date(2026, 3, 11)},
    "supplier_invoice": {"due_date": dt.date(2026, 6, 1)},
}  # fmt: skip


class QadBench(Bench):
    """Destination of suppliers, orders, receipts and invoices matched with them."""

    system = "qad"
    secrets = (world.PASSWORD,)
    destinations: ClassVar[tuple[str, ...]] = tuple(DOCUMENTS)
    with_drafts = ("purchase_order", "supplier_invoice")
    with_natural_keys = ("purchase_order", "supplier_invoice")
    frozen = ("goods_receipt", "supplier_invoice")
    unmatched_policy: Literal["hold", "create_initial"] = "hold"

    @staticmethod
    def simulator() -> Simulator:
        return simulator()

    def prepare(self) -> None:
        self.seed("supplierV2s", {"supplierCode": KESTREL, "businessRelationName": "Kestrel Fasteners Ltd",
                                  "currencyCode": "USD", "creditTermsCode": "N30", "countryCode": "USA"})  # fmt: skip
        self.seed("mfgSuppliers", {"domainCode": world.DOMAIN, "supplierCode": KESTREL, "siteCode": "10-100",
                                   "daybookSetCode": "PUR"})  # fmt: skip

    def adapter(self, session: requests.Session, page_size: int | None = None) -> QadAdapter:
        settings = read_settings(
            "qad_default", host=self.url + world.CONTEXT, login=world.USERNAME, password=world.PASSWORD,
            extra={"domain": world.DOMAIN, "entity": world.ENTITY},
        )  # fmt: skip
        client = open_client(settings, session, token_store=self.tokens, on_call=self.calls.append, clock=self.clock)
        options = QadOptions(
            terms="N30",
            tax_account="1200",
            base_currency="USD",
            page_size=page_size or 500,
            unmatched_policy=self.unmatched_policy,
        )
        return QadAdapter(client, options, record_pull=self.pulls.append, now=self.clock.now)

    def is_write(self, method: str, path: str) -> bool:
        return super().is_write(method, path) and "fieldChange" not in path

    def document(self, kind: str) -> Document:
        return DOCUMENTS[kind]

    def changed(self, kind: str) -> Document:
        return self.document(kind).model_copy(update=CHANGES[kind])

    def before(self, kind: str) -> tuple[Document, ...]:
        return BEFORE.get(kind, ())

    def refused(self, kind: str) -> tuple[Document, str]:
        if kind == "goods_receipt":
            lines = (ReceiptLine(item="ST-200", quantity=Decimal(11)),)
            return RECEIPT.model_copy(update={"lines": lines}), "exceeds the ordered quantity"
        if kind == "supplier_invoice":
            document = self.document(kind)
            assert isinstance(document, SupplierInvoice)
            office = FREIGHT.model_copy(update={"account": "6100"})
            return document.model_copy(update={"lines": (*document.lines[:-1], office)}), "Analysis is mandatory"
        return self.document(kind).model_copy(update={"terms": "N99"}), "N99"

    def held(self, kind: str) -> list[Held]:
        return list(getattr(self, f"_{kind}")())

    def _supplier(self) -> list[Held]:
        codes = [row["supplierCode"] for row in self.state("supplierV2s")]
        return [Held(code, authorised=True) for code in codes if code != KESTREL]

    def _purchase_order(self) -> list[Held]:
        lines = self.state("purchaseOrderLines")
        return [
            Held(row["purchaseOrderNumber"], row["isConfirmed"], sum((
                Decimal(line["quantityOrdered"]) * Decimal(line["purchaseCost"])
                for line in lines if line["purchaseOrderNumber"] == row["purchaseOrderNumber"]
            ), Decimal(0)))
            for row in self.state("purchaseOrderHeaders")
        ]  # fmt: skip

    def _goods_receipt(self) -> list[Held]:
        return [Held(row["receiverNumber"], authorised=True) for row in self.state("purchaseOrderReceipts")]

    def _supplier_invoice(self) -> list[Held]:
        return [
            Held("/".join(str(row[name]) for name in INVOICE_KEY), row["invoiceStatusCode"] in FINAL,
                 Decimal(row["invoiceAmount"]))
            for row in self.state("supplierInvoices")
        ]  # fmt: skip

    def tamper(self, kind: str, key: str) -> None:
        if kind == "purchase_order":
            self.edit("purchaseOrderHeaders", f"{world.DOMAIN}/{key}", dueDate="2026-07-01")
        else:
            self.edit("supplierInvoices", key, dueDate="2026-07-01")

    def disown(self, kind: str, key: str) -> None:
        if kind == "supplier":
            self.edit("supplierV2s", f"{world.SHARED_SET}/{key}", commentNote="Ask for Ann.")
        elif kind == "purchase_order":
            self.edit("purchaseOrderHeaders", f"{world.DOMAIN}/{key}", remarks="by hand")
        else:
            self.edit("supplierInvoices", key, description="by hand")


class QadInitialBench(QadBench):
    """Invoices recorded before their goods are there."""

    name = "initial"
    destinations = with_drafts = with_natural_keys = frozen = ("supplier_invoice",)
    unmatched_policy = "create_initial"


class QadLedgerBench(QadBench):
    """Invoices without an order, allocated to accounts."""

    name = "ledger"
    destinations = with_drafts = with_natural_keys = frozen = ("supplier_invoice",)

    def document(self, kind: str) -> Document:
        return LEDGER_BILL

    def before(self, kind: str) -> tuple[Document, ...]:
        return ()


class QadCreditBench(QadLedgerBench):
    """Credit notes, on accounts."""

    name = "credit"

    def document(self, kind: str) -> Document:
        return CREDIT
