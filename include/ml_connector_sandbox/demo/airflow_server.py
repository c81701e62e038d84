"""A real Airflow for the demo, on 127.0.0.1 only, with a known log-in: all in one on SQLite, or a cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from ml_connector_sandbox.demo.cluster import Cluster
from ml_connector_sandbox.demo.places import REPOSITORY, Place, private
from ml_connector_sandbox.demo.processes import Child, Children, DemoError, free_port, members

USER = "admin"
PASSWORD = "admin"  # noqa: S105 - the published log-in of a demo that only this machine can reach
USERS = {USER: "admin", "clerk": "user", "viewer": "viewer"}
"""Name → role in Airflow; the password of each is its name."""
WORKERS = ("worker-1", "worker-2")
_TASK = b"airflow worker -- "
"""How the title of a process begins that runs a task."""


def environment(place: Place, port: int, cluster: Cluster | None = None) -> dict[str, str]:
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
        "WORKERS__EXECUTION_API_TIMEOUT": "60",  # a machine that is busy otherwise answers later than in five seconds
        **(cluster.settings if cluster else {}),
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


def start(place: Place, port: int, family: Children, cluster: Cluster | None = None) -> None:
    """Start Airflow, all in one or, with a `cluster`, each part by itself with two workers; it is not up yet.

    Raises:
        DemoError: its database could not be made.
    """
    airflow, env = str(Path(sys.executable).with_name("airflow")), environment(place, port, cluster)
    if cluster is None:
        family.start("airflow", [airflow, "standalone"], env, cwd=place.airflow)
        return
    made = subprocess.run([airflow, "db", "migrate"], env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if made.returncode:
        raise DemoError(f"airflow db migrate failed:\n{made.stdout[-2000:]}{made.stderr[-2000:]}")
    for part in ("triggerer", "dag-processor", "scheduler"):
        family.start(part, [airflow, part], env, cwd=place.airflow)
    for name in WORKERS:
        logs = {"AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port())}
        command = [airflow, "celery", "worker", "--celery-hostname", f"{name}@%h", "--pid", f"{name}.pid"]
        family.start(name, command, {**env, **logs}, cwd=place.airflow)
    family.start("api-server", [airflow, "api-server"], env, cwd=place.airflow)


def tasks_of(worker: Child) -> list[int]:
    """Return the processes of a worker that run a task now."""
    return [pid for pid in members({worker.process.pid}) if _title(pid).startswith(_TASK)]


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return b""
