"""A record that cannot be translated, kept with its reason for a person."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from ml_connector.domain.finding import Finding, Reason
from ml_connector.sync.poison import why_unreadable
from ml_connector.sync.ports import Unreadable
from ml_connector.transport.redaction import redact

_LONGEST_RAW = 20_000


def unreadable(
    what: str, key: str, error: Exception, raw: Mapping[str, Any] | str, *, seen_at: dt.datetime, name: str = ""
) -> Unreadable:
    """Return the record as one that is held.

    Args:
        what: the kind, in a clerk's words.
        key: the key it would have had.
        error: why it cannot be read.
        raw: the record as it came.
        seen_at: aware UTC.
        name: what people call it; its key unless given.
    """
    name = name or key or "without number"
    finding = Finding(
        reason=Reason.UNREADABLE,
        value=name,
        message=f"{what[:1].upper()}{what[1:]} {name}: {words(error)}.",
        next_step=f"Look at {what} {name} in Infor; if it is right, a person has to carry it over.",
    )
    text = raw if isinstance(raw, str) else json.dumps({name: str(value) for name, value in raw.items()})
    return Unreadable(key or f"unknown {what}", seen_at, finding, redact(text)[:_LONGEST_RAW])


def words(error: Exception) -> str:
    """Return what is wrong, without values that a validation error repeats."""
    return why_unreadable(error)
