"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

import simplejson
from pydantic import BaseModel
from sqlalchemy import DateTime, Dialect, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from ml_connector.store.seals import ALTERED, open_changes, ring_of

UTC = dt.timezone.utc


class UtcTime(TypeDecorator[dt.datetime]):
    """A moment: aware on both ways, UTC in the database; a time without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Return the moment as the driver takes it; ValueError when it has no zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"a time without a zone cannot be stored: {value.isoformat()}"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Return the moment as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Prose(TypeDecorator[str]):
    """Any text a vendor may send: NUL and lone surrogates, which databases refuse, become ``�``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the text as both databases take it."""
        return None if value is None else storable(value)


class Exact(TypeDecorator[Decimal]):
    """A decimal to the last digit: NUMERIC on PostgreSQL, text on SQLite, whose numbers are floats."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type used on `dialect`."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Return the amount as the driver takes it."""
        if value is None:
            return None
        return format(value, "f") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Return the amount."""
        return None if value is None else Decimal(value)


class Json(TypeDecorator[Any]):
    """JSON kept as text, in which decimals survive; on PostgreSQL query it as ``column::jsonb``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the value as JSON text."""
        return None if value is None else storable(to_json(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return what was stored; numbers with a point are Decimal."""
        return None if value is None else from_json(value)


class Sealed(TypeDecorator[str]):
    """As `Prose`, sealed with the keys of the engine; see `ml_connector.store.seals`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text as it is stored."""
        return None if value is None else ring_of(dialect).seal(storable(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text."""
        return None if value is None else ring_of(dialect).open(value)


class SealedJson(TypeDecorator[Any]):
    """As `Json`, sealed; what was altered reads as None."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return the value as it is stored."""
        return None if value is None else ring_of(dialect).seal(storable(to_json(value)))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Return the value; numbers with a point are Decimal."""
        text = None if value is None else ring_of(dialect).open(value)
        return None if text in (None, ALTERED) else from_json(text)


def storable(text: str) -> str:
    """Return `text` without what PostgreSQL (NUL) and UTF-8 (lone surrogates) cannot hold."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def to_json(value: Any) -> str:
    """Return `value` as JSON text; decimals are numbers, times ISO, enums their value."""
    text: str = _ENCODER.encode(value)
    return text


def from_json(text: str) -> Any:
    """Return what `to_json` made the text of; numbers with a point are Decimal.

    Raises:
        ValueError: it is no JSON.
    """
    return _DECODER.decode(text)


def opened_detail(detail: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Return what an audit entry tells, with the values of a change opened by the keys of that engine."""
    return open_changes(ring_of(dialect), detail, from_json)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return str(value)


_ENCODER = simplejson.JSONEncoder(use_decimal=True, ensure_ascii=False, default=_plain)
_DECODER = simplejson.JSONDecoder(parse_float=Decimal)
"""Both made once: to make one takes longer than to write or read a short value."""
