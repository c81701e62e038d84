"""What the mappings pages read: entries page by page, the codes that wait for one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Engine, func, or_, select, tuple_

from ml_connector.operator_ui.pairs import Pair
from ml_connector.store.codemap_csv import Row
from ml_connector.store.database import Database
from ml_connector.store.engine import reading
from ml_connector.store.tables import code_map

PAGE = 100
"""Entries shown at once."""
_SHOWN = ("cin7_code", "partner_code", "note", "effective_from", "version", "author", "at")
_COLUMNS = [code_map.c[name] for name in _SHOWN]


@dataclass(frozen=True)
class MapEntry:
    """One entry, with what both systems call its codes where they have names."""

    cin7_code: str
    partner_code: str
    note: str
    effective_from: str
    version: int
    author: str
    at: dt.datetime
    cin7_name: str = ""
    partner_name: str = ""

    @property
    def row(self) -> Row:
        """The entry as the store knows it."""
        return Row(self.cin7_code, self.partner_code, self.note, self.effective_from)


@dataclass(frozen=True)
class EntryPage:
    """Entries by Cin7 code and effective date; `more` tells whether others come after them."""

    entries: tuple[MapEntry, ...]
    more: bool


def entries_of(
    database: Database, pair: Pair, map_name: str, *, text: str = "", after: tuple[str, str, str] = ("", "", "")
) -> EntryPage:
    """Return a page of a map's entries.

    Args:
        database: the connector's.
        pair: whose map.
        map_name: which one.
        text: part of a code or a note, in any case; "" for all.
        after: Cin7 code, effective date and partner code of the entry after which the page begins.
    """
    columns = code_map.c
    query = select(*_COLUMNS).where(columns.deployment == pair.name, columns.map == map_name)
    if text:
        places = (columns.cin7_code, columns.partner_code, columns.note)
        query = query.where(or_(*(func.lower(p).contains(text.lower(), autoescape=True) for p in places)))
    order = (columns.cin7_code, columns.effective_from, columns.partner_code)
    query = query.where(tuple_(*order) > tuple_(*after)) if any(after) else query
    with reading(database.engine) as connection:
        rows = connection.execute(query.order_by(*order).limit(PAGE + 1)).all()
    entries = [MapEntry(*row) for row in rows[:PAGE]]
    return EntryPage(_named(database, pair, map_name, entries), len(rows) > PAGE)


def entry_of(database: Database, pair: Pair, map_name: str, asked: Row) -> MapEntry | None:
    """Return one entry by its codes and effective date; None when it is not there."""
    columns = code_map.c
    mine = (columns.deployment == pair.name, columns.map == map_name)
    slot = (columns.cin7_code == asked.cin7_code, columns.effective_from == asked.effective_from)
    query = select(*_COLUMNS).where(*mine, *slot, columns.partner_code == asked.partner_code)
    with reading(database.engine) as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else _named(database, pair, map_name, [MapEntry(*row)])[0]


def map_sizes(engine: Engine, pair: str) -> Mapping[str, int]:
    """Return map name → number of entries, of the maps that have any."""
    columns = code_map.c
    query = select(columns.map, func.count()).where(columns.deployment == pair).group_by(columns.map)
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def _named(database: Database, pair: Pair, map_name: str, entries: list[MapEntry]) -> tuple[MapEntry, ...]:
    cin7 = database.known_codes(pair.name, "cin7").names(map_name, [one.cin7_code for one in entries])
    partner = database.known_codes(pair.name, pair.partner).names(map_name, [one.partner_code for one in entries])
    return tuple(
        replace(one, cin7_name=cin7.get(one.cin7_code, ""), partner_name=partner.get(one.partner_code, ""))
        for one in entries
    )
