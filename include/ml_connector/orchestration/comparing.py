"""Compares what both systems list: in the first run of a day, or when a person asks, and keeps what is found."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ml_connector.domain.documents import Supplier
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome, TargetStatus
from ml_connector.orchestration.deployments import Deployment
from ml_connector.orchestration.wiring import Workshop
from ml_connector.sync.causes import Cause
from ml_connector.sync.compare_flow import FlowComparison, compare_flow, is_compared
from ml_connector.sync.ports import Unreadable
from ml_connector.sync.run import FlowRun
from ml_connector.sync.sides import Mismatch
from ml_connector.sync.spec import Flow

log = logging.getLogger("ml_connector")
Days = tuple[dt.date, dt.date]
"""The first and the last day of a period."""


@dataclass(frozen=True)
class Compared:
    """One flow compared and kept.

    Args:
        new: differences that no comparison had found before.
        cleared: how many earlier ones are no more.
        calls: how many calls to both systems it took.
    """

    made: FlowComparison
    new: tuple[Mismatch, ...]
    cleared: int
    calls: int

    def text(self) -> str:
        """Return it as a person reads it in the log."""
        made, counts = self.made, ", ".join(f"{name} {number}" for name, number in self.made.counts().items())
        verdict = "both sides agree" if made.agree else "both sides DIFFER"
        over = f"{self.cleared} earlier differences are over"
        return f"{made.flow}, {made.first_day} to {made.last_day}: {verdict} ({counts}; {over}; {self.calls} calls)"


def is_due(deployment: Deployment, parts: Workshop, flow: Flow, now: dt.datetime) -> bool:
    """Tell whether a run of now compares the flow's lists: as `compare_ids` of the deployment says."""
    if deployment.compare_ids != "daily":
        return deployment.compare_ids == "each_run"
    last = parts.database.comparisons(deployment.dag_id).last_at(flow.name)
    zone = ZoneInfo(deployment.calendar.timezone)
    return last is None or last.astimezone(zone).date() < now.astimezone(zone).date()


def after_run(parts: Workshop, runs: Sequence[FlowRun], asked: Days | None, run_id: str) -> list[str]:
    """Compare the lists of a run's flows that are due, or all over the days asked for; return what makes the run red.

    That is what the connector itself has left out; what people did is told as a warning.

    Raises:
        SyncError: a system could not be listed.
    """
    remember_written(parts, runs)
    deployment, now = parts.deployment, parts.database.now()
    due = [run for run in runs if asked or is_due(deployment, parts, run.flow, now)]
    lines = []
    for one in compare(parts, due, asked or deployment.calendar.open_days(now), run_id):
        parts.say(one.text())
        for found in one.new:
            line = f"{one.made.flow}: {found.label}: {found.cause.value}: {found.detail}"
            log.log(logging.INFO if found.cause.is_known else logging.WARNING, "%s", line)
            lines += [line] if found.cause.is_our_fault else []
    return lines


def compare(parts: Workshop, runs: Iterable[FlowRun], days: Days, run_id: str) -> Iterator[Compared]:
    """Yield each flow that has documents of a day, compared over `days` and kept.

    Raises:
        SyncError: a system could not be listed; the flows before are kept.
    """
    deployment = parts.deployment
    memory = parts.database.comparisons(deployment.dag_id)
    for run in runs:
        if not is_compared(run.flow):
            continue
        before = parts.calls
        made = compare_flow(run, memory, *days, lambda day: deployment.calendar.period_of(day).name)
        memory.remember(run.flow.name, made.result.agreeing)
        calls = parts.calls - before
        kept = memory.keep(run_id, made, calls)
        yield Compared(made, kept.new, kept.cleared, calls)


def remember_written(parts: Workshop, runs: Iterable[FlowRun]) -> None:
    """Keep how the targets show what this run wrote, so that an edit is known from then on."""
    memory = parts.database.comparisons(parts.deployment.dag_id)
    for run in runs:
        written = [one.key for one in run.staging.all() if one.outcome in (Outcome.CREATED, Outcome.UPDATED)]
        if not written or run.flow.kind == Supplier.kind or not is_compared(run.flow):
            continue
        shown = {found.ref.key: found for found in run.destination.present(run.flow.kind)}
        entries = (run.journal.entry(key) for key in written)
        found = ((entry, shown.get(entry.ref.key)) for entry in entries if entry.ref is not None)
        as_written = {
            entry.key: one.fields
            for entry, one in found
            if one is not None and one.status is TargetStatus.AUTHORISED
        }  # fmt: skip
        memory.remember(run.flow.name, as_written)


def take_up(run: FlowRun, missed: Sequence[Mismatch]) -> list[str]:
    """Put missed documents into the journal as waiting, so that the next run takes them up; return what was taken.

    Raises:
        SyncError: the source could not be read.
    """
    keys = [one.key for one in missed if one.cause is Cause.MISSED]
    taken = []
    for document in run.source.read_keys(run.flow.kind, keys) if keys else ():
        if isinstance(document, Unreadable):
            run.journal.conclude(document.key, Outcome.HELD, label=document.key, findings=(document.finding,))
            continue
        finding = Finding(
            reason=Reason.MISSED,
            message=f"{_capital(document.label)}: no run had read it; comparing both systems' lists found it.",
            next_step="Nothing: the next run takes it up.",
            waits=True,
        )
        with run.journal.lock(document.key):
            run.journal.conclude(
                document.key, Outcome.WAITING, label=document.label, findings=(finding,), document=document
            )
        taken.append(document.label)
    return taken


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
