"""The engine over the adapter: whatever call fails, each document stands exactly once, and released."""

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
from ml_connector.sync.reconcile import reconcile
from ml_connector.sync.run import FlowRun, Policies
from ml_connector.sync.spec import Flow, PairSpec
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan

FLOWS = {
    "supplier": Flow(name="suppliers", kind="supplier", source="cin7", destination="acumatica"),
    "purchase_order": Flow(name="orders", kind="purchase_order", source="cin7", destination="acumatica"),
    "supplier_invoice": Flow(name="bills", kind="supplier_invoice", source="cin7", destination="acumatica"),
}
PAIR = PairSpec(
    pair_id="acumatica_cin7",
    title="t",
    partner="acumatica",
    accounts_of_record="acumatica",
    flows=tuple(FLOWS.values()),
)
NEW = "7b1e6f0a-1111-4222-8333-944455556666"


class Given:
    """A source that holds the documents it is given."""

    system = "cin7"

    def __init__(self, *documents: Document) -> None:
        self.documents = documents

    def read(self, kind: str, window: Any) -> Iterator[Document]:
        return iter(self.documents)

    def read_keys(self, kind: str, keys: Any) -> Iterator[Document]:
        return iter(self.documents)


class Same:
    """Code maps in which every code means itself."""

    def load(self, source: str) -> Mapping[str, Mapping[str, Mapped]]:
        codes = ("12100", "SALESTAX", "NET30", "APPLES", "ORANGES", "USD")
        same = {code: Mapped(code, 1) for code in codes}
        return dict.fromkeys(("account", "tax", "terms", "item", "currency"), same)


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


def flow_run(world: Any, path: Path, document: Document) -> FlowRun:
    """Return a run of the document's flow, over the adapter and a database of its own."""
    database = Database(f"sqlite:///{path}", now=world.clock.now)
    links = database.links("d")
    links.add(SupplierLink(cin7_key="V000100", partner_key="V000100", how="person"))
    flow = FLOWS[document.kind]
    return FlowRun(
        deployment="d",
        pair=PAIR,
        flow=flow,
        run_id="r",
        source=Given(document),
        destination=world.adapter(),
        staging=database.staging("d", flow.name, "r"),
        journal=database.journal("d", flow.name, "r"),
        reverse_journal=None,
        links=links,
        code_maps=Same(),
        audit=database.audit("d", flow.name, "r"),
        watermarks=database.watermarks("d", flow.name, "r"),
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


WRITES = [
    ("supplier", "/Vendor$", "PUT", 0),
    ("purchase_order", "/PurchaseOrder$", "PUT", 0),
    ("purchase_order", "/PurchaseOrder$", "PUT", 1),
    ("supplier_invoice", "/Bill$", "PUT", 0),
    ("supplier_invoice", "/Bill$", "PUT", 1),
    ("supplier_invoice", "/ReleaseBill$", "POST", 0),
    ("supplier_invoice", "/ReleaseBill/status", "GET", 0),
    ("supplier_invoice", "/Bill/Bill", "GET", 0),
    ("supplier_invoice", "/Bill$", "GET", 1),
]
TROUBLE = [(*write, kind) for write in WRITES for kind in ("reset_before", "reset_after")]
TROUBLE += [(*write, kind) for write in (WRITES[0], WRITES[1], WRITES[3]) for kind in ("truncate", "html")]
ENTITY = {"supplier": "Vendor", "purchase_order": "PurchaseOrder", "supplier_invoice": "Bill"}


@pytest.mark.parametrize(("kind", "path", "method", "skip", "trouble"), TROUBLE)
def test_whatever_call_fails_each_document_stands_once_and_both_sides_agree(
    world: Any, make: Any, database_path: Path, kind: str, path: str, method: str, skip: int, trouble: str
) -> None:
    """With any one call cut off, before or after it was carried out, the flow ends with one document in force."""
    made = {
        "supplier": lambda: make.supplier(key=NEW, name="Globex"),
        "purchase_order": make.order,
        "supplier_invoice": make.bill,
    }
    run = flow_run(world, database_path, made[kind]())
    world.clock.on_sleep = lambda seconds: world.sim("POST", "clock", {"advance": seconds})
    world.fault(trouble, path, method, skip=skip)
    counts = run_until_done(run)
    assert counts["created"] == 1, run.journal.entry("p1")
    assert world.sim("GET", "faults") == []
    names = [one.get("VendorName") for one in world.held(ENTITY[kind])]
    assert len(names) == 1 or (kind == "supplier" and sorted(names) == ["Acme Supply Ltd", "Globex"])
    assert all(one["Status"] in {"Open", "Active"} for one in world.held(ENTITY[kind]))
    assert reconcile([run], deployment="d", run_id="r").agree


def test_the_same_document_again_writes_nothing(world: Any, make: Any, database_path: Path) -> None:
    """A document that has not changed costs no call to Acumatica but the reading of its books."""
    run = flow_run(world, database_path, make.bill())
    run_until_done(run)
    writes = world.count("entity", "PUT") + world.count("entity", "POST")
    counts = run_until_done(run)
    assert counts["unchanged"] == 1
    assert world.count("entity", "PUT") + world.count("entity", "POST") == writes


def test_a_changed_order_is_amended_and_authorised_again(world: Any, make: Any, database_path: Path) -> None:
    """An order changed at its source is changed in place and taken off hold again."""
    run = flow_run(world, database_path, make.order())
    run_until_done(run)
    changed = flow_run(world, database_path, make.order(lines=(make.line(),)))
    assert run_until_done(changed)["updated"] == 1
    (stored,) = world.held("PurchaseOrder")
    assert (stored["Status"], len(stored["Details"])) == ("Open", 1)


def test_a_changed_bill_that_is_released_is_held(world: Any, make: Any, database_path: Path) -> None:
    """A released bill is never changed; the document waits for a person, who is told why."""
    run_until_done(flow_run(world, database_path, make.bill()))
    changed = flow_run(world, database_path, make.bill(lines=(make.line(),)))
    assert run_until_done(changed)["held"] == 1
    (finding,) = changed.journal.entry("p1").findings
    assert finding.reason.value == "frozen_in_target"
    assert "bill 000001 is open in Acumatica" in finding.message
