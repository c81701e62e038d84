"""A home for Airflow's settings, before anything imports Airflow."""

from __future__ import annotations

import logging
import os
import tempfile


def settle() -> None:
    """Keep Airflow's files out of the user's home, and its log short."""
    os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="ml-connector-prove-home-")
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
    logging.getLogger("ml_connector").setLevel(logging.CRITICAL)
