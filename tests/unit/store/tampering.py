"""Somebody with all rights on the database, and what they may do to a trail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, Text, and_, delete, insert, select, text, type_coerce, update

from ml_connector.store import chain
from ml_connector.store.database import Database
from ml_connector.store.engine import reading, writing
from ml_connector.store.tables import audit_anchor, audit_chain, audit_entry, audit_head

TABLES = (audit_entry, audit_chain, audit_anchor, audit_head)
Row = dict[str, Any]


class Intruder:
    """A person with the database's own rights, without the key of the audit trail."""

    def __init__(self, database: Database) -> None:
        self.engine = database.engine
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        if self.is_sqlite:
            with writing(self.engine) as connection:
                names = (
                    connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
                )
                for name in names:
                    connection.execute(text(f"DROP TRIGGER {name}"))
        self.kept = {table.name: self.rows(table) for table in TABLES}

    def rows(self, table: Table) -> list[Row]:
        with reading(self.engine) as connection:
            return [dict(row) for row in connection.execute(_raw(table)).mappings()]

    def entries(self, key: str) -> list[Row]:
        return sorted((row for row in self.rows(audit_entry) if row["key"] == key), key=lambda row: int(row["seq"]))

    def restore(self) -> None:
        """Put everything back as it was when this began."""
        with self.free() as connection:
            for table in TABLES:
                connection.execute(delete(table))
                if self.kept[table.name]:
                    connection.execute(_insert(table), self.kept[table.name])

    @contextmanager
    def free(self) -> Iterator[Connection]:
        """Give a connection on which no trigger refuses anything."""
        with writing(self.engine) as connection:
            if not self.is_sqlite:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection

    def change(self, row: Row, **values: Any) -> None:
        with self.free() as connection:
            if "detail" in values:
                values["detail"] = type_coerce(values["detail"], Text())
            connection.execute(update(audit_entry).where(audit_entry.c.id == row["id"]).values(values))

    def remove(self, rows: Sequence[Row]) -> None:
        with self.free() as connection:
            connection.execute(delete(audit_entry).where(audit_entry.c.id.in_([row["id"] for row in rows])))

    def replace(self, key: str, rows: Sequence[Row]) -> None:
        """Make these the rows of a document, in this order of their numbers."""
        with self.free() as connection:
            connection.execute(delete(audit_entry).where(audit_entry.c.key == key))
            for row in rows:
                connection.execute(_insert(audit_entry), [row])

    def set_head(self, row: Row) -> None:
        """Make the connector go on behind this entry."""
        mine = and_(*(audit_chain.c[name] == row[name] for name in ("deployment", "flow", "key")))
        with self.free() as connection:
            connection.execute(update(audit_chain).where(mine).values(seq=row["seq"], hash=row["hash"]))

    def forget_chain(self, key: str) -> None:
        with self.free() as connection:
            connection.execute(delete(audit_chain).where(audit_chain.c.key == key))

    def anchor_anew(self) -> None:
        """Make all anchors say what the entries now say, as far as that can be done without the key."""
        entries = {(row["flow"], row["key"], row["seq"]): row["hash"] for row in self.rows(audit_entry)}
        heads = self.rows(audit_head)
        for head in heads:
            head["hash"] = entries.get((head["flow"], head["key"], head["seq"]), head["hash"])
        anchors = sorted(self.rows(audit_anchor), key=lambda row: int(row["number"]))
        previous = chain.first_anchor(anchors[0]["deployment"])
        for anchor in anchors:
            mine = chain.Heads()
            for head in sorted((h for h in heads if h["number"] == anchor["number"]), key=lambda h: int(h["position"])):
                mine.add(head)
            anchor |= {"heads": mine.count, "heads_hash": mine.hash(), "previous": previous}
            previous = anchor["hash"] = chain.anchor_hash(anchor)
        with self.free() as connection:
            for table, rows in ((audit_head, heads), (audit_anchor, anchors)):
                connection.execute(delete(table))
                connection.execute(insert(table), rows)


def chained(rows: Sequence[Row], first: int = 1, previous: str = "") -> list[Row]:
    """Return the rows numbered and hashed anew, as one chain."""
    made = []
    previous = previous or chain.start_of(rows[0]["deployment"], rows[0]["flow"], rows[0]["key"])
    for seq, row in enumerate(rows, start=first):
        hash_ = chain.entry_hash(previous, seq, chain.content_hash(row))
        made.append({**row, "seq": seq, "previous": previous, "hash": hash_})
        previous = hash_
    return made


def _raw(table: Table) -> Any:
    """Select a table with its JSON as the text it is."""
    return select(*(type_coerce(c, Text()).label(c.name) if c.name == "detail" else c for c in table.c))


def _insert(table: Table) -> Any:
    names: Mapping[str, Any] = {column.name: column for column in table.c}
    if "detail" not in names:
        return insert(table)
    columns = ", ".join(names)
    values = ", ".join(f":{name}" for name in names)
    typed = [_bind(name, column) for name, column in names.items()]
    return text(f"INSERT INTO {table.name} ({columns}) VALUES ({values})").bindparams(*typed)


def _bind(name: str, column: Any) -> Any:
    from sqlalchemy import bindparam

    return bindparam(name, type_=Text() if name == "detail" else column.type)
