"""The DAG files, as Airflow loads them."""

from __future__ import annotations

import json
import os
import runpy
import socket
import sqlite3
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pendulum
import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, BaseHook, Variable
from airflow.sdk.exceptions import ParamValidationError
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction

from ml_connector.domain.errors import ConfigurationError, RateLimited
from ml_connector.orchestration import catalog, retries
from ml_connector.orchestration.deployments import Deployment
from ml_connector.orchestration.replay import build_replay

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"
STEPS = ("extract", "validate", "load", "record_watermark")


@pytest.fixture
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of deployments that the loader reads."""
    file = tmp_path / "pairs.yaml"
    file.write_text("deployments: [{pair: acumatica_cin7, pool: erp, owner: finance}]", encoding="utf-8")
    monkeypatch.setenv("ML_CONNECTOR_PAIRS", str(file))
    return file


def loaded() -> DagBag:
    for name in ("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "_AIRFLOW_PARSING_CONTEXT_TASK_ID"):
        os.environ.pop(name, None)  # Airflow 3.2 leaves them behind where it runs a DAG within its own process
    return DagBag(dag_folder=str(DAGS))


def test_the_dags_load_and_can_be_stored(airflow_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a DAG for every pair, one for preflights and one for replays; without error, each can be stored."""
    monkeypatch.delenv("ML_CONNECTOR_PAIRS", raising=False)
    bag = loaded()
    assert bag.import_errors == {}
    assert sorted(bag.dags) == sorted([*catalog.PAIRS, "ml_connector_preflight", "ml_connector_replay"])
    for dag in bag.dags.values():
        assert DagSerialization.to_dict(dag)


def test_a_pair_s_dag_is_built_as_promised(airflow_home: Path, pairs: Path) -> None:
    """One run at a time, nothing caught up, writing tasks one at a time, and the one leaf is reconcile."""
    dag = loaded().dags["acumatica_cin7"]
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    assert {"ml-connector", "cin7", "acumatica"} <= set(dag.tags)
    assert [task.task_id for task in dag.leaves] == ["reconcile"]
    assert [task.trigger_rule for task in dag.leaves] == ["all_done"]
    assert {task.pool for task in dag.tasks} == {"erp"}
    assert {task.owner for task in dag.tasks} == {"finance"}
    for flow in catalog.pair("acumatica_cin7").flows:
        ids = [f"{flow.name}.{step}" for step in STEPS]
        assert dag.get_task(ids[0]).trigger_rule == "none_failed"
        assert [dag.get_task(one).max_active_tis_per_dag for one in ids] == [None, None, 1, 1]
        for before, after in pairwise(ids):
            assert dag.get_task(before).downstream_task_ids == {after}
        for name in flow.after:
            assert ids[0] in dag.get_task(f"{name}.record_watermark").downstream_task_ids


def test_the_trigger_form_is_kept_once_and_its_defaults_are_valid(airflow_home: Path, pairs: Path) -> None:
    """The fields stand at the DAG alone: Airflow merges them for each task, so that copies only cost parsing time."""
    dags = loaded().dags
    assert dags["acumatica_cin7"].params.validate()["dry_run"] is False
    assert dags["ml_connector_replay"].params.validate()["pair"] == "acumatica_cin7"
    assert dags["ml_connector_preflight"].params.validate()["days"] == 30
    assert [task.task_id for dag in dags.values() for task in dag.tasks if task.params] == []


def test_the_schedule_is_the_quickest_flow_s_and_its_intervals_have_a_length(airflow_home: Path, pairs: Path) -> None:
    """The DAG runs every fifteen minutes over the fifteen minutes before, so that a backfill reads its interval."""
    timetable = loaded().dags["acumatica_cin7"].timetable
    assert type(timetable).__name__ == "CronDataIntervalTimetable"
    assert timetable.expression == "*/15 * * * *"


