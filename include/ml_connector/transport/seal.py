"""Sealing of what is kept between runs, such as refresh tokens.

The key is derived from the connection's own secret, which Airflow holds: the connector's database alone
opens nothing. When that secret is changed, what was sealed can no longer be opened, and the connector
signs in anew.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ml_connector.domain.errors import ConfigurationError

_PURPOSE = b"ml-connector sealed token 1"
_SALT_BYTES = 16


def _fernet(secret_material: str, salt: bytes) -> Fernet:
    if not secret_material:
        msg = "nothing can be sealed without a secret: the connection has no password"
        raise ConfigurationError(msg)
    key = HKDF(algorithm=SHA256(), length=32, salt=salt, info=_PURPOSE).derive(secret_material.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def seal(secret_material: str, plaintext: str) -> str:
    """Return `plaintext` encrypted and authenticated, as ``salt.token`` in ASCII.

    Raises:
        ConfigurationError: `secret_material` is empty.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    token = _fernet(secret_material, salt).encrypt(plaintext.encode())
    return f"{base64.urlsafe_b64encode(salt).decode()}.{token.decode()}"


def unseal(secret_material: str, sealed: str) -> str:
    """Return what was sealed.

    Raises:
        ConfigurationError: it was sealed with another secret, or altered; forget it and sign in again.
    """
    salt, _, token = sealed.partition(".")
    try:
        return _fernet(secret_material, base64.urlsafe_b64decode(salt)).decrypt(token.encode()).decode()
    except (InvalidToken, ValueError):
        pass
    raise ConfigurationError("the stored token was sealed with another secret, or was altered: sign in again")
