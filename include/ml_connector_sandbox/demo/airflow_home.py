"""What a real Airflow of our own needs: its home, its settings, the log-in, the deployed pair."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_connector_sandbox.demo.processes import Failed

REPOSITORY = Path(__file__).resolve().parents[3]
USER = PASSWORD = "admin"  # noqa: S105 - the demo's published log-in
OPTIONS: dict[str, Any] = {
    "acumatica": {"warehouse": "WHOLESALE", "charge_account": "62300", "default_country": "US", "settle_seconds": 3}
}
"""What the demo's company has chosen for the adapters."""


@dataclass(frozen=True)
class Ports:
    """Where everything listens on 127.0.0.1."""

    airflow: int
    cin7: int
    acumatica: int
    worker_log: int
    trigger_log: int


def deployment(**more: Any) -> dict[str, Any]:
    """Return the pairs file with the demo's one deployment; it starts tomorrow, so that only asked-for runs happen."""
    tomorrow = dt.datetime.now(dt.timezone.utc).date() + dt.timedelta(days=1)
    one = {"pair": "acumatica_cin7", "start_date": f"{tomorrow.isoformat()}T00:00:00Z", "options": OPTIONS}
    return {"deployments": [{**one, **more}]}


def prepare(home: Path, ports: Ports, pairs: Mapping[str, Any]) -> dict[str, str]:
    """Write Airflow's files into `home`; return the environment to start it in.

    Raises:
        Failed: this is no checkout of the repository, so there are no DAG files.
    """
    if not (REPOSITORY / "dags" / "ml_connector_pairs.py").exists():
        raise Failed(f"{REPOSITORY} holds no dags folder: run the demo from a checkout of the repository")
    home.mkdir(parents=True, exist_ok=True)
    passwords, pairs_file = home / "passwords.json", home / "pairs.yaml"
    passwords.write_text(json.dumps({USER: PASSWORD}), encoding="utf-8")
    pairs_file.write_text(json.dumps(pairs, indent=1), encoding="utf-8")  # JSON is YAML
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ML_CONNECTOR"))}
    return {
        **kept,
        "AIRFLOW_HOME": str(home),
        "ML_CONNECTOR_PAIRS": str(pairs_file),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS stops forked workers without it
        **{f"AIRFLOW__{name}": value for name, value in _settings(home, ports, passwords).items()},
    }


def _settings(home: Path, ports: Ports, passwords: Path) -> dict[str, str]:
    address = f"http://127.0.0.1:{ports.airflow}"
    return {
        "CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "4",
        "CORE__TEST_CONNECTION": "Enabled",
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(ports.airflow),
        "API__BASE_URL": address,
        "DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
        "LOGGING__WORKER_LOG_SERVER_PORT": str(ports.worker_log),
        "LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports.trigger_log),
        "LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
