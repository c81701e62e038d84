"""The engine over a bench: one document from its source to the target, with the real store on SQLite."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench import Bench, Held
from workers import Worker

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import RetryableError, SyncError
from ml_connector.domain.finding import Finding
from ml_connector.mapping.codemap import Mapped, Tables
from ml_connector.mapping.links import SupplierLink
from ml_connector.store.database import Database
from ml_connector.sync.compare import differences
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.ports import TargetRef
from ml_connector.sync.reconcile import reconcile
from ml_connector.sync.run import FlowRun, Policies
from ml_connector.sync.spec import Flow, PairSpec
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan

MARKER = "mlc:1a2b3c4d5e6f7a8b"
ORDERS = "purchase_order"
CODES = {"account": "account", "tax_rule": "tax", "terms": "terms", "item": "item", "currency": "currency",
         "unit": "unit", "company": "company", "cost_centre": "cost_centre"}  # fmt: skip
TRIES = 6
"""How often a person or a task's retry loads again."""


class Given:
    """A source that holds the document it is given."""

    def __init__(self, document: Document) -> None:
        self.system, self.document = document.source, document

    def read(self, kind: str, window: Any) -> Iterator[Document]:
        return iter([self.document])

    def read_keys(self, kind: str, keys: Any) -> Iterator[Document]:
        return iter([self.document] if kind == self.document.kind else [])


class Same:
    """Code maps in which every code of a document means itself."""

    def __init__(self, document: Document) -> None:
        self.maps: dict[str, dict[str, list[Mapped]]] = {name: {} for name in CODES.values()}
        self._learn(document.model_dump())

    def _learn(self, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            if name == "lines":
                for line in value:
                    self._learn(line)
            elif name in CODES and value:
                self.maps[CODES[name]][value] = [Mapped(value, 1)]

    def load(self, source: str) -> Tables:
        return self.maps

    def versions(self) -> dict[str, int]:
        return {}


@dataclass
class Delivery:
    """A prepared run of one document: read and validated, not yet loaded."""

    case: Case
    run: FlowRun
    worker: Worker

    @property
    def document(self) -> Document:
        """The document in the target's codes."""
        (staged,) = self.run.staging.all()
        assert staged.resolved is not None, staged.findings
        return staged.resolved

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.run.journal.entry(self.run.source.document.key).findings  # type: ignore[attr-defined]

    @property
    def adapter(self) -> Any:
        return self.run.destination

    def again(self) -> Delivery:
        """Return the same run as another worker takes it up."""
        worker = Worker()
        return replace(self, run=replace(self.run, destination=self.case.bench.adapter(worker)), worker=worker)

    def load_until_done(self) -> dict[str, int]:
        """Load as often as the task's retries and an operator's clearing would."""
        for _ in range(TRIES):
            counts = self._load_once()
            if counts is not None:
                return counts
        return load(self.run)

    def _load_once(self) -> dict[str, int] | None:
        """Load; where it fails wait as long as it asks, as the task's retry does, and return None."""
        try:
            return load(self.run)
        except RetryableError as error:
            self.run.sleep(error.retry_after_seconds or 60)
        except SyncError:
            self.run.sleep(60)
        return None

    def writes(self) -> int:
        """Return how many calls of this worker changed something."""
        return sum(self.case.bench.is_write(*call) for call in self.worker.sent)

    def differences(self, ref: TargetRef | None = None) -> list[str]:
        """Return what the target shows otherwise than meant."""
        ref = ref or self.run.journal.entry(self.document.key).ref
        assert ref is not None
        found = self.adapter.fetch(self.document, ref)
        assert found is not None
        return [str(one) for one in differences(self.adapter.project(self.document), found.fields)]

    def trouble(self) -> str:
        """Return what is wrong with the target now; "" when exactly this document stands there once, in force."""
        held = self.case.held()
        if [one.authorised for one in held] != [True]:
            return f"the target holds {held}"
        if held[0].amount is not None and self.document.money and held[0].amount != self.document.money.amount:
            return f"{held[0].amount} instead of {self.document.money}"
        report = reconcile([self.run], deployment="d", run_id="r")
        return "; ".join([*report.differences, *report.incomplete, *self.differences()])


@dataclass
class Case:
    """One kind on one bench, and databases of the connector."""

    bench: Bench
    kind: str
    empty: Path
    folder: Path
    databases: int = field(default=0)

    def held(self) -> list[Held]:
        return self.bench.held(self.kind)

    def ready(self, document: Document | None = None) -> Delivery:
        """Return a delivery on an emptied target with a database of its own, all that comes before it delivered."""
        earlier = self.bench.before(self.kind)
        if document is None and not earlier:
            return self._ready_as_before()
        self._begin(self.empty)
        for one in earlier:
            first = self._prepared(one, "r0")
            assert load(first.run)["created"] == 1, first.findings
        return self._prepared(document or self.bench.document(self.kind), "r")

    def _ready_as_before(self) -> Delivery:
        """Return the delivery of the bench's own document; it is read and validated once for all tests."""
        validated = self.empty.with_name(f"{self.bench.system}-{self.bench.name}-{self.kind}.sqlite")
        document = self.bench.document(self.kind)
        if not validated.exists():
            self._begin(self.empty)
            self._prepared(document, "r")
            with closing(sqlite3.connect(self.path)) as used, closing(sqlite3.connect(validated)) as copy:
                used.backup(copy)
        self._begin(validated)
        worker = Worker()
        run = self._run(document, self.bench.adapter(worker), "r")
        worker.reset()
        return Delivery(self, run, worker)

    def _begin(self, database: Path) -> None:
        self.bench.fresh()
        self.databases += 1
        self.path = Path(shutil.copy(database, self.folder / f"{self.databases}.sqlite"))

    def next(self, document: Document, run_id: str = "r2") -> Delivery:
        """Return a later run's delivery to the same target, from the same database."""
        return self._prepared(document, run_id)

    def _prepared(self, document: Document, run_id: str) -> Delivery:
        worker = Worker()
        run = self._run(document, self.bench.adapter(worker), run_id)
        extract(run, WindowPlan(start=None, end=self.bench.clock.now() + dt.timedelta(days=1)))
        validate(run)
        worker.reset()
        return Delivery(self, run, worker)

    def _run(self, document: Document, adapter: Any, run_id: str) -> FlowRun:
        clock, kind = self.bench.clock, document.kind
        database = Database(f"sqlite:///{self.path}", now=clock.now)
        flow = Flow(name=kind, kind=kind, source=document.source, destination=self.bench.system)
        links = database.links("d")
        supplier = getattr(document, "supplier_key", "")
        if supplier and supplier not in links.by(document.source):
            links.add(SupplierLink(cin7_key=supplier, partner_key=supplier, how="person"))
        return FlowRun(
            deployment="d",
            pair=PairSpec(pair_id="p", title="t", partner="p", accounts_of_record="p", flows=(flow,)),
            flow=flow,
            run_id=run_id,
            source=Given(document),
            destination=adapter,
            staging=database.staging("d", kind, run_id),
            journal=database.journal("d", kind, run_id),
            reverse_journal=None,
            links=links,
            code_maps=Same(document),
            audit=database.audit("d", kind, run_id),
            watermarks=database.watermarks("d", kind, run_id),
            policies=Policies(),
            orders=database.journal("d", ORDERS, run_id) if getattr(document, "order_key", "") else None,
            now=clock.now,
            sleep=clock.sleep,
        )
