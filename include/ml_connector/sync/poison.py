"""Documents on which the connector itself stumbles: parked with all that is known, and in nobody's way."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import ContractError
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome
from ml_connector.sync.run import FlowRun
from ml_connector.sync.stores import Failure, Staged
from ml_connector.transport.redaction import redact

BUGS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a mistake in our own code raises over a document; not what a system, a network or a database raises."""
_LONGEST = 300
_FRAMES = 8


@dataclass
class Parking:
    """Parks the documents of one step of a run on which the connector stumbles.

    Args:
        step: what was being done, e.g. ``validate``.
        failures: of earlier runs, by key.
    """

    run: FlowRun
    step: str
    failures: Mapping[str, Failure]
    met: int = field(default=0, init=False)

    def stays(self, staged: Staged) -> bool:
        """Tell whether the document stays parked: tried in enough runs, unchanged, and not asked for by a person.

        One that is read in this run, by its key or because it changed, is tried.
        """
        before = self.failures.get(staged.key)
        if before is None or not staged.carried or before.content_hash != staged.content_hash:
            return False
        return before.runs >= self.run.policies.poison_runs

    def park(self, staged: Staged, error: Exception) -> tuple[Outcome, Finding]:
        """Return how the attempt ended: failed, to be tried by the next run, or held after so many runs.

        Raises:
            Exception: `error` itself, when more documents failed than can be put down to documents: the
                connector is broken, so the step stops and the watermark stays.
        """
        self.met += 1
        if self.met > self.run.policies.poison_limit:
            raise error
        if self.run.dry_run:
            return Outcome.FAILED, finding(staged.label, self.step, error)
        self.run.audit.note(staged.key, "failed unexpectedly", {"step": self.step, **_known(error)})
        runs = self.run.journal.count_failure(staged.key, staged.content_hash)
        if runs >= self.run.policies.poison_runs:
            return Outcome.HELD, finding(staged.label, self.step, error, _PARKED.format(runs=runs))
        left = f"The next run tries it again ({runs} of {self.run.policies.poison_runs}); report this message."
        return Outcome.FAILED, finding(staged.label, self.step, error, left)


_PARKED = (
    "It failed in {runs} runs and is not tried again until it changes at its source or is released; report this "
    "message, then release it once the connector has been corrected."
)


def finding(label: str, step: str, error: Exception, next_step: str = "Report this message.") -> Finding:
    """Return what a person sees of a document on which the connector stumbled."""
    whose = "was answered in a way the connector does not know" if isinstance(error, ContractError) else _OURS
    return Finding(
        reason=Reason.CONNECTOR_ERROR,
        value=type(error).__name__,
        message=f"{label[:1].upper()}{label[1:]}: {step} {whose}: {words(error)}.",
        next_step=next_step,
    )


_OURS = "met an error of the connector itself, which is no fault of the document"


def why_unreadable(error: Exception) -> str:
    """Return why a source's record could not be turned into a document: what is wrong with it, or with us."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
    return str(error) if type(error) is ValueError else words(error)


def words(error: Exception) -> str:
    """Return the error and where it arose, redacted and short."""
    where = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" ({where[0].filename.rpartition('/')[2]}, line {where[0].lineno})" if where else ""
    said = " ".join(redact(str(error)).split())[:_LONGEST]
    return f"{type(error).__name__}{f': {said}' if said else ''}{place}"


def _known(error: Exception) -> dict[str, object]:
    """Return the error with the way to it: files, lines and functions, no values."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    way = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": words(error), "way": way}


def unstorable(document: Document, error: Exception) -> tuple[str, Finding, str]:
    """Return key, finding and an excerpt of a document that the database does not take."""
    key = str(document.key).encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    return key, finding(document.label, "staging", error), redact(repr(document))[:20_000]
