"""Many tenants from one file: one tenant's trouble, documents, keys and calls are nobody else's."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from ml_connector.domain.documents import Supplier
from ml_connector.domain.errors import RateLimited
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome, Progress
from ml_connector.mapping.links import SupplierLink
from ml_connector.orchestration import catalog
from ml_connector.orchestration.deployments import REPLAY, Deployment, of_tenant, read
from ml_connector.store.database import Database
from ml_connector.store.watermarks import variable_name
from ml_connector.sync.ports import TargetRef
from ml_connector.systems.cin7.allowance import allowance
from ml_connector.systems.cin7.connection import read_settings
from ml_connector.transport.auth import Token
from ml_connector.transport.ledger import SqliteLedger
from ml_connector.transport.rate import RollingBudget
from ml_connector.transport.turns import Caller

TENANTS = 200
ONE, OTHER, FLOW = "ifs_cin7__acme", "ifs_cin7__birch", "suppliers"
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc)


def entry(pair: str, tenant: str) -> dict[str, object]:
    """What a tenant's pair takes in the file."""
    partner = catalog.pair(pair).partner
    return {"pair": pair, "tenant": tenant, "connections": {"cin7": f"cin7_{tenant}", partner: f"{partner}_{tenant}"}}


def a_file(folder: Path, *more: object) -> Path:
    """A file of 200 tenants with all pairs each, and more."""
    fleet = [entry(pair, f"t{n:03}") for n in range(TENANTS) for pair in catalog.PAIRS]
    file = folder / "pairs.yaml"
    file.write_text(yaml.safe_dump({"deployments": [*more, *fleet]}), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Deployment, ...]:
    """All deployments of the file."""
    return read(a_file(tmp_path_factory.mktemp("fleet")))


def test_tenants_come_from_the_file_alone_and_every_name_is_one_tenant_s(fleet: tuple[Deployment, ...]) -> None:
    """Two hundred tenants of all pairs: no DAG, connection or watermark's Variable has the name of another."""
    assert len(fleet) == TENANTS * len(catalog.PAIRS)
    assert len({one.dag_id for one in fleet}) == len(fleet)
    connections = [one.connection_of(system) for one in fleet for system in ("cin7", one.spec.partner)]
    assert {name.rpartition("_")[2] for name in connections} == {f"t{n:03}" for n in range(TENANTS)}
    variables = [variable_name(one.dag_id, flow.name) for one in fleet for flow in one.spec.flows]
    assert len(set(variables)) == len(variables)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pair": "ifs_cin7", "tenant": "acme", "cadance": {}},
        {"pair": "ifs_cin", "tenant": "acme"},
        {"pair": "ifs_cin7", "tenant": "t001"},
        {**entry("ifs_cin7", "t001"), "tenant": "acme"},
        "acme",
    ],
)
def test_a_tenant_that_is_wrong_in_the_file_stops_no_other(
    tmp_path: Path, wrong: object, caplog: pytest.LogCaptureFixture
) -> None:
    """The DAG loader leaves it out and says why; every tenant that is right and alone in its name stays."""
    found = {one.dag_id for one in read(a_file(tmp_path, wrong), leave_out_wrong=True)}
    assert len(found) >= TENANTS * len(catalog.PAIRS) - 1
    assert {"ifs_cin7__t000", "cin7_qad__t001", "ifs_cin7__t199"} <= found
    assert str(tmp_path) in caplog.text


