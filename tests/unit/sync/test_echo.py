"""What one flow wrote is not read back by the flow the other way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import T0
from memory_stores import MemoryJournal
from sync_world import ORDERS, SUPPLIERS, World, order, supplier

from ml_connector.domain.documents import SupplierInvoice
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Progress
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.ports import TargetRef, Unreadable
from ml_connector.sync.spec import Flow
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan

EVERYTHING = WindowPlan(start=None, end=T0.replace(year=2027), carries_open=True)


def both_ways() -> World:
    """PO-1 is at home here; PO-2 was brought here by the other flow, out of order 7."""
    world = World()
    world.links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    world.source.documents = [order("PO-1"), order("PO-2")]
    world.reverse.advance("7", Progress.SENT, ref=TargetRef(key="K-PO-2", number="PO-2"))
    return world


def test_a_document_that_the_other_flow_wrote_is_left_out_and_told() -> None:
    """It is not staged however far it has come here, the log says how many there were, and the others are sent."""
    world = both_ways()
    run = world.run()
    assert extract(run, EVERYTHING)["read"] == 1
    validate(run)
    assert load(run)["created"] == 1
    assert list(world.journal.entries) == ["K-PO-1"]
    assert any("1 documents left out" in line for line in world.said)


def test_one_that_cannot_be_read_or_is_asked_for_by_key_is_left_out_too() -> None:
    """An echo in an unknown shape, or named by a person, is an echo still."""
    world = both_ways()
    finding = Finding(reason=Reason.UNREADABLE, message="m", next_step="n")
    world.source.documents = [Unreadable("K-PO-2", T0, finding, "{}")]
    assert extract(world.run(), EVERYTHING)["read"] == 0
    world = both_ways()
    assert extract(world.run(), WindowPlan(start=None, end=T0, keys=("K-PO-1", "K-PO-2")))["read"] == 1


@pytest.mark.parametrize("has_reverse", [True, False])
def test_suppliers_and_flows_without_a_reverse_are_read_whole(has_reverse: bool) -> None:
    """Suppliers go both ways under links of their own; where nothing comes the other way nothing is left out."""
    world = both_ways()
    world.flow = SUPPLIERS if has_reverse else ORDERS
    if has_reverse:
        world.source.documents = [supplier("Kestrel", "K-PO-2")]
    run = world.run() if has_reverse else replace(world.run(), reverse_journal=None)
    assert extract(run, EVERYTHING)["read"] == len(world.source.documents)


@pytest.mark.parametrize("progress", [Progress.VERIFIED, Progress.AUTHORISED])
def test_a_bill_of_an_order_that_came_from_the_target_finds_it_there(progress: Progress) -> None:
    """Its order is no document of this direction's flow; it is the target's own order, bound by the other flow."""
    world = World()
    world.flow = Flow(name="bills", kind="supplier_invoice", source="cin7", destination="acumatica")
    world.maps.maps = {"account": {"453": "61500"}}
    world.links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    world.source.documents = [bill("K-PO-2")]
    home = MemoryJournal(world.clock)
    home.advance("RegularOrder/0007", progress, ref=TargetRef(key="K-PO-2", number="PO-2"))
    run = replace(world.run(), orders=MemoryJournal(world.clock), reverse_orders=home)
    extract(run, EVERYTHING)
    assert validate(run)["waiting"] == 0
    (staged,) = run.staging.all()
    assert isinstance(staged.resolved, SupplierInvoice)
    assert staged.resolved.order_key == "RegularOrder/0007"


def bill(order_key: str) -> SupplierInvoice:
    """Return a bill of an order."""
    source = order("INV-1")
    values = source.model_dump(exclude={"required_by", "location"})
    lines = tuple(line.model_copy(update={"account": "453"}) for line in source.lines)
    return SupplierInvoice(**{**values, "lines": lines, "order_key": order_key, "order_number": "PO-2"})
