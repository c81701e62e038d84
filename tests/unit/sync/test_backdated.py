"""The three-way match knows from the journal which bills of a purchase have gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from decimal import Decimal

import pytest
from fakes import T0, Source
from sync_world import World, order

from ml_connector.domain.documents import Document, GoodsReceipt, ReceiptLine, SupplierInvoice
from ml_connector.domain.finding import Reason
from ml_connector.domain.status import Outcome, Progress
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.extract import extract
from ml_connector.sync.ports import Unreadable
from ml_connector.sync.spec import Flow
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan

ORDER = order()


class Purchases(Source):
    """A source that yields what belongs to a purchase by the key of its order."""

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        held = [*self.documents, ORDER, received()]
        return (one for one in held if isinstance(one, Document) and one.kind == kind)


def received() -> GoodsReceipt:
    return GoodsReceipt(
        source="cin7", key="R", modified_at=T0, order_key=ORDER.key, order_number=ORDER.number, supplier_key="S1",
        supplier_name="Kestrel", date=ORDER.date, lines=(ReceiptLine(item="A", quantity=Decimal(1)),),
    )  # fmt: skip


def bill(key: str, day: int) -> SupplierInvoice:
    line = ORDER.lines[0].model_copy(update={"account": "453"})
    values = ORDER.model_dump(exclude={"required_by", "location"})
    own = {"key": key, "number": key, "date": dt.date(2026, 10, day), "order_key": ORDER.key, "lines": (line,)}
    return SupplierInvoice(**{**values, **own, "order_number": ORDER.number})


def world() -> World:
    """One piece received; I-2, dated the 6th, bills it, and so does I-1, dated the 1st."""
    flow = Flow(name="bills", kind="supplier_invoice", source="cin7", destination="acumatica", matches_receipts=True)
    made = World(flow=flow, source=Purchases(documents=[bill("I-1", 1), bill("I-2", 6)]))
    made.links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    made.maps.maps = {"account": {"453": "61500"}}
    return made


def waiting(made: World) -> dict[str, list[Reason]]:
    extract(made.run(), WindowPlan(start=T0, end=made.clock.now()))
    validate(made.run())
    return {row.key: [one.reason for one in row.findings] for row in made.staging.all() if row.findings}


@pytest.mark.parametrize("progress", [one for one in Progress if one is not Progress.NONE])
def test_a_backdated_bill_does_not_take_the_goods_of_one_that_is_begun(progress: Progress) -> None:
    """What was entered later waits though it is dated earlier; of two bills of the same goods one goes."""
    made = world()
    assert waiting(made) == {"I-2": [Reason.RECEIPT_MISSING]}
    made.journal.advance("I-2", progress)
    assert waiting(made) == {"I-1": [Reason.RECEIPT_MISSING]}


def test_a_bill_rejected_before_it_was_sent_takes_nothing() -> None:
    """It never goes, so that another one of its goods does not wait for ever."""
    made = world()
    made.journal.advance("I-2", Progress.INTENDED)
    made.journal.conclude("I-2", Outcome.REJECTED, label="I-2", document=bill("I-2", 6))
    assert waiting(made) == {}
