"""Why a document of one side is not matched by the other: one cause each, in the order in which the first is taken."""

from __future__ import annotations

from enum import Enum


class Cause(str, Enum):
    """The stable word for a difference; documented in docs/reconciliation.md, in this order."""

    DELETED = "deleted"
    VOIDED = "voided"
    DUPLICATE = "duplicate"
    HELD = "held"
    WAITING = "waiting"
    FAILED = "failed"
    REJECTED = "rejected"
    MISSED = "missed"
    MISSING = "missing"
    STATUS = "status"
    CURRENCY = "currency"
    AMOUNT = "amount"
    PERIOD = "period"
    ACCOUNT = "account"
    EDITED_BY_HAND = "edited_by_hand"
    NOT_OURS = "not_ours"

    @property
    def is_known(self) -> bool:
        """Whether it is listed apart: somebody knows it already, or it is as it should be."""
        return self in _KNOWN

    @property
    def is_our_fault(self) -> bool:
        """Whether the connector itself has left something out."""
        return self in {Cause.MISSED, Cause.MISSING}

    @property
    def heading(self) -> str:
        """What a clerk reads above the documents."""
        return _SAID[self][0]

    @property
    def next_step(self) -> str:
        """What a clerk does about it."""
        return _SAID[self][1]


_KNOWN = {Cause.HELD, Cause.WAITING, Cause.FAILED, Cause.REJECTED, Cause.NOT_OURS}
_SAID: dict[Cause, tuple[str, str]] = {
    Cause.DELETED: (
        "Deleted on one side",
        "Void the document on the side that still has it, or enter it again on the other.",
    ),
    Cause.VOIDED: ("Void on one side only", "Void or reverse the document on the other side."),
    Cause.DUPLICATE: ("Twice in the target", "Void the second document in the target."),
    Cause.HELD: ("Held: a person has to decide", "Open the review queue, correct what it names, release the document."),
    Cause.WAITING: ("Waiting for something else", "Nothing: it goes once what it waits for is there."),
    Cause.FAILED: ("Failed in the last run", "Clear the failed task; the message is in the review queue."),
    Cause.REJECTED: ("Rejected by a person", "Nothing, unless the decision was wrong: take it up again in the queue."),
    Cause.MISSED: (
        "Never read by any run",
        "Bring it in: run the pair with its key as document key, or ml-connector reconcile with --take-up.",
    ),
    Cause.MISSING: ("Read, but not in the target", "Replay it with the DAG ml_connector_replay."),
    Cause.STATUS: ("A draft on one side", "Authorise the draft, or void both."),
    Cause.CURRENCY: ("Different currencies", "Correct the document on the side that is wrong."),
    Cause.AMOUNT: ("Different amounts", "Correct the document on the side that is wrong."),
    Cause.PERIOD: ("In different accounting periods", "Correct the date on the side that is wrong."),
    Cause.ACCOUNT: (
        "Accounts changed in the target",
        "Check the posting; if the change is right for all such documents, correct the account map.",
    ),
    Cause.EDITED_BY_HAND: ("Changed in the target by hand", "Check the change, and undo it if it is wrong."),
    Cause.NOT_OURS: ("Only in the target, entered by people", "Nothing, if that is how it should be."),
}
