"""Which keys seal this database, and sealing of all that an older key sealed, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, Text, and_, delete, func, or_, select, tuple_, type_coerce, update

from ml_connector.domain.errors import ConfigurationError
from ml_connector.store.columns import Sealed, SealedJson
from ml_connector.store.engine import insert_missing, reading, writing
from ml_connector.store.leases import Now
from ml_connector.store.seals import ALTERED, KeyRing, lost, prefix_of
from ml_connector.store.tables import metadata, seal_key

_CHUNK = 500
"""Rows sealed in one transaction."""


@dataclass(frozen=True)
class Rotated:
    """What one table came to.

    Args:
        rows: sealed anew.
        altered: rows left alone, since their own key does not open them.
    """

    table: str
    rows: int
    altered: int


def admit(engine: Engine, ring: KeyRing, now: Now) -> None:
    """Make sure that this process opens what others have sealed, and note the key that it seals with.

    Raises:
        ConfigurationError: it lacks a key that seals documents here: nothing is read or written with a wrong one.
    """
    with reading(engine) as connection:
        known = set(connection.execute(select(seal_key.c.name)).scalars())
    missing = known - {key.name for key in ring.keys}
    if missing:
        raise ConfigurationError(lost(sorted(missing)))
    if ring.keys and ring.keys[0].name not in known:
        with writing(engine) as connection:
            insert_missing(connection, seal_key, {"name": ring.keys[0].name, "since": now()})


def rotate(engine: Engine, ring: KeyRing, say: Callable[[str], None]) -> list[Rotated]:
    """Seal with the newest key all that is not; safe to repeat, to interrupt, and while runs are under way.

    Raises:
        ConfigurationError: there is no key.
    """
    if not ring.keys:
        raise ConfigurationError("there is no key to seal with: set [core] fernet_key (AIRFLOW__CORE__FERNET_KEY)")
    done = [_rotate_table(engine, ring, table, names, say) for table, names in sealed_columns()]
    _forget_unused(engine, ring)
    return done


def sealed_columns() -> Iterator[tuple[Table, tuple[str, ...]]]:
    """Yield each table that has sealed columns, with their names."""
    for table in metadata.sorted_tables:
        names = tuple(column.name for column in table.columns if isinstance(column.type, Sealed | SealedJson))
        if names:
            yield table, names


def _rotate_table(
    engine: Engine, ring: KeyRing, table: Table, names: tuple[str, ...], say: Callable[[str], None]
) -> Rotated:
    keys = list(table.primary_key.columns)
    stored = [type_coerce(table.c[name], Text()).label(name) for name in names]
    old = or_(*(and_(text.is_not(None), ~_begins(text, ring.prefix)) for text in stored))
    with reading(engine) as connection:
        left = connection.execute(select(func.count()).select_from(table).where(old)).scalar() or 0
    query = select(*keys, *stored).where(old).order_by(*keys).limit(_CHUNK).with_for_update()
    rows, altered, last = 0, 0, None
    while True:
        with writing(engine) as connection:
            chunk = query if last is None else query.where(tuple_(*keys) > tuple_(*last))
            found = connection.execute(chunk).mappings().all()
            whole = [row for row in found if _seal(connection, ring, table, names, row)]
        rows, altered = rows + len(whole), altered + len(found) - len(whole)
        if found:
            say(f"{table.name}: {rows + altered} of {max(left, rows + altered)}")
        if len(found) < _CHUNK:
            return Rotated(table.name, rows, altered)
        last = [found[-1][key.name] for key in keys]


def _seal(connection: Connection, ring: KeyRing, table: Table, names: tuple[str, ...], row: Mapping[Any, Any]) -> bool:
    """Seal one row, which this transaction holds; tell whether all of it could be opened."""
    texts = {name: ring.open(row[name]) for name in names if row[name] is not None}
    if ALTERED in texts.values():
        return False
    mine = and_(*(column == row[column.name] for column in table.primary_key.columns))
    values = {table.c[name]: type_coerce(ring.seal(text), Text()) for name, text in texts.items()}
    connection.execute(update(table).where(mine).values(values))
    return True


def _forget_unused(engine: Engine, ring: KeyRing) -> None:
    """Forget the names of keys that seal nothing any more: their secrets may go."""
    with writing(engine) as connection:
        for name in set(connection.execute(select(seal_key.c.name)).scalars()) - {ring.keys[0].name}:
            if not _is_used(connection, name):
                connection.execute(delete(seal_key).where(seal_key.c.name == name))


def _is_used(connection: Connection, name: str) -> bool:
    for table, names in sealed_columns():
        texts = [type_coerce(table.c[column], Text()) for column in names]
        query = select(table.c[names[0]].is_(None)).where(or_(*(_begins(text, prefix_of(name)) for text in texts)))
        if connection.execute(query.limit(1)).first() is not None:
            return True
    return False


def _begins(text: Any, prefix: str) -> Any:
    return func.substr(text, 1, len(prefix)) == prefix
