"""Where the connector's database is, and what a task's log may show."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from airflow.sdk import log

from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration.adapters import Adapter
from ml_connector.orchestration.masking import MaskingTokens
from ml_connector.orchestration.wiring import database_url
from ml_connector.transport.auth import MemoryTokenStore, Token


@pytest.mark.parametrize("executor", ["LocalExecutor", "airflow.executors.local_executor.LocalExecutor"])
def test_on_one_machine_the_database_is_a_file_in_airflow_s_home(
    executor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing has to be set up to begin with."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    assert database_url() == f"sqlite:///{tmp_path / 'ml_connector.db'}"


@pytest.mark.parametrize("executor", ["CeleryExecutor", "LocalExecutor,KubernetesExecutor", "mine:my.own.Executor"])
def test_on_several_machines_a_database_of_its_own_is_asked_for(executor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each worker with a file of its own would write documents twice, so the task stops and says what to create."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    with pytest.raises(ConfigurationError, match=r"Create a PostgreSQL database and a connection 'ml_connector_db'"):
        database_url()


def test_the_connection_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the connection defined, the executor does not matter."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW_CONN_ML_CONNECTOR_DB", "postgres://me:s%2Fecret@db.example:5433/connector")
    assert database_url() == "postgresql+psycopg://me:s%2Fecret@db.example:5433/connector"


@pytest.mark.parametrize("use", ["save", "load"])
def test_tokens_are_masked_when_they_are_fetched_and_when_they_are_loaded(use: str) -> None:
    """A token that Airflow has never seen in a connection is hidden in the log all the same."""
    secret = f"access-token-of-{use}"
    token = Token(secret, f"refresh-{secret}", dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc))
    assert log.redact(f"bearer {secret}") == f"bearer {secret}"
    store = MemoryTokenStore()
    if use == "load":
        store.save("acumatica", token)
        assert MaskingTokens(store).load("acumatica") == token
    else:
        MaskingTokens(store).save("acumatica", token)
    assert log.redact(f"bearer {secret} / refresh-{secret}") == "bearer *** / ***"


def test_a_system_that_a_step_does_not_need_is_not_signed_in_to() -> None:
    """The adapter is made when it is first asked for something, and once."""
    made: list[str] = []

    class Vendor:
        settle_seconds = 6.0

        def __init__(self) -> None:
            made.append("made")

    adapter = Adapter(Vendor, "acumatica")
    assert (adapter.system, made) == ("acumatica", [])
    assert (adapter.settle_seconds, adapter.settle_seconds, made) == (6.0, 6.0, ["made"])
