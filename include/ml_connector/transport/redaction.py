"""Text and mappings without secrets, for messages, kept answers and the audit trail.

A secret is known by the name it stands under (``api-auth-applicationkey``, ``refresh_token``, …) or by its
value, when the connection's own secrets are registered with a `Redactor`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

MASK = "***"
MAX_CHARACTERS = 2000
_SHORTEST_VALUE = 4

_LONGEST_TEXT = 16 * MAX_CHARACTERS

_NAME = (
    r"(?:authorization|api-auth-|passw(?:or)?d|pwd|secret|token|credential|cookie|assertion|signature|aspxauth"
    r"|(?:api|app|application|access|account|private|subscription)[-_ ]?key)[\w.\-]{0,40}"
)
_SECRET_NAME = re.compile(rf"(?i)\A(?:[\w.\-]*{_NAME}|key|sig|code|client_id)\Z")
_SECRET_FIELD = re.compile(rf"(?i)\A[\w.\-]*{_NAME}\Z")
_PAIR = re.compile(
    rf"""(?ix) (?P<start> {_NAME} (?:\\?["'])? \s* [:=] \s* (?: \{{ \s* "value" \s* : \s* )? )
    (?: (?P<quote> " ) (?:[^"\\]|\\.)*"? | \\"[^"\\]*(?:\\")? | '[^']*'?
    | (?:(?:bearer|basic)\s+)?[^\s,;&"'}}\]<]+ )"""
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=\-]{6,}")
_URL = re.compile(r"(?i)\bhttps?://[^\s\"'<>\\]+")


def _clean_url(match: re.Match[str]) -> str:
    return redact_url(match.group(0))


def redact_url(url: str) -> str:
    """Return `url` without user name, password and the values of secret query parameters."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return MASK
    host = parts.netloc.rpartition("@")[2]
    kept = [(name, MASK if _SECRET_NAME.match(name) else value) for name, value in pairs]
    query = urlencode(kept, safe="*:/$(),'@") if pairs else ""
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def parts_of(url: str) -> SplitResult:
    """Return the parts of an address; empty ones of what is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # read now: it raises, too
    except ValueError:
        return urlsplit("")
    return parts


def is_secret_name(name: str) -> bool:
    """Tell whether what stands under `name` is to be hidden."""
    return _SECRET_NAME.match(name) is not None


def names_secret(name: str) -> bool:
    """Tell the same of a field in a body, where `code` and `key` are a document's own."""
    return _SECRET_FIELD.match(name) is not None


class Redactor:
    """Hides secrets by name, and the given values wherever they stand.

    Args:
        values: secrets of this connection; those under four characters are hidden by name only.
        max_characters: text is cut to this length, after the secrets are gone.
    """

    def __init__(self, values: Iterable[str] = (), *, max_characters: int = MAX_CHARACTERS) -> None:
        known = {value for value in values if len(value) >= _SHORTEST_VALUE}
        self._values = sorted({form for value in known for form in _forms(value)}, key=len, reverse=True)
        self._max_characters = max_characters

    def __repr__(self) -> str:
        return f"Redactor({len(self._values)} values)"

    def text(self, text: str) -> str:
        """Return `text` without secrets, cut to the longest length allowed."""
        full, text = len(text), self.whole(text[:_LONGEST_TEXT])
        is_cut = full > _LONGEST_TEXT or len(text) > self._max_characters
        return f"{text[: self._max_characters]}… ({full} characters)" if is_cut else text

    def whole(self, text: str) -> str:
        """Return `text` without secrets, however long it is."""
        for value in self._values:
            text = text.replace(value, MASK)
        text = _URL.sub(_clean_url, text)
        text = _SCHEME.sub(rf"\1 {MASK}", text)
        return _PAIR.sub(rf"\g<start>\g<quote>{MASK}\g<quote>", text)

    def mapping(self, mapping: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy of `mapping` with secrets hidden at every depth."""
        return {name: MASK if is_secret_name(name) else self._any(value) for name, value in mapping.items()}

    def _any(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return self.mapping(value)
        if isinstance(value, (list, tuple)):
            return [self._any(item) for item in value]
        return value


def redact(text_or_mapping: str | Mapping[str, Any]) -> Any:
    """Return the text (bounded) or a copy of the mapping with secrets hidden by name."""
    redactor = Redactor()
    if isinstance(text_or_mapping, str):
        return redactor.text(text_or_mapping)
    return redactor.mapping(text_or_mapping)


def _forms(value: str) -> set[str]:
    """Return `value` as it may be written: plain, in a URL, in a form body, in JSON."""
    whole = value.encode("utf-8", "replace")
    return {value, quote(whole, safe=""), quote(whole), quote_plus(whole), json.dumps(value)[1:-1]}
