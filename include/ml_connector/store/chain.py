"""How audit entries and anchors are hashed: what is proven, to the byte.

Every text is hashed under a name of its own and with the version of the rule, so that no hash of one thing can
stand for another. Canonical JSON is UTF-8, keys sorted, no blanks, strings and whole numbers only; times are UTC
with six decimals.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ml_connector.domain.errors import ConfigurationError
from ml_connector.store.columns import UTC

CHAINED = 1
"""An entry chained when it was written."""
MIGRATED = 0
"""An entry of an earlier release, chained when the database was migrated: nothing is proven of the time before."""
_ENTRY = "ml-connector audit entry 1"
_LINK = "ml-connector audit link 1"
_START = "ml-connector audit chain 1"
_HEADS = "ml-connector audit heads 1"
_ANCHOR = "ml-connector audit anchor 1"
_FIRST_ANCHOR = "ml-connector audit anchors 1"
_SIGNATURE = "ml-connector audit signature 1"
_FILE = "ml-connector audit export 1"
_FIELDS = ("deployment", "detail", "flow", "key", "run_id", "step")


def _hash(name: str, value: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{name}\n{canonical(value)}".encode()).hexdigest()


def canonical(value: Mapping[str, Any]) -> str:
    """Return `value` as canonical JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def moment(at: dt.datetime) -> str:
    """Return an aware time as it is hashed, e.g. ``2026-11-01T00:00:00.000000+00:00``."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


# --- entries ------------------------------------------------------------------------------------


def start_of(deployment: str, flow: str, key: str) -> str:
    """Return what the first entry of a document's chain has for `previous`."""
    return _hash(_START, {"deployment": deployment, "flow": flow, "key": key})


def content_hash(row: Mapping[Any, Any]) -> str:
    """Return the hash of what an entry says; its `detail` is the text as stored."""
    told = {name: row[name] for name in _FIELDS}
    return _hash(_ENTRY, {**told, "at": moment(row["at"]), "scheme": row["scheme"]})


def entry_hash(previous: str, seq: int, content: str) -> str:
    """Return the hash of an entry: its content and its place in the chain."""
    return _hash(_LINK, {"content": content, "previous": previous, "seq": seq})


# --- anchors ------------------------------------------------------------------------------------


@dataclass
class Heads:
    """The hash over the heads that an anchor covers, fed one by one in their order."""

    count: int = 0
    _digest: Any = field(default_factory=lambda: hashlib.sha256(f"{_HEADS}\n".encode()), repr=False)

    def add(self, head: Mapping[Any, Any]) -> None:
        """Take in the next head."""
        self.count += 1
        told = {name: head[name] for name in ("flow", "hash", "key", "seq")}
        line = canonical({**told, "position": head["position"], "removed": head["removed"]})
        self._digest.update(f"{line}\n".encode())

    def hash(self) -> str:
        """Return the hash of all heads so far."""
        return str(self._digest.hexdigest())


def first_anchor(deployment: str) -> str:
    """Return what the first anchor of a deployment has for `previous`."""
    return _hash(_FIRST_ANCHOR, {"deployment": deployment})


def anchor_hash(row: Mapping[Any, Any]) -> str:
    """Return the hash of an anchor: what it covers, and the anchor before it."""
    told = {name: row[name] for name in ("deployment", "heads", "heads_hash", "number", "previous", "run_id")}
    before = row["removed_before"]
    return _hash(_ANCHOR, {**told, "at": moment(row["at"]), "removed_before": moment(before) if before else ""})


# --- signatures ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class SigningKey:
    """Signs anchors; derived from a secret that is not in the connector's database.

    Raises:
        ConfigurationError: the secret is empty.
    """

    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.secret:
            raise ConfigurationError("the audit trail cannot be signed with an empty key")

    @property
    def name(self) -> str:
        """Return what tells this key from others; it gives nothing of the key away."""
        return self._mac("name", "")[:16]

    def sign(self, text: str) -> str:
        """Return the signature of an anchor's hash."""
        return self._mac("anchor", text)

    def sign_file(self, text: str) -> str:
        """Return the signature of an export's hash."""
        return self._mac(_FILE, text)

    def _mac(self, purpose: str, text: str) -> str:
        info = f"{_SIGNATURE} {purpose}".encode()
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self.secret.encode())
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Tell whether two signatures are equal, in a time that does not depend on them."""
    return hmac.compare_digest(one.encode(), other.encode())
