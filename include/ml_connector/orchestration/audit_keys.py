"""The keys that sign the audit trail's anchors; none of them is in the connector's database."""

from __future__ import annotations

import os

from ml_connector.store.chain import SigningKey

VARIABLE = "ML_CONNECTOR_AUDIT_KEY"
"""Environment variable with the keys, newest first, separated by commas."""


def audit_keys() -> tuple[SigningKey, ...]:
    """Return the keys: the first one signs, all of them are believed; none where nothing is configured.

    They are those of the environment variable, else Airflow's own ``core.fernet_key``.
    """
    given = os.environ.get(VARIABLE, "").strip() or _fernet_key()
    return tuple(SigningKey(one.strip()) for one in given.split(",") if one.strip())


def _fernet_key() -> str:
    """Return Airflow's key; several, newest first, while it is being changed.

    https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/fernet.html#rotating-encryption-keys
    """
    try:
        from airflow.configuration import conf  # noqa: PLC0415 - Airflow is slow to import, and may not be there
    except ImportError:
        return ""
    return str(conf.get("core", "fernet_key", fallback="") or "")
