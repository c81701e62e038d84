"""IFS Cloud on the bench."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import requests
from bench import START, Bench, Held, Move, Put

from memory_cache import Cache
from ml_connector.domain.documents import Address, Document, Supplier
from ml_connector.systems.ifs.adapter import IfsAdapter
from ml_connector.systems.ifs.connection import read_settings
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.signin import open_client
from ml_connector_sandbox.core.simulator import Simulator
from ml_connector_sandbox.ifs import simulator, world

DAY = dt.timedelta(days=1)
FIRST = dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)
OURS = "S1000"
GLOBEX = Supplier(
    source="cin7", key="7b1e6f0a-1111-4222-8333-944455556666", modified_at=START, name="Globex", code="S8001",
    currency="EUR", terms="45", tax_number="5560001234", contact_name="Ann Lee", email="ap@globex.example",
    phone="+46 8 555 0123", address=Address(line1="Hamngatan 4", city="Stockholm", postcode="111 47", country="SE"),
)  # fmt: skip
SPOILT = {
    "supplier": {"ExpireDate": "soon"},
    "purchase_order": {"OrderDate": "yesterday"},
    "goods_receipt": {"SourceQtyReceived": "many"},
    "supplier_invoice": {"NetCurrAmount": "much"},
    "journal_entry": {"CurrencyAmount": "much"},
}


def _order(put: Put) -> dict[str, list[dict[str, Any]]]:
    head = {"OrderNo": put.key, "VendorNo": OURS, "OrderDate": put.at.date().isoformat(), "Objstate": "Released",
            "Contract": "STO1", "Company": "10", "CurrencyCode": "SEK", "PayTermId": "30"}  # fmt: skip
    line = {"OrderNo": put.key, "LineNo": "1", "ReleaseNo": "1", "PartNo": "M6-25", "Description": "Hex bolt",
            "BuyQtyDue": 4, "BuyUnitMeas": "pcs", "BuyUnitPrice": 2, "NetAmtCurr": 8, "GrossAmtCurr": 10,
            "CurrencyCode": "SEK", "TaxCode": "I25", "Objstate": "Released", "Contract": "STO1",
            "VendorNo": OURS}  # fmt: skip
    return {"PurchaseOrder": [head], "PurchaseOrderLine": [line]}


def _receipt(put: Put) -> dict[str, list[dict[str, Any]]]:
    order, day = put.key.split("/")
    number = int(day[-2:])
    row = {"ReceiptSequence": number, "SourceRef1": order, "SourceRef2": "1", "SourceRef3": "1", "ReceiptNo": number,
           "SourceQtyReceived": 1, "InvQtyReceived": 1, "UnitMeas": "pcs", "ReceivedDate": day, "Contract": "STO1",
           "ReceiptReference": None, "Objstate": "Received"}  # fmt: skip
    return {"ReceiptInfo": [row]}


def _invoice(put: Put) -> dict[str, list[dict[str, Any]]]:
    company, number = put.key.split("/")
    above = {"Company": company, "InvoiceId": int(number)}
    head = {**above, "Identity": OURS, "InvoiceNo": f"INV-{number}", "InvoiceDate": put.at.date().isoformat(),
            "CreationDate": put.at.date().isoformat(), "Currency": "SEK", "NetCurrAmount": 8, "VatCurrAmount": 2,
            "PoRefNumber": None, "Objstate": "Posted"}  # fmt: skip
    item = {**above, "ItemId": 1, "Description": "Rent", "NetCurrAmount": 8, "VatCurrAmount": 2, "VatCode": "I25"}
    posting = {**above, "RowId": 1, "CodeA": "5010", "CurrAmount": 8}
    return {"ManSuppInvoice": [head], "ManSuppInvoiceItem": [item], "ManSuppInvoicePosting": [posting]}


def _voucher(put: Put) -> dict[str, list[dict[str, Any]]]:
    company, kind, year, number = put.key.split("/")
    head = {"Company": company, "VoucherType": kind, "AccountingYear": int(year), "VoucherNo": int(number),
            "VoucherDate": put.at.date().isoformat(), "EntryDate": put.at.date().isoformat(), "CurrencyCode": "SEK",
            "PartyTypeId": OURS}  # fmt: skip
    amounts = enumerate((("5010", 8), ("2440", -8)), start=1)
    return {
        "VoucherRow": [{**head, "RowNo": n, "Account": a, "CurrencyAmount": x, "Amount": x} for n, (a, x) in amounts]
    }


def _supplier(put: Put) -> dict[str, list[dict[str, Any]]]:
    root = {"SupplierId": put.key, "Name": f"Supplier {put.key}", "Country": "SE",
            "CreationDate": put.at.date().isoformat()}  # fmt: skip
    address = {
        "SupplierId": put.key,
        "AddressId": "01",
        "Address1": "Hamngatan 4",
        "City": "Stockholm",
        "Country": "SE",
    }
    terms = {"Company": "10", "Identity": put.key, "PartyType": "Supplier", "DefCurrency": "SEK", "PayTermId": "30"}
    return {"SupplierInfoGeneral": [root], "SupplierInfoAddress": [address], "SupplierInvoiceCompany": [terms]}


MAKERS = {
    "supplier": _supplier,
    "purchase_order": _order,
    "goods_receipt": _receipt,
    "supplier_invoice": _invoice,
    "journal_entry": _voucher,
}
KEYS = {
    "supplier": lambda n, _day: f"S{2000 + n}",
    "purchase_order": lambda n, _day: f"P{2000 + n}",
    "goods_receipt": lambda _n, day: f"P1000/{day}",
    "supplier_invoice": lambda n, _day: f"10/{2000 + n}",
    "journal_entry": lambda n, _day: f"10/M/2026/{2000 + n}",
}


LISTS = {
    "supplier": "/SupplierInfoGeneralSet$",
    "purchase_order": "/PurchaseOrderSet$",
    "goods_receipt": "/ReceiptInfoSet$",
    "supplier_invoice": "/ManSuppInvoiceSet$",
    "journal_entry": "/VoucherRowSet$",
}
MOVES: dict[str, tuple[Move, ...]] = {
    "supplier": (Move("SupplierInfoGeneral", {"Name": "Edited AB"}),),
    "purchase_order": (
        Move("PurchaseOrder", {"NoteText": "edited"}),
        Move("PurchaseOrder", {"OrderDate": "2025-12-01"}, stays=False),
    ),
    "goods_receipt": (Move("ReceiptInfo", {"SourceQtyReceived": 2}),),
    "supplier_invoice": (Move("ManSuppInvoice", {"DueDate": "2026-06-01"}),),
    "journal_entry": (Move("VoucherRow", {"Text": "edited"}),),
}
MISSING = {
    "supplier": "S9999",
    "purchase_order": "P9999",
    "goods_receipt": "P1000/2020-01-01",
    "supplier_invoice": "10/9999",
    "journal_entry": "10/M/2026/9999",
}
SPOIL_PATH = {"supplier": "/SupplierInvoiceCompanies$"}


class IfsBench(Bench):
    """Source of suppliers, orders, receipts, invoices and vouchers, by their own dates; destination of suppliers."""

    system = "ifs"
    secrets = (world.CLIENT_SECRET,)
    sources = tuple(MAKERS)
    by_document_date = True
    list_path = LISTS
    spoil_path = SPOIL_PATH
    moves = MOVES
    missing = MISSING
    token_seconds = 180
    destinations = ("supplier",)

    @staticmethod
    def simulator() -> Simulator:
        return simulator()

    def prepare(self) -> None:
        before = Put(OURS, dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc))
        records = _supplier(before) | _order(Put("P1000", before.at))
        self.sim("POST", "seed", {"records": records})

    def adapter(self, session: requests.Session, page_size: int | None = None) -> IfsAdapter:
        settings = read_settings(
            "ifs_default", host=self.url, login=world.CLIENT_ID, password=world.CLIENT_SECRET,
            extra={"realm": world.REALM},
        )  # fmt: skip
        client = open_client(settings, session, token_store=self.tokens, on_call=self.calls.append, clock=self.clock)
        chosen = IfsOptions(companies=("10",), create_suppliers=True, page_size=page_size or 1000, detail_workers=1)
        cache = Cache(self.clock.now)
        return IfsAdapter(client, chosen, record_pull=self.pulls.append, cache=cache, now=self.clock.now)

    # --- as a source ---

    def put(self, kind: str, count: int) -> list[Put]:
        days = [FIRST + n * DAY for n in range(count)]
        made = [Put(KEYS[kind](n, at.date().isoformat()), at) for n, at in enumerate(days)]
        records: dict[str, list[dict[str, Any]]] = {}
        for put in made:
            for entity, rows in MAKERS[kind](put).items():
                records.setdefault(entity, []).extend(rows)
        self.sim("POST", "seed", {"records": records})
        return made

    def move(self, move: Move, put: Put) -> dict[str, Any]:
        ids = {"ReceiptInfo": str(int(put.key[-2:])) if move.entity == "ReceiptInfo" else "",
               "VoucherRow": f"{put.key}/1"}  # fmt: skip
        return {"entity": move.entity, "id": ids.get(move.entity, put.key), "set": move.set}

    def rows(self, data: Any) -> list[Any]:
        return data["value"]  # type: ignore[no-any-return]

    def spoilt(self, kind: str, body: str) -> Any:
        data = json.loads(body)
        data["value"][0].update(SPOILT[kind])
        return data

    # --- as a destination ---

    def document(self, kind: str) -> Document:
        return GLOBEX

    def changed(self, kind: str) -> Document:
        moved = GLOBEX.address.model_copy(update={"line1": "Kajen 2", "postcode": ""})
        return GLOBEX.model_copy(update={"phone": "999", "email": "new@globex.example", "address": moved})

    def refused(self, kind: str) -> tuple[Document, str]:
        return GLOBEX.model_copy(update={"tax_number": "1" * 51}), "takes at most 50 characters"

    def held(self, kind: str) -> list[Held]:
        rows = [row for row in self.state("SupplierInfoGeneral") if row["SupplierId"] != OURS]
        return [Held(row["SupplierId"], authorised=True) for row in rows]

    def tamper(self, kind: str, key: str) -> None:
        self.edit("SupplierInfoGeneral", key, Name="Globex (old)")

    def disown(self, kind: str, key: str) -> None:
        """Do nothing: a supplier carries no mark of ours but the number that both systems share."""
