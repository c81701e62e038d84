"""How the connector's database is opened."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import StatementError
from store_samples import DEPLOYMENT, T0, Killed

from ml_connector.domain.errors import ConfigurationError, RetryableError
from ml_connector.store.database import Database
from ml_connector.store.engine import engine_for, reading, upsert, url_from_connection, writing
from ml_connector.store.tables import source_record, token


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (("sqlite", "/p/a.db", None, None, None, None, {}), "sqlite:////p/a.db"),
        (("sqlite", None, None, None, None, "/p/a.db", None), "sqlite:////p/a.db"),
        (
            ("postgres", "db", "user", "p@ss", 5433, "sync", {"sslmode": "require"}),
            "postgresql+psycopg://user:p%40ss@db:5433/sync?sslmode=require",
        ),
    ],
)
def test_an_airflow_connection_becomes_a_url(fields: tuple[Any, ...], expected: str) -> None:
    """A sqlite path is found in host or schema, and postgres is spoken to through psycopg 3."""
    assert url_from_connection(*fields).render_as_string(hide_password=False) == expected


@pytest.mark.parametrize(
    "fields",
    [
        ("sqlite", "", None, None, None, "", {}),
        ("postgres", "", "u", "geheim", None, None, {}),
        ("mysql", "h", "u", "geheim", None, None, {}),
    ],
)
def test_an_unusable_connection_is_refused_without_its_secret(fields: tuple[Any, ...]) -> None:
    """A connection that cannot hold the database is a configuration error that shows no password."""
    with pytest.raises(ConfigurationError) as caught:
        url_from_connection(*fields)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:////no/such/folder/a.db", "mysql://h/d", "nonsense"])
def test_an_unusable_url_is_refused(url: str) -> None:
    """Neither memory nor a missing folder nor another database is taken."""
    with pytest.raises(ConfigurationError):
        engine_for(url)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    """A naive time never reaches the database."""
    row = {"name": "t", "sealed": "x", "updated_at": dt.datetime(2026, 1, 1)}  # noqa: DTZ001 - the point
    with pytest.raises(StatementError, match="without a zone"), writing(database.engine) as connection:
        upsert(connection, token, [row])


def test_a_time_comes_back_as_utc(database: Database) -> None:
    """A time stored in any zone is read as the same moment in UTC, to the microsecond."""
    there = T0.replace(microsecond=123456).astimezone(dt.timezone(dt.timedelta(hours=13)))
    with writing(database.engine) as connection:
        upsert(connection, token, [{"name": "t", "sealed": "x", "updated_at": there}])
    with reading(database.engine) as connection:
        found = connection.execute(select(token.c.updated_at)).scalar_one()
    assert (found, found.tzinfo) == (there, dt.timezone.utc)


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    """What was written before an error is gone."""
    with suppress(Killed), writing(database.engine) as connection:
        upsert(connection, token, [{"name": "t", "sealed": "x", "updated_at": T0}])
        raise Killed
    with reading(database.engine) as connection:
        assert connection.execute(select(token)).all() == []


def test_a_database_error_shows_no_values(database: Database) -> None:
    """The text of a database error names the statement but not the values it was given."""
    with pytest.raises((StatementError, RetryableError)) as caught, reading(database.engine) as connection:
        connection.execute(text("SELECT :x FROM mlc_token WHERE nonsense((("), {"x": "geheim"})
    assert "geheim" not in str(caught.value)


def test_a_database_without_tables_says_what_to_do(empty_url: str) -> None:
    """Before its tables are made the database asks to be migrated."""
    database = Database(empty_url)
    with pytest.raises(ConfigurationError, match="migrate"):
        database.links(DEPLOYMENT).by("cin7")
    database.engine.dispose()


def test_a_forked_process_uses_a_connection_of_its_own(database: Database) -> None:
    """A child forked while the parent is connected reads the database, and the parent goes on."""
    with reading(database.engine) as connection:
        connection.execute(text("SELECT 1"))
        child = os.fork()
        if child == 0:
            try:
                database.token_store("s").load("none")
                os._exit(0)
            except BaseException:  # noqa: BLE001 - the exit code tells
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        assert connection.execute(text("SELECT 2")).scalar() == 2


def test_an_unreachable_database_can_be_tried_again() -> None:
    """PostgreSQL that does not answer is a retryable error without the password."""
    database = Database("postgresql://user:geheim@127.0.0.1:1/none")
    with pytest.raises(RetryableError) as caught:
        database.migrate()
    assert "geheim" not in str(caught.value) + repr(database)


@pytest.mark.skipif(not os.environ.get("ML_CONNECTOR_TEST_POSTGRES"), reason="needs PostgreSQL")
def test_a_database_that_cannot_hold_every_name_is_refused() -> None:
    """Before anything is stored, with the way to make one that can."""
    admin = create_engine(engine_for(os.environ["ML_CONNECTOR_TEST_POSTGRES"]).url, isolation_level="AUTOCOMMIT")
    name = f"mlc_test_{uuid.uuid4().hex}"
    with admin.connect() as connection:
        connection.execute(
            text(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        )
        try:
            with pytest.raises(ConfigurationError, match=r"SQL_ASCII, which cannot hold every name.*ENCODING 'UTF8'"):
                Database(admin.url.set(database=name)).migrate()
        finally:
            connection.execute(text(f"DROP DATABASE {name}"))
    admin.dispose()


def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    """A file of another kind is not overwritten."""
    path = tmp_path / "a.db"
    path.write_text("these are my accounts, not a database" * 50)
    with pytest.raises(ConfigurationError, match=r"a\.db"):
        Database(f"sqlite:///{path}").migrate()
    assert path.read_text().startswith("these are my accounts")


def test_versions_are_told_of_some_records_and_never_as_older_than_asked(database: Database) -> None:
    """A worker whose clock is behind does not date what it reads before the window that it reads."""
    cache, later = database.record_cache(DEPLOYMENT, "cin7"), database.now() + dt.timedelta(hours=1)
    cache.put_many("order", [(str(number), "v1", None) for number in range(1200)])
    cache.put_many("order", [("7", "v2", None)], not_before=later)
    cache.put_many("order", [("8", "v2", None)], not_before=later - dt.timedelta(hours=2))
    some = cache.versions("order", [*(str(number) for number in range(0, 1200, 2)), "7", "gone"])
    assert len(some) == 601
    assert some["7"] == ("v2", later)
    assert some["8"][1] < later
    assert cache.versions("order", []) == {}
    assert len(cache.versions("order")) == 1200


def test_records_keep_decimals_and_one_version(database: Database) -> None:
    """A cached record comes back with its decimals, for exactly the version it was stored under."""
    cache = database.record_cache(DEPLOYMENT, "cin7")
    answer = {"Total": Decimal("110.10"), "Name": "Zoë \x00 \ud800", "Lines": [None, 1, True]}
    cache.put("purchase", "1", "v1", answer)
    found = cache.get("purchase", "1", "v1")
    assert found["Total"] == Decimal("110.10")
    assert isinstance(found["Total"], Decimal)
    assert found["Lines"] == [None, 1, True]
    cache.put("purchase", "1", "v2", {"Total": Decimal(1)})
    assert cache.get("purchase", "1", "v1") is None
    assert cache.get("purchase", "1", "v2") == {"Total": Decimal(1)}
    assert database.record_cache("other", "cin7").get("purchase", "1", "v2") is None
    with reading(database.engine) as connection:
        assert len(connection.execute(select(source_record)).all()) == 1
