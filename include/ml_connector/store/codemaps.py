"""The code maps of one deployment: each change has an author and a version, and stays in the history.

A Cin7 code may have several partner codes, and the other way round; a direction in which that leaves open which one is
meant does without the entry, so the document is held instead of guessed at. An entry may be effective from a day on:
`ml_connector.mapping.codemap.choose` is the rule of which one applies to a document.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select

from ml_connector.domain.errors import ConcurrentEdit, ConfigurationError
from ml_connector.mapping.codemap import MAP_NAMES, Mapped, Tables
from ml_connector.store.codemap_csv import Row, Slot, decoded, effective_day, read_rows, write_rows
from ml_connector.store.engine import alone, reading, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import code_map, code_map_change

Rows = tuple[Row, ...]
"""The entries of one slot, by partner code."""
Slots = Mapping[Slot, Rows]
Decide = Callable[[Slots], Slots]


@dataclass(frozen=True)
class Import:
    """What an import changed, in entries; `blank` ones had no partner code and were left out."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    blank: int = 0


@dataclass(frozen=True)
class SqlCodeMaps:
    """The code maps of one deployment."""

    engine: Engine
    deployment: str
    now: Now = utc_now

    def load(self, source: str) -> Tables:
        """Return map name → code in `source` → its entries, each with the code in the other system."""
        columns = code_map.c
        wanted = (columns.map, columns.cin7_code, columns.partner_code, columns.version, columns.effective_from)
        query = select(*wanted).where(columns.deployment == self.deployment)
        with reading(self.engine) as connection:
            rows = connection.execute(query).all()
        return directed(rows, source)

    def versions(self) -> dict[str, int]:
        """Return map name → number of its last change; a map that was never changed is left out."""
        columns = code_map_change.c
        query = select(columns.map, func.max(columns.version)).where(columns.deployment == self.deployment)
        with reading(self.engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(columns.map))}

    def load_at(self, source: str, versions: Mapping[str, int]) -> Tables:
        """Return what `load` returned when the maps were at these versions; a map without one was empty."""
        columns = code_map_change.c
        slot = (columns.map, columns.cin7_code, columns.effective_from)
        wanted = (*slot, columns.version, columns.after, columns.entries)
        mine = (columns.deployment == self.deployment, columns.map.in_(list(versions)))
        query = select(*wanted).where(*mine).order_by(columns.version)
        last: dict[tuple[str, ...], Any] = {}
        with reading(self.engine) as connection:
            for row in connection.execute(query):
                if row.version <= versions.get(row.map, 0):
                    last[row.map, row.cin7_code, row.effective_from] = row
        rows = [
            (row.map, row.cin7_code, partner, row.version, row.effective_from)
            for row in last.values()
            for partner in partners_of(row)
        ]
        return directed(rows, source)

    def rows(self, name: str) -> list[Row]:
        """Return the entries of one map, by Cin7 code and effective date."""
        there = self.entries(name)
        return [row for slot in sorted(there) for row in there[slot]]

    def entries(self, name: str) -> dict[Slot, Rows]:
        """Return the entries of one map by slot."""
        with reading(self.engine) as connection:
            return self._there(connection, _known(name))

    def set(
        self, name: str, cin7_code: str, partner_code: str, *, author: str, note: str = "", effective_from: str = ""
    ) -> None:
        """Store the one entry of a Cin7 code and effective date as a new version of the map.

        Raises:
            ConfigurationError: no such map, one of the codes is blank, or the date is none.
        """
        row = Row(cin7_code.strip(), partner_code.strip(), note.strip(), effective_from)
        effective_day(row.effective_from)
        if not row.cin7_code or not row.partner_code:
            raise ConfigurationError(f"the {name} map needs both codes, not “{cin7_code}” → “{partner_code}”")
        self._change(name, [row], author=author)

    def remove(self, name: str, cin7_code: str, *, author: str) -> bool:
        """Remove a Cin7 code's entries of all dates as a new version of the map; tell whether there were any."""
        return self._change(name, [], author=author, gone=cin7_code.strip()).removed > 0

    def import_csv(self, name: str, path: Path, *, author: str, replace: bool = False) -> Import:
        """Store the entries of a CSV file as one new version of the map.

        Args:
            name: the map.
            path: a file in UTF-8 with the columns ``cin7_code``, ``partner_code``, maybe ``note``, ``effective_from``.
            author: who vouches for it.
            replace: remove what the file does not hold; else what it does not name, Cin7 code and effective date,
                stays as it is.

        Raises:
            ConfigurationError: no such map or file, or a line is wrong; then nothing is stored.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
        text = decoded(content, path.name)
        return self.import_text(name, text, author=author, file=path.name, replace=replace)

    def import_text(
        self, name: str, text: str, *, author: str, file: str = "", replace: bool = False, version: int | None = None
    ) -> Import:
        """Store the entries of a CSV text, as `import_csv` does, on the version that the author has seen."""
        rows = read_rows(text, file or f"{name}.csv")
        filled = [row for row in rows if row.partner_code]
        done = self._change(name, filled, author=author, replace=replace, version=version)
        return dataclasses.replace(done, blank=len(rows) - len(filled))

    def export_csv(self, name: str) -> str:
        """Return one map as CSV text that spreadsheets may open; importing it changes nothing."""
        return write_rows(self.rows(name))

    # --- versions ---

    def _change(
        self,
        name: str,
        rows: Sequence[Row],
        *,
        author: str,
        gone: str = "",
        replace: bool = False,
        version: int | None = None,
    ) -> Import:
        """Store `rows` and remove the code `gone` (with `replace`, all others) as one version, in one transaction."""
        wanted, counted = by_slot(rows), Import()

        def decide(there: Slots) -> Slots:
            nonlocal counted
            leaves = [slot for slot in there if (slot not in wanted if replace else slot[0] == gone)]
            counted = count_changes(there, wanted, leaves)
            return {**wanted, **dict.fromkeys(leaves, ())}

        self.change(name, decide, author=author, version=version)
        return counted

    def change(self, name: str, decide: Decide, *, author: str, version: int | None = None) -> int | None:
        """Store what `decide` makes of the entries that are there, as one version and in one transaction.

        Args:
            name: the map.
            decide: gets slot → entries; returns the same of the slots that change, with none for one that goes.
            author: who vouches for it.
            version: the version that the author has seen; None for whichever it is.

        Returns the new version; None when nothing changed.

        Raises:
            ConcurrentEdit: it is not at that version any more.
            ConfigurationError: no such map, or no author.
        """
        if not author.strip():
            raise ConfigurationError(f"a change of the {name} map needs an author")
        with writing(self.engine) as connection:
            alone(connection, f"code maps of {self.deployment}")
            self._check_version(connection, name, version)
            there = self._there(connection, _known(name))
            wanted = {slot: _sorted(group) for slot, group in decide(there).items()}
            changes = {slot: group for slot, group in wanted.items() if there.get(slot, ()) != group}
            if not changes:
                return None
            stamp = self._stamp(connection, name, author.strip())
            self._store(connection, stamp, changes)
            self._remember(connection, stamp, there, changes)
        found: int = stamp["version"]
        return found

    def version(self, name: str) -> int:
        """Return the map's version; 0 when it was never changed."""
        with reading(self.engine) as connection:
            return self._version(connection, name)

    def made_at(self, name: str) -> dict[int, dt.datetime]:
        """Return version → when it was made, of one map."""
        columns = code_map_change.c
        query = select(columns.version, columns.at).where(columns.deployment == self.deployment, columns.map == name)
        with reading(self.engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query.distinct())}

    def _check_version(self, connection: Connection, name: str, seen: int | None) -> None:
        now = self._version(connection, name)
        if seen is not None and seen != now:
            columns = code_map_change.c
            mine = (columns.deployment == self.deployment, columns.map == name, columns.version == now)
            by = connection.execute(select(columns.author).where(*mine).limit(1)).scalar()
            raise ConcurrentEdit(f"{by} changed the {name} map meanwhile: it is at version {now}, not {seen}")

    def _store(self, connection: Connection, stamp: Mapping[str, Any], changes: Slots) -> None:
        columns = code_map.c
        mine = (columns.deployment == stamp["deployment"]) & (columns.map == stamp["map"])
        for code, day in changes:
            connection.execute(delete(code_map).where(mine, columns.cin7_code == code, columns.effective_from == day))
        entries = [{**stamp, **vars(row)} for group in changes.values() for row in group]
        if entries:
            connection.execute(insert(code_map), entries)

    def _remember(self, connection: Connection, stamp: Mapping[str, Any], there: Slots, changes: Slots) -> None:
        history = [
            {
                **stamp,
                "cin7_code": slot[0],
                "effective_from": slot[1],
                "before": _partners(there.get(slot, ())),
                "after": _partners(group),
                "note": "; ".join(filter(None, (row.note for row in group))),
                "entries": [{"partner_code": row.partner_code, "note": row.note} for row in group],
            }
            for slot, group in changes.items()
        ]
        connection.execute(insert(code_map_change), history)

    def _stamp(self, connection: Connection, name: str, author: str) -> dict[str, Any]:
        version = self._version(connection, name) + 1
        keys = {"deployment": self.deployment, "map": name}
        return {**keys, "version": version, "author": author, "at": self.now()}

    def _version(self, connection: Connection, name: str) -> int:
        columns = code_map_change.c
        query = select(func.max(columns.version)).where(columns.deployment == self.deployment, columns.map == name)
        return connection.execute(query).scalar() or 0

    def _there(self, connection: Connection, name: str) -> dict[Slot, Rows]:
        columns = code_map.c
        query = select(columns.cin7_code, columns.partner_code, columns.note, columns.effective_from).where(
            columns.deployment == self.deployment, columns.map == name
        )
        return by_slot(Row(*row) for row in connection.execute(query))


