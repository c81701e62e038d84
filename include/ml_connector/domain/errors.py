"""Every error of ours that can leave a call.

    SyncError
    ├─ ConfigurationError    a setting, connection or address is wrong   → fail now, a person fixes it
    ├─ RetryableError        the same call may succeed later             → retry after `retry_after_seconds`
    │   ├─ RateLimited       the vendor asked us to wait
    │   ├─ VendorUnavailable unreachable, timed out, 5xx to a read
    │   └─ ConcurrentEdit    the record changed under us, or another worker holds it
    ├─ AmbiguousWrite        a write whose outcome is unknown            → look it up, then decide
    ├─ Refused               the vendor understood a write and said no   → hold the document with its words
    ├─ NotReady              another document has to be there first      → wait, try again in each later run
    └─ ContractError         an answer in a shape we do not know         → fail now, keep the answer

A *document* that breaks a rule is not in this tree: it is data (`ml_connector.domain.finding`).
"""

from __future__ import annotations


class SyncError(Exception):
    """Anything that stops a call; the message says where, what and the next step, and holds no secret."""


class ConfigurationError(SyncError):
    """A person has to change a setting, a connection or a code map before the call can succeed."""


class RetryableError(SyncError):
    """The same call may succeed later.

    Args:
        message: what happened.
        retry_after_seconds: the earliest time worth trying again, when the vendor told; else None.
    """

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RateLimited(RetryableError):
    """The vendor's call allowance is used up and the wait is longer than a task should sleep."""


class VendorUnavailable(RetryableError):
    """The vendor could not be reached, timed out or answered a read with a server error."""


class ConcurrentEdit(RetryableError):
    """The record changed between our read and our write, or another worker holds it."""


class AmbiguousWrite(SyncError):
    """A write left us and no usable answer came back: it may or may not have been carried out."""


class Refused(SyncError):
    """The vendor understood a write and refused it; nothing was changed.

    Args:
        message: one line.
        reasons: the vendor's own words, one entry a field or rule, as (field or "", text).
    """

    def __init__(self, message: str, *, reasons: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.reasons = reasons


class NotReady(SyncError):
    """The target's order of steps does not allow the document yet, e.g. a bill before its receipt; nothing was changed.

    The message names what is missing, in a clerk's words.
    """


class ContractError(SyncError):
    """The vendor answered in a shape we do not know; `answer` keeps it, redacted and bounded."""

    def __init__(self, message: str, *, answer: str = "") -> None:
        super().__init__(message)
        self.answer = answer
