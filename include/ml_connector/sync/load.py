"""Load: bring every ready document into the target, exactly once, and say how each ended."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace

from ml_connector.domain.errors import (
    AmbiguousWrite,
    ConcurrentEdit,
    ConfigurationError,
    ContractError,
    NotReady,
    Refused,
    RetryableError,
    SyncError,
)
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome
from ml_connector.sync.deliver import Delivery, Result
from ml_connector.sync.last_word import is_left, is_outdated
from ml_connector.sync.poison import BUGS, Parking
from ml_connector.sync.run import FlowRun
from ml_connector.sync.still_there import Otherwise, asked_again
from ml_connector.sync.stores import Staged
from ml_connector.sync.validate import DONE

Asked = Mapping[str, Otherwise | None]
"""Key → how the source shows a document of which it was asked once more; None for as it was read."""


def load(run: FlowRun) -> dict[str, int]:
    """Deliver the run's ready documents one by one; return the counts.

    A document that is refused is held; one whose outcome stays unknown, or whose answer is not understood,
    fails alone, as does one on which the connector itself fails.
    Only a target that is down stops the others, since they would fail the same way. What an earlier run has read is
    held unless its source shows it still. Clearing the task goes on where it stopped: what is done is not touched.

    Raises:
        RetryableError: the target is down or a document's outcome is still unknown; run again.
        ConfigurationError: a person has to fix a setting first.
        ContractError: at least one document was answered in a shape we do not know.
    """
    delivery, parking = Delivery(run), Parking(run, "load", {})
    ready = [staged for staged in run.staging.all() if staged.resolved is not None and _to_do(staged)]
    problems: list[SyncError] = []
    asked = asked_again(run, ready)
    for number, staged in enumerate(ready, start=1):
        problem = _load_one(delivery, parking, staged, asked)
        problems += [problem] if problem else []
        if number % 25 == 0 or number == len(ready):
            run.say(f"{run.where()}: {number} of {len(ready)} documents loaded")
    if problems:
        raise _worst(run, problems)
    return run.staging.counts()


def _to_do(staged: Staged) -> bool:
    return staged.outcome is None or staged.outcome is Outcome.FAILED


def _load_one(delivery: Delivery, parking: Parking, staged: Staged, asked: Asked) -> SyncError | None:
    """Bring one document to its end, all under its lock; return what went wrong with it alone.

    How it ended is stored before the lock is left: who holds it next may bring a newer state, which this one must not
    replace.
    """
    run = delivery.run
    where = run.where(staged.label)
    try:
        with nullcontext() if run.dry_run else run.journal.lock(staged.key):
            return _end(delivery, parking, staged, asked)
    except ConcurrentEdit as error:
        return ConcurrentEdit(f"{where}: {error}")
    except (RetryableError, ConfigurationError) as error:
        run.say(f"{where}: {error}")
        raise


def _end(delivery: Delivery, parking: Parking, staged: Staged, asked: Asked) -> SyncError | None:
    """Deliver one document, unless it is to be left, and store how it ended; return what went wrong with it alone."""
    run = delivery.run
    where = run.where(staged.label)
    try:
        if not run.dry_run and (is_left(run, staged) or is_outdated(run, staged, asked)):
            return None
        now = asked.get(staged.key)
        if now is not None:
            _leave(run, staged, now)
            return None
        result = _checked(run) if run.flow.checks_only else delivery.deliver(staged)
    except Refused as error:
        _finish(run, staged, Result(Outcome.HELD, (_refused(run, staged, error),)))
    except NotReady as error:
        _finish(run, staged, Result(Outcome.WAITING, (_not_ready(run, staged, error),)))
    except AmbiguousWrite as error:
        _finish(run, staged, Result(Outcome.FAILED, (_unknown(run, staged),), note=str(error)))
        return RetryableError(f"{where}: {error}", retry_after_seconds=run.destination.settle_seconds)
    except ContractError as error:
        outcome, finding = parking.park(staged, error)
        _finish(run, staged, Result(outcome, (finding,), note=f"{error}: {error.answer}"))
        return ContractError(f"{where}: {error}", answer=error.answer) if outcome is Outcome.FAILED else None
    except BUGS as error:
        outcome, finding = parking.park(staged, error)
        _finish(run, staged, Result(outcome, (finding,)))
    else:
        _finish(run, staged, result)
    return None


def _checked(run: FlowRun) -> Result:
    return Result(Outcome.UNCHANGED, note=f"checked against {run.destination.system}; nothing is written")


def _leave(run: FlowRun, staged: Staged, now: Otherwise) -> None:
    """Write nothing of it; the journal keeps it as its source shows it now, so that the next run takes that up."""
    outcome = Outcome.WAITING if now.finding.waits else Outcome.HELD
    _finish(run, replace(staged, document=now.document or staged.document), Result(outcome, (now.finding,)))


def _finish(run: FlowRun, staged: Staged, result: Result) -> None:
    """Store the outcome: first in the journal, whose truth outlives the run, then in the run's staging."""
    if not run.dry_run:
        run.journal.conclude(
            staged.key,
            result.outcome,
            label=staged.label,
            findings=result.findings,
            document=staged.document,
            note=result.note,
        )
    run.staging.finish(staged.key, result.outcome, result.findings)
    if result.outcome not in DONE:
        reasons = "; ".join(finding.message for finding in result.findings) or result.note
        run.say(f"{run.where(staged.label)}: {result.outcome.value}: {reasons}")


def _refused(run: FlowRun, staged: Staged, error: Refused) -> Finding:
    said = "; ".join(f"{field}: {text}" if field else text for field, text in error.reasons) or str(error)
    label = staged.label[:1].upper() + staged.label[1:]
    return Finding(
        reason=Reason.REFUSED_BY_TARGET,
        field=error.reasons[0][0] if error.reasons else "",
        message=f"{label}: {run.destination.system} refuses it and says: {said}",
        next_step=f"Put right what {run.destination.system} names, then release the document.",
    )


def _not_ready(run: FlowRun, staged: Staged, error: NotReady) -> Finding:
    label = staged.label[:1].upper() + staged.label[1:]
    return Finding(
        reason=Reason.NOT_READY,
        message=f"{label}: {run.destination.system} cannot take it yet: {error}",
        next_step="It goes by itself in the run after that has been done.",
        waits=True,
    )


def _unknown(run: FlowRun, staged: Staged) -> Finding:
    label = staged.label[:1].upper() + staged.label[1:]
    return Finding(
        reason=Reason.OUTCOME_UNKNOWN,
        message=f"{label}: it was sent to {run.destination.system}, but the answer was lost, and looking it "
        f"up has not settled yet whether it arrived.",
        next_step="It is looked up again by the next try or run; nothing is sent twice.",
        waits=True,
    )


def _worst(run: FlowRun, problems: list[SyncError]) -> SyncError:
    """Return the error that the task raises: one that needs a person before one that a retry may cure."""
    lines = "\n".join(f"- {problem}" for problem in problems[:20])
    message = f"{run.where()}: {len(problems)} documents could not be loaded:\n{lines}"
    contract = next((problem for problem in problems if isinstance(problem, ContractError)), None)
    if contract is not None:
        return ContractError(message, answer=contract.answer)
    waits = [p.retry_after_seconds or 0 for p in problems if isinstance(p, RetryableError)]
    return RetryableError(message, retry_after_seconds=max(waits, default=0))
