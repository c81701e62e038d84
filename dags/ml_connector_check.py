"""Beside the Airflow DAG loader: what is wrong in the file of deployments shows as this file's import error.

The loader itself leaves it out: Airflow would schedule none of a file's DAGs while the file has an error.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("ml_connector") is None:  # not installed as a wheel: the copy that lies beside this folder
    sys.path.append(str(Path(__file__).resolve().parents[1] / "include"))

from ml_connector.orchestration.deployments import place, read

read(place(Path(__file__).resolve().parent))
