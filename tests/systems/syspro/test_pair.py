"""The pair with its real parts on both simulators: what a run leaves behind, and what the audit trail tells."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-"))

from ml_connector.cli import main
from ml_connector.orchestration import replaying, tasks
from ml_connector.orchestration.deployments import Deployment
from ml_connector.orchestration.wiring import Workshop
from ml_connector.store.database import Database
from ml_connector.sync import extract, load, reconcile, validate, watermark, window
from ml_connector_sandbox import cin7
from ml_connector_sandbox import syspro as erp
from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.demo.show import show
from ml_connector_sandbox.demo.simulators import Simulator, seed
from ml_connector_sandbox.syspro import world

SHOW = show("syspro_cin7")


@dataclass
class Pair:
    """Both simulators, the connector's database, and runs of all flows."""

    systems: dict[str, Simulator]
    scenario: Any
    database: Database
    deployment: Deployment
    marks: dict[str, str]
    keys: tuple[str, ...] = ()

    def get(self, key: str, *_default: Any) -> str | None:
        return self.marks.get(key)

    def set(self, key: str, value: str) -> None:
        self.marks[key] = value

    def run(self, run_id: str, *, is_killed: bool = False) -> reconcile.Report | None:
        """Run every flow as the DAG's tasks do; a killed run ends before its last task."""
        runs = []
        for flow in self.deployment.active_flows():
            parts = Workshop(self.deployment, self.database, say=lambda _text: None)
            run = parts.flow_run(flow, run_id)
            marks = self.database.watermarks(self.deployment.dag_id, flow.name, run_id, self)
            run = replace(run, watermarks=marks)
            plan = window.plan(run, request=window.WindowRequest())
            extract.extract(run, plan)
            validate.validate(run)
            load.load(run)
            watermark.record(run, plan)
            runs.append(run)
            parts.close()
        if is_killed:
            return None
        last = Workshop(self.deployment, self.database, say=lambda _text: None)
        report = reconcile.reconcile(runs, deployment=self.deployment.dag_id, run_id=run_id)
        last.end_run()
        last.close()
        return report

    def calls(self, end: str) -> list[dict[str, Any]]:
        """Return the calls of SYSPRO whose path ends so."""
        return [row for row in self.systems["syspro"].requests() if row["path"].endswith(end)]


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    scenario = SHOW.scenario("tiny")
    with ExitStack() as stack:
        servers = {name: stack.enter_context(serve(build(module.simulator())))
                   for name, module in (("cin7", cin7), ("syspro", erp))}  # fmt: skip
        systems = {name: Simulator(name, one.url, scenario.accounts.get(name, {}).get("account_id"))
                   for name, one in servers.items()}  # fmt: skip
        seed(systems, scenario)
        systems["cin7"].call("PATCH", "settings", {"rate_limit": 100_000})
        systems["syspro"].call("PATCH", "settings", {"seats": 1})
        account = scenario.accounts["cin7"]
        ours = {"conn_type": "cin7_core", "host": servers["cin7"].url, "login": account["account_id"],
                "password": account["keys"][0], "extra": {"requests_per_minute": 100_000}}  # fmt: skip
        theirs = SHOW.connection(servers["syspro"].url, scenario)
        monkeypatch.setenv(f"AIRFLOW_CONN_{SHOW.cin7_connection.upper()}", json.dumps(ours))
        monkeypatch.setenv("AIRFLOW_CONN_SYSPRO_DEFAULT", json.dumps({**theirs, "extra": json.loads(theirs["extra"])}))
        database = Database(f"sqlite:///{tmp_path}/connector.sqlite")
        database.migrate()
        deployment = Deployment(pair=SHOW.pair, connections={"cin7": SHOW.cin7_connection}, **SHOW.chosen)
        for name, rows in scenario.maps.items():
            database.code_maps(deployment.dag_id).import_text(name, rows, author="test")
        yield Pair(systems, scenario, database, deployment, {})
        database.engine.dispose()


def test_a_run_killed_before_its_logoff_hands_seat_and_session_on(pair: Pair) -> None:
    """With one seat alone, and that held by the killed run, the next run works under the same session and frees it:
    order, receipt and invoice stand in Cin7 as meant. In the database the session was sealed."""  # noqa: D205, D209
    pair.run("r1", is_killed=True)
    (session,) = pair.systems["syspro"].state("session")
    assert session["operator"] == world.OPERATOR
    parts = Workshop(pair.deployment, pair.database)
    client = parts._hook("syspro").client
    client.queries.read("GetLogonProfile")
    secrets = (*client.queries._auth.secrets(), world.OPERATOR_PASSWORD)
    assert len(secrets) == 2
    kept = [str(row) for table in _tables(pair.database) for row in table]
    assert not [row for row in kept for secret in secrets if secret in row]
    parts.close()
    report = pair.run("r2")
    assert report is not None
    assert not report.differences
    verdict = SHOW.look(pair.systems, pair.scenario, True)
    assert (verdict.wrong, verdict.documents) == ((), 4)
    assert len(pair.calls("/Logon")) == len(pair.calls("/Logoff")) == 1
    assert pair.systems["syspro"].state("session") == []


def test_a_second_run_writes_nothing(pair: Pair) -> None:
    """What stands on both sides costs no write on either, and a run without postings takes no seat."""
    pair.run("r1")
    before = {name: one.last_request() for name, one in pair.systems.items()}
    logons = len(pair.calls("/Logon"))
    pair.run("r2")
    assert {name: one.writes(before[name]) for name, one in pair.systems.items()} == {"cin7": (0, 0), "syspro": (0, 0)}
    assert len(pair.calls("/Logon")) == logons == 1


