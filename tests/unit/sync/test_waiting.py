"""What the target cannot take yet waits by itself; what is only checked is never written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import T0
from sync_world import ORDERS, World, order

from ml_connector.domain.documents import SupplierInvoice
from ml_connector.domain.errors import NotReady
from ml_connector.domain.finding import Reason
from ml_connector.domain.status import Outcome, Progress
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.ports import TargetRef
from ml_connector.sync.reconcile import reconcile
from ml_connector.sync.spec import Flow, PairSpec
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan


def world() -> World:
    made = World()
    made.links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    made.source.documents = [order()]
    return made


def whole_run(made: World, *, reads: bool = True) -> dict[str, int]:
    run = made.run()
    start = T0 if reads else made.clock.now()
    extract(run, WindowPlan(start=start, end=made.clock.now(), carries_open=True))
    validate(run)
    return load(run)


@pytest.mark.parametrize("step", ["draft:before", "authorise:before"])
def test_a_document_that_is_not_ready_waits_and_goes_in_a_later_run(step: str) -> None:
    """A step that the target does not allow yet is no error: the document waits, and a later run completes it."""
    made = world()

    def gate(boundary: str) -> None:
        if boundary == step:
            raise NotReady("purchase PO-00007 has not received the goods")

    made.target.at = gate
    assert whole_run(made)["waiting"] == 1
    [row] = made.staging.all()
    assert row.findings[0].reason is Reason.NOT_READY
    assert row.findings[0].waits
    assert "has not received the goods" in row.findings[0].message
    made.target.at = lambda _boundary: None
    assert whole_run(made, reads=False)["created"] == 1
    assert made.target.creates == 1
    assert made.journal.entry("K-PO-1").progress is Progress.VERIFIED


def test_a_bill_waits_for_its_order_to_be_there() -> None:
    """A bill of an order without verified counterpart waits; with it, it carries the target's key."""
    made = world()
    made.flow = Flow(name="bills", kind="supplier_invoice", source="cin7", destination="acumatica")
    made.maps.maps = {"account": {"453": "61500"}}
    source = order()
    source = source.model_copy(update={"lines": (source.lines[0].model_copy(update={"account": "453"}),)})
    values = source.model_dump(exclude={"required_by", "location"})
    made.source.documents = [SupplierInvoice(**{**values, "order_key": "K-PO-9", "order_number": "PO-9"})]
    orders = World().journal
    run = replace(made.run(), orders=orders)
    extract(run, WindowPlan(start=T0, end=made.clock.now()))
    assert validate(run)["waiting"] == 1
    orders.advance("K-PO-9", Progress.VERIFIED, ref=TargetRef(key="T009", number="9"))
    assert validate(run)["waiting"] == 0
    [row] = made.staging.all()
    assert row.resolved is not None
    assert (row.resolved.order_key, row.outcome) == ("T009", None)  # type: ignore[attr-defined]


def test_a_flow_that_only_checks_writes_nothing() -> None:
    """Documents of a checking flow end as unchanged, without a call to the target that could write."""
    made = world()
    made.flow = ORDERS.model_copy(update={"checks_only": True})
    assert whole_run(made)["unchanged"] == 1
    assert (made.target.writes, made.target.records) == (0, {})
    report = reconcile([made.run()], deployment="acumatica_cin7", run_id="r1")
    assert report.agree
    assert next(made.staging.all()).outcome is Outcome.UNCHANGED


def test_a_flow_comes_after_the_one_its_orders_come_from() -> None:
    """Belonging to another flow's orders is an order of the flows too."""
    bills = Flow(
        name="bills", kind="supplier_invoice", source="cin7", destination="acumatica", within="purchase_orders"
    )
    spec = PairSpec(pair_id="p", title="P", partner="acumatica", accounts_of_record="cin7", flows=(bills, ORDERS))
    assert [flow.name for flow in spec.in_order()] == ["purchase_orders", "bills"]
