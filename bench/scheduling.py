"""What Airflow takes to store the fleet of `bench.parsing` and to wait with it, against as many DAGs that do nothing.

All DAGs are active, their first interval is far away: what is measured is the scheduler looking for what is due. Each
fleet has an Airflow of its own, on SQLite.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import Row, at_most, load
from bench.parsing import LOADER, write_files
from ml_connector_sandbox.demo.processes import free_port

WARM_UP, SECONDS = 20.0, 60.0
FAR = 2099
TICK = os.sysconf("SC_CLK_TCK")


def waiting() -> list[Row]:
    """Return what serialising takes, and the scheduler's share of a processor while nothing is due."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = write_files(folder, FAR)
        (stored, share), (stored_empty, share_empty) = (
            _wait_with(file, folder, many) for file in (LOADER, folder / "empty.py")
        )
    told = f"{stored:.1f} and {stored_empty:.1f} processor s; {load()}"
    held = f"processor ms a second, with as many that do nothing {share_empty * 1000:.0f}; {SECONDS:.0f} s; {load()}"
    return [
        at_most(f"storing {many} DAGs, to as many whose tasks do nothing", stored / stored_empty, 1.5, told),
        Row(f"the scheduler with {many} DAGs that wait", share * 1000, note=held),
    ]


def _wait_with(file: Path, folder: Path, many: int) -> tuple[float, float]:
    """Return the processor seconds to parse and store the file's DAGs, and those a second that the scheduler takes."""
    home = folder / f"airflow-{file.stem}"
    (home / "dags").mkdir(parents=True)
    shutil.copy(file, home / "dags")
    env = _environment(home, folder / "pairs.yaml")
    airflow = [sys.executable, "-m", "airflow"]
    _quietly([*airflow, "db", "migrate"], env)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _quietly([*airflow, "dags", "reserialize"], env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with sqlite3.connect(home / "airflow.db") as database:
        found = database.execute("SELECT count(*) FROM dag WHERE NOT is_paused AND NOT is_stale").fetchone()[0]
    if found < many:
        raise RuntimeError(f"{file}: {found} of {many} DAGs are active")
    stored = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with (folder / "scheduler.log").open("ab") as log:
        scheduler = subprocess.Popen([*airflow, "scheduler"], env=env, stdout=log, stderr=log)  # noqa: S603 - Airflow
    try:
        time.sleep(WARM_UP)
        begun = _spent(scheduler.pid)
        time.sleep(SECONDS)
        return stored, (_spent(scheduler.pid) - begun) / SECONDS
    finally:
        scheduler.kill()
        scheduler.wait()


def _quietly(command: list[str], env: dict[str, str]) -> None:
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)  # noqa: S603 - Airflow
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-1000:]}{done.stderr[-3000:]}")


def _environment(home: Path, pairs: Path) -> dict[str, str]:
    settings = {
        "CORE__DAGS_FOLDER": str(home / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__DAGBAG_IMPORT_TIMEOUT": "600",
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    ours = {"AIRFLOW_HOME": str(home), "ML_CONNECTOR_PAIRS": str(pairs)}
    return {**kept, **ours, **{f"AIRFLOW__{name}": value for name, value in settings.items()}}


def _spent(pid: int) -> float:
    """Return the processor seconds of a process and of those it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / TICK
