"""One flow of one run: everything the engine's steps need, in one frozen record."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from ml_connector.domain.reference import KnownCode
from ml_connector.mapping.codemap import CodeMaps
from ml_connector.sync.planning import Planned
from ml_connector.sync.ports import Destination, Source
from ml_connector.sync.spec import Flow, PairSpec
from ml_connector.sync.stores import Audit, CodeMapStore, Journal, Links, Staging, WatermarkStore
from ml_connector.validation.three_way import Tolerances


class Policies(BaseModel):
    """The knobs of one deployment that the engine itself reads.

    Args:
        overlap_minutes: how far before the watermark each run reads again; late and equal stamps are caught.
        near_match_score: names at least this alike (0–100) are proposed to a person, never merged.
        create_suppliers: False holds a supplier that exists on one side only, instead of creating it.
        identity_maps: code maps in which a code without an entry means the same code on the other side,
            provided the other side knows it.
        tolerances: of the three-way match, where a flow has one.
        settle_tries: how often a write of unknown outcome is looked up before the run leaves it for the next.
        poison_runs: how many runs try a document on which the connector itself fails, before it stays parked.
        poison_limit: more such documents than that in one step of a run, and the step stops: the connector is broken.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    overlap_minutes: int = Field(default=10, ge=0, le=7 * 24 * 60)
    near_match_score: int = Field(default=88, ge=50, le=100)
    create_suppliers: bool = True
    identity_maps: frozenset[str] = frozenset({"item", "currency", "unit"})
    tolerances: Tolerances = Tolerances()
    settle_tries: int = Field(default=3, ge=1, le=20)
    poison_runs: int = Field(default=3, ge=1, le=100)
    poison_limit: int = Field(default=10, ge=0, le=10_000)

    @property
    def overlap(self) -> dt.timedelta:
        """The overlap as a span of time."""
        return dt.timedelta(minutes=self.overlap_minutes)


@dataclass(frozen=True)
class FlowRun:
    """One flow of one run of one deployment.

    Args:
        deployment: DAG id, e.g. ``acumatica_cin7`` or ``acumatica_cin7__nz``.
        run_id: Airflow's run id.
        reverse_journal: the journal of the flow that moves the same kind the other way, if any.
        orders: the journal of the flow that moves the orders these documents belong to, if any.
        reverse_orders: the journal of the flow that moves such orders the other way, if any: an order that it wrote
            is at home in the target.
        approved: what a dry run listed, by key; nothing else is written to the target. None for no limit.
        dry_run: nothing is written to the target, and nothing but this run's staging and audit here.
        learn: keeps the codes that the target has, code map name → code → what it is, for people to choose from.
        zone: of the company's books; a day of the run's is counted in it.
        now: the clock; aware UTC.
        say: progress lines for a person, e.g. the task log.
        sleep: waits that many seconds; replaced in tests.
    """

    deployment: str
    pair: PairSpec
    flow: Flow
    run_id: str
    source: Source
    destination: Destination
    staging: Staging
    journal: Journal
    reverse_journal: Journal | None
    links: Links
    code_maps: CodeMapStore
    audit: Audit
    watermarks: WatermarkStore
    policies: Policies
    orders: Journal | None = None
    reverse_orders: Journal | None = None
    dry_run: bool = False
    approved: Mapping[str, Planned] | None = None
    learn: Callable[[Mapping[str, Mapping[str, KnownCode]]], None] = lambda _codes: None
    zone: dt.tzinfo = dt.timezone.utc
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc)
    say: Callable[[str], None] = lambda _line: None
    sleep: Callable[[float], None] = time.sleep

    def maps(self) -> CodeMaps:
        """Return the code maps as they stand, from the flow's source; what has no date is mapped as of today.

        They are read again when somebody changes one meanwhile, so that they are of the versions that they say.
        """
        today = self.now().astimezone(self.zone).date()
        versions = None
        while versions is None or versions != self.code_maps.versions():
            versions, tables = self.code_maps.versions(), self.code_maps.load(self.flow.source)
        return CodeMaps(tables, self.policies.identity_maps, versions, today=today)

    def where(self, label: str = "") -> str:
        """Return ``pair acumatica_cin7, flow suppliers`` and the document, to begin a message with."""
        place = f"pair {self.deployment}, flow {self.flow.name}"
        return f"{place}, {label}" if label else place
