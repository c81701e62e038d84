"""A connection that leads to other books, and a deployment with a new name: refused before any call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dag_world import PAIR, Run, World

from ml_connector.cli import main
from ml_connector.orchestration.deployments import read
from ml_connector.orchestration.factory import build as build_dag
from ml_connector.store.identities import known

NZ = f"{PAIR}__nz"
SYSTEMS = ("cin7", "acumatica")


def repoint(world: World, environment: pytest.MonkeyPatch) -> None:
    """Let the connection of Cin7 name another address, which leads to the same simulator."""
    connection = world.connections()["CIN7_DEFAULT"]
    elsewhere = {**connection, "host": connection["host"].replace("127.0.0.1", "localhost")}
    environment.setenv("AIRFLOW_CONN_CIN7_DEFAULT", json.dumps(elsewhere))


def rename(world: World, **further: Any) -> None:
    """Give the deployment a tenant."""
    told = json.loads(world.pairs.read_text(encoding="utf-8"))
    told["deployments"] = [{**told["deployments"][0], "tenant": "nz", **further}]
    world.pairs.write_text(json.dumps(told), encoding="utf-8")


def calls(world: World) -> dict[str, int]:
    """Return how many calls each system has got since this was asked last."""
    found = {}
    for system in SYSTEMS:
        url = getattr(world, system)
        found[system] = len(world._ask("GET", url, "journal"))
        world._ask("DELETE", url, "journal")
    return found


def stored(world: World) -> dict[tuple[str, str], str]:
    """Return what is stored: deployment and system → the books."""
    return {(one.deployment, one.system): one.identity.text for one in known(world.database.engine)}


@pytest.fixture
def ran(world: World) -> World:
    """A world of which one flow has been run."""
    world.deploy("suppliers")
    assert world.run().state == "success"
    assert all(calls(world).values())
    return world


def test_a_repointed_connection_is_not_called_until_it_is_accepted(
    ran: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run is red and says what to do; once a person has accepted it, the next one goes on where the last ended."""
    (address,) = {text for (_, system), text in stored(ran).items() if system == "cin7"}
    mark = ran.watermark("suppliers")
    repoint(ran, monkeypatch)
    capsys.readouterr()
    red = ran.run()
    assert (red.state, red.states["suppliers.extract"]) == ("failed", "failed")
    assert calls(ran)["cin7"] == 0
    said = capsys.readouterr()
    told = said.out + said.err
    now = address.replace("127.0.0.1", "localhost")
    for part in (f"{PAIR}: cin7 (connection 'cin7_default') is {now} now", f"been {address} since", "systems accept"):
        assert part in told, told[-3000:]
    assert main(["systems", "accept", PAIR, "cin7", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "deployment": PAIR, "systems": {"cin7": {"was": address, "is": now}},
    }  # fmt: skip
    assert calls(ran) == {"cin7": 0, "acumatica": 0}
    green = ran.run()
    assert green.state == "success", green.states
    assert ran.stored("acumatica") == []
    assert (ran.watermark("suppliers") or "") >= (mark or "?")


def test_no_way_leads_to_other_books(
    ran: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a dry run nor a command calls them; check and preflight tell it as what is to be corrected."""
    repoint(ran, monkeypatch)
    assert ran.run(dry_run=True).state == "failed"
    capsys.readouterr()
    for command in ("check", "preflight"):
        assert main([command, PAIR, "--json"]) == 3
        told = json.loads(capsys.readouterr().out)
        assert (told["ready"], told["systems"]["cin7"]["reached"]) == (False, False)
        assert "systems accept" in told["systems"]["cin7"]["said"]
        assert told["systems"]["acumatica"]["reached"]
    assert main(["reconcile", PAIR, "--json"]) == 2
    assert "systems accept" in capsys.readouterr().err
    assert main(["webhooks", "check", PAIR, "--url", "https://airflow.example", "--json"]) == 2
    assert calls(ran)["cin7"] == 0


def test_only_a_run_that_writes_stores_whose_books_these_are(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What only looks may be tried on one company and then on another."""
    world.deploy("suppliers")
    assert world.run(dry_run=True).state == "success"
    main(["check", PAIR])
    main(["preflight", PAIR])
    main(["reconcile", PAIR])
    assert stored(world) == {}
    capsys.readouterr()
    assert main(["systems", "list", PAIR]) == 0
    assert f"nothing is stored yet of {PAIR}" in capsys.readouterr().out
    assert world.run().state == "success"
    assert set(stored(world)) == {(PAIR, "cin7"), (PAIR, "acumatica")}
    capsys.readouterr()
    assert main(["systems", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {(one["deployment"], one["system"]): one["identity"] for one in told} == stored(world)
    assert "tenant ACME" in stored(world)[PAIR, "acumatica"]


def test_a_renamed_deployment_is_refused_until_it_is_accepted(ran: World, capsys: pytest.CaptureFixture[str]) -> None:
    """It would carry everything over again; no system is called."""
    rename(ran)
    capsys.readouterr()
    red = Run(build_dag(read(ran.pairs)[0]).test(run_conf={}))
    assert (red.dag_run.dag_id, red.states["suppliers.extract"]) == (NZ, "failed")
    said = capsys.readouterr()
    assert f"{NZ} has written nothing yet, and {PAIR} has kept the same books" in said.out + said.err
    assert calls(ran) == {"cin7": 0, "acumatica": 0}
    assert {deployment for deployment, _ in stored(ran)} == {PAIR}
    assert main(["systems", "accept", NZ]) == 0
    assert {deployment for deployment, _ in stored(ran)} == {PAIR, NZ}
    assert Run(build_dag(read(ran.pairs)[0]).test(run_conf={})).states["suppliers.extract"] == "success"


def test_a_deployment_with_other_options_is_another(ran: World) -> None:
    """Its accounts may be those of the first."""
    rename(ran, options={"acumatica": {"charge_account": "62300", "vendor_class": "DEFAULT"}})
    done = Run(build_dag(read(ran.pairs)[0]).test(run_conf={}))
    assert done.states["suppliers.extract"] == "success"
    assert {deployment for deployment, _ in stored(ran)} == {PAIR, NZ}


def test_a_system_that_the_pair_has_not_is_named(ran: World, capsys: pytest.CaptureFixture[str]) -> None:
    """With those that it has."""
    capsys.readouterr()
    assert main(["systems", "accept", PAIR, "acumatca"]) == 2
    assert "has no system 'acumatca'; did you mean 'acumatica'?" in capsys.readouterr().err
