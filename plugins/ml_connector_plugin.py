"""Airflow plugin of an installation by folders: the pages for operators, webhooks, and the timetable of periods.

Defines nothing where the wheel is installed, which brings the plugin. Imports nothing of the package before Airflow
asks for it: what a process has imported is also what its children run, whatever their own copy is.
"""

import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from airflow.plugins_manager import AirflowPlugin


def _plugin() -> Any:
    if find_spec("ml_connector") is None:
        sys.path.append(str(Path(__file__).resolve().parents[1] / "include"))
    from ml_connector.plugin import MlConnectorPlugin

    return MlConnectorPlugin()


if not any(one.name == "ml_connector" for one in entry_points(group="airflow.plugins")):

    class MlConnectorFolders(AirflowPlugin):
        """Asks the package for all that it registers."""

        name = "ml_connector"
        timetables = property(lambda _: _plugin().timetables)
        fastapi_apps = property(lambda _: _plugin().fastapi_apps)
        external_views = property(lambda _: _plugin().external_views)
