"""The connection to the connector's own database: SQLite for one machine, PostgreSQL for several."""

from __future__ import annotations

import os
import re
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Pool,
    Table,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, OperationalError

from ml_connector.domain.errors import ConfigurationError, RetryableError

BUSY_TIMEOUT_SECONDS = 30
"""How long a SQLite writer waits for another one."""
_CONNECTIONS = 5
"""How many stay open; more are opened for a while when more threads need one."""
_OF_PARENTS: list[Pool] = []
"""What a forked process has inherited: neither used nor closed there, since the parent still uses it."""
_MISSING = re.compile(r'no such (table|column)|(relation|column) "?[\w."]+ does not exist')
_FOREIGN = re.compile(r"file is not a database")


def url_from_connection(  # noqa: PLR0917 - the fields of an Airflow connection, in its order
    conn_type: str,
    host: str | None,
    login: str | None,
    password: str | None,
    port: int | None,
    schema: str | None,
    extra: Mapping[str, Any] | None,
) -> URL:
    """Return the database URL of an Airflow connection of type ``sqlite`` or ``postgres``.

    A SQLite path stands in the host (JSON form, web form) or in the schema (URI form).

    Raises:
        ConfigurationError: another type, or no path or host.
    """
    if conn_type == "sqlite":
        path = host or schema
        if not path:
            raise ConfigurationError("the sqlite connection has no path: write the file's path into its host")
        return URL.create("sqlite", database=path)
    if conn_type in {"postgres", "postgresql"}:
        if not host:
            raise ConfigurationError("the postgres connection has no host")
        query = {name: str(value) for name, value in (extra or {}).items()}
        return URL.create("postgresql+psycopg", login, password, host, port, schema, query)
    msg = f"connection type {conn_type!r} cannot hold the connector's database: use postgres (or sqlite)"
    raise ConfigurationError(msg)


def engine_for(url: str | URL) -> Engine:
    """Return the engine for `url`; safe to be forked, and its errors show no parameters.

    Raises:
        ConfigurationError: neither a SQLite file nor PostgreSQL, or the file's folder does not exist.
    """
    try:
        url = make_url(url)
    except ArgumentError:
        raise ConfigurationError("the address of the connector's database is not a database URL") from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        return _sqlite(url)
    if backend == "postgresql":
        return _postgres(url.set(drivername="postgresql+psycopg"))
    msg = f"{backend} cannot hold the connector's database: use PostgreSQL (or SQLite on one machine)"
    raise ConfigurationError(msg)


def _sqlite(url: URL) -> Engine:
    path = url.database
    if not path or path == ":memory:":
        raise ConfigurationError("the connector's database must be a file: it outlives the process")
    if not Path(path).parent.is_dir():
        msg = f"the folder of the connector's database does not exist: {Path(path).parent}"
        raise ConfigurationError(msg)
    wait = {"timeout": BUSY_TIMEOUT_SECONDS}
    engine = create_engine(url, pool_size=_CONNECTIONS, max_overflow=-1, hide_parameters=True, connect_args=wait)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return _fork_safe(engine)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set what SQLite forgets with each connection; transactions are begun by `_begin_sqlite` alone."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")  # an intent must outlive a power cut


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a read lock that wants to become one fails without waiting."""
    writes = connection.get_execution_options().get("ml_connector_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres(url: URL) -> Engine:
    talk = {"client_encoding": "utf8"}  # else psycopg gives bytes where the database's encoding is SQL_ASCII
    engine = create_engine(url, pool_size=_CONNECTIONS, pool_pre_ping=True, hide_parameters=True, connect_args=talk)
    event.listen(engine, "connect", _refuse_other_encodings)
    return _fork_safe(engine)


def _refuse_other_encodings(connection: Any, _record: Any) -> None:
    """Stop before a name is stored that cannot be read back; the server tells its encoding as one connects."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        name = connection.info.dbname
        connection.close()
        raise ConfigurationError(
            f"the connector's database {name!r} has the encoding {encoding}, which cannot hold every name: "
            f"create it with ENCODING 'UTF8' TEMPLATE template0"
        )


def _fork_safe(engine: Engine) -> Engine:
    """Let forked processes open connections of their own."""
    if hasattr(os, "register_at_fork"):
        known = weakref.ref(engine)
        os.register_at_fork(after_in_child=lambda: _forget(known()))
    return engine


def _forget(engine: Engine | None) -> None:
    """Leave the parent's connections alone in a forked child: a socket that two talk over, a file's locks that go."""
    if engine is not None:
        _OF_PARENTS.append(engine.pool)
        engine.dispose(close=False)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one state of the database.

    Raises:
        RetryableError: the database did not answer.
        ConfigurationError: it has not been migrated, or is no database.
    """
    with _answered(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that is committed at the end, or rolled back on any error.

    Raises:
        RetryableError: the database did not answer; nothing was stored, or a commit's answer was lost.
    """
    with _answered(engine), engine.connect() as connection:
        connection.execution_options(ml_connector_writes=True)
        with connection.begin():
            yield connection


@contextmanager
def _answered(engine: Engine) -> Iterator[None]:
    """Turn what the database says of itself into our errors; what it says of the data passes."""
    try:
        yield
    except DatabaseError as error:
        reason = (str(error.orig).strip().splitlines() or ["no reason given"])[0]
        msg = f"the connector's database {engine.url.render_as_string(hide_password=True)}: {reason}"
        if _MISSING.search(reason):
            raise ConfigurationError(f"{msg}; bring it up to date first (Database.migrate)") from None
        if _FOREIGN.search(reason):
            raise ConfigurationError(f"{msg}; give the path of another file") from None
        if isinstance(error, OperationalError):
            raise RetryableError(msg) from None
        if isinstance(error, DataError):
            raise ValueError(msg) from None  # noqa: TRY004 - a value that does not fit, whatever its type
        raise


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, which all have the same columns; what is there already takes their values."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    if connection.dialect.name == "sqlite":
        lite = sqlite.insert(table)
        changed = {name: lite.excluded[name] for name in rows[0] if name not in keys}
        connection.execute(lite.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))
    else:
        postgres = postgresql.insert(table)
        changed = {name: postgres.excluded[name] for name in rows[0] if name not in keys}
        connection.execute(postgres.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def insert_missing(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert `row` unless its key is there."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), dict(row))


def alone(connection: Connection, name: str) -> None:
    """Wait until no other transaction holds `name`, and hold it until this one ends.

    SQLite needs nothing for it: there is one writer at a time.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"ml_connector {name}", 0))))
