"""How far a document has come in the target, and how an attempt on it ended."""

from __future__ import annotations

from enum import Enum


class Progress(str, Enum):
    """How far a document has come in the target; each is on disk *before* the call that leaves it."""

    NONE = "none"
    INTENDED = "intended"
    SENT = "sent"
    UNKNOWN = "unknown"
    DRAFTED = "drafted"
    AUTHORISING = "authorising"
    AUTHORISED = "authorised"
    VERIFIED = "verified"


class Outcome(str, Enum):
    """How a run's attempt on one document ended. Every document read has exactly one.

    ``rejected``: a person said that it is not to be brought over; it is decided anew once its content changes.
    """

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    HELD = "held"
    WAITING = "waiting"
    FAILED = "failed"
    REJECTED = "rejected"


OPEN_OUTCOMES = (Outcome.HELD, Outcome.WAITING, Outcome.FAILED)
"""Outcomes after which a later run takes the document up again by itself."""


class TargetStatus(str, Enum):
    """Where a document stands in the target system."""

    DRAFT = "draft"
    AUTHORISED = "authorised"
    VOIDED = "voided"
