"""Tells people what waits for them: one digest at the end of a run, through any Airflow notifier, and never a flood."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ml_connector.orchestration.notices import Notices
from ml_connector.store.database import Database
from ml_connector.store.overdue import Overdue, overdue
from ml_connector.sync.causes import Cause
from ml_connector.sync.reconcile import Report
from ml_connector.sync.run import FlowRun

FLOW, STEP = "notices", "sent"
"""Under which the audit trail keeps what was sent."""
MOST = 20
"""Documents or problems named of one sort; how many there are is told in any case."""
log = logging.getLogger("ml_connector")


@dataclass(frozen=True)
class Digest:
    """What waits for people; no lines when nothing does.

    Args:
        link: to the review queue.
        sorts: what there is, without what changes with time alone; the same sorts are the same news.
    """

    deployment: str
    lines: tuple[str, ...]
    link: str
    sorts: tuple[str, ...]

    @property
    def title(self) -> str:
        """One line, e.g. for a subject."""
        number = len(self.sorts)
        what = f"{number} thing{'s' if number > 1 else ''} to look at" if self.lines else "all clear"
        return f"ml-connector {self.deployment}: {what}"

    @property
    def text(self) -> str:
        """The whole of it, as plain text."""
        return "\n".join([self.title, "", *self.lines, *(["", self.link] if self.link else [])])

    @property
    def fingerprint(self) -> str:
        """What tells one digest from another."""
        return hashlib.sha256("\n".join(sorted(self.sorts)).encode()).hexdigest()


def notify(database: Database, notices: Notices, made: Digest, run_id: str, context: Any) -> bool:
    """Send the digest when there is news; return whether it was sent. A notifier that fails fails no run."""
    now = database.now()
    last = database.latest_note(made.deployment, FLOW, STEP)
    if not _is_due(made, notices, last, now):
        return False
    try:
        _send(notices, made, context)
    except Exception:
        log.exception("the digest could not be sent by %s; the next run tries again", notices.notifier)
        return False
    told = {"fingerprint": made.fingerprint, "title": made.title, "things": len(made.sorts)}
    database.audit(made.deployment, FLOW, run_id).note("", STEP, told)
    return True


def _is_due(
    made: Digest, notices: Notices, last: tuple[dt.datetime, Mapping[str, Any]] | None, now: dt.datetime
) -> bool:
    if last is None:
        return bool(made.lines)
    at, told = last
    if told["fingerprint"] == made.fingerprint:
        return bool(made.lines) and now - at >= dt.timedelta(hours=notices.again_hours)
    return now - at >= dt.timedelta(minutes=notices.at_most_every_minutes)


def _send(notices: Notices, made: Digest, context: Any) -> None:
    module, _, name = notices.notifier.rpartition(".")
    notifier = getattr(import_module(module), name)(**notices.arguments)
    notifier({**context, "ml_connector": made})


# --- what there is ---


def digest(
    database: Database,
    notices: Notices,
    runs: Sequence[FlowRun],
    report: Report,
    *,
    problems: Sequence[str],
    webhooks: Sequence[str],
) -> Digest:
    """Return what waits for people after a run: `problems` made the run incomplete, `webhooks` no longer start runs."""
    now = database.now()
    before = now - dt.timedelta(days=notices.waiting_days)
    late = overdue(database.engine, report.deployment, before, MOST)
    told = [
        *_failed(problems),
        *_differing(database.comparisons(report.deployment).open_counts()),
        *_held(report),
        *_late(late, now),
        *_old_marks(runs, now, dt.timedelta(hours=notices.watermark_hours)),
        *((line, f"{line}; until that is mended changes wait for the schedule") for line in webhooks),
    ]
    lines = tuple(line for _sort, line in told)
    return Digest(report.deployment, lines, _link(report.deployment), tuple(sort for sort, _line in told))


def _failed(problems: Sequence[str]) -> Iterator[tuple[str, str]]:
    for problem in problems[:MOST]:
        yield problem, f"FAILED: {problem}"
    if len(problems) > MOST:
        yield f"{len(problems)} problems", f"and {len(problems) - MOST} more"


def _differing(found: Sequence[tuple[str, Cause, int]]) -> Iterator[tuple[str, str]]:
    for flow, cause, number in found:
        line = f"{number} not the same on both sides in {flow}: {cause.heading}"
        yield line, f"{line}. {cause.next_step}"


def _held(report: Report) -> Iterator[tuple[str, str]]:
    found = Counter(
        (one["flow"], reason) for one in report.held if one["outcome"] == "held" for reason in one["reasons"]
    )
    for (flow, reason), number in sorted(found.items()):
        line = f"{number} held in {flow}: {reason}"
        yield line, line


def _late(late: Sequence[Overdue], now: dt.datetime) -> Iterator[tuple[str, str]]:
    for one in late:
        yield f"late {one.flow} {one.key}", f"{one.outcome} for {(now - one.since).days} days: {one.label}"


def _old_marks(runs: Sequence[FlowRun], now: dt.datetime, most: dt.timedelta) -> Iterator[tuple[str, str]]:
    for run in runs:
        mark = run.watermarks.peek()
        if mark is not None and now - mark > most:
            hours = int((now - mark).total_seconds() // 3600)
            yield (
                f"mark {run.flow.name}",
                f"{run.flow.name}: the watermark is {hours} hours old; nothing newer has been read",
            )


def _link(deployment: str) -> str:
    from airflow.configuration import conf  # noqa: PLC0415 - Airflow is slow to import

    root = str(conf.get("api", "base_url", fallback="") or "").rstrip("/")
    return f"{root}/ml-connector/queue?pair={deployment}" if root else ""
