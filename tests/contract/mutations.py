"""Answers of a vendor, spoilt: values, structure or bytes, by a few numbers that Hypothesis chooses."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3
from workers import Worker

ODD: tuple[Any, ...] = (
    None, "", " ", "x" * 5000, 0, -1, 10**30, True, [], {}, [[]], [None], {"value": {}}, {"": ""}, "NaN", "-0", "1e400",
    "1,5", "１２", "0x1F", "\x00", "\ud800", "\u202e", "2026-13-45", "0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00",
    "/Date(99999999999999999)/", "<b>&amp;</b>", "]]>", "'; --", "../..", "=1+1", -0.0, 1.5, "null", "false",
)  # fmt: skip
BYTES = (b"", b"\x00", b"\xff\xfe", b"{", b"]", b"<", b"&", b"\xed\xa0\x80", b"[" * 3000, b"<a>" * 3000, b"1" * 5000)
_MOST_CALLS = 3000


class Hang(AssertionError):
    """The adapter goes on asking."""


@dataclass(frozen=True)
class Spoiled:
    """What becomes of one answer: which of them, where in it (from 0 to 1), and what is put there."""

    answer: float
    place: float
    how: int
    value: int


@dataclass
class Kept:
    """One answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Tape:
    """Answers by call, in the order in which they were first asked for; those of signing in are not spoilt."""

    kept: dict[tuple[str, str, bytes], Kept] = field(default_factory=dict)

    def spoilable(self) -> list[tuple[str, str, bytes]]:
        """Return the calls whose answers may be spoilt."""
        return [
            call for call, kept in self.kept.items() if kept.body and not re.search(r"(?i)token|logon|oauth", call[1])
        ]


class Player(Worker):
    """A worker that gets recorded answers, some spoilt; what was never asked before is asked of the simulator."""

    def __init__(self, tape: Tape, spoilt: dict[tuple[str, str, bytes], bytes]) -> None:
        super().__init__()
        self.tape, self.spoilt, self.count = tape, spoilt, 0

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self.count += 1
        if self.count > _MOST_CALLS:
            raise Hang
        body = request.body or b""
        call = (request.method or "", request.url or "", body if isinstance(body, bytes) else body.encode())
        if call not in self.tape.kept:
            answer = super().send(request, **kwargs)
            self.tape.kept[call] = Kept(answer.status_code, dict(answer.headers), answer.raw.read(decode_content=True))
        kept = self.tape.kept[call]
        return _response(request, kept, self.spoilt.get(call, kept.body))


def _response(request: requests.PreparedRequest, kept: Kept, body: bytes) -> requests.Response:
    left_out = {"content-length", "content-encoding", "transfer-encoding"}
    headers = {name: value for name, value in kept.headers.items() if name.lower() not in left_out}
    raw = urllib3.HTTPResponse(io.BytesIO(body), headers, kept.status, preload_content=False)
    made = requests.Response()
    made.status_code, made.url, made.raw, made.request = kept.status, request.url or "", raw, request
    made.headers.update(headers)
    return made


def spoilt(tape: Tape, changes: list[Spoiled]) -> dict[tuple[str, str, bytes], bytes]:
    """Return call → spoilt answer."""
    calls, found = tape.spoilable(), {}
    for change in changes:
        call = calls[int(change.answer * len(calls)) % len(calls)]
        found[call] = _spoil(found.get(call, tape.kept[call].body), change)
    return found


def _spoil(body: bytes, change: Spoiled) -> bytes:
    way = _WAYS[change.how % len(_WAYS)]
    return way(body, change)


def _value(body: bytes, change: Spoiled) -> bytes:
    """Put an odd value in the place of one of a JSON answer, or of a text of an XML one."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return _text(body, change)
    places = list(_places(data))
    if not places:
        return _bytes(body, change)
    holder, name = places[int(change.place * len(places)) % len(places)]
    odd = ODD[change.value % len(ODD)]
    if odd == "1e400":
        holder[name] = "THE NUMBER"
        return json.dumps(data).replace('"THE NUMBER"', "1e400").encode("utf-8", "surrogatepass")
    holder[name] = odd
    return json.dumps(data).encode()


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, value in list(inside):
        yield data, name
        yield from _places(value)


def _without(body: bytes, change: Spoiled) -> bytes:
    """Leave a member or a row out, or say a row twice."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return _text(body, change)
    places = list(_places(data))
    if not places:
        return b"[]"
    holder, name = places[int(change.place * len(places)) % len(places)]
    if isinstance(holder, list) and change.value % 2:
        holder.append(holder[name])
    else:
        del holder[name]
    return json.dumps(data).encode()


def _text(body: bytes, change: Spoiled) -> bytes:
    """Put an odd text in the place of one between two tags."""
    texts = list(re.finditer(rb"(?<=>)[^<]+(?=<)|(?<==\")[^\"]*(?=\")|(?<=<)/?\w+", body))
    if not texts:
        return _bytes(body, change)
    text = texts[int(change.place * len(texts)) % len(texts)]
    odd = str(ODD[change.value % len(ODD)]).encode("utf-8", "surrogatepass")
    return body[: text.start()] + odd + body[text.end() :]


def _bytes(body: bytes, change: Spoiled) -> bytes:
    """Put bytes in, or cut the rest off."""
    at = int(change.place * len(body))
    rest = b"" if change.value % 3 == 0 else body[at + change.value % 5 :]
    return body[:at] + BYTES[change.value % len(BYTES)] + rest


_WAYS: tuple[Callable[[bytes, Spoiled], bytes], ...] = (_value, _value, _value, _without, _text, _bytes)
