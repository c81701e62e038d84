"""Airflow DAG loader: one DAG for each deployed pair, and for each tenant the replay and the preflight of its pairs."""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("ml_connector") is None:  # not installed as a wheel: the copy that lies beside this folder
    sys.path.append(str(Path(__file__).resolve().parents[1] / "include"))

from airflow.sdk import get_parsing_context

from ml_connector.orchestration.deployments import place, read
from ml_connector.orchestration.loader import dags

only = get_parsing_context().dag_id  # inside a task Airflow asks for one DAG; the others are not built
globals().update(dags(read(place(Path(__file__).resolve().parent), leave_out_wrong=True), only))
