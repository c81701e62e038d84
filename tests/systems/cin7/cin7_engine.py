"""The engine over the adapter: runs of flows into the simulator, with one database, as an operator sees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import RetryableError, SyncError
from ml_connector.domain.status import Outcome
from ml_connector.mapping.codemap import Mapped, Tables
from ml_connector.mapping.links import SupplierLink
from ml_connector.store.database import Database
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.run import FlowRun, Policies
from ml_connector.sync.spec import Flow, PairSpec
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan

KESTREL = "5a000000-0000-4000-8000-000000000001"

KINDS = ("purchase_order", "goods_receipt", "supplier_invoice")
FLOWS = {kind: Flow(name=f"{kind}s", kind=kind, source="ifs", destination="cin7") for kind in KINDS}
PAIR = PairSpec(pair_id="ifs_cin7", title="t", partner="ifs", accounts_of_record="ifs", flows=tuple(FLOWS.values()))


class Given:
    """A source that holds the documents it is given."""

    system = "ifs"

    def __init__(self, documents: tuple[Document, ...]) -> None:
        self.documents = documents

    def read(self, kind: str, window: Any) -> Iterator[Document]:
        return iter(self.documents)

    def read_keys(self, kind: str, keys: Any) -> Iterator[Document]:
        return iter([one for one in self.documents if one.key in keys])


class Same:
    """Code maps in which every code means itself."""

    def load(self, source: str) -> Tables:
        codes = (
            "GST on Expenses",
            "30 days",
            "HP-CLAMP-50",
            "HP-PLATE-10",
            "FREIGHT",
            "USD",
            "EUR",
            "630",
            "453",
            "C1",
        )
        same = {code: [Mapped(code, 1)] for code in codes}
        return dict.fromkeys(("tax", "terms", "item", "currency", "account", "cost_centre"), same)

    def versions(self) -> dict[str, int]:
        return {}


@dataclass
class Engine:
    """Runs of flows of one deployment."""

    world: Any
    database: Database

    def run(self, *documents: Document, run_id: str = "r", **options: Any) -> FlowRun:
        """Return a run of the documents' flow; the supplier of the source is V000100."""
        flow = FLOWS[documents[0].kind]
        links = self.database.links("d")
        links.add(SupplierLink(cin7_key=KESTREL, partner_key="V000100", how="person"))
        self.world.clock.on_sleep = lambda seconds: self.world.sim("POST", "clock", {"advance": seconds})
        return FlowRun(
            deployment="d",
            pair=PAIR,
            flow=flow,
            run_id=run_id,
            source=Given(tuple(one.model_copy(update={"supplier_key": "V000100"}) for one in documents)),
            destination=self.world.adapter(**options),
            staging=self.database.staging("d", flow.name, run_id),
            journal=self.database.journal("d", flow.name, run_id),
            reverse_journal=None,
            links=links,
            code_maps=Same(),
            audit=self.database.audit("d", flow.name, run_id),
            watermarks=self.database.watermarks("d", flow.name, run_id),
            policies=Policies(),
            now=self.world.clock.now,
            sleep=self.world.clock.sleep,
        )

    def prepare(self, run: FlowRun) -> None:
        """Extract and validate."""
        extract(run, WindowPlan(start=None, end=run.now() + dt.timedelta(days=1)))
        validate(run)

    def deliver(self, *documents: Document, run_id: str = "r", **options: Any) -> dict[str, int]:
        """Extract, validate, and load as often as an operator would clear the task; return the counts."""
        run = self.run(*documents, run_id=run_id, **options)
        self.prepare(run)
        for _ in range(5):
            counts = load_once(run)
            if counts is not None:
                return counts
        return load(run)

    def findings(self, document: Document, run_id: str = "r") -> str:
        """What stands in the queue about a document."""
        flow = FLOWS[document.kind].name
        entry = self.database.journal("d", flow, run_id).entry(document.key)
        return "; ".join(finding.message for finding in entry.findings)

    def outcome(self, document: Document, run_id: str = "r") -> Outcome | None:
        """How the last attempt on it ended."""
        return self.database.journal("d", FLOWS[document.kind].name, run_id).entry(document.key).outcome


def load_once(run: FlowRun) -> dict[str, int] | None:
    """Load; where it fails wait as long as it asks, as the task's retry does, and return None."""
    try:
        return load(run)
    except RetryableError as error:
        run.sleep(error.retry_after_seconds or 60)
    except SyncError:
        run.sleep(60)
    return None
