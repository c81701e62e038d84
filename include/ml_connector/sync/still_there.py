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


def asked_again(run: FlowRun, ready: Sequence[Staged]) -> dict[str, Otherwise | None]:
    """Return key → how the source shows a document now, None for as it was read; of those that it is asked for again.

    They are those that an earlier run has read, and those of which a later run has had another state in hand.

    Raises:
        SyncError: the source could not be asked; nothing of them has been written.
    """
    if run.flow.checks_only:
        return {}
    later = {} if run.dry_run else run.staging.decided_later()
    contested = {key for key, one in later.items() if not one.is_same}
    some = [one for one in ready if not is_void(one) and (one.key in contested or _is_carried(run, one))]
    if not some:
        return {}
    now = {one.key: one for one in run.source.read_keys(run.flow.kind, [one.key for one in some])}
    return {one.key: _otherwise(run, one, now.get(one.key)) for one in some}


def is_void(staged: Staged) -> bool:
    """Tell whether it is the voiding of a document, which a source does not show when it is asked for the document."""
    return staged.document is not None and staged.document.status is DocumentStatus.VOIDED


def _is_carried(run: FlowRun, staged: Staged) -> bool:
    return staged.carried and run.journal.entry(staged.key).progress in _NOT_BEGUN


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
