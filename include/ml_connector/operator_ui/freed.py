"""Which documents of the queue an entry of a code map frees: those whose code is mapped on the document's own day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Engine, select

from ml_connector.mapping.codemap import CodeMaps
from ml_connector.operator_ui.desk import Desk
from ml_connector.operator_ui.open_documents import OpenDocument
from ml_connector.operator_ui.pairs import Pair
from ml_connector.operator_ui.story_queries import load_kept
from ml_connector.store.codemap_csv import Row
from ml_connector.store.codemaps import table_of
from ml_connector.store.engine import reading
from ml_connector.store.tables import document


def mapped_on_their_day(
    desk: Desk, pair: Pair, map_name: str, rows: Iterable[Row], documents: Sequence[OpenDocument]
) -> list[OpenDocument]:
    """Return those of the documents, each of one case, whose code has a counterpart where the map holds these rows.

    Which supplier is which is decided as of today, whatever the day of the documents that wait for it.
    """
    today, entries = pair.day_of(desk.now()), tuple(rows)
    days = {} if map_name == "supplier" else _days(desk.database().engine, documents)
    maps = {
        source: CodeMaps(table_of(map_name, entries, source), today=today)
        for source in {pair.source_of(one.flow) for one in documents}
    }
    return [
        one
        for one in documents
        if maps[pair.source_of(one.flow)].find(map_name, one.cases[0][1], days.get((one.flow, one.key))) is not None
    ]


def _days(engine: Engine, documents: Iterable[OpenDocument]) -> dict[tuple[str, str], dt.date | None]:
    """Return (flow, key) → the day by which the document's codes are mapped."""
    keys: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in documents:
        keys[one.pair, one.flow].append(one.key)
    columns, found = document.c, {}
    with reading(engine) as connection:
        for (pair, flow), some in keys.items():
            mine = (columns.deployment == pair, columns.flow == flow, columns.key.in_(some))
            for row in connection.execute(select(columns.key, columns.kind, columns.payload).where(*mine)):
                kept = load_kept(row.kind, row.payload)
                found[flow, row.key] = kept.booked_on if kept else None
    return found
