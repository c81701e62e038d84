"""A source, a target and the memory between them: the documents they hold, and whole runs of a flow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fakes import T0, Clock, Source, Stored, Target
from memory_stores import Maps, Mark, MemoryJournal, MemoryLinks, MemoryStaging, Trail

from ml_connector.domain.documents import Line, PurchaseOrder, Supplier
from ml_connector.mapping.links import SupplierLink
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.planning import Planned
from ml_connector.sync.run import FlowRun, Policies
from ml_connector.sync.spec import Flow, PairSpec
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan

ORDERS = Flow(name="purchase_orders", kind="purchase_order", source="cin7", destination="acumatica")
SUPPLIERS = Flow(name="suppliers", kind="supplier", source="cin7", destination="acumatica",
                 owned_fields=frozenset({"name", "email"}))  # fmt: skip
PAIR = PairSpec(pair_id="acumatica_cin7", title="Cin7 ↔ Acumatica", partner="acumatica",
                accounts_of_record="acumatica", flows=(ORDERS, SUPPLIERS))  # fmt: skip


@dataclass
class World:
    """A source, a target and the connector's memory between them."""

    flow: Flow = ORDERS
    clock: Clock = field(default_factory=Clock)
    source: Source = field(default_factory=Source)
    target: Target = field(default_factory=Target)
    staging: MemoryStaging = field(default_factory=MemoryStaging)
    links: MemoryLinks = field(default_factory=MemoryLinks)
    maps: Maps = field(default_factory=Maps)
    trail: Trail = field(default_factory=Trail)
    mark: Mark = field(default_factory=Mark)
    policies: Policies = field(default_factory=Policies)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = MemoryJournal(self.clock)
        self.reverse = MemoryJournal(self.clock)

    def run(
        self, *, dry_run: bool = False, run_id: str = "r1", approved: Mapping[str, Planned] | None = None
    ) -> FlowRun:
        return FlowRun(
            deployment="acumatica_cin7", pair=PAIR, flow=self.flow, run_id=run_id, source=self.source,
            destination=self.target, staging=self.staging, journal=self.journal, reverse_journal=self.reverse,
            links=self.links, code_maps=self.maps, audit=self.trail, watermarks=self.mark,
            policies=self.policies, dry_run=dry_run, approved=approved, now=self.clock.now, sleep=self.clock.sleep,
            say=self.said.append,
        )  # fmt: skip

    def boundaries(self, at: Callable[[str], None]) -> None:
        self.target.at = at
        self.journal.at = at


def order(
    number: str = "PO-1", net: str = "100", *, supplier: str = "S1", minutes: int = 0, **more: Any
) -> PurchaseOrder:
    """Return a purchase order of one line."""
    amount = Decimal(net)
    values: dict[str, Any] = dict(
        source="cin7", key=f"K-{number}", modified_at=T0 + dt.timedelta(minutes=minutes), number=number,
        supplier_key=supplier, supplier_name="Kestrel", date=dt.date(2026, 10, 1), currency="USD",
        lines=(Line(item="A", quantity=Decimal(1), unit_price=amount, net=amount),),
        net=amount, tax=Decimal(0), gross=amount,
    )  # fmt: skip
    return PurchaseOrder(**{**values, **more})


def supplier(name: str, key: str = "", *, source: str = "cin7", **more: Any) -> Supplier:
    """Return a supplier."""
    return Supplier(source=source, key=key or name, name=name, modified_at=T0, **more)


def linked_world(*documents: object) -> World:
    world = World()
    world.links.add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    world.source.documents = list(documents)  # type: ignore[arg-type]
    return world


def whole_run(world: World, **options: Any) -> dict[str, int]:
    """Extract, validate and load everything the source has."""
    run = world.run(**options)
    extract(run, WindowPlan(start=None, end=world.clock.now(), carries_open=True))
    validate(run)
    return load(run)


def only_record(world: World) -> Stored:
    assert len(world.target.records) == 1
    return next(iter(world.target.records.values()))
