"""Makes documents of records; one that cannot be understood is told as such, and the others still come."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from ml_connector.domain.documents import Document
from ml_connector.domain.finding import Finding, Reason
from ml_connector.sync.poison import BUGS, why_unreadable
from ml_connector.sync.ports import Unreadable
from ml_connector.systems.ifs.wire import text
from ml_connector.transport.redaction import redact

A = TypeVar("A")
D = TypeVar("D", bound=Document)
_MOST_CHARACTERS = 20_000


def made(
    records: Iterable[A],
    what: str,
    keys: Sequence[str],
    make: Callable[[A], D | None],
    seen_at: dt.datetime,
    *,
    row_of: Callable[[A], Any] = lambda record: record,
) -> Iterator[D | Unreadable]:
    """Yield what `make` makes of each record; None is left out, what it cannot read is yielded as unreadable.

    Args:
        records: as read.
        what: what a clerk calls one.
        keys: the properties that make its key.
        make: raises ValueError for a record that it cannot read.
        seen_at: when they were read; aware UTC.
        row_of: returns the row that has the key.
    """
    for record in records:
        try:
            document = make(record)
        except BUGS as error:
            yield _unreadable(dict(row_of(record)), what, keys, error, seen_at)
            continue
        if document is not None:
            yield document


def _unreadable(row: dict[str, Any], what: str, keys: Sequence[str], error: Exception, at: dt.datetime) -> Unreadable:
    key = "/".join(part for part in (text(row, name)[:100] for name in keys) if part) or "unknown"
    shown = text(row, "InvoiceNo") or key
    finding = Finding(
        reason=Reason.UNREADABLE,
        value=shown,
        message=f"{what[:1].upper()}{what[1:]} {shown}: {why_unreadable(error)}.",
        next_step=f"Look at {what} {shown} in IFS; if it is right, a person has to carry it over.",
    )
    raw = json.dumps({name: str(value) for name, value in row.items()})
    return Unreadable(key, at, finding, redact(raw)[:_MOST_CHARACTERS])
