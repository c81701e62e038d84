"""What runs leave in the audit trail."""

from __future__ import annotations

import datetime as dt

import pytest
from dag_world import PAIR, World

from ml_connector.orchestration.audit_keys import VARIABLE, audit_keys
from ml_connector.orchestration.offline import replay
from ml_connector.store.verify import verify


def test_each_run_anchors_and_signs_what_it_wrote(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a run and after a replay the whole trail is covered by a signed anchor, and what was sent is made again."""
    monkeypatch.setenv(VARIABLE, "a key of this installation")
    first = world.run()
    verdict = verify(world.database.engine, PAIR, audit_keys())
    assert verdict.good, verdict.text()
    assert (verdict.anchors, verdict.unanchored, verdict.signature) == (1, 0, "proven")
    assert verdict.entries > 10

    replayed = list(replay(world.database, PAIR, None, dt.datetime.now(dt.timezone.utc)))
    assert [one for one in replayed if one.differences or not one.is_kept] == []
    written = sum(flow["created"] + flow["updated"] for flow in first.report["flows"].values())
    assert sum(one.proven for one in replayed) == written

    held = next(one["key"] for one in first.report["held"] if one["flow"] == "supplier_invoices")
    world.replay(flow="supplier_invoices", keys=[held])
    verdict = verify(world.database.engine, PAIR, audit_keys())
    assert verdict.good, verdict.text()
    assert (verdict.anchors, verdict.unanchored, verdict.signature) == (2, 0, "proven")


def test_without_a_key_of_its_own_the_trail_is_signed_with_airflow_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has to be set up; while Airflow's key is changed, both are believed and the new one signs."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "new,old")
    both = audit_keys()
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "old")
    (old,) = audit_keys()
    assert both[1] == old != both[0]
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "")
    assert audit_keys() == ()
