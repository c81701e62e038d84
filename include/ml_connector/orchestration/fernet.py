"""Airflow's own Fernet keys, with which the connector seals documents and signs the audit trail."""

from __future__ import annotations


def fernet_keys() -> tuple[str, ...]:
    """Return the keys of ``[core] fernet_key``: newest first while they are being changed; none if it is empty.

    https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/fernet.html#rotating-encryption-keys
    """
    try:
        from airflow.configuration import conf  # noqa: PLC0415 - Airflow is slow to import, and may not be there
    except ImportError:
        return ()
    given = str(conf.get("core", "fernet_key", fallback="") or "")
    return tuple(one.strip() for one in given.split(",") if one.strip())
