"""Documents at rest, sealed with keys that are not in the connector's database.

A sealed text reads ``mlc1:<key's name>:<Fernet token>``. The keys are derived from Airflow's own Fernet keys, so that
what Airflow seals and what the connector seals cannot be passed off for each other. Without a key texts stay clear.
"""

from __future__ import annotations

import base64
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, Engine

from ml_connector.domain.errors import ConfigurationError

_SEALED = "mlc1:"
_CLEAR = "mlc0:"
"""Set before a clear text that looks sealed: a vendor may send anything."""
ALTERED = "(sealed text that was altered or cut short)"
"""What a sealed text reads as that its own key does not open; it is no JSON, so a document of it is held."""

GONE = "(sealed with a key that is gone)"
CHANGES = "changes"
"""The part of an audit entry that holds a document's values."""


@dataclass(frozen=True)
class SealKey:
    """One key, derived from a secret; `name` tells it from others and gives nothing of it away."""

    secret: str = field(repr=False)
    name: str = field(init=False)
    fernet: Fernet = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self._derived(b"name", 4).hex())
        object.__setattr__(self, "fernet", Fernet(base64.urlsafe_b64encode(self._derived(b"key", 32))))

    def _derived(self, purpose: bytes, length: int) -> bytes:
        info = b"ml-connector sealed document 1 " + purpose
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self.secret.encode())


@dataclass(frozen=True)
class KeyRing:
    """The keys, newest first: the first one seals, all of them open; none keeps texts in the clear."""

    keys: tuple[SealKey, ...] = ()

    @classmethod
    def of(cls, secrets: Sequence[str]) -> KeyRing:
        """Return the ring of these secrets, newest first."""
        return cls(tuple(SealKey(secret) for secret in secrets))

    @property
    def prefix(self) -> str:
        """How a text begins that the newest key sealed; "" without a key."""
        return prefix_of(self.keys[0].name) if self.keys else ""

    def seal(self, text: str) -> str:
        """Return the text as it is stored."""
        if self.keys:
            return self.prefix + self.keys[0].fernet.encrypt(text.encode()).decode()
        return _CLEAR + text if text.startswith((_SEALED, _CLEAR)) else text

    def open(self, stored: str) -> str:
        """Return what was stored; one of before there was a key is returned as it is, an altered one as `ALTERED`.

        Raises:
            ConfigurationError: it was sealed with a key that is not in this ring.
        """
        if not stored.startswith(_SEALED):
            return stored.removeprefix(_CLEAR)
        name, _, token = stored.removeprefix(_SEALED).partition(":")
        key = next((key for key in self.keys if key.name == name), None)
        if key is None:
            raise ConfigurationError(lost([name]))
        try:
            return key.fernet.decrypt(token.encode()).decode()
        except (InvalidToken, ValueError):
            return ALTERED


def prefix_of(name: str) -> str:
    """Return how a text begins that the key of this name sealed."""
    return f"{_SEALED}{name}:"


def lost(names: Sequence[str]) -> str:
    """Return what to tell where keys of these names are not configured."""
    return (
        f"documents in the connector's database are sealed with key {', '.join(names)}, which this process does "
        f"not have: set the same [core] fernet_key (AIRFLOW__CORE__FERNET_KEY) on every component; while it is changed "
        f"give “new,old” until `ml-connector db rotate-keys` has passed"
    )


def seal_changes(ring: KeyRing, detail: Mapping[str, Any], to_text: Callable[[Any], str]) -> dict[str, Any]:
    """Return what an audit entry tells, with the values of a change sealed; hashes cover it as it is stored."""
    if not ring.keys or not detail.get(CHANGES):
        return dict(detail)
    return {**detail, CHANGES: ring.seal(to_text(detail[CHANGES]))}


def open_changes(ring: KeyRing, detail: Mapping[str, Any], from_text: Callable[[str], Any]) -> dict[str, Any]:
    """Return it with its changes opened; `ALTERED` or `GONE` stand for what cannot be opened any more.

    An audit entry is never written again, so it is not sealed anew when keys are changed.
    """
    kept = detail.get(CHANGES)
    if not isinstance(kept, str) or not kept.startswith(_SEALED):
        return dict(detail)
    try:
        text = ring.open(kept)
    except ConfigurationError:
        text = GONE
    return {**detail, CHANGES: text if text in {ALTERED, GONE} else from_text(text)}


_RINGS: weakref.WeakKeyDictionary[Dialect, KeyRing] = weakref.WeakKeyDictionary()
_NONE = KeyRing()


def use(engine: Engine, ring: KeyRing) -> None:
    """Have the engine's sealed columns use these keys."""
    _RINGS[engine.dialect] = ring


def ring_of(dialect: Dialect) -> KeyRing:
    """Return the keys that an engine of this dialect object uses."""
    return _RINGS.get(dialect, _NONE)
