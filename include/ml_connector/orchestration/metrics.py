"""A run's numbers as Airflow's own metrics (StatsD or OpenTelemetry, whichever the deployer has switched on)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ml_connector.sync.reconcile import Report
from ml_connector.sync.run import FlowRun

WORDS = ("read", "created", "updated", "unchanged", "held", "waiting", "failed", "rejected")


def publish(runs: Sequence[FlowRun], report: Report, now: dt.datetime) -> None:
    """Set a gauge for each number of each flow, and for the age of its watermark; tagged with DAG and flow."""
    from airflow.sdk.observability.stats import Stats  # noqa: PLC0415 - Airflow is slow to import

    for run in runs:
        tags = {"dag_id": report.deployment, "flow": run.flow.name}
        flow = report.flows[run.flow.name]
        for word in WORDS:
            Stats.gauge(f"ml_connector.documents.{word}", getattr(flow, word), tags=tags)
        mark = run.watermarks.peek()
        if mark is not None:
            Stats.gauge("ml_connector.watermark_age_seconds", (now - mark).total_seconds(), tags=tags)
    Stats.gauge("ml_connector.agree", int(report.agree), tags={"dag_id": report.deployment})
