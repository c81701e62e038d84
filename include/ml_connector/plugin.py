"""What Airflow loads as a plugin: the timetable of accounting periods, and the pages for operators."""

from __future__ import annotations

import functools
import logging
from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from ml_connector.orchestration.fiscal_timetable import FiscalTimetable

PAGES = "/ml-connector"
"""Where the pages are, below Airflow's own address."""
WEBHOOKS = "/ml-connector-webhooks"
"""Where vendors' webhooks arrive; the one place that does not ask for Airflow's log-in, but for a secret."""
log = logging.getLogger("ml_connector")


class MlConnectorPlugin(AirflowPlugin):
    """Registers what Airflow's own processes must know of this package."""

    name = "ml_connector"
    timetables = [FiscalTimetable]  # noqa: RUF012 - Airflow's own way

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The pages; made only in the API server, which alone asks for them."""
        return _pages()

    @property
    def external_views(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """Where Airflow shows the pages: in its menu, on each DAG and on each run."""
        root = urlsplit(str(conf.get("api", "base_url", fallback="") or "")).path.rstrip("/") + PAGES
        return [
            {"name": "ml-connector", "href": f"{root}/queue", "destination": "nav", "url_route": "ml-connector"},
            {
                "name": "Review queue",
                "href": f"{root}/queue?pair={{DAG_ID}}",
                "destination": "dag",
                "url_route": "ml-connector-queue",
            },
            {
                "name": "Documents",
                "href": f"{root}/pairs/{{DAG_ID}}/runs/{{RUN_ID}}",
                "destination": "dag_run",
                "url_route": "ml-connector-run",
            },
        ]


@functools.cache
def _pages() -> list[dict[str, Any]]:
    """Return the pages' application; without them, and with the reason in the log, when they cannot be made."""
    try:
        from ml_connector.operator_ui.airflow_side import application, receiver  # noqa: PLC0415 - only the API server needs it

        return [
            {"app": application(), "url_prefix": PAGES, "name": "ml-connector"},
            {"app": receiver(), "url_prefix": WEBHOOKS, "name": "ml-connector webhooks"},
        ]
    except Exception:
        log.exception("the pages of ml-connector are not shown; Airflow goes on without them")
        return []
