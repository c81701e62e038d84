"""A span of a trail as a file of JSON lines that proves itself, without the database.

The file has the entries of the span, of each document also the entry before the span (so that nothing at its
beginning can be left out) and those up to the next anchor (so that its end is proven), and the anchors up to now.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    event,
    func,
    insert,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.exc import SQLAlchemyError

from ml_connector.domain.errors import ConfigurationError
from ml_connector.store.chain import SigningKey, canonical, moment, same
from ml_connector.store.columns import UTC, UtcTime
from ml_connector.store.engine import engine_for, writing
from ml_connector.store.tables import audit_anchor, audit_entry, audit_head, metadata
from ml_connector.store.verdict import MOST_PROBLEMS, Problem, Verdict, Wrong
from ml_connector.store.verify import Part, one_state, stream, verify

VERSION = 1
_TABLES = {"entry": audit_entry, "anchor": audit_anchor, "head": audit_head}
_CHUNK = 500
Record = dict[str, Any]


@dataclass(frozen=True)
class Span:
    """``[start, end)``; None is from the beginning."""

    start: dt.datetime | None
    end: dt.datetime


def export(engine: Engine, deployment: str, span: Span, key: SigningKey | None = None) -> Iterator[str]:
    """Yield the lines of an export; the last one has the hash of all before it, signed with `key`."""
    digest, lines = hashlib.sha256(), 0
    with one_state(engine) as connection:
        for record in _records(connection, deployment, span):
            line = f"{canonical(record)}\n"
            digest.update(line.encode())
            lines += 1
            yield line
    made = digest.hexdigest()
    signed = {"signature": key.sign_file(made) if key else "", "signed_with": key.name if key else ""}
    yield f"{canonical({'type': 'end', 'lines': lines, 'hash': made, **signed})}\n"


def _records(connection: Connection, deployment: str, span: Span) -> Iterator[Record]:
    first, last = _anchors_of(connection, deployment, span)
    yield {
        "type": "export",
        "version": VERSION,
        "deployment": deployment,
        "from": moment(span.start) if span.start else "",
        "to": moment(span.end),
        "anchors": [first, last],
    }
    head, anchor = audit_head.c, audit_anchor.c
    removals = select(anchor.number).where(anchor.deployment == deployment, anchor.removed_before.is_not(None))
    oldest = connection.execute(select(func.min(removals.subquery().c.number))).scalar()
    begins = min(first, oldest or first)
    anchors = select(audit_anchor).where(anchor.deployment == deployment, anchor.number >= begins)
    yield from _lines("anchor", stream(connection, anchors.order_by(anchor.number)))
    told = head.number.between(first, last) | head.number.in_(removals)
    heads = select(audit_head).where(head.deployment == deployment, told).order_by(head.number, head.position)
    yield from _lines("head", stream(connection, heads))
    yield from _lines("entry", stream(connection, _entries(deployment, span, first, last)))


def _anchors_of(connection: Connection, deployment: str, span: Span) -> tuple[int, int]:
    """Return the anchors that cover the span: from the first made in it to the first made after it."""
    columns = audit_anchor.c
    mine = select(func.min(columns.number)).where(columns.deployment == deployment)
    newest = connection.execute(select(func.max(columns.number)).where(columns.deployment == deployment)).scalar() or 0
    begins = mine if span.start is None else mine.where(columns.at >= span.start)
    first = connection.execute(begins).scalar()
    last = connection.execute(mine.where(columns.at >= span.end)).scalar()
    return first or newest + 1, last or newest


def _entries(deployment: str, span: Span, first: int, last: int) -> Any:
    """Return the entries of the span, of each document with the one before it and those up to the next anchor."""
    entry, head = audit_entry.c, audit_head.c
    since = [entry.deployment == deployment]
    since += [] if span.start is None else [entry.at >= span.start]
    anchored = [head.deployment == deployment, head.number.between(first, last), head.removed == 0]
    parts = (_ends(entry, [*since, entry.at < span.end]), _ends(head, anchored))
    told = union_all(*parts).subquery().c
    lo, hi = func.min(told.lo).label("lo"), func.max(told.hi).label("hi")
    chosen = select(told.flow, told.key, lo, hi).group_by(told.flow, told.key).subquery()
    later = _ends(entry, since).subquery()  # a document told for an anchor's sake may begin behind the span
    both = chosen.outerjoin(later, and_(later.c.flow == chosen.c.flow, later.c.key == chosen.c.key))
    begins = case((later.c.lo < chosen.c.lo, later.c.lo), else_=chosen.c.lo)
    whole = select(chosen.c.flow, chosen.c.key, begins.label("lo"), chosen.c.hi).select_from(both).subquery().c
    same_chain = and_(entry.flow == whole.flow, entry.key == whole.key, entry.deployment == deployment)
    raw = [type_coerce(c, Text()).label("detail") if c.name == "detail" else c for c in entry]
    found = select(*raw).join(whole.lo.table, and_(same_chain, entry.seq.between(whole.lo - 1, whole.hi)))
    return found.order_by(entry.flow, entry.key, entry.seq)


def _ends(columns: Any, conditions: Sequence[Any]) -> Select[Any]:
    """Return of each document the first and the last number among the rows that meet the conditions."""
    lo, hi = func.min(columns.seq).label("lo"), func.max(columns.seq).label("hi")
    return select(columns.flow, columns.key, lo, hi).where(*conditions).group_by(columns.flow, columns.key)


def _lines(kind: str, rows: Iterable[Mapping[Any, Any]]) -> Iterator[Record]:
    for row in rows:
        told = {name: moment(value) if isinstance(value, dt.datetime) else value for name, value in row.items()}
        yield {"type": kind, **told}


# --- checking a file ----------------------------------------------------------------------------


def verify_file(path: Path, keys: Sequence[SigningKey] = ()) -> Verdict:
    """Return what is wrong with an export; without a key only its own proofs are checked, not who made it.

    Raises:
        ConfigurationError: the file is no export.
        OSError: it cannot be read.
    """
    with TemporaryDirectory() as folder:
        engine = engine_for(f"sqlite:///{Path(folder) / 'export.db'}")
        event.listen(engine, "connect", _careless)
        try:
            with writing(engine) as connection:
                metadata.create_all(connection, tables=list(_TABLES.values()))
            reader = _Reader(engine, {key.name: key for key in keys})
            deployment, part = reader.read(path)
            verdict = verify(engine, deployment, keys, part=part)
        finally:
            engine.dispose()
    for problem in reader.problems:
        verdict.add(problem)
    return verdict


def _careless(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # the file goes at the end


@dataclass
class _Reader:
    """Takes an export into a database, line by line; gathers what is wrong with the lines."""

    engine: Engine
    keys: Mapping[str, SigningKey]
    problems: list[Problem] = field(default_factory=list)

    def read(self, path: Path) -> tuple[str, Part]:
        """Return the deployment, and what of its trail the file holds.

        Raises:
            ConfigurationError: the file does not begin as an export does.
        """
        with path.open("rb") as file:
            first = file.readline()
            header = _header(first, path)
            digest, end, number = hashlib.sha256(first), None, 1
            waiting: list[tuple[int, Record]] = []
            for number, line in enumerate(file, start=2):
                if end is not None:
                    self._wrong(number, Wrong.INSERTED, "it stands behind the end of the export")
                    break
                record = _parsed(line)
                if record.get("type") == "end":
                    end = record
                    continue
                digest.update(line)
                waiting.append((number, record))
                if len(waiting) >= _CHUNK:
                    self._store(waiting)
                    waiting = []
            self._store(waiting)
            self._ended(end, digest.hexdigest(), number)
        return header

    def _store(self, waiting: list[tuple[int, Record]]) -> None:
        with writing(self.engine) as connection:
            if _stored(connection, [record for _, record in waiting]):
                return
            for number, record in waiting:  # which of them it is
                if not _stored(connection, [record]):
                    self._wrong(number, Wrong.INSERTED, "it is there twice, or cannot be read")

    def _ended(self, end: Record | None, made: str, number: int) -> None:
        if end is None:
            self._wrong(number, Wrong.DELETED, "the end of the file is missing")
            return
        if end.get("hash") != made:
            self._wrong(number, Wrong.EDITED, "the file was changed after it was written")
            return
        key = self.keys.get(str(end.get("signed_with")))
        if key is not None and not same(key.sign_file(made), str(end.get("signature"))):
            self._wrong(number, Wrong.EDITED, "the signature of the file is not that of its content")
        elif key is None and self.keys:
            self._wrong(number, Wrong.UNPROVEN, "the file is not signed with the key given")

    def _wrong(self, number: int, wrong: Wrong, message: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(wrong, "", "", number, message, what="line"))


def _header(line: bytes, path: Path) -> tuple[str, Part]:
    header = _parsed(line)
    try:
        if (header["type"], header["version"]) == ("export", VERSION):
            start = dt.datetime.fromisoformat(header["from"]).astimezone(UTC) if header["from"] else None
            first, last = header["anchors"]
            return str(header["deployment"]), Part(start, (int(first), int(last)))
    except (KeyError, ValueError, TypeError):
        pass
    raise ConfigurationError(f"{path} is no export of an audit trail that this release can read")


def _parsed(line: bytes) -> Record:
    try:
        made = json.loads(line)
    except ValueError:
        return {}
    return made if isinstance(made, dict) else {}


def _stored(connection: Connection, records: Sequence[Record]) -> bool:
    """Store all of them, or none; tell which."""
    try:
        with connection.begin_nested():
            for kind, some in groupby(records, key=lambda record: str(record["type"])):
                table = _TABLES[kind]
                connection.execute(_insert(table), [_row(table, record) for record in some])
    except (SQLAlchemyError, KeyError, ValueError, TypeError):
        return False
    return True


def _insert(table: Table) -> Any:
    """Insert rows whose `detail` is the text as it stands in the file."""
    return insert(table).values({"detail": bindparam("detail", type_=Text())} if "detail" in table.c else {})


def _row(table: Table, record: Record) -> Record:
    row: Record = {}
    for column in table.c:
        value = record[column.name]
        is_time = isinstance(column.type, UtcTime) and value is not None
        row[column.name] = dt.datetime.fromisoformat(value) if is_time else value
    return row
