"""What a run would do with a document: noted by a dry run, and what an approved run is held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome
from ml_connector.sync.compare import Difference

WOULD = "would be "
"""How the steps begin that a dry run notes in the audit trail; the outcome follows."""


@dataclass(frozen=True)
class Planned:
    """What would become of one document.

    Args:
        would: the outcome, as its value.
        content_hash: of the source's document.
        changes: field → ``{"from": as the target shows it, "to": as it would be}``.
    """

    would: str
    content_hash: str
    changes: dict[str, Any]

    @classmethod
    def of(cls, would: Outcome, content_hash: str, different: Sequence[Difference]) -> Planned:
        """Return the plan of a document that differs so from what the target shows."""
        return cls(would.value, content_hash, changes_of(different))

    @property
    def changes_nothing(self) -> bool:
        """Whether nothing would be written."""
        return self.would == Outcome.UNCHANGED.value

    def goes_on_with(self, listed: Planned | None) -> bool:
        """Whether this is what is left of a listed change that was begun: of the same content."""
        return listed is not None and not listed.changes_nothing and listed.content_hash == self.content_hash

    def told(self, label: str) -> dict[str, Any]:
        """Return it as the audit trail keeps it."""
        return {"label": label, "hash": self.content_hash, "changes": self.changes}


def changes_of(different: Sequence[Difference]) -> dict[str, Any]:
    """Return field → what the target shows and what it would, as the audit trail keeps it."""
    return {one.field: {"from": one.present, "to": one.wanted} for one in different}


def not_approved(label: str, planned: Planned, listed: Planned | None) -> Finding:
    """Return why a document is left for another run: the approved dry run did not list exactly this."""
    if listed is None:
        why = "the approved dry run did not list it"
    elif listed.content_hash != planned.content_hash:
        why = "it has changed at its source since the approved dry run"
    else:
        why = "the target has changed since the approved dry run, so that more or something else would be written"
    return Finding(
        reason=Reason.NOT_APPROVED,
        message=f"{label[:1].upper()}{label[1:]}: {why}.",
        next_step="The next run without that limit takes it; or make a dry run again and approve that one.",
        waits=True,
    )
