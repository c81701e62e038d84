"""A vendor's server that costs next to nothing: pages are filled into one template each, over real HTTP.

It runs in a process of its own. A page of a thousand records takes it about a millisecond, so that what is measured is
who reads.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_FORK = get_context("fork")
Query = dict[str, str]
_CONTACT = (
    b'{"ID":"b3a1f6de-2b0c-4a5d-9c3e-%012d","Name":"Ann Lee","JobTitle":"","Phone":"+64 9 555 %04d",'
    b'"MobilePhone":"","Fax":"","Email":"ap%d@supplier.example","Website":"","Comment":"","Default":true,'
    b'"IncludeInEmail":false}'
)
_ADDRESS = (
    b'{"ID":"c4a1f6de-2b0c-4a5d-9c3e-%012d","Line1":"%d Quay Street","Line2":"","City":"Auckland","State":"AUK",'
    b'"Postcode":"1010","Country":"New Zealand","Type":"Business","DefaultForType":true}'
)
CIN7_SUPPLIER = (
    b'{"ID":"7e0f4c2a-93d1-4d5b-8f6e-%012d","Name":"Supplier %d Ltd","Currency":"NZD","PaymentTerm":"30 days",'
    b'"TaxRule":"GST on Expenses","Discount":0,"Comments":"","AccountPayable":"800","TaxNumber":"%09d",'
    b'"AdditionalAttribute1":"V-%07d","AttributeSet":"ERP link","Status":"Active",'
    b'"LastModifiedOn":"2026-08-20T23:11:04.117Z","Addresses":[' + _ADDRESS + b'],"Contacts":[' + _CONTACT + b"]}"
)
SYSPRO_SUPPLIER = (
    b'{"Supplier":"%015d","SupplierName":"Supplier %d Ltd","Currency":"NZD","TermsCode":"30","Branch":"10",'
    b'"Contact":"Ann Lee","Telephone":"+64 9 555 %04d","Email":"ap%d@supplier.example","OnHold":"N",'
    b'"TaxRegnNum":"%09d"}'
)
SYSPRO_ADDRESS = (
    b'{"Supplier":"%015d","SupAddr1":"%d Quay Street","SupAddr2":"","SupAddr3":"Auckland","SupAddr4":"AUK",'
    b'"SupAddr5":"NZ","SupPostalCode":"1010"}'
)
PURCHASE_ROW = (
    b'{"ID":"9e0f4c2a-93d1-4d5b-8f6e-%012d","BlindReceipt":false,"OrderNumber":"PO-%05d","Status":"ORDERED",'
    b'"OrderDate":"2026-08-21T00:00:00","InvoiceDate":null,"Supplier":"Kestrel Fasteners Ltd",'
    b'"SupplierID":"b3a1f6de-2b0c-4a5d-9c3e-6a7c1b1f0d21","InvoiceNumber":"","InvoiceAmount":0,"PaidAmount":0,'
    b'"BaseCurrency":"NZD","SupplierCurrency":"NZD","OrderStatus":"AUTHORISED","InvoiceStatus":"NOT AVAILABLE",'
    b'"LastUpdatedDate":"2026-09-03T01:20:44.903Z","Type":"Simple Purchase","IsServiceOnly":false}'
)
_LINE = (
    b'{"ProductID":"5b1f4c2a-93d1-4d5b-8f6e-000000000001","SKU":"M8-HEX","Name":"Hex bolt M8","Quantity":100,'
    b'"Price":1.25,"Discount":0,"Tax":18.75,"TaxRule":"GST on Expenses","SupplierSKU":"","Comment":"","Total":125.0}'
)
PURCHASE = (
    b'{"ID":"9e0f4c2a-93d1-4d5b-8f6e-%012d","OrderNumber":"PO-%05d","Type":"Simple Purchase","BlindReceipt":false,'
    b'"Approach":"INVOICE","SupplierID":"b3a1f6de-2b0c-4a5d-9c3e-6a7c1b1f0d21","Supplier":"Kestrel Fasteners Ltd",'
    b'"Status":"ORDERED","SupplierCurrency":"NZD","CurrencyRate":1,"TaxCalculation":"Exclusive","Terms":"30 days",'
    b'"RequiredBy":"2026-09-04T00:00:00","Location":"Main Warehouse","OrderDate":"2026-08-21T00:00:00",'
    b'"LastUpdatedDate":"2026-09-03T01:20:44.903Z","Order":{"Memo":"","Status":"AUTHORISED","Lines":['
    + b",".join([_LINE] * 8)
    + b'],"AdditionalCharges":[],"TotalBeforeTax":1000.0,"Tax":150.0,"Total":1150.0},'
    b'"StockReceived":{"Status":"NOT AVAILABLE","Lines":[]},"Invoice":{"Status":"NOT AVAILABLE","Lines":[]},'
    b'"CreditNote":{"Status":"NOT AVAILABLE","Lines":[]}}'
)
_LAST_KEY = re.compile(r"gt '(\d+)'")


def rows(template: bytes, first: int, count: int) -> bytes:
    """Return records `first` … of a list, comma between them; all numbers of a record are its own."""
    slots = template.count(b"%0") + template.count(b"%d")
    return b",".join([template] * count) % tuple(n for n in range(first, first + count) for _ in range(slots))


BOOKS: dict[str, Any] = {
    "/ref/account": {"Total": 1, "AccountsList": [{"Code": "800", "SystemAccount": "Accounts payable"}]},
    "/ref/attributeset": {"Total": 1, "AttributeSetList": [{"Name": "ERP link"}]},
    "/ref/tax": {"Total": 1, "TaxRuleList": [{"ID": "1", "Name": "GST on Expenses", "IsActive": True}]},
    "/ref/paymentterm": {"Total": 1, "PaymentTermList": [{"Name": "30 days", "IsActive": True, "IsDefault": True}]},
    "/me": {"Company": "Bench", "Currency": "NZD"},
}


@dataclass(frozen=True)
class Vendor:
    """Cin7's lists and SYSPRO's tables, all of the same number of records; Cin7's suppliers can be created.

    Args:
        records: of each list.
        seconds: what a call takes but a page of a list, which comes at once.
    """

    records: int
    seconds: float = 0.0
    made: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, path: str, query: Query, base: str, body: bytes) -> tuple[bytes, float]:
        """Return a body and after how many seconds it goes out."""
        if path in BOOKS:
            return json.dumps(BOOKS[path]).encode(), self.seconds
        if path == "/supplier" and (body or query.keys() & {"Name", "ID"}):
            return self._supplier(query, body), self.seconds
        if path == "/purchase":
            number = int(query["ID"][-12:])
            return PURCHASE % (number, number), self.seconds
        if path in {"/supplier", "/purchaseList"}:
            is_supplier = path == "/supplier"
            template, name = (CIN7_SUPPLIER, "SupplierList") if is_supplier else (PURCHASE_ROW, "PurchaseList")
            return self._page(template, name, int(query["Page"]), int(query["Limit"])), 0.0
        template = SYSPRO_ADDRESS if path.endswith("Addr") else SYSPRO_SUPPLIER
        return self._behind(template, query, base + path), 0.0

    def _supplier(self, query: Query, body: bytes) -> bytes:
        """Store a supplier, or look one up by the beginning of its name or by its ID."""
        if body:
            number = len(self.made) + 1
            row = {"ID": f"7e0f4c2a-93d1-4d5b-8f6e-{number:012}", "LastModifiedOn": "2026-11-01T00:00:00Z"}
            self.made[row["ID"]] = {**json.loads(body), **row}
            rows = [self.made[row["ID"]]]
        elif "ID" in query:
            rows = [self.made[query["ID"]]]
        else:
            rows = [row for row in self.made.values() if row["Name"].startswith(query["Name"])]
        return json.dumps({"Total": len(rows), "Page": 1, "SupplierList": rows}).encode()

    def _page(self, template: bytes, name: str, page: int, limit: int) -> bytes:
        first = (page - 1) * limit + 1
        count = max(0, min(limit, self.records + 1 - first))
        return f'{{"Total":{self.records},"Page":{page},"{name}":['.encode() + rows(template, first, count) + b"]}"

    def _behind(self, template: bytes, query: Query, address: str) -> bytes:
        """Return the rows behind the key in the filter, and a link to the next ones."""
        found = _LAST_KEY.search(query.get("$filter", ""))
        first, top = (int(found[1]) if found else 0) + 1, int(query["$top"])
        count = max(0, min(top, self.records + 1 - first))
        last = first + count - 1
        more = f"{address}?$top={top}&$orderby=Supplier&$filter=Supplier%20gt%20%27{last:015}%27"
        link = f',"@odata.nextLink":"{more}"' if last < self.records else ""
        return b'{"value":[' + rows(template, first, count) + f"]{link}}}".encode()


class _Connection(asyncio.Protocol):
    """One connection."""

    def __init__(self, answer: Callable[[str, Query, str, bytes], tuple[bytes, float]]) -> None:
        self._answer, self._buffer = answer, b""

    def connection_made(self, transport: Any) -> None:
        """Keep where answers go."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer what has come whole."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            self._buffer, parts = rest[length:], urlsplit(head.split(b" ", 2)[1].decode())
            base = f"http://{headers['host']}"
            body, seconds = self._answer(parts.path, dict(parse_qsl(parts.query)), base, rest[:length])
            said = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            if seconds:
                asyncio.get_running_loop().call_later(seconds, self._transport.write, said)
            else:
                self._transport.write(said)


@contextmanager
def serving(vendor: Vendor) -> Iterator[str]:
    """Serve in another process until left; gives the address."""
    port = _FORK.SimpleQueue()
    process = _FORK.Process(target=_serve, args=(vendor, port), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{port.get()}"
    finally:
        process.terminate()
        process.join()


def _serve(vendor: Vendor, port: Any) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Connection(vendor.answer), "127.0.0.1", 0)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())
