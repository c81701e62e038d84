"""Airflow DAG loader: one DAG for each deployed pair, and the preflight of any of them."""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("ml_connector") is None:  # not installed as a wheel: the copy that lies beside this folder
    sys.path.append(str(Path(__file__).resolve().parents[1] / "include"))

from airflow.sdk import get_parsing_context

from ml_connector.orchestration.deployments import place, read
from ml_connector.orchestration.factory import build
from ml_connector.orchestration.preflight_dag import DAG_ID, build_preflight

only = get_parsing_context().dag_id  # inside a task Airflow asks for one DAG; the others are not built
deployments = read(place(Path(__file__).resolve().parent), leave_out_wrong=True)
for deployment in deployments:
    if only in (None, deployment.dag_id):
        globals()[deployment.dag_id] = build(deployment)
if deployments and only in (None, DAG_ID):
    preflight = build_preflight(deployments)
