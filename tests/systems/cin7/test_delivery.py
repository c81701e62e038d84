"""The engine over the adapter: whatever call fails, each document stands exactly once, and authorised."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import RetryableError, SyncError
from ml_connector.mapping.codemap import Mapped
from ml_connector.mapping.links import SupplierLink
from ml_connector.store.database import Database
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.run import FlowRun, Policies
from ml_connector.sync.spec import Flow, PairSpec
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan

FLOWS = {
    "supplier": Flow(name="suppliers", kind="supplier", source="acumatica", destination="cin7"),
    "purchase_order": Flow(name="orders", kind="purchase_order", source="acumatica", destination="cin7"),
}
PAIR = PairSpec(
    pair_id="acumatica_cin7",
    title="t",
    partner="acumatica",
    accounts_of_record="acumatica",
    flows=tuple(FLOWS.values()),
)
KESTREL = "5a000000-0000-4000-8000-000000000001"


class Given:
    """A source that holds the document it is given."""

    system = "acumatica"

    def __init__(self, document: Document) -> None:
        self.document = document

    def read(self, kind: str, window: Any) -> Iterator[Document]:
        return iter([self.document])

    def read_keys(self, kind: str, keys: Any) -> Iterator[Document]:
        return iter([self.document])


class Same:
    """Code maps in which every code means itself."""

    def load(self, source: str) -> Mapping[str, Mapping[str, Mapped]]:
        codes = ("GST on Expenses", "30 days", "HP-CLAMP-50", "HP-PLATE-10", "USD", "EUR")
        same = {code: Mapped(code, 1) for code in codes}
        return dict.fromkeys(("tax", "terms", "item", "currency"), same)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with its tables."""
    path = tmp_path_factory.mktemp("db") / "empty.sqlite"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.engine.dispose()
    return path


@pytest.fixture
def database_path(migrated: Path, tmp_path: Path) -> Path:
    """A database of the test's own."""
    return Path(shutil.copy(migrated, tmp_path / "db.sqlite"))


def flow_run(world: Any, path: Path, document: Document, run_id: str = "r", **options: Any) -> FlowRun:
    """Return a run of the document's flow, over the adapter and a database of its own."""
    database = Database(f"sqlite:///{path}", now=world.clock.now)
    links = database.links("d")
    links.add(SupplierLink(cin7_key=KESTREL, partner_key="V000100", how="person"))
    flow = FLOWS[document.kind]
    world.clock.on_sleep = lambda seconds: world.sim("POST", "clock", {"advance": seconds})
    return FlowRun(
        deployment="d",
        pair=PAIR,
        flow=flow,
        run_id=run_id,
        source=Given(document),
        destination=world.adapter(**options),
        staging=database.staging("d", flow.name, run_id),
        journal=database.journal("d", flow.name, run_id),
        reverse_journal=None,
        links=links,
        code_maps=Same(),
        audit=database.audit("d", flow.name, run_id),
        watermarks=database.watermarks("d", flow.name, run_id),
        policies=Policies(),
        now=world.clock.now,
        sleep=world.clock.sleep,
    )


def run_until_done(run: FlowRun) -> dict[str, int]:
    """Extract, validate, and load as often as an operator would clear the task."""
    extract(run, WindowPlan(start=None, end=run.now() + dt.timedelta(days=1)))
    validate(run)
    for _ in range(5):
        counts = load_once(run)
        if counts is not None:
            return counts
    return load(run)


def load_once(run: FlowRun) -> dict[str, int] | None:
    """Load; where it fails wait as long as it asks, as the task's retry does, and return None."""
    try:
        return load(run)
    except RetryableError as error:
        run.sleep(error.retry_after_seconds or 60)
    except SyncError:
        run.sleep(60)
    return None


def document_of(make: Any, kind: str, **changes: Any) -> Any:
    """The document that is delivered."""
    return make.supplier() if kind == "supplier" else make.order(supplier_key="V000100", **changes)


CALLS = [
    ("supplier", "/supplier$", "POST", 0),
    ("supplier", "/supplier$", "GET", 1),
    ("purchase_order", "purchase$", "POST", 0),
    ("purchase_order", "purchase/order$", "POST", 0),
    ("purchase_order", "purchase/order$", "POST", 1),
    ("purchase_order", "purchase$", "GET", 0),
    ("purchase_order", "purchase$", "GET", 1),
    ("purchase_order", "purchase$", "GET", 2),
]
CUTS = ("reset_before", "reset_after", "html", "status_after")
TROUBLE = [(*call, kind) for call in CALLS for kind in (CUTS if call[2] == "POST" else CUTS[:1])]


