"""What a task takes from the run it is in."""

from __future__ import annotations

import datetime as dt
import warnings
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from airflow.sdk.exceptions import AirflowFailException

from ml_connector.domain.errors import ConfigurationError, ContractError, RateLimited
from ml_connector.orchestration import catalog, tasks, wiring
from ml_connector.orchestration.deployments import Deployment
from ml_connector.orchestration.replay import chosen_flow
from ml_connector.store.database import Database
from ml_connector.systems.cin7.connection import read_settings
from ml_connector.transport.turns import Caller

UTC = dt.timezone.utc
DEPLOYMENT = Deployment(pair="acumatica_cin7")
SUPPLIERS = DEPLOYMENT.spec.flow("suppliers")  # due hourly
ORDERS = DEPLOYMENT.spec.flow("purchase_orders")  # due every fifteen minutes


def at(hour: int, minute: int) -> dt.datetime:
    return dt.datetime(2026, 11, 1, hour, minute, tzinfo=UTC)


class TaskInstance:
    """As much of Airflow's as the tasks ask."""

    dag_id = "acumatica_cin7"

    def __init__(
        self,
        previous_end: dt.datetime | None = None,
        states: dict[str, str] | None = None,
        try_number: int = 1,
        previous_type: str = "scheduled",
    ) -> None:
        self.previous = SimpleNamespace(data_interval_end=previous_end, run_type=previous_type)
        self.states, self.try_number = states or {}, try_number

    def get_previous_dagrun(self) -> Any:
        return None if self.previous.data_interval_end is None else self.previous

    def get_task_states(self, *, dag_id: str, run_ids: list[str]) -> dict[str, Any]:
        return {run_ids[0]: self.states}


def context(run_type: str = "scheduled", *, span: Any = (), ti: Any = None, dag_id: str = "", **params: Any) -> Any:
    made = {
        "run_id": "one",
        "params": params,
        "ti": ti or TaskInstance(),
        "dag_run": SimpleNamespace(run_type=run_type, dag_id=dag_id or "acumatica_cin7"),
    }
    return made | (dict(zip(("data_interval_start", "data_interval_end"), span, strict=True)) if span else {})


def test_a_flow_that_is_not_due_skips_itself() -> None:
    """The run whose interval its tick lies in reads what has changed since the flow's watermark."""
    quarter = context(span=(at(2, 0), at(2, 15)))
    assert tasks.not_now(DEPLOYMENT, SUPPLIERS, quarter) == "flow suppliers (0 * * * *) is not due in this interval"
    assert tasks.not_now(DEPLOYMENT, ORDERS, quarter) == ""
    assert tasks.not_now(DEPLOYMENT, SUPPLIERS, context(span=(at(1, 45), at(2, 0)))) == ""


@pytest.mark.parametrize("pair", sorted(catalog.PAIRS))
def test_the_runs_of_a_backfill_read_the_whole_range_of_every_flow(pair: str) -> None:
    """Each reads its interval only: a flow that skipped one would leave it out for ever."""
    deployment = Deployment(pair=pair)
    for flow in deployment.active_flows():
        reached = at(0, 0)
        while reached < at(3, 0):
            run = context("backfill", span=(reached, reached + dt.timedelta(minutes=15)))
            assert tasks.not_now(deployment, flow, run) == ""
            request = tasks.request_of(run)
            assert request.start == reached
            assert request.end is not None
            reached = request.end


@pytest.mark.parametrize("run_type", ["manual", "asset_triggered", "operator_triggered"])
def test_a_run_that_somebody_asked_for_has_every_flow(run_type: str) -> None:
    """Only the schedule leaves flows out."""
    assert tasks.not_now(DEPLOYMENT, SUPPLIERS, context(run_type, span=(at(2, 0), at(2, 15)))) == ""
    assert tasks.not_now(DEPLOYMENT, SUPPLIERS, context(run_type)) == ""


def test_flows_asked_for_run_whether_due_or_not_and_the_others_do_not() -> None:
    """The trigger form's choice outweighs the cadence, also in a backfill."""
    asked = context("backfill", span=(at(2, 0), at(2, 15)), flows=["suppliers"])
    assert tasks.not_now(DEPLOYMENT, SUPPLIERS, asked) == ""
    assert tasks.not_now(DEPLOYMENT, ORDERS, asked) == "flow purchase_orders was not asked for"


def test_a_tick_in_an_interval_that_the_scheduler_left_out_is_made_up_for() -> None:
    """While runs take longer than an interval the next ones are left out; a flow due in one of them runs now."""
    late = TaskInstance(previous_end=at(1, 45))
    assert tasks.not_now(DEPLOYMENT, SUPPLIERS, context(span=(at(2, 0), at(2, 15)), ti=late)) == ""
    on_time = TaskInstance(previous_end=at(2, 0))
    assert tasks.not_now(DEPLOYMENT, SUPPLIERS, context(span=(at(2, 0), at(2, 15)), ti=on_time)) != ""
    by_hand = TaskInstance(previous_end=at(2, 0), previous_type="manual")  # while an interval was left out
    assert tasks.not_now(DEPLOYMENT, SUPPLIERS, context(span=(at(2, 15), at(2, 30)), ti=by_hand)) == ""


def test_a_backfill_reads_its_interval_whatever_the_form_says() -> None:
    """A backfill's window is its data interval."""
    request = tasks.request_of(context("backfill", span=(at(1, 0), at(2, 0)), document_keys=["x"], **{"from": "2020"}))
    assert (request.mode, request.start, request.end) == ("interval", at(1, 0), at(2, 0))


