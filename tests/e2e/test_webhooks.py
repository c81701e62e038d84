"""Webhooks on a real Airflow: one run for a burst, within seconds; polling is not needed for it, nor hindered."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests

from ml_connector.operator_ui.webhook_runs import GATHER_SECONDS
from ml_connector_sandbox.demo.stage import PAIR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import World

pytestmark = pytest.mark.e2e
SECRET = "e2e-webhook-s3cret"


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    """The receiver's address, with a secret set in the Cin7 connection; the DAG then runs when asked."""
    show, cin7 = world.stage.pairs[PAIR].show, world.stage.scenario.accounts["cin7"]
    extra = {"requests_per_minute": 100_000, "webhook_secret": SECRET}
    fields = {"conn_type": "cin7_core", "host": world.stage.simulators["cin7"].url, "login": cin7["account_id"],
              "password": cin7["keys"][0]}  # fmt: skip
    world.stage.airflow.put_connection(show.cin7_connection, **fields, extra=json.dumps(extra))
    yield f"{world.stage.airflow.url}/ml-connector-webhooks/{PAIR}/cin7"
    world.stage.connect()


def send(address: str, secret: str = SECRET, **event: Any) -> int:
    """Send an event as Cin7 does; return the answer's status."""
    body = {"EventType": "Purchase/InvoiceAuthorised", "TaskID": "A" * 36, **event}
    headers = {"Authorization": f"Bearer {secret}"}
    return requests.post(address, json=body, headers=headers, timeout=60).status_code


def asked_for(world: World) -> list[dict[str, Any]]:
    """Return the runs that webhooks have asked for."""
    return [run for run in world.stage.airflow.runs(PAIR) if run["dag_run_id"].startswith("webhook__")]


def test_a_burst_makes_one_run_which_moves_the_bill(world: World, address: str) -> None:
    """A thousand calls at once: one run for all that fall into the same five seconds; the bill stands there once."""
    world.until(lambda: send(address) == 202, "the secret to be read again", 30)
    for run in asked_for(world):
        world.finish(run["dag_run_id"])
    before = len(asked_for(world))
    bill = world.buy()
    begun = time.time()
    with ThreadPoolExecutor(32) as crowd:
        answers = list(crowd.map(lambda _n: send(address), range(1000)))
    touched = int(time.time() // GATHER_SECONDS) - int(begun // GATHER_SECONDS) + 1
    assert set(answers) == {202}
    runs = asked_for(world)[before:]
    assert 1 <= len(runs) <= touched
    for run in runs:
        assert world.finish(run["dag_run_id"])["state"] == "success", world.logs(run["dag_run_id"])
    assert [row["Status"] for row in world.bills(bill)] == ["Open"]
    states = world.states(runs[0]["dag_run_id"])
    assert (states["supplier_invoices.load"], states["suppliers_to_cin7.load"]) == ("success", "skipped")


def test_out_of_order_and_again_changes_nothing(world: World, address: str) -> None:
    """An event of something long done, or of something unknown, starts a run that finds nothing to do."""
    for run in asked_for(world):
        world.finish(run["dag_run_id"])
    marks = world.marks()
    assert send(address, PurchaseOrderNumber="PO-99999", EventType="Purchase/OrderAuthorised") == 202
    run = world.until(lambda: asked_for(world), "the run")[-1]
    assert world.finish(run["dag_run_id"])["state"] == "success"
    assert world.writes(marks) == []


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_without_the_secret_no_run_starts(world: World, address: str, secret: str) -> None:
    """The answer is 401; who is signed in to Airflow or not makes no difference."""
    before = len(asked_for(world))
    assert send(address, secret) == 401
    assert len(asked_for(world)) == before


def test_a_paused_dag_starts_no_run(world: World, address: str) -> None:
    """The call is taken, so that the vendor does not give the webhook up, and nothing is queued for later."""
    for run in asked_for(world):
        world.finish(run["dag_run_id"])
    before = len(asked_for(world))
    world.stage.airflow.pause(PAIR, paused=True)
    try:
        assert send(address) == 202
        assert len(asked_for(world)) == before
    finally:
        world.stage.airflow.pause(PAIR, paused=False)
