"""A real Airflow for the demo: ``airflow standalone`` on SQLite, on 127.0.0.1 only, with a known log-in."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from ml_connector_sandbox.demo.places import REPOSITORY, Place, private
from ml_connector_sandbox.demo.processes import Child, Children, free_port

USER = "admin"
PASSWORD = "admin"  # noqa: S105 - the published log-in of a demo that only this machine can reach
USERS = {USER: "admin", "clerk": "user", "viewer": "viewer"}
"""Name → role in Airflow; the password of each is its name."""


def environment(place: Place, port: int) -> dict[str, str]:
    """Return the environment of all of Airflow's parts; nothing of a caller's own Airflow comes through."""
    passwords = place.airflow / "passwords.json"
    settings = {
        "CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "4",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__TEST_CONNECTION": "Enabled",
        "CORE__FERNET_KEY": place.secret("fernet_key"),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in USERS.items()),
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{place.airflow / 'airflow.db'}",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__BASE_URL": f"http://127.0.0.1:{port}",
        "API__WORKERS": "1",
        "API__INSTANCE_NAME": instance_name(place),
        "API__SECRET_KEY": place.secret("api_secret_key"),
        "API_AUTH__JWT_SECRET": place.secret("jwt_secret"),
        "LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "LOGGING__BASE_LOG_FOLDER": str(place.airflow / "logs"),
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
        "DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
        "DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    private(passwords, json.dumps({name: name for name in USERS}))
    return {
        **clean_environment(),
        **{f"AIRFLOW__{name}": value for name, value in settings.items()},
        "AIRFLOW_HOME": str(place.airflow),
        "ML_CONNECTOR_PAIRS": str(place.pairs),
    }


def instance_name(place: Place) -> str:
    """Return the name by which this Airflow can be told from another one."""
    return f"ml-connector demo {place.secret('instance')[:6]}"


def clean_environment() -> dict[str, str]:
    """Return this process' environment without Airflow's and our variables, with the virtual environment first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ML_CONNECTOR_"))}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    local = "127.0.0.1,localhost"
    return {
        **kept,
        "PATH": programs,
        "NO_PROXY": local,
        "no_proxy": local,
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS stops forked workers without it
    }


def start(place: Place, port: int, children: Children) -> Child:
    """Start Airflow; it is not up yet."""
    airflow = str(Path(sys.executable).with_name("airflow"))
    return children.start("airflow", [airflow, "standalone"], environment(place, port), cwd=place.airflow)