def directed(rows: Iterable[Any], source: str) -> Tables:
    """Return the tables from `source`, of rows (map, Cin7 code, partner code, version, effective date)."""
    maps: dict[str, dict[str, list[Mapped]]] = {name: {} for name in MAP_NAMES}
    for name, cin7, partner, version, day in rows:
        code, other = (cin7, partner) if source == "cin7" else (partner, cin7)
        maps.setdefault(name, {}).setdefault(code, []).append(Mapped(other, version, effective_day(day)))
    return maps


def table_of(name: str, rows: Iterable[Row], source: str) -> Tables:
    """Return the table of one map from `source`; the entries' versions are left open."""
    return directed(((name, row.cin7_code, row.partner_code, 0, row.effective_from) for row in rows), source)


def partners_of(change: Any) -> list[str]:
    """Return the partner codes after a change; an older release joined several into one text."""
    if change.entries is not None:
        return [one["partner_code"] for one in change.entries]
    return [] if change.after is None else str(change.after).split(", ")


def by_slot(rows: Iterable[Row]) -> dict[Slot, Rows]:
    """Return the entries by slot."""
    groups: dict[Slot, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.slot, []).append(row)
    return {slot: _sorted(group) for slot, group in groups.items()}


def _sorted(group: Iterable[Row]) -> Rows:
    return tuple(sorted(group, key=lambda row: row.partner_code))


def _partners(group: Rows) -> str | None:
    return ", ".join(row.partner_code for row in group) or None


def count_changes(there: Slots, wanted: Slots, gone: Sequence[Slot]) -> Import:
    """Return the numbers of entries, where an entry that took another's place counts as changed."""
    added = changed = unchanged = removed = 0
    for slot, group in wanted.items():
        same = len(set(group) & set(there.get(slot, ())))
        fresh, old = len(group) - same, len(there.get(slot, ())) - same
        unchanged, changed = unchanged + same, changed + min(fresh, old)
        added, removed = added + max(0, fresh - old), removed + max(0, old - fresh)
    return Import(added, changed, removed + sum(len(there[slot]) for slot in gone), unchanged)


def _known(name: str) -> str:
    if name not in MAP_NAMES:
        raise ConfigurationError(f"there is no {name!r} map; the maps are {', '.join(MAP_NAMES)}")
    return name
