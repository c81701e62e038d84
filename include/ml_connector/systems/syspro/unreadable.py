"""Records that cannot be translated: yielded as such, so that they are held and not lost."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pydantic import ValidationError

from ml_connector.domain.documents import Document
from ml_connector.domain.finding import Finding, Reason
from ml_connector.sync.ports import Unreadable
from ml_connector.systems.syspro.tables import Row

D = TypeVar("D", bound=Document)
_BUGS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a record ends with that is not understood, or that our own code stumbles over."""


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
        except _BUGS as error:
            yield _unreadable(row, what, key(row), error, now())
            continue
        if document is not None:
            yield document


def _unreadable(row: Row, what: str, key: str, error: Exception, seen_at: dt.datetime) -> Unreadable:
    name = key.rpartition("/")[2].lstrip("0") or key
    finding = Finding(
        reason=Reason.UNREADABLE,
        value=name,
        message=f"{what.capitalize()} {name}: {_words(error)}.",
        next_step=f"Look at {what} {name} in SYSPRO; if it is right, a person has to carry it over.",
    )
    raw = json.dumps({name: str(value) for name, value in row.items()})
    return Unreadable(key, seen_at, finding, raw[:20_000])


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
    return str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