def test_the_loader_and_the_check_each_do_their_part(tmp_path: Path) -> None:
    """With a wrong tenant in the file the pairs' DAGs load, and the other file names it as its import error."""
    wrong = {"pair": "ifs_cin7", "tenant": "acme", "cadance": {}}
    file = tmp_path / "pairs.yaml"
    file.write_text(yaml.safe_dump({"deployments": [wrong, entry("ifs_cin7", "birch")]}), encoding="utf-8")
    ended = {}
    for name in ("pairs", "check"):
        run = [sys.executable, "-W", "ignore", f"dags/ml_connector_{name}.py"]
        environment = {
            "ML_CONNECTOR_PAIRS": str(file),
            "AIRFLOW_HOME": str(tmp_path),
            "PYTHONPATH": "include",
            "PATH": "",
        }
        ended[name] = subprocess.run(run, capture_output=True, text=True, env=environment, timeout=300, check=False)
    assert ended["pairs"].returncode == 0, ended["pairs"].stderr
    assert ended["check"].returncode != 0
    assert "deployments.0.cadance: there is no such key" in ended["check"].stderr


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A database that two tenants share."""
    made = Database(f"sqlite:///{tmp_path / 'connector.db'}", now=lambda: NOW)
    made.migrate()
    return made


def supplier(name: str) -> Supplier:
    """The supplier S1, which both tenants have."""
    return Supplier(source="cin7", key="S1", modified_at=NOW, name=name)


def test_two_tenants_with_the_same_keys_have_nothing_in_common(database: Database) -> None:
    """What one tenant stages, writes, holds, links, maps and remembers, the other does not see, under the same keys."""
    finding = Finding(reason=Reason.ACCOUNT_UNMAPPED, message="No account.", next_step="Map it.")
    staging, journal = database.staging(ONE, FLOW, "r"), database.journal(ONE, FLOW, "r")
    staging.begin()
    staging.add([supplier("Acme's")])
    journal.advance("S1", Progress.VERIFIED, ref=TargetRef(key="V1"), source_hash="x", document=supplier("Acme's"))
    journal.conclude("S1", Outcome.HELD, label="S1", findings=(finding,), document=supplier("Acme's"))
    database.links(ONE).add(SupplierLink(cin7_key="S1", partner_key="V1", how="code"))
    database.code_maps(ONE).import_text("account", "cin7_code,partner_code\n1,2\n", author="t")
    database.record_cache(ONE, "cin7").put("purchase", "P1", "1", {"a": 1})

    theirs = database.journal(OTHER, FLOW, "r")
    assert database.staging(OTHER, FLOW, "r").counts()["read"] == 0
    assert theirs.entry("S1").progress is Progress.NONE
    assert theirs.key_of("V1") is None
    assert list(theirs.open_documents()) == []
    assert database.held(OTHER) == []
    assert database.links(OTHER).by("cin7") == {}
    assert not any(database.code_maps(OTHER).load("cin7").values())
    assert database.record_cache(OTHER, "cin7").get("purchase", "P1", "1") is None
    assert theirs.entry("S1").marker != journal.entry("S1").marker
    assert len(database.held(ONE)) == 1
    with journal.lock("S1"), theirs.lock("S1"):
        theirs.advance("S1", Progress.VERIFIED, ref=TargetRef(key="V1"), source_hash="y")
    assert journal.entry("S1").source_hash == "x"


@dataclass
class Variables:
    """Airflow's Variables."""

    values: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def set(self, name: str, value: str) -> None:
        self.values[name] = value


def test_a_watermark_moves_for_its_tenant_only(database: Database) -> None:
    """One tenant's mark, and a person who sets its Variable back, leave the other's where it is."""
    shown = Variables()
    one, other = (database.watermarks(name, FLOW, "r", shown) for name in (ONE, OTHER))
    one.advance(NOW)
    assert other.current() is None
    other.advance(NOW - dt.timedelta(days=3))
    shown.values[variable_name(ONE, FLOW)] = (NOW - dt.timedelta(days=9)).isoformat()
    assert one.current() == NOW - dt.timedelta(days=9)
    assert other.current() == NOW - dt.timedelta(days=3)


def test_a_tenant_that_has_used_up_its_calls_leaves_the_others_theirs(tmp_path: Path) -> None:
    """Accounts are counted apart: neither a full minute nor a key that Cin7 has closed touches another's key."""
    ledger = SqliteLedger(tmp_path / "rates", now=lambda: 1000.0)

    def budget(tenant: str) -> RollingBudget:
        guid = str(uuid.uuid5(uuid.NAMESPACE_DNS, tenant))
        settings = read_settings("cin7", host="https://x.example", login=guid, password=guid, extra={})
        scope, rates, keys = allowance(settings)
        return RollingBudget(ledger, scope, rates, keys=keys, caller=Caller(f"ifs_cin7__{tenant}"), patience_seconds=0)

    acme, birch = budget("acme"), budget("birch")
    with suppress(RateLimited):
        for _ in range(100):
            acme.acquire()
    with pytest.raises(RateLimited):
        acme.acquire()
    key = birch.acquire()
    acme.penalise(key, 3600)
    assert birch.acquire() == key


def test_a_token_is_opened_by_the_connection_s_own_secret_only(database: Database) -> None:
    """Two tenants whose sign-ins go by one name do not get at each other's token."""
    token = Token("acme's", None, NOW + dt.timedelta(hours=1), NOW)
    database.token_store("acme's secret").save("ifs tenant", token)
    assert database.token_store("birch's secret").load("ifs tenant") is None
    assert database.token_store("acme's secret").load("ifs tenant") == token


@pytest.mark.parametrize(
    ("pair", "dag_id"),
    [
        ("ifs_cin7", "ml_connector_replay"),
        ("ifs_cin7__nz", "ml_connector_replay__nz"),
        ("a__b__c", f"{REPLAY}__b__c"),
    ],
)
def test_a_pair_s_replay_is_its_tenant_s(pair: str, dag_id: str) -> None:
    """It is found from the name of the pair's DAG alone, also where that is not deployed any more."""
    assert of_tenant(REPLAY, pair) == dag_id
