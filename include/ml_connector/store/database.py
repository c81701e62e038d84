"""The connector's own database, opened: what each step of a run keeps there, and what reports read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Engine, select, update

from ml_connector.domain.finding import Finding
from ml_connector.domain.money import Money
from ml_connector.domain.status import Outcome
from ml_connector.store import migrations, retention, rotation, seals
from ml_connector.store.anchors import Anchors
from ml_connector.store.audit import SqlAudit
from ml_connector.store.chain import SigningKey
from ml_connector.store.codemaps import SqlCodeMaps
from ml_connector.store.comparisons import SqlComparisons
from ml_connector.store.engine import engine_for, reading, writing
from ml_connector.store.identities import SqlIdentities
from ml_connector.store.journal import SqlJournal
from ml_connector.store.known_codes import SqlKnownCodes
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.links import SqlLinks
from ml_connector.store.record_cache import SqlRecordCache
from ml_connector.store.retention import Purged
from ml_connector.store.reviews import SqlReviews
from ml_connector.store.staging import SqlStaging
from ml_connector.store.tables import audit_entry, document, run_flow
from ml_connector.store.tokens import SqlTokenStore
from ml_connector.store.watermarks import AirflowVariables, SqlWatermarks, Variables


@dataclass(frozen=True)
class Parked:
    """One document that a person has to look at, or that waits.

    Args:
        since: since when it has been held or waiting without a break; None for a failed one.
    """

    flow: str
    key: str
    label: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    money: Money | None
    since: dt.datetime | None
    run_id: str


class Database:
    """The connector's own database.

    Args:
        url: ``sqlite:////path/to/file`` or ``postgresql://…``.
        now: the clock; aware UTC.
        keys: what documents are sealed with, newest first; none keeps them in the clear.
    """

    def __init__(self, url: str | URL, *, now: Now = utc_now, keys: Sequence[str] = ()) -> None:
        self.engine: Engine = engine_for(url)
        self.now = now
        self._ring = seals.KeyRing.of(keys)
        seals.use(self.engine, self._ring)

    def __repr__(self) -> str:
        return f"Database({self.engine.url.render_as_string(hide_password=True)})"

    def migrate(self) -> str:
        """Bring the tables to the newest version and return it; see `ml_connector.store.migrations`.

        Raises:
            ConfigurationError: the database is newer than this code, or sealed with keys that were not given.
            RetryableError: the database did not answer.
        """
        version = migrations.migrate(self.engine)
        rotation.admit(self.engine, self._ring, self.now)
        return version

    def check(self) -> str | None:
        """Return the version of the tables, None when there are none yet.

        Raises:
            ConfigurationError: the database is newer than this code.
        """
        return migrations.check(self.engine)

    def rotate_keys(self, say: Callable[[str], None]) -> list[rotation.Rotated]:
        """Seal with the newest key all that an older one sealed, or none; see `rotation.rotate`."""
        return rotation.rotate(self.engine, self._ring, say)

    # --- what a run needs ---

    def staging(self, deployment: str, flow: str, run_id: str, *, dry_run: bool = False) -> SqlStaging:
        """Return the documents of one flow of one run."""
        return SqlStaging(self.engine, deployment, flow, run_id, self.now, dry_run)

    def audit(self, deployment: str, flow: str, run_id: str) -> SqlAudit:
        """Return the append-only trail of one flow of one run."""
        return SqlAudit(self.engine, deployment, flow, run_id, self.now)

    def anchors(self, deployment: str, key: SigningKey | None = None) -> Anchors:
        """Return the anchors of the audit trail, signed with `key`."""
        return Anchors(self.engine, deployment, key, self.now)

    def journal(self, deployment: str, flow: str, run_id: str) -> SqlJournal:
        """Return the rows of one flow; steps are audited under `run_id`."""
        audit = self.audit(deployment, flow, run_id)
        return SqlJournal(self.engine, deployment, flow, run_id, audit, self.now)

    def links(self, deployment: str) -> SqlLinks:
        """Return which supplier is which."""
        return SqlLinks(self.engine, deployment, self.now)

    def code_maps(self, deployment: str) -> SqlCodeMaps:
        """Return the code maps."""
        return SqlCodeMaps(self.engine, deployment, self.now)

    def known_codes(self, deployment: str, system: str) -> SqlKnownCodes:
        """Return the codes that the system has, as last read."""
        return SqlKnownCodes(self.engine, deployment, system)

    def identities(self, deployment: str) -> SqlIdentities:
        """Return which company's books the systems are."""
        return SqlIdentities(self.engine, deployment, self.now)

    def reviews(self, deployment: str) -> SqlReviews:
        """Return what people decide about documents."""
        return SqlReviews(self.engine, deployment, self.now)

    def comparisons(self, deployment: str) -> SqlComparisons:
        """Return what comparing both systems' lists found."""
        return SqlComparisons(self.engine, deployment, self.now)

    def watermarks(self, deployment: str, flow: str, run_id: str, variables: Variables | None = None) -> SqlWatermarks:
        """Return the watermark of one flow, shown in Airflow's Variables unless others are given."""
        shown = AirflowVariables() if variables is None else variables
        return SqlWatermarks(self.engine, deployment, flow, run_id, shown, self.now)

    def record_cache(self, deployment: str, system: str, *, run: str = "", is_repeated: bool = False) -> SqlRecordCache:
        """Return the source records of one system as last read; see `SqlRecordCache` for the run."""
        return SqlRecordCache(self.engine, deployment, system, self.now, run, is_repeated)

    def token_store(self, secret_material: str) -> SqlTokenStore:
        """Return the tokens sealed with this secret."""
        return SqlTokenStore(self.engine, secret_material, now=self.now)

    # --- what reports read ---

    def summary(self, deployment: str, run_id: str) -> dict[str, dict[str, int]]:
        """Return flow → counts of one run, as `Staging.counts` gives them, also after a purge."""
        columns = run_flow.c
        query = select(columns.flow, columns.counts).where(columns.deployment == deployment, columns.run_id == run_id)
        with reading(self.engine) as connection:
            rows = connection.execute(query.order_by(columns.started_at, columns.flow)).all()
        found = {}
        for flow, kept in rows:
            counts = self.staging(deployment, flow, run_id).counts()
            found[flow] = kept if kept and not counts["read"] else counts
        return found

    def finish_run(self, deployment: str, run_id: str, windows: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """Keep the run's counts for good, with the window that each flow read."""
        for flow, counts in self.summary(deployment, run_id).items():
            values = {"counts": counts, "finished_at": self.now(), "read_window": (windows or {}).get(flow)}
            columns = run_flow.c
            mine = (columns.deployment == deployment, columns.run_id == run_id, columns.flow == flow)
            with writing(self.engine) as connection:
                connection.execute(update(run_flow).where(*mine).values(values))

    def held(self, deployment: str, outcomes: tuple[Outcome, ...] = (Outcome.HELD, Outcome.WAITING)) -> list[Parked]:
        """Return the documents that are held or waiting over all runs, longest first."""
        columns = document.c
        query = (
            select(document)
            .where(columns.deployment == deployment, columns.outcome.in_([o.value for o in outcomes]))
            .order_by(columns.held_since, columns.flow, columns.key)
        )
        with reading(self.engine) as connection:
            return [_parked(row) for row in connection.execute(query).mappings()]

    def latest_note(self, deployment: str, flow: str, step: str) -> tuple[dt.datetime, dict[str, Any]] | None:
        """Return when that step was noted last, and with what; None when never."""
        columns = audit_entry.c
        query = (
            select(columns.at, columns.detail)
            .where(columns.deployment == deployment, columns.flow == flow, columns.step == step)
            .order_by(columns.id.desc())
            .limit(1)
        )
        with reading(self.engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else (row[0], row[1])

    # --- housekeeping ---

    def purge(self, older_than_days: int, deployment: str | None = None) -> Purged:
        """Delete content that is so old, of one deployment or of all; see `retention.purge`."""
        return retention.purge(self.engine, self.now() - dt.timedelta(days=older_than_days), deployment)


def _parked(row: Mapping[Any, Any]) -> Parked:
    amount = row["amount"]
    return Parked(
        flow=row["flow"],
        key=row["key"],
        label=row["label"],
        outcome=Outcome(row["outcome"]),
        findings=tuple(Finding.model_validate(finding) for finding in row["findings"]),
        money=None if amount is None else Money(amount=amount, currency=row["currency"] or ""),
        since=row["held_since"],
        run_id=row["run_id"],
    )
