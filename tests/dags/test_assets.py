"""What other DAGs and lineage learn of a run that has written something, and what is kept of its calls."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.models.asset import AssetEvent
from airflow.sdk import AssetAlias
from airflow.utils.session import create_session
from dag_world import PAIR, World
from sqlalchemy import delete, select

from ml_connector.orchestration import assets
from ml_connector.orchestration.deployments import read
from ml_connector.orchestration.factory import build
from ml_connector.orchestration.replay import build_replay
from ml_connector.provider import get_provider_info
from ml_connector.store import call_bodies
from ml_connector.store.engine import reading
from ml_connector.store.tables import call_body

SUPPLIERS = "ml-connector://acumatica/acumatica_default/supplier"


@pytest.fixture
def events(world: World) -> Any:
    """Return the asset events since this was asked last: uri, task, extra."""

    def taken() -> list[tuple[str, str, dict[str, Any]]]:
        with create_session() as session:
            found = [(one.uri, one.source_task_id, one.extra) for one in session.scalars(select(AssetEvent))]
            session.execute(delete(AssetEvent))
        return found

    taken()
    return taken


def test_each_load_task_declares_what_it_may_write(world: World) -> None:
    """An alias a flow, so that a run which writes nothing has no event; a replay has one, too."""
    dag = build(read(world.pairs)[0])
    told = {task.task_id: task.outlets for task in dag.tasks if task.outlets}
    assert set(told) == {f"{flow.name}.load" for flow in read(world.pairs)[0].active_flows()}
    assert told["suppliers.load"] == [assets.alias_of(PAIR, "suppliers")]
    (outlet,) = build_replay(read(world.pairs)).get_task("load").outlets
    assert isinstance(outlet, AssetAlias)


def test_only_a_run_that_writes_has_an_event_with_its_counts(world: World, events: Any) -> None:
    """The first run creates suppliers and says so; a dry run and one that finds all in place say nothing."""
    world.deploy("suppliers")
    world.run(dry_run=True)
    assert events() == []
    run = world.run()
    ((uri, task, extra),) = events()
    counts = run.report["flows"]["suppliers"]
    assert (uri, task) == (SUPPLIERS, "suppliers.load")
    assert extra == {
        "pair": PAIR, "flow": "suppliers", "run": run.dag_run.run_id, "read": counts["read"],
        "created": counts["created"], "updated": counts["updated"],
    }  # fmt: skip
    assert extra["created"] > 0
    shown = bodies(world)
    assert any("VendorName" in sent and "VendorID" in received for sent, received in shown)
    assert not [text for pair in shown for text in pair if "sandbox" in text]
    world.run()
    assert events() == []


def bodies(world: World) -> list[tuple[str, str]]:
    """Return what is kept of the calls' bodies."""
    with reading(world.database.engine) as connection:
        names = list(connection.execute(select(call_body.c.name)).scalars())
    return list(call_bodies.kept(world.database.engine, PAIR, names).values())


def test_bodies_are_removed_after_their_time(world: World) -> None:
    """A deployment that keeps none removes at the end of its run what was kept before, and keeps none of that run."""
    world.deploy("suppliers")
    world.run()
    assert bodies(world)
    told = json.loads(world.pairs.read_text(encoding="utf-8"))
    told["deployments"][0]["call_bodies_days"] = 0
    world.pairs.write_text(json.dumps(told), encoding="utf-8")
    world.run()
    assert bodies(world) == []


def test_an_asset_is_known_by_system_connection_and_kind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deployments that share a connection share the asset; OpenLineage (not installed here) names it alike."""
    monkeypatch.setattr("airflow.providers.common.compat.openlineage.facet.Dataset", SimpleNamespace)
    deployment = read(world.pairs)[0].model_copy(update={"connections": {"cin7": "cin7 nz"}})
    asset = assets.asset_of(deployment, "cin7", "purchase_order")
    assert (asset.name, asset.uri) == ("ml-connector://cin7/cin7%20nz/purchase_order",) * 2
    made: Any = assets.dataset(asset, None)
    assert (made.namespace, made.name) == ("ml-connector://cin7", "cin7%20nz/purchase_order")
    (told,) = get_provider_info()["asset-uris"]
    assert (told["schemes"], told["to_openlineage_converter"]) == ([assets.SCHEME], f"{assets.__name__}.dataset")


def test_lineage_goes_to_whoever_reads_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Source and target of what was written; the collector is Airflow's own, as with a reader installed."""
    from airflow.sdk import lineage

    collector = lineage.HookLineageCollector()
    monkeypatch.setattr(lineage, "get_hook_lineage_collector", lambda: collector)
    deployment = read(world.pairs)[0]
    task = build(deployment).get_task("suppliers.load")
    context: dict[str, Any] = {"task": task, "outlet_events": lineage_events()}
    flow = deployment.spec.flow("suppliers")
    assets.tell(deployment, flow, {"read": 3, "created": 0, "updated": 0}, context, "r")
    assert not collector.has_collected
    assets.tell(deployment, flow, {"read": 3, "created": 2, "updated": 0}, context, "r")
    found = collector.collected_assets
    assert [one.asset.uri for one in found.inputs] == ["ml-connector://cin7/cin7_default/supplier"]
    assert [one.asset.uri for one in found.outputs] == [SUPPLIERS]
    assert found.outputs[0].asset.normalized_uri == SUPPLIERS


def lineage_events() -> Any:
    from airflow.sdk.execution_time.context import OutletEventAccessors

    return OutletEventAccessors()
