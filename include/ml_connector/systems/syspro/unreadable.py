"""Records that cannot be translated: yielded as such, so that they are held and not lost."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ml_connector.domain.documents import Document
from ml_connector.domain.finding import Finding, Reason
from ml_connector.sync.poison import BUGS, why_unreadable
from ml_connector.sync.ports import Unreadable
from ml_connector.systems.syspro.tables import Row
from ml_connector.transport.redaction import redact

D = TypeVar("D", bound=Document)


def made(
    rows: Iterable[Row],
    what: str,
    key: Callable[[Row], str],
    make: Callable[[Row], D | None],
    now: Callable[[], dt.datetime],
) -> Iterator[D | Unreadable]:
    """Yield what `make` makes of each row, None left out; what cannot be read is yielded as unreadable.

    Args:
        rows: by our column names.
        what: a clerk's word for it.
        key: a row's document key.
        make: raises ValueError for a row that cannot be read.
        now: the clock; aware UTC.
    """
    for row in rows:
        try:
            document = make(row)
        except BUGS as error:
            yield _unreadable(row, what, key(row), error, now())
            continue
        if document is not None:
            yield document


def _unreadable(row: Row, what: str, key: str, error: Exception, seen_at: dt.datetime) -> Unreadable:
    name = key.rpartition("/")[2].lstrip("0") or key
    finding = Finding(
        reason=Reason.UNREADABLE,
        value=name,
        message=f"{what.capitalize()} {name}: {why_unreadable(error)}.",
        next_step=f"Look at {what} {name} in SYSPRO; if it is right, a person has to carry it over.",
    )
    raw = json.dumps({name: str(value) for name, value in row.items()})
    return Unreadable(key, seen_at, finding, redact(raw)[:20_000])
