"""What Airflow loads as a plugin: the timetable of accounting periods."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from ml_connector.orchestration.fiscal_timetable import FiscalTimetable


class MlConnectorPlugin(AirflowPlugin):
    """Registers what Airflow's own processes must know of this package."""

    name = "ml_connector"
    timetables = [FiscalTimetable]  # noqa: RUF012 - Airflow's own way
