"""PostgreSQL and Redis for one Airflow of several processes, as `docker-compose.yaml` has them, without containers."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_connector_sandbox.demo.places import Place
from ml_connector_sandbox.demo.processes import Children, DemoError, free_port, wait_for

SERVER_SECONDS = 60.0
DATABASES = ("airflow", "ml_connector")
_ROLE = "postgres"
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")


@dataclass(frozen=True)
class Cluster:
    """Where both servers listen, on 127.0.0.1 only; nobody else is let in, so nobody has a password."""

    postgres_port: int
    redis_port: int

    def url(self, database: str, scheme: str = "postgresql") -> str:
        """Return the address of a database."""
        return f"{scheme}://{_ROLE}@127.0.0.1:{self.postgres_port}/{database}"

    @property
    def settings(self) -> Mapping[str, str]:
        """Airflow's settings that differ from those of one machine."""
        return {
            "CORE__EXECUTOR": "CeleryExecutor",
            "DATABASE__SQL_ALCHEMY_CONN": self.url("airflow", "postgresql+psycopg2"),
            "CELERY__BROKER_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "CELERY__RESULT_BACKEND": f"db+{self.url('airflow')}",
            "CELERY__WORKER_CONCURRENCY": "2",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "3",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
            "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
        }

    @property
    def connection(self) -> dict[str, Any]:
        """The Airflow connection to the connector's own database."""
        return {"conn_type": "postgres", "host": "127.0.0.1", "login": _ROLE, "password": "",
                "port": self.postgres_port, "schema": DATABASES[1]}  # fmt: skip


def start(place: Place, family: Children) -> Cluster:
    """Start both servers and make the databases.

    Raises:
        DemoError: a program is not installed, or a server did not come up.
    """
    made = Cluster(free_port(), free_port())
    _postgres(place, made.postgres_port, family)
    redis = shutil.which("redis-server")
    if redis is None:
        raise DemoError("redis-server was not found; install Redis (Debian, Ubuntu: apt install redis-server)")
    command = [redis, "--port", str(made.redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    family.start("redis", command, os.environ, cwd=place.state)
    wait_for("Redis", lambda: _listens(made.redis_port), SERVER_SECONDS, family, pause=0.1)
    return made


def _postgres(place: Place, port: int, family: Children) -> None:
    folder = place.root / "postgres"
    owner = _owner()
    if not folder.exists():
        folder.mkdir(parents=True)
        if owner:
            shutil.chown(folder, owner)
        _run([_program("initdb"), "-D", str(folder), "-U", _ROLE, "-A", "trust", "-E", "UTF8", "--no-locale"], owner)
    command = [_program("postgres"), "-D", str(folder), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
    family.start("postgres", command, os.environ, user=owner)
    ready = [_program("pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
    wait_for("PostgreSQL", lambda: subprocess.run(ready, check=False).returncode == 0, SERVER_SECONDS, family, 0.1)  # noqa: S603
    there = ["-h", "127.0.0.1", "-p", str(port), "-U", _ROLE]
    known = _run([_program("psql"), *there, "-tAc", "SELECT datname FROM pg_database", "postgres"], None).split()
    for name in DATABASES:
        if name not in known:
            _run([_program("createdb"), *there, name], None)


def _program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs; packages keep the server's out of PATH."""
    found = shutil.which(name)
    if found:
        return found
    for pattern in _PLACES:
        for folder in sorted(Path("/").glob(pattern.lstrip("/")), reverse=True):
            if (folder / name).exists():
                return str(folder / name)
    raise DemoError(f"{name} was not found; install PostgreSQL's server (Debian, Ubuntu: apt install postgresql)")


def _owner() -> str | None:
    """Return who has to own the server's files: anybody but root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise DemoError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _run(command: list[str], owner: str | None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, user=owner, cwd="/")  # noqa: S603
    if done.returncode:
        raise DemoError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
