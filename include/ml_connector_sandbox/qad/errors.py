"""The vendor's ways to say no: problems inside ``submitResult``, and bare ``errors`` before anything was tried.

Both shapes are seen in public clients; the numbers and most texts are conventions of this sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MANDATORY = "1001"
TOO_LONG = "1002"
STALE = "1004"
EXISTS = "1005"
MISSING = "1006"
UNKNOWN = "1037"
NO_DEFAULT_BANK = "341"
"""The one number that public client code confirms: a supplier lacks its default bank."""
NO_OPEN_RECEIVER = "PVO-07"
RULE = "2000"


@dataclass(frozen=True)
class Problem:
    """One row of the Field / Error / Error ID list."""

    field: str
    message: str
    value: Any = ""
    code: str = RULE

    def as_json(self) -> dict[str, Any]:
        """Return the row as it is sent."""
        return {"fieldName": self.field, "message": self.message, "fieldValue": str(self.value), "code": self.code}


class Refusal(Exception):
    """An answer given instead of the service's own."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.status, self.body, self.headers = status, body, headers or {}


def bare(status: int, text: str) -> Refusal:
    """Return the gateway's shape: ``errors`` without ``submitResult``."""
    return Refusal(status, {"errors": [{"message": text}]})


def malformed(text: str) -> Refusal:
    """Return what a wrong method, an unreadable body or a foreign record gets: 500."""
    return bare(500, text)


def oauth_error(status: int, error: str, text: str) -> Refusal:
    """Return an OAuth error (RFC 6749, section 5.2)."""
    return Refusal(status, {"error": error, "error_description": text})
