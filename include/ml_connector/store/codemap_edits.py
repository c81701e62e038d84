"""What a person does with a code map: one entry changed, a version undone; each only if nobody was quicker."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from ml_connector.domain.errors import ConcurrentEdit, ConfigurationError
from ml_connector.store.codemap_csv import Row, read_rows
from ml_connector.store.codemaps import Import, Rows, SqlCodeMaps, count_changes
from ml_connector.store.engine import reading
from ml_connector.store.tables import code_map, code_map_change

MOST_CHANGES = 20
"""Changes listed of one version; an import may have thousands."""


@dataclass(frozen=True)
class Change:
    """What one version changed for a Cin7 code; None where there was, or is, no entry."""

    cin7_code: str
    before: str | None
    after: str | None
    note: str


@dataclass(frozen=True)
class Version:
    """One version of a map; `changes` are the first of `change_count`."""

    number: int
    author: str
    at: dt.datetime
    change_count: int
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Preview:
    """What an import would do.

    Args:
        version: of the map as it is.
        rows: the entries of the file that have a partner code.
    """

    version: int
    counts: Import
    changes: tuple[Change, ...]
    rows: Rows


@dataclass(frozen=True)
class MapEdits:
    """Edits of one map."""

    maps: SqlCodeMaps
    name: str

    def assign(self, source: str, code: str, target: str, *, seen: str, author: str, note: str = "") -> int | None:
        """Let `code` of `source` mean `target` in the other system, and nothing else; return the new version.

        Args:
            source: ``cin7`` or the partner.
            code: the source's code.
            target: the other system's.
            seen: what `code` meant when the author looked, as `meaning` gives it.
            author: who vouches for it.
            note: why.

        Raises:
            ConcurrentEdit: somebody mapped the code meanwhile.
            ConfigurationError: a code is blank.
        """
        code, target = _filled(code), _filled(target)
        cin7, partner = (code, target) if source == "cin7" else (target, code)
        row = Row(cin7, partner, note.strip())

        def decide(there: Mapping[str, Rows]) -> Mapping[str, Rows]:
            now = _meaning(there, source, code)
            if now != seen:
                msg = (
                    f"“{code}” was mapped to “{now}” meanwhile"
                    if now
                    else f"the entry of “{code}” was removed meanwhile"
                )
                raise ConcurrentEdit(msg)
            if source == "cin7":
                return {cin7: (row,)}
            others = {key: tuple(r for r in group if r.partner_code != partner) for key, group in there.items()}
            changed = {key: group for key, group in others.items() if group != there[key]}
            return {**changed, cin7: (*others.get(cin7, ()), row)}

        return self.maps.change(self.name, decide, author=author)

    def meaning(self, source: str, code: str) -> str:
        """Return what `code` of `source` means in the other system; "" when it is not mapped."""
        columns = code_map.c
        mine = (columns.deployment == self.maps.deployment, columns.map == self.name)
        known, wanted = (columns.cin7_code, columns.partner_code)[:: 1 if source == "cin7" else -1]
        query = select(wanted).where(*mine, known == code)
        with reading(self.maps.engine) as connection:
            return ", ".join(sorted(connection.execute(query).scalars()))

    def replace(self, old: Row | None, new: Row | None, *, author: str, several: bool = False) -> int | None:
        """Put one entry in the place of another; return the new version.

        Args:
            old: the entry as the author saw it; None adds one.
            new: None removes it.
            author: who vouches for it.
            several: a Cin7 code may have several partner codes, since a flow reads the partner.

        Raises:
            ConcurrentEdit: the old entry is not there any more as it was.
            ConfigurationError: a code is blank, or the Cin7 code is mapped already.
        """
        wanted = new and Row(_filled(new.cin7_code), _filled(new.partner_code), new.note.strip())

        def decide(there: Mapping[str, Rows]) -> Mapping[str, Rows]:
            changed = {}
            if old is not None:
                if old not in there.get(old.cin7_code, ()):
                    raise ConcurrentEdit(f"the entry “{old.cin7_code}” → “{old.partner_code}” was changed meanwhile")
                changed[old.cin7_code] = tuple(row for row in there[old.cin7_code] if row != old)
            if wanted is not None:
                code = wanted.cin7_code
                others = changed.get(code, there.get(code, ()))
                _refuse(wanted, others, several=several)
                changed[code] = (*others, wanted)
            return changed

        return self.maps.change(self.name, decide, author=author)

    def preview(self, text: str, file: str, *, replace: bool) -> Preview:
        """Return what importing a CSV text would change; nothing is stored.

        Raises:
            ConfigurationError: a line is wrong.
        """
        rows = read_rows(text, file)
        filled = [row for row in rows if row.partner_code]
        wanted: dict[str, Rows] = {}
        for row in sorted(filled, key=lambda one: one.partner_code):
            wanted[row.cin7_code] = (*wanted.get(row.cin7_code, ()), row)
        version, there = self.maps.version(self.name), self.maps.entries(self.name)
        gone = [code for code in there if code not in wanted] if replace else []
        after = {**wanted, **dict.fromkeys(gone, ())}
        changes = [_change(code, there.get(code, ()), after[code]) for code in sorted(after)]
        counted = dataclasses.replace(count_changes(there, wanted, gone), blank=len(rows) - len(filled))
        return Preview(version, counted, tuple(filter(None, changes)), tuple(filled))

    # --- versions ---

    def history(self, before: int | None = None, limit: int = 20) -> list[Version]:
        """Return the versions before that one, newest first."""
        columns = code_map_change.c
        query = (
            select(columns.version, func.min(columns.author), func.min(columns.at), func.count())
            .where(*self._mine(), *([columns.version < before] if before is not None else []))
            .group_by(columns.version)
            .order_by(columns.version.desc())
            .limit(limit)
        )
        with reading(self.maps.engine) as connection:
            rows = connection.execute(query).all()
        return [Version(row[0], row[1], row[2], row[3], self._changes(row[0])) for row in rows]

    def undo(self, number: int, *, author: str) -> int | None:
        """Bring back what stood before one version; return the new version.

        Raises:
            ConcurrentEdit: a code was changed again since.
            ConfigurationError: there is no such version, or it cannot be undone exactly.
        """
        rows = self._stored(number)
        if not rows:
            raise ConfigurationError(f"the {self.name} map has no version {number}")
        back = {row["cin7_code"]: self._before(row, number) for row in rows}

        def decide(there: Mapping[str, Rows]) -> Mapping[str, Rows]:
            for row in rows:
                code = row["cin7_code"]
                if _joined(there.get(code, ())) != (row["after"] or ""):
                    raise ConcurrentEdit(f"“{code}” was changed again after version {number}: undo that first")
            return back

        return self.maps.change(self.name, decide, author=author)

    def _before(self, row: Mapping[Any, Any], number: int) -> Rows:
        """Return the entries of a Cin7 code before that version."""
        if row["before"] is None:
            return ()
        columns = code_map_change.c
        earlier = (columns.cin7_code == row["cin7_code"], columns.version < number)
        query = select(columns.entries).where(*self._mine(), *earlier).order_by(columns.version.desc()).limit(1)
        with reading(self.maps.engine) as connection:
            entries = connection.execute(query).scalar()
        if entries is not None:
            return tuple(Row(row["cin7_code"], one["partner_code"], one["note"]) for one in entries)
        if ", " in row["before"]:  # one code or several: an older release did not say
            raise ConfigurationError(
                f"“{row['cin7_code']}” → “{row['before']}” is from an older release: enter it by hand"
            )
        return (Row(row["cin7_code"], row["before"]),)

    def _stored(self, number: int) -> list[Mapping[Any, Any]]:
        query = select(code_map_change).where(*self._mine(), code_map_change.c.version == number)
        with reading(self.maps.engine) as connection:
            return list(connection.execute(query).mappings())

    def _changes(self, number: int) -> tuple[Change, ...]:
        columns = code_map_change.c
        wanted = select(columns.cin7_code, columns.before, columns.after, columns.note)
        query = wanted.where(*self._mine(), columns.version == number).order_by(columns.cin7_code).limit(MOST_CHANGES)
        with reading(self.maps.engine) as connection:
            return tuple(Change(*row) for row in connection.execute(query))

    def _mine(self) -> tuple[Any, ...]:
        columns = code_map_change.c
        return columns.deployment == self.maps.deployment, columns.map == self.name


def _meaning(there: Mapping[str, Rows], source: str, code: str) -> str:
    if source == "cin7":
        return _joined(there.get(code, ()))
    return ", ".join(sorted(key for key, group in there.items() for row in group if row.partner_code == code))


def _change(code: str, before: Rows, after: Rows) -> Change | None:
    """Return what changes for a Cin7 code; None for nothing."""
    if before == after:
        return None
    note = "; ".join(filter(None, (row.note for row in after)))
    return Change(code, _joined(before) or None, _joined(after) or None, note)


def _joined(group: Rows) -> str:
    return ", ".join(row.partner_code for row in group)


def _filled(code: str) -> str:
    if not code.strip():
        raise ConfigurationError("an entry needs both codes")
    return code.strip()


def _refuse(new: Row, others: Rows, *, several: bool) -> None:
    if any(row.partner_code == new.partner_code for row in others):
        raise ConfigurationError(f"“{new.cin7_code}” → “{new.partner_code}” is there already")
    if others and not several:
        raise ConfigurationError(
            f"“{new.cin7_code}” is mapped to “{_joined(others)}” already: change that entry instead"
        )
