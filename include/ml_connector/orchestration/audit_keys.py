"""The keys that sign the audit trail's anchors; none of them is in the connector's database."""

from __future__ import annotations

import os

from ml_connector.orchestration.fernet import fernet_keys
from ml_connector.store.chain import SigningKey

VARIABLE = "ML_CONNECTOR_AUDIT_KEY"
"""Environment variable with the keys, newest first, separated by commas."""


def audit_keys() -> tuple[SigningKey, ...]:
    """Return the keys: the first one signs, all of them are believed; none where nothing is configured.

    They are those of the environment variable, else Airflow's own ``core.fernet_key``.
    """
    given = tuple(one.strip() for one in os.environ.get(VARIABLE, "").split(",") if one.strip())
    return tuple(SigningKey(one) for one in given or fernet_keys())
