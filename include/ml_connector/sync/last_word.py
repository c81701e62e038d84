"""Who has the last word on a document that several runs have in hand; all of it is asked under the document's lock."""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.domain.errors import ConcurrentEdit
from ml_connector.domain.status import Outcome
from ml_connector.sync.run import FlowRun
from ml_connector.sync.still_there import Otherwise, is_void
from ml_connector.sync.stores import Staged

OVERTAKEN = "left to a later run"


def still_ours(run: FlowRun, undone: list[Staged]) -> list[Staged]:
    """Return those that no later run has read otherwise; the others are left to it."""
    overtaken = run.staging.overtaken()
    for staged in undone:
        if staged.key in overtaken:
            _leave_read(run, staged, overtaken[staged.key])
    return [staged for staged in undone if staged.key not in overtaken]


def is_left(run: FlowRun, staged: Staged) -> bool:
    """Leave a document that a later run has read otherwise by now, or that a person has rejected as it is."""
    later = run.staging.overtaken(staged.key).get(staged.key)
    if later is not None:
        _leave_read(run, staged, later)
        return True
    if run.journal.rejected(staged.key).get(staged.key) != staged.content_hash:
        return False
    run.say(f"{run.where(staged.label)}: rejected by a person meanwhile")
    run.staging.finish(staged.key, Outcome.REJECTED)
    return True


def is_outdated(run: FlowRun, staged: Staged, asked: Mapping[str, Otherwise | None]) -> bool:
    """Leave a document that a later run has held or brought over since this one decided on it.

    A load that is cleared days later must not go by what was right then. What both runs had before them alike is the
    later run's; where they differ, since it may have carried an older state than this one has read, the source decides:
    `asked` is how it shows those that it was asked for again, None for as this run has read them.

    Raises:
        ConcurrentEdit: they differ, and the source has not been asked; the next try asks it.
    """
    later = run.staging.decided_later(staged.key).get(staged.key)
    if later is None or run.flow.checks_only:
        return False
    if later.is_same or asked.get(staged.key) is not None:
        _leave(run, staged, later.run_id, "has had it in hand since this run decided on it")
        return True
    if staged.key in asked or is_void(staged):
        return False
    msg = f"run {later.run_id} has just had another state of it in hand; the next try asks {run.flow.source} for it"
    raise ConcurrentEdit(msg)


def _leave_read(run: FlowRun, staged: Staged, later: str) -> None:
    _leave(run, staged, later, "has read it since and found it changed")


def _leave(run: FlowRun, staged: Staged, later: str, why: str) -> None:
    """Say no more about a document that is another run's now."""
    run.say(f"{run.where(staged.label)}: left to run {later}, which {why}")
    run.audit.note(staged.key, OVERTAKEN, {"label": staged.label, "by": later})
    run.staging.finish(staged.key, Outcome.UNCHANGED)