@pytest.mark.parametrize(
    ("params", "mode", "start", "end"),
    [
        ({}, "live", None, None),
        ({"from": None, "to": None, "document_keys": None}, "live", None, None),
        ({"from": "2026-11-01T01:00:00Z"}, "explicit", at(1, 0), None),
        ({"from": "2026-11-01T02:00:00+01:00", "to": "2026-11-01T02:00:00"}, "explicit", at(1, 0), at(2, 0)),
        ({"to": "2026-11-01T02:00:00.000Z"}, "explicit", None, at(2, 0)),
        ({"document_keys": ["a"], "from": "2026-11-01T01:00:00Z"}, "keys", None, None),
    ],
)
def test_the_form_decides_what_a_run_reads(
    params: dict[str, Any], mode: str, start: dt.datetime | None, end: dt.datetime | None
) -> None:
    """Keys come before a span, a span before what is new; a time without zone is UTC."""
    for run_type in ("manual", "scheduled"):
        request = tasks.request_of(context(run_type, span=(at(5, 0), at(6, 0)), **params))
        assert (request.mode, request.start, request.end) == (mode, start, end)


def test_a_replay_s_run_is_kept_apart_from_a_run_of_the_pair_with_the_same_id() -> None:
    """Two DAGs may give their runs one name; their staging must not mix."""
    assert tasks.run_key(DEPLOYMENT, context()) == "one"
    assert tasks.run_key(DEPLOYMENT, context(dag_id="ml_connector_replay")) == "ml_connector_replay/one"


def test_what_only_a_person_can_mend_is_not_retried_and_the_rest_is() -> None:
    """A wrong setting or an unknown answer fails at once, with the answer; a refused call is left to the retry."""
    with pytest.raises(AirflowFailException, match="ConfigurationError: no such key"), tasks.errors():
        raise ConfigurationError("no such key")
    with pytest.raises(AirflowFailException, match="ContractError: odd\n<html>"), tasks.errors():
        raise ContractError("odd", answer="<html>")
    with pytest.raises(RateLimited), tasks.errors():
        raise RateLimited("later")


def test_a_flow_whose_load_could_not_begin_is_unfinished_though_it_left_no_document() -> None:
    """Airflow's own states tell what did not end well; a flow that skipped itself is no part of the run."""
    states = {f"{flow.name}.{step}": "success" for flow in DEPLOYMENT.active_flows() for step in tasks.STEPS}
    states |= {f"suppliers.{step}": "skipped" for step in tasks.STEPS}
    states |= {"purchase_orders.load": "failed", "purchase_orders.record_watermark": "upstream_failed"}
    states |= {f"supplier_invoices.{step}": "upstream_failed" for step in tasks.STEPS}
    read, unfinished = tasks._took_part(DEPLOYMENT, context(ti=TaskInstance(states=states)))
    assert [flow.name for flow in read] == ["suppliers_to_cin7", "purchase_orders"]
    assert [line.split(";")[0] for line in unfinished] == [
        "purchase_orders: load is failed",
        "supplier_invoices: extract is upstream_failed",
    ]


def test_a_replay_of_a_flow_that_the_pair_has_not_is_refused() -> None:
    """The form offers the flows of all pairs, so the choice is checked against the one pair."""
    only = Deployment(pair="acumatica_cin7", flows=("suppliers",))
    assert chosen_flow((only,), {"pair": "acumatica_cin7", "flow": "suppliers"}) == (only, SUPPLIERS)
    with pytest.raises(AirflowFailException, match="acumatica_cin7 has no flow 'purchase_orders'"):
        chosen_flow((only,), {"pair": "acumatica_cin7", "flow": "purchase_orders"})


@pytest.mark.parametrize(
    ("asked", "is_backfill"),
    [
        (context(), False),
        (context("manual"), False),
        (context("manual", document_keys=["1"]), False),
        (context("backfill", span=(at(2, 0), at(2, 15))), True),
        (context("manual", **{"from": "2026-10-01T00:00:00Z"}), True),
    ],
)
def test_a_backfill_calls_as_a_backfill(
    asked: Any, is_backfill: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls of a backfill, and of a span that a person gave, are told apart from those of an intraday run."""
    monkeypatch.setattr(wiring, "open_database", lambda: Database(f"sqlite:///{tmp_path / 'connector.db'}"))
    settings = read_settings("cin7_default", host="", login=str(UUID(int=1)), password=str(UUID(int=2)), extra={})
    with tasks.opened(DEPLOYMENT, asked) as parts:
        parts._budget(catalog.SYSTEMS["cin7"], settings).acquire()
        with parts._ledger.open(f"cin7 {UUID(int=1)}") as book:
            assert book.calls() == {Caller("acumatica_cin7", backfill=is_backfill): 1}


def test_a_task_that_was_cleared_reads_the_books_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tasks of a run share the target's lists; one that is tried again does not: somebody may have mended them."""
    monkeypatch.setattr(wiring, "open_database", lambda: Database(f"sqlite:///{tmp_path / 'connector.db'}"))
    seen: list[int] = []
    for place, number in enumerate((1, 1, 2, 1)):
        with tasks.opened(DEPLOYMENT, context(ti=TaskInstance(try_number=number))) as parts:
            parts.database.migrate()
            seen += parts._cache_of("cin7").of_run("ref/tax", partial(list, [place]))
    assert seen == [0, 0, 2, 2]


def test_a_webhook_whose_connection_is_missing_has_no_secret() -> None:
    """So nobody is let in, and who knocks learns nothing of what is deployed: the answer is 401."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Airflow's API server imports
        from ml_connector.operator_ui import airflow_side
    deployment = Deployment(pair="acumatica_cin7", connections={"cin7": "no_such_connection"})
    assert airflow_side._secret_of(deployment, "cin7") == ""