def test_every_field_of_the_trigger_form_is_explained_and_may_be_left_empty(airflow_home: Path, pairs: Path) -> None:
    """A run can be triggered without filling in anything, and each field has a title and a description."""
    params = loaded().dags["acumatica_cin7"].params
    assert list(params) == [
        "from",
        "to",
        "flows",
        "document_keys",
        "compare_from",
        "compare_to",
        "dry_run",
        "approved_dry_run",
    ]
    for name in params:
        field = params.get_param(name)
        assert field.schema["title"]
        assert field.description
        assert field.resolve() in (None, False)


def test_parsing_asks_nothing_of_anybody(pairs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading the DAG files opens no socket and no database, and looks up no Variable and no Connection."""

    def refuse(*_args: Any, **_named: Any) -> Any:
        pytest.fail("parsing reached out")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(sqlite3, "connect", refuse)
    monkeypatch.setattr(Variable, "get", refuse)
    monkeypatch.setattr(BaseHook, "get_connection", refuse)
    made = runpy.run_path(str(DAGS / "ml_connector_pairs.py"))
    assert {"acumatica_cin7", "ml_connector_replay", "ml_connector_preflight"} <= set(made)
    runpy.run_path(str(DAGS / "ml_connector_check.py"))


def test_parsing_does_not_load_the_engine(pairs: Path) -> None:
    """Only the shape of the pairs is imported to parse: no database, no transport, no adapter."""
    code = f"""
import runpy, sys
sys.path.insert(0, {str(ROOT / "include")!r})
runpy.run_path({str(DAGS / "ml_connector_pairs.py")!r})
print(sorted(name for name in sys.modules if name.startswith(("ml_connector.store", "ml_connector.transport"))))
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_typing_mistake_is_an_import_error_and_stops_no_other_pair(airflow_home: Path, pairs: Path) -> None:
    """A wrong key is the import error of a file without DAGs, with file, key and what was meant; all DAGs go on."""
    pairs.write_text("deployments: [{pair: acumatica_cin7}, {pair: ifs_cin7, tennant: nz}]", encoding="utf-8")
    bag = loaded()
    assert sorted(bag.dags) == ["acumatica_cin7", "ml_connector_preflight", "ml_connector_replay"]
    ((file, error),) = bag.import_errors.items()
    assert file.endswith("ml_connector_check.py")
    assert f"{pairs}" in error
    assert "deployments.1.tennant: there is no such key; did you mean 'tenant'?" in error


def test_inside_a_task_only_the_dag_asked_for_is_built(pairs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many deployments a task does not pay for the others."""
    pairs.write_text(
        "deployments: [{pair: acumatica_cin7}, {pair: acumatica_cin7, tenant: nz, connections: {cin7: cin7_nz}}]",
        encoding="utf-8",
    )
    for asked in ("acumatica_cin7__nz", "ml_connector_replay__nz", "ml_connector_preflight"):
        monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", asked)
        made = runpy.run_path(str(DAGS / "ml_connector_pairs.py"))
        assert [one.dag_id for one in made.values() if isinstance(one, DAG)] == [asked]


def test_each_tenant_has_a_replay_and_a_preflight_of_its_own(airflow_home: Path, pairs: Path) -> None:
    """Rights in Airflow are a DAG's: who may start one tenant's can name no other tenant's pair in its form."""
    nz = [f"{{pair: {pair}, tenant: nz, connections: {{cin7: cin7_nz}}}}" for pair in ("acumatica_cin7", "ifs_cin7")]
    pairs.write_text(f"deployments: [{{pair: acumatica_cin7}}, {', '.join(nz)}]", encoding="utf-8")
    made = loaded().dags
    for name in ("ml_connector_replay", "ml_connector_preflight"):
        allowed = {dag_id: made[dag_id].params.get_param("pair").schema["enum"] for dag_id in (name, f"{name}__nz")}
        assert allowed == {name: ["acumatica_cin7"], f"{name}__nz": ["acumatica_cin7__nz", "ifs_cin7__nz"]}
        assert "nz" in made[f"{name}__nz"].tags
    (outlet,) = made["ml_connector_replay__nz"].get_task("load").outlets
    assert outlet.name == "ml_connector_replay__nz.load.written"
    assert "ml_connector_replay__nz" in (made["ifs_cin7__nz"].doc_md or "")
    with pytest.raises(ParamValidationError, match="acumatica_cin7"):
        made["ml_connector_replay__nz"].params.get_param("pair").resolve("acumatica_cin7")


def test_an_old_replay_file_that_was_left_behind_makes_no_dag_of_several_tenants(pairs: Path) -> None:
    """It handed over all deployments; it says what to do with it."""
    two = [Deployment(pair="ifs_cin7", tenant=tenant) for tenant in ("a", "b")]
    with pytest.raises(ConfigurationError, match=r"delete ml_connector_replay\.py"):
        build_replay(two)


def test_without_deployments_there_is_nothing_to_replay(airflow_home: Path, pairs: Path) -> None:
    """An empty list of deployments makes no DAG and no error."""
    pairs.write_text("deployments: []", encoding="utf-8")
    bag = loaded()
    assert (bag.dags, bag.import_errors) == ({}, {})


def test_a_retry_waits_as_the_vendor_asked(airflow_home: Path, pairs: Path) -> None:
    """Airflow is told the wait of a refused call, and for other errors its own delay holds, as for all before 3.3."""
    task = loaded().dags["acumatica_cin7"].get_task("suppliers.load")
    assert (task.retries, task.retry_exponential_backoff) == (3, True)
    if not retries.policy():
        return
    decided = task.retry_policy.evaluate(RateLimited("slow down", retry_after_seconds=600), 1, 3)
    assert decided.action.value == "retry"
    assert decided.retry_delay.total_seconds() == 600 + retries.MARGIN_SECONDS
    assert task.retry_policy.evaluate(KeyError("no"), 1, 3).action.value == "default"


def test_a_dag_after_period_closes_has_the_periods_as_its_intervals(airflow_home: Path, pairs: Path) -> None:
    """Where every flow is due after a close, the fiscal calendar schedules the DAG, and Airflow can store that."""
    flows = [flow.name for flow in catalog.pair("acumatica_cin7").flows]
    calendar = {"pattern": "4-4-5", "year_start": "2025-12-29", "first_year": 2026, "closes_after_days": 2}
    deployment = {"pair": "acumatica_cin7", "cadence": dict.fromkeys(flows, "period_close"), "calendar": calendar}
    pairs.write_text(json.dumps({"deployments": [deployment]}, default=str), encoding="utf-8")
    bag = loaded()
    assert bag.import_errors == {}
    stored = DagSerialization.from_dict(DagSerialization.to_dict(bag.dags["acumatica_cin7"]))
    assert "Runs: period close (4-4-5," in (bag.dags["acumatica_cin7"].doc_md or "")
    assert stored.timetable.summary == "period close (4-4-5, 2 days after the end, 06:00 UTC)"
    restriction = TimeRestriction(pendulum.datetime(2026, 1, 1), pendulum.datetime(2026, 7, 1), catchup=True)
    runs, last = [], None
    while info := stored.timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction):
        runs.append((info.data_interval.start.date().isoformat(), info.run_after.isoformat()))
        last = info.data_interval
    assert runs[:3] == [
        ("2026-01-26", "2026-02-25T06:00:00+00:00"),
        ("2026-02-23", "2026-04-01T06:00:00+00:00"),
        ("2026-03-30", "2026-04-29T06:00:00+00:00"),
    ]
    by_hand = stored.timetable.infer_manual_data_interval(run_after=pendulum.datetime(2026, 4, 2))
    assert (by_hand.start.date().isoformat(), by_hand.end.date().isoformat()) == ("2026-02-23", "2026-03-30")
