"""What is compared of two systems in a period, and what comes of it: records only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ml_connector.domain.status import Outcome
from ml_connector.sync.causes import Cause
from ml_connector.sync.listing import Listed
from ml_connector.sync.ports import Fields, Found


def calendar_month(day: dt.date) -> str:
    """Return the name of a day's month, e.g. ``2026-11``."""
    return f"{day:%Y-%m}"


@dataclass(frozen=True)
class Known:
    """What the connector's journal says of one document.

    Args:
        key: in the source.
        label: what a clerk calls it.
        target_key: where it is in the target; None when it was never sent.
        target_number: what the target's users call it.
        is_settled: it was verified in the target, after its last change.
        outcome: of the last attempt.
        reason: of the first finding, as a clerk reads it.
        noted: the document as it was read last; None when it could not be read.
    """

    key: str
    label: str = ""
    target_key: str | None = None
    target_number: str = ""
    is_settled: bool = True
    outcome: Outcome | None = None
    reason: str = ""
    noted: Listed | None = None


@dataclass(frozen=True)
class Sides:
    """Everything that is compared.

    Args:
        source_system: its name.
        target_system: its name.
        first_day: of the period.
        last_day: of the period.
        source: what the source lists of the period.
        target: all that the target lists of the kind.
        known: the journal of the flow.
        looked_up: source keys that the list of the period lacks → what stands there now; None when it is gone.
        views: source key → the fields that the target showed when both sides agreed.
        suppliers: supplier's key in the source → in the target.
        not_of_this_flow: keys of the source that the flow the other way wrote; and keys of the target that it read.
        read_until: what changed from then on is read by the next run; None when no run has ended yet.
        has_stamps: the source tells when a document changed.
        period_of: the accounting period that a day lies in.
        is_master: suppliers, which have no day and no amount, and of which both sides own fields: only which there are
            is compared.
    """

    source_system: str
    target_system: str
    first_day: dt.date
    last_day: dt.date
    source: Sequence[Listed]
    target: Sequence[Found]
    known: Sequence[Known]
    looked_up: Mapping[str, Listed | None] = field(default_factory=dict)
    views: Mapping[str, Fields] = field(default_factory=dict)
    suppliers: Mapping[str, str] = field(default_factory=dict)
    not_of_this_flow: Collection[str] = frozenset()
    read_until: dt.datetime | None = None
    has_stamps: bool = True
    period_of: Callable[[dt.date], str] = calendar_month
    is_master: bool = False

    def holds(self, day: dt.date | None) -> bool:
        """Tell whether a day lies in the period."""
        return day is not None and self.first_day <= day <= self.last_day


@dataclass(frozen=True)
class Mismatch:
    """One document that is not the same on both sides.

    Args:
        key: in the source; that of the target where only the target has it.
        day: in the period by which it was found.
        detail: what differs, in a clerk's words.
    """

    cause: Cause
    key: str
    label: str
    detail: str
    source: Listed | None = None
    target: Listed | None = None
    day: dt.date | None = None


@dataclass(frozen=True)
class Result:
    """What the comparison found.

    Args:
        mismatches: at most one a document.
        agreeing: source key → the fields that the target shows, of documents that agree.
        pairs: how many documents were compared with their counterpart.
        pending: documents that the next run reads.
        theirs: keys of the target's documents that belong to none of the source.
    """

    mismatches: tuple[Mismatch, ...]
    agreeing: Mapping[str, Fields]
    pairs: int
    pending: int
    theirs: frozenset[str]
