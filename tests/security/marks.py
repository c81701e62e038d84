"""Secrets that can be recognised wherever they turn up, plain or encoded."""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

_SHORTEST = 8
"""Characters below which a text is found by chance."""
_AROUND = 60


def forms(secret: str) -> dict[str, str]:
    """Return how a secret may be written: name of the form → text to look for."""
    raw = secret.encode()
    found = {
        "plain": secret,
        "url": quote(secret, safe=""),
        "form": quote_plus(secret),
        "JSON": json.dumps(secret)[1:-1],
        "hex": binascii.hexlify(raw).decode(),
    }
    for shift in range(3):  # within a longer text, e.g. user:password, base64 has three ways to write it
        whole = base64.b64encode(b"x" * shift + raw).decode()
        first = -(-shift * 4 // 3) if shift else 0
        last = len(whole.rstrip("=")) - (0 if (shift + len(raw)) % 3 == 0 else 1)
        found[f"base64 {shift}"] = whole[first + (1 if shift else 0) : last]
        found[f"base64url {shift}"] = found[f"base64 {shift}"].replace("+", "-").replace("/", "_")
    return {name: text for name, text in found.items() if len(text) >= _SHORTEST}


def search(secrets: Mapping[str, str], places: Iterable[tuple[str, str]]) -> list[str]:
    """Return where a secret stands, each as ``place: name (form): … around it …``; letters' case does not count."""
    wanted = [(name, form, text.lower()) for name, secret in secrets.items() for form, text in forms(secret).items()]
    found = []
    for place, text in places:
        small = text.lower()
        for name, form, mark in wanted:
            at = small.find(mark)
            if at >= 0:
                found.append(f"{place}: {name} ({form}): {text[max(0, at - _AROUND) : at + len(mark) + _AROUND]!r}")
    return found


def files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each file below `folder` as text, and each SQLite database also row by row."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = str(path.relative_to(folder))
        content = path.read_bytes()
        yield name, content.decode("latin-1")
        if content.startswith(b"SQLite format 3"):
            yield f"{name} (rows)", "\n".join(_rows(path))


def _rows(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(path)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield f"{table}: " + " | ".join(_text(value) for value in row)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