def _tables(database: Database) -> Iterator[list[Any]]:
    with database.engine.connect() as connection:
        names = connection.execute(text("select name from sqlite_master where type = 'table'")).scalars().all()
        for name in names:
            yield list(connection.execute(text(f"select * from {name}")))


def test_cost_centres_are_mapped_carried_and_told(pair: Pair) -> None:
    """A part of the GL code becomes the mapped cost centre and stands in the line's comment in Cin7; both codes are
    kept with the run, the trail names the centre, and one that the map lacks holds the document by name."""  # noqa: D205, D209
    maps = pair.database.code_maps(pair.deployment.dag_id)
    accounts = "".join(f"630,{centre}-1210,\n" for centre in ("00", "10", "20", "30"))
    maps.import_text("account", f"cin7_code,partner_code,note\n{accounts}", author="test")
    order = pair.systems["syspro"].state("PorMasterDetail")[0]["PurchaseOrder"]
    pair.systems["syspro"].edit("PorMasterDetail", f"{order}/1", MGlCode="30-1210")
    report = pair.run("r1")
    assert report is not None
    (message,) = [one["message"] for one in report.held if "cost_centre_unmapped" in one["reasons"]]
    assert "“30”" in message
    maps.import_text("cost_centre", "cin7_code,partner_code,note\nFleet,30,\n", author="test")
    pair.run("r2")
    assert "Fleet" in str(pair.systems["cin7"].state("purchase"))
    kept = pair.database.staging(pair.deployment.dag_id, "purchase_orders", "r2")
    (staged,) = [one for one in kept.all() if one.document.key == order]
    assert (staged.document.lines[0].cost_centre, staged.resolved.lines[0].cost_centre) == ("30", "Fleet")
    with pair.database.engine.connect() as connection:
        trail = connection.execute(text("select detail from mlc_audit_entry where key = :k"), {"k": order}).all()
    assert "; cost centres Fleet" in str(trail)


@pytest.mark.parametrize("command", ["check", "preflight", "reconcile"])
def test_a_command_keeps_no_seat(pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """It logs off what it has logged on, and leaves a session alone that a run has shared before it."""

    def done() -> dict[str, Any]:
        file = tmp_path / "pairs.yaml"
        file.write_text(json.dumps({"deployments": [{"pair": SHOW.pair, **told}]}), encoding="utf-8")
        url = f"sqlite:///{tmp_path}/connector.sqlite"
        assert main(["--db", url, command, pair.deployment.dag_id, "--pairs", str(file), "--json"]) in (0, 1)
        made: dict[str, Any] = json.loads(capsys.readouterr().out)
        return made

    told = pair.deployment.model_dump(mode="json", include={"connections", *SHOW.chosen})
    assert done()
    assert pair.systems["syspro"].state("session") == []
    assert len(pair.calls("/Logon")) == len(pair.calls("/Logoff"))
    pair.run("r1", is_killed=True)
    (session,) = pair.systems["syspro"].state("session")
    done()
    assert [one["since"] for one in pair.systems["syspro"].state("session")] == [session["since"]]


def replay(pair: Pair, beside: str, running: list[int]) -> None:
    """Replay suppliers into SYSPRO as the DAG's tasks do, while so many runs `beside` go on; the last goes on so."""

    def get_dr_count(dag_id: str, **_: Any) -> int:
        if dag_id != beside:
            return dag_id == "ml_connector_replay"
        return running.pop(0) if len(running) > 1 else running[0]

    told = SimpleNamespace(try_number=1, get_dr_count=get_dr_count)
    context = {
        "run_id": "one",
        "params": {"keys": [row["ID"] for row in pair.systems["cin7"].state("supplier")]},
        "ti": told,
        "dag_run": SimpleNamespace(dag_id="ml_connector_replay", run_type="manual"),
    }
    flow = pair.deployment.spec.flow("suppliers_to_syspro")
    for step in (replaying.extract, replaying.validate, replaying.load):
        step(pair.deployment, flow, context)


@pytest.mark.parametrize("beside", ["syspro_cin7", "ml_connector_preflight"])
@pytest.mark.parametrize(
    ("was_there", "running", "left"),
    [
        (False, [0], "none"),
        (True, [0], "the same"),
        (False, [1], "its own"),
        (True, [1], "the same"),
        (False, [0, 1], "its own"),
        (True, [1, 0], "none"),
    ],
    ids=["alone", "session of others", "run", "run with session", "run that begins", "run that ends"],
)
def test_a_replay_keeps_no_seat_and_ends_no_session_of_a_run(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, beside: str, was_there: bool, running: list[int], left: str
) -> None:
    """Each of its tasks logs off what it has logged on, unless it was there before, or a run may share it by now."""
    ours = {"conn_type": "sqlite", "host": pair.database.engine.url.database}
    monkeypatch.setenv("AIRFLOW_CONN_ML_CONNECTOR_DB", json.dumps(ours))
    monkeypatch.setattr(tasks.assets, "tell", lambda *_: None)
    before = []
    if was_there:
        parts = Workshop(pair.deployment, pair.database)
        parts.client("syspro").queries.read("GetLogonProfile")
        parts.close()
        before = [one["since"] for one in pair.systems["syspro"].state("session")]
    replay(pair, beside, list(running))
    after = [one["since"] for one in pair.systems["syspro"].state("session")]
    assert [len(before), len(after)] == [was_there, left != "none"]
    assert (before == after != []) is (left == "the same")
    assert len(pair.calls("/Logon")) - len(pair.calls("/Logoff")) == len(after)
    assert len(pair.calls("/Logon")) > 0
