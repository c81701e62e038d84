"""Airflow DAG, run by hand: replay held, waiting or failed documents."""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("ml_connector") is None:  # not installed as a wheel: the copy that lies beside this folder
    sys.path.append(str(Path(__file__).resolve().parents[1] / "include"))

from ml_connector.orchestration.deployments import place, read
from ml_connector.orchestration.replay import build_replay

deployments = read(place(Path(__file__).resolve().parent))  # what is wrong in the file becomes an import error here
if deployments:
    dag = build_replay(deployments)
