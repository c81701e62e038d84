"""What a call sent and what came back, as text that may be kept: no secrets, no bank details, of bounded length."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import simplejson

from ml_connector.transport.redaction import MASK, Redactor, names_secret

MOST_CHARACTERS = 10_000
"""Of each body; an order of some sixty lines."""
_LARGEST = 4 * MOST_CHARACTERS
"""What lies behind is cut off before secrets are looked for."""
_BANK = re.compile(
    r"(?i)iban|swift|\bbic\b|sort[-_ ]?code|routing|\bbsb\b|card[-_ ]?n|bank[\w.\-]*(?:acc|num|code|key|id)"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_TAG = re.compile(r"<((?:[\w.\-]+:)?[\w.\-]+)((?:\s[^<>]*)?)>([^<>]+)</\1>")


def readable(body: str | bytes | None, redactor: Redactor) -> str:
    """Return a JSON, XML or other text; "" for none, and for bytes that are no text."""
    try:
        text = body.decode() if isinstance(body, bytes) else body or ""
    except UnicodeDecodeError:
        return ""
    try:
        shown = simplejson.dumps(_masked(simplejson.loads(text, use_decimal=True)), ensure_ascii=False)
    except (ValueError, RecursionError):
        shown = _TAG.sub(_tag, text[:_LARGEST])
    shown = _IBAN.sub(_iban, redactor.whole(shown[:_LARGEST]))
    is_cut = len(shown) > MOST_CHARACTERS
    return f"{shown[:MOST_CHARACTERS]}… ({len(text)} characters)" if is_cut else shown


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: MASK if item and _is_hidden(name) else _masked(item) for name, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value


def _tag(match: re.Match[str]) -> str:
    name, attributes, _content = match.groups()
    return f"<{name}{attributes}>{MASK}</{name}>" if _is_hidden(name.rpartition(":")[2]) else match.group(0)


@lru_cache(maxsize=2000)
def _is_hidden(name: str) -> bool:
    return names_secret(name) or _BANK.search(name) is not None


def _iban(match: re.Match[str]) -> str:
    """Hide it when its check digits are right (ISO 13616), so that other numbers stay readable."""
    plain = match.group(0).replace(" ", "")
    is_one = int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1
    return MASK if is_one else match.group(0)