@pytest.mark.parametrize(("kind", "path", "method", "skip", "trouble"), TROUBLE)
def test_whatever_call_fails_each_document_stands_once(
    world: Any, make: Any, database_path: Path, kind: str, path: str, method: str, skip: int, trouble: str
) -> None:
    """With any one call failing, before or after it was carried out, the flow ends with one document in force."""
    run = flow_run(world, database_path, document_of(make, kind))
    world.fault(trouble, path, method, skip=skip, status=500)
    counts = run_until_done(run)
    assert counts["created"] == 1
    assert world.sim("GET", "faults") == []
    if kind == "supplier":
        assert [row["Name"] for row in world.held("supplier")] == ["Kestrel Fasteners Ltd", "Osprey Fixings Ltd"]
    else:
        (purchase,) = world.held("purchase")
        assert (purchase["Order"]["Status"], len(purchase["Order"]["Lines"])) == ("AUTHORISED", 2)


@pytest.mark.parametrize("purchase_type", ["Simple", "Advanced"])
def test_a_task_killed_at_any_write_leaves_one_order(
    world: Any, make: Any, database_path: Path, purchase_type: str
) -> None:
    """A worker that dies after the header and is followed by another days later leaves one authorised order."""
    run = flow_run(world, database_path, document_of(make, "purchase_order"), purchase_type=purchase_type)
    extract(run, WindowPlan(start=None, end=run.now() + dt.timedelta(days=1)))
    validate(run)
    world.fault("reset_after", "purchase$", "POST")
    world.fault("reset_before", "purchaseList", "GET", skip=1, times=100)
    with pytest.raises(SyncError):
        load(run)
    assert len(world.held("purchase")) == 1
    world.sim("DELETE", "faults")
    world.advance(days=10)
    again = flow_run(world, database_path, document_of(make, "purchase_order"), purchase_type=purchase_type)
    assert load(again)["created"] == 1
    (purchase,) = world.held("purchase")
    assert purchase["Order"]["Status"] == "AUTHORISED"


def test_the_same_document_again_writes_nothing(world: Any, make: Any, database_path: Path) -> None:
    """A document that has not changed costs no write."""
    run = flow_run(world, database_path, document_of(make, "purchase_order"))
    run_until_done(run)
    writes = world.count("", "POST,PUT")
    assert run_until_done(run)["unchanged"] == 1
    assert world.count("", "POST,PUT") == writes


def test_an_authorised_order_that_changed_is_held(world: Any, make: Any, database_path: Path) -> None:
    """A change after authorising is held for a person with both values, and nothing is written."""
    run_until_done(flow_run(world, database_path, document_of(make, "purchase_order")))
    writes = world.count("", "POST,PUT")
    changed = document_of(make, "purchase_order", required_by=dt.date(2026, 6, 1))
    run = flow_run(world, database_path, changed, "r2")
    assert run_until_done(run)["held"] == 1
    (finding,) = run.journal.entry(changed.key).findings
    assert "2026-06-01" in finding.message
    assert "2026-03-30" in finding.message
    assert world.count("", "POST,PUT") == writes


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"currency": "EUR"}, "currency"), ({"terms": "", "location": "Mars"}, "Mars")],
)
def test_an_order_that_cin7_would_not_show_as_meant_is_held_unauthorised(
    world: Any, make: Any, database_path: Path, changes: dict[str, Any], word: str
) -> None:
    """What Cin7 shows otherwise or refuses is held with the field, and never authorised."""
    document = document_of(make, "purchase_order", **changes)
    run = flow_run(world, database_path, document)
    assert run_until_done(run)["held"] == 1
    assert word in run.journal.entry(document.key).findings[0].message
    assert all(row["Order"]["Status"] != "AUTHORISED" for row in world.held("purchase"))


def test_a_changed_supplier_is_changed_in_place(world: Any, make: Any, database_path: Path) -> None:
    """A supplier changed at its source is changed under its ID, with one address and one contact."""
    run_until_done(flow_run(world, database_path, make.supplier()))
    changed = make.supplier(email="new@osprey.example", phone="1", modified_at=world.clock.now())
    assert run_until_done(flow_run(world, database_path, changed, "r2"))["updated"] == 1
    row = world.held("supplier")[1]
    assert [one["Email"] for one in row["Contacts"]] == ["new@osprey.example"]
    assert len(row["Addresses"]) == 1
