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
            name = key(row).rpartition("/")[2].lstrip("0") or key(row)
            yield held(row, key(row), f"{what} {name}", why_unreadable(error), now())
            continue
        if document is not None:
            yield document


def held(row: Row, key: str, label: str, why: str, seen_at: dt.datetime) -> Unreadable:
    """Return a record that no document can be made of.

    Args:
        row: what it was read from.
        key: its document key.
        label: a clerk's words for it, e.g. ``bill HS-5521``.
        why: in words, without a full stop.
        seen_at: aware UTC.
    """
    finding = Finding(
        reason=Reason.UNREADABLE,
        value=label.rpartition(" ")[2],
        message=f"{label[:1].upper()}{label[1:]}: {why}.",
        next_step=f"Look at {label} in SYSPRO; if it is right, a person has to carry it over.",
    )
    raw = json.dumps({name: str(value) for name, value in row.items()})
    return Unreadable(key, seen_at, finding, redact(raw)[:20_000])
