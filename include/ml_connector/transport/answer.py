"""What goes out and comes back: JSON bodies with exact decimals, of bounded size."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import requests
import simplejson

MAX_BYTES = 64 * 1024 * 1024
MAX_SECONDS = 600.0
"""From the first byte of a body to its last; a vendor that sends a byte now and then would hold a task for ever."""
_CHUNK_BYTES = 64 * 1024
_MAYBE_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")


class TooSlow(Exception):
    """The body takes longer than allowed; never leaves this folder."""


class TooLarge(Exception):
    """The body is larger than allowed; never leaves this folder."""


class NotJson(Exception):
    """The body is no JSON text; never leaves this folder."""


@dataclass(frozen=True)
class Answer:
    """A good answer.

    Args:
        status: the HTTP status.
        headers: by name, in any case.
        data: the JSON, numbers with a fraction as `Decimal`; None when the body is empty.
        text: the body as it came.
        elapsed_seconds: from sending to the last byte.
        url: where it came from.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: Any = field(repr=False)
    text: str = field(repr=False)
    elapsed_seconds: float
    url: str = field(default="", repr=False)

    @property
    def location(self) -> str | None:
        """Return the Location header as a full address, or None."""
        value = self.headers.get("Location")
        return urljoin(self.url, value) if value else None


@dataclass(frozen=True)
class Call:
    """One attempt, for the audit trail and the progress log; holds no secret.

    Args:
        method: the HTTP method.
        url: without user name, password and secret parameters.
        status: None when no answer came.
        seconds: how long it took.
        attempt: 1 for the first.
        error: how it ended, "" when well.
        clock_ahead_seconds: by how much the vendor's clock is ahead of ours, as its Date header tells.
        sent: the body of a write; "" for another call, and where the address has it all.
        received: the body of the answer to a write, or to a call that went wrong; "" otherwise.
    """

    method: str
    url: str
    status: int | None
    seconds: float
    attempt: int
    error: str = ""
    clock_ahead_seconds: float | None = None
    sent: str = field(default="", repr=False)
    received: str = field(default="", repr=False)


def encode(body: Any) -> bytes:
    """Return `body` as JSON in UTF-8, decimals digit for digit.

    Raises:
        TypeError: a float is in it: amounts and quantities are `Decimal`.
        ValueError: a decimal is not finite.
    """
    _refuse_floats(body)
    return simplejson.dumps(body, use_decimal=True, ensure_ascii=False).encode()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float is in the body of a call: amounts and quantities are Decimal")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError("a decimal in the body of a call is not finite")
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_floats(item)


def read_bounded(
    response: requests.Response, max_bytes: int, max_seconds: float, monotonic: Callable[[], float]
) -> bytes:
    """Return the body of a streamed response, decompressed.

    Raises:
        TooLarge: it is larger than `max_bytes`.
        TooSlow: it is not there after `max_seconds`.
    """
    parts: list[bytes] = []
    size, ends = 0, monotonic() + max_seconds
    while part := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        size += len(part)
        if size > max_bytes:
            raise TooLarge
        if monotonic() > ends:
            raise TooSlow
        parts.append(part)
    return b"".join(parts)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def decode(body: bytes) -> Any:
    """Return the JSON in `body`, numbers with a fraction as `Decimal`; None when it is empty.

    Half a surrogate pair, as a vendor leaves that cuts a text within an emoji, becomes U+FFFD: nothing can store it.

    Raises:
        NotJson: it is no JSON text.
    """
    if not body.strip():
        return None
    try:
        text = text_of(body)
        found = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
        return _whole(found) if _MAYBE_HALF.search(text) else found
    except (ValueError, RecursionError):
        pass
    raise NotJson


def _whole(value: Any) -> Any:
    """Return the value with half surrogate pairs replaced in all its texts."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_whole(name): _whole(item) for name, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def text_of(body: bytes) -> str:
    """Return the body as text; bytes that are no UTF-8 become replacement characters."""
    return body.decode(json.detect_encoding(body), errors="replace")
