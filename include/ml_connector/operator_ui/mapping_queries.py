"""What the mappings pages read: entries page by page, the codes that wait for one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, and_, func, or_, select

from ml_connector.operator_ui.pairs import Pair
from ml_connector.store.codemap_csv import Row
from ml_connector.store.database import Database
from ml_connector.store.engine import reading
from ml_connector.store.tables import code_map

PAGE = 100
"""Entries shown at once."""


@dataclass(frozen=True)
class MapEntry:
    """One entry, with what both systems call its codes where they have names."""

    cin7_code: str
    partner_code: str
    note: str
    version: int
    author: str
    at: dt.datetime
    cin7_name: str = ""
    partner_name: str = ""

    @property
    def row(self) -> Row:
        """The entry as the store knows it."""
        return Row(self.cin7_code, self.partner_code, self.note)


@dataclass(frozen=True)
class EntryPage:
    """Entries by Cin7 code; `more` tells whether others come after them."""

    entries: tuple[MapEntry, ...]
    more: bool


def entries_of(
    database: Database, pair: Pair, map_name: str, *, text: str = "", after: tuple[str, str] = ("", "")
) -> EntryPage:
    """Return a page of a map's entries.

    Args:
        database: the connector's.
        pair: whose map.
        map_name: which one.
        text: part of a code or a note, in any case; "" for all.
        after: both codes of the entry after which the page begins.
    """
    columns = code_map.c
    known = (columns.cin7_code, columns.partner_code, columns.note, columns.version, columns.author, columns.at)
    query = select(*known).where(columns.deployment == pair.name, columns.map == map_name)
    if text:
        places = (columns.cin7_code, columns.partner_code, columns.note)
        query = query.where(or_(*(func.lower(p).contains(text.lower(), autoescape=True) for p in places)))
    same = and_(columns.cin7_code == after[0], columns.partner_code > after[1])
    query = query.where(or_(columns.cin7_code > after[0], same)) if any(after) else query
    with reading(database.engine) as connection:
        rows = connection.execute(query.order_by(columns.cin7_code, columns.partner_code).limit(PAGE + 1)).all()
    entries = [MapEntry(*row) for row in rows[:PAGE]]
    return EntryPage(_named(database, pair, map_name, entries), len(rows) > PAGE)


def entry_of(database: Database, pair: Pair, map_name: str, cin7_code: str, partner_code: str) -> MapEntry | None:
    """Return one entry; None when it is not there."""
    columns = code_map.c
    known = (columns.cin7_code, columns.partner_code, columns.note, columns.version, columns.author, columns.at)
    mine = (columns.deployment == pair.name, columns.map == map_name)
    query = select(*known).where(*mine, columns.cin7_code == cin7_code, columns.partner_code == partner_code)
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
        MapEntry(
            one.cin7_code, one.partner_code, one.note, one.version, one.author, one.at,
            cin7.get(one.cin7_code, ""), partner.get(one.partner_code, ""),
        )
        for one in entries
    )  # fmt: skip
