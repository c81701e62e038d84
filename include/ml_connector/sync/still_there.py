"""What an earlier run has left open is asked of its source once more, just before it is written.

A held document may have been undone at its source, where nothing shows it as changed any more: a source yields what is
authorised. What somebody has withdrawn must not be posted because its account has been mapped meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml_connector.domain.documents import Document, DocumentStatus
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Progress
from ml_connector.sync.ports import Unreadable
from ml_connector.sync.run import FlowRun
from ml_connector.sync.stores import Staged

_NOT_BEGUN = (Progress.NONE, Progress.INTENDED, Progress.VERIFIED)
"""Of these no write is under way; one that is under way has to be settled, whatever the source says now."""


@dataclass(frozen=True)
class Otherwise:
    """How a source shows a document now.

    Args:
        finding: why it is not written as it was read.
        document: what it is now, for the next run to take up; None where there is none.
    """

    finding: Finding
    document: Document | None = None


def not_as_read(run: FlowRun, ready: Sequence[Staged]) -> dict[str, Otherwise]:
    """Return the carried documents by key that their source does not show any more as they were read.

    Raises:
        SyncError: the source could not be asked; nothing of them has been written.
    """
    carried = [one for one in ready if one.carried and _is_to_ask(run, one)]
    if not carried or run.flow.checks_only:
        return {}
    now = {one.key: one for one in run.source.read_keys(run.flow.kind, [one.key for one in carried])}
    found = ((one.key, _otherwise(run, one, now.get(one.key))) for one in carried)
    return {key: otherwise for key, otherwise in found if otherwise is not None}


def _is_to_ask(run: FlowRun, staged: Staged) -> bool:
    is_void = staged.document is not None and staged.document.status is DocumentStatus.VOIDED
    return not is_void and run.journal.entry(staged.key).progress in _NOT_BEGUN


def _otherwise(run: FlowRun, staged: Staged, now: Document | Unreadable | None) -> Otherwise | None:
    label = staged.label[:1].upper() + staged.label[1:]
    if isinstance(now, Unreadable):
        return Otherwise(now.finding)
    if now is None:
        return Otherwise(
            Finding(
                reason=Reason.SOURCE_CHANGED,
                message=f"{label}: {run.flow.source} does not show it any more, or not as authorised; "
                f"it was read as of {staged.modified_at:%Y-%m-%d %H:%M} UTC.",
                next_step="Reject it if that is right. Once it is authorised again, it goes as it is then.",
            )
        )
    if now.content_hash() == staged.content_hash:
        return None
    finding = Finding(
        reason=Reason.SOURCE_CHANGED,
        message=f"{label}: {run.flow.source} shows it otherwise than when it was read.",
        next_step="The next run takes it up as it is now.",
        waits=True,
    )
    return Otherwise(finding, now)
