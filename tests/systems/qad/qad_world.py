"""A running simulator of QAD, and the adapter over a real client of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import requests

from ml_connector.domain.documents import (
    Address,
    GoodsReceipt,
    Line,
    PurchaseOrder,
    ReceiptLine,
    Supplier,
    SupplierInvoice,
)
from ml_connector.sync.ports import TargetRef
from ml_connector.systems.qad.adapter import QadAdapter
from ml_connector.systems.qad.connection import QadSettings, read_settings
from ml_connector.systems.qad.options import QadOptions
from ml_connector.systems.qad.signin import open_client
from ml_connector_sandbox.core.wire import write_json
from ml_connector_sandbox.qad import world

NOW = dt.datetime(2026, 10, 20, tzinfo=dt.timezone.utc)
DAY = dt.date(2026, 10, 1)


@dataclass
class World:
    """The simulator, and adapters of it."""

    url: str
    bound: list[TargetRef] = field(default_factory=list)

    def sim(self, verb: str, route: str, body: Any = None, **query: str) -> Any:
        data = None if body is None else write_json(body).encode()
        answer = requests.request(verb, f"{self.url}/_sim/{route}", data=data, params=query, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self, entity: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.sim("GET", "state", entity=entity)[entity]
        return rows

    def settings(self, **extra: str) -> QadSettings:
        more = {"domain": world.DOMAIN, "entity": world.ENTITY, **extra}
        return read_settings(
            "qad_default", host=self.url + world.CONTEXT, login=world.USERNAME, password=world.PASSWORD, extra=more
        )

    def adapter(self, **options: Any) -> QadAdapter:
        usual = {"terms": "N30", "tax_account": "1200", "base_currency": "USD", "settle_seconds": 0}
        chosen = QadOptions(**{**usual, **options})
        client = open_client(self.settings(), requests.Session())
        return QadAdapter(client, chosen, record_pull=lambda _pull: None, now=lambda: NOW)


def supplier(name: str = "Kestrel Tools", key: str = "11111111-2222-4333-8444-555555555555", **more: Any) -> Supplier:
    values: dict[str, Any] = {
        "currency": "USD", "terms": "N30", "email": "ap@kestrel.example",
        "address": Address(line1="1 Quay", city="Toledo", country="US", postcode="43604"), **more,
    }  # fmt: skip
    return Supplier(source="cin7", key=key, modified_at=NOW, name=name, **values)


def line(item: str | None, quantity: object, price: object, **more: Any) -> Line:
    q, p = Decimal(str(quantity)), Decimal(str(price))
    return Line(item=item, quantity=q, unit_price=p, net=q * p, **more)


def order(code: str, *lines: Line, number: str = "PO-00318", **more: Any) -> PurchaseOrder:
    net = sum((one.net for one in lines), Decimal(0))
    return PurchaseOrder(
        source="cin7", key="P", modified_at=NOW, number=number, supplier_key=code, supplier_name="Kestrel", date=DAY,
        lines=lines, net=net, tax=Decimal(0), gross=net, **{"currency": "USD", **more},
    )  # fmt: skip


def receipt(order_key: str, *lines: tuple[str, int], key: str = "R") -> GoodsReceipt:
    return GoodsReceipt(
        source="cin7", key=key, modified_at=NOW, order_key=order_key, order_number=order_key, supplier_key="X",
        supplier_name="Kestrel", date=DAY + dt.timedelta(days=2),
        lines=tuple(ReceiptLine(item=item, quantity=Decimal(quantity)) for item, quantity in lines),
    )  # fmt: skip


def invoice(
    code: str, order_key: str, *lines: Line, number: str = "INV-7", tax: object = 0, **more: Any
) -> SupplierInvoice:
    net, taxed = sum((one.net for one in lines), Decimal(0)), Decimal(str(tax))
    return SupplierInvoice(
        source="cin7", key="I", modified_at=NOW, number=number, supplier_key=code, supplier_name="Kestrel",
        date=DAY + dt.timedelta(days=4), due_date=DAY + dt.timedelta(days=34), order_key=order_key,
        order_number=order_key, lines=lines, net=net, tax=taxed, gross=net + taxed, **{"currency": "USD", **more},
    )  # fmt: skip
