"""What a person does with a code map: one entry changed, a version undone; each only if nobody was quicker."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from ml_connector.domain.errors import ConcurrentEdit, ConfigurationError
from ml_connector.store.codemap_csv import Row, Slot, effective_day, read_rows
from ml_connector.store.codemaps import Import, Rows, Slots, SqlCodeMaps, by_slot, count_changes
from ml_connector.store.engine import reading
from ml_connector.store.tables import code_map, code_map_change

MOST_CHANGES = 20
"""Changes listed of one version; an import may have thousands."""


@dataclass(frozen=True)
class Change:
    """What one version changed for a Cin7 code and effective date; None where there was, or is, no entry.

    Args:
        inherited_before, inherited_after: what an earlier entry says of that day where there is none, in a preview.
    """

    cin7_code: str
    before: str | None
    after: str | None
    note: str
    effective_from: str = ""
    inherited_before: str | None = None
    inherited_after: str | None = None


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
        after: all entries of the map, as they would be.
    """

    version: int
    counts: Import
    changes: tuple[Change, ...]
    rows: Rows
    after: Rows


@dataclass(frozen=True)
class MapEdits:
    """Edits of one map."""

    maps: SqlCodeMaps
    name: str

    def assign(
        self,
        source: str,
        code: str,
        target: str,
        *,
        seen: str,
        author: str,
        note: str = "",
        effective_from: str = "",
    ) -> int | None:
        """Let `code` of `source` mean `target` from that day on, until its next entry; return the new version.

        Args:
            source: ``cin7`` or the partner.
            code: the source's code.
            target: the other system's.
            seen: what `code` meant when the author looked, as `meaning` gives it.
            author: who vouches for it.
            note: why.
            effective_from: the first day of the documents that it is for; "" for those of any day.

        Raises:
            ConcurrentEdit: somebody mapped the code meanwhile.
            ConfigurationError: a code is blank, or the date is none.
        """
        code, target = _filled(code), _filled(target)
        cin7, partner = (code, target) if source == "cin7" else (target, code)
        row = _checked(Row(cin7, partner, note, effective_from))

        def decide(there: Slots) -> Slots:
            now = _meaning(there, source, code)
            if now != seen:
                msg = (
                    f"“{code}” was mapped to “{now}” meanwhile"
                    if now
                    else f"the entry of “{code}” was removed meanwhile"
                )
                raise ConcurrentEdit(msg)
            if source == "cin7":
                return {row.slot: (row,)}
            same_day = {slot: group for slot, group in there.items() if slot[1] == row.effective_from}
            others = {slot: tuple(r for r in group if r.partner_code != partner) for slot, group in same_day.items()}
            changed = {slot: group for slot, group in others.items() if group != there[slot]}
            return {**changed, row.slot: (*others.get(row.slot, ()), row)}

        return self.maps.change(self.name, decide, author=author)

    def meaning(self, source: str, code: str) -> str:
        """Return what `code` of `source` means in the other system, from which days on; "" when it is not mapped."""
        columns = code_map.c
        mine = (columns.deployment == self.maps.deployment, columns.map == self.name)
        known, wanted = (columns.cin7_code, columns.partner_code)[:: 1 if source == "cin7" else -1]
        query = select(columns.effective_from, wanted).where(*mine, known == code)
        with reading(self.maps.engine) as connection:
            return _in_words((row[0], row[1]) for row in connection.execute(query))

    def replace(self, old: Row | None, new: Row | None, *, author: str, several: bool = False) -> int | None:
        """Put one entry in the place of another; return the new version.

        Args:
            old: the entry as the author saw it; None adds one.
            new: None removes it.
            author: who vouches for it.
            several: a Cin7 code may have several partner codes, since a flow reads the partner.

        Raises:
            ConcurrentEdit: the old entry is not there any more as it was.
            ConfigurationError: a code is blank, the date is none, or the Cin7 code is mapped from that date already.
        """
        wanted = new and _checked(new)

        def decide(there: Slots) -> Slots:
            changed = {}
            if old is not None:
                if old not in there.get(old.slot, ()):
                    raise ConcurrentEdit(f"the entry “{old.cin7_code}” → “{old.partner_code}” was changed meanwhile")
                changed[old.slot] = tuple(row for row in there[old.slot] if row != old)
            if wanted is not None:
                others = changed.get(wanted.slot, there.get(wanted.slot, ()))
                _refuse(wanted, others, several=several)
                changed[wanted.slot] = (*others, wanted)
            return changed

        return self.maps.change(self.name, decide, author=author)

    def preview(self, text: str, file: str, *, replace: bool) -> Preview:
        """Return what importing a CSV text would change; nothing is stored.

        Raises:
            ConfigurationError: a line is wrong.
        """
        rows = read_rows(text, file)
        filled = [row for row in rows if row.partner_code]
        wanted = by_slot(filled)
        version, there = self.maps.version(self.name), self.maps.entries(self.name)
        gone = [slot for slot in there if slot not in wanted] if replace else []
        after = {**there, **wanted, **dict.fromkeys(gone, ())}
        counted = dataclasses.replace(count_changes(there, wanted, gone), blank=len(rows) - len(filled))
        changes = tuple(_changes(there, after))
        return Preview(
            version, counted, changes, tuple(filled), tuple(row for group in after.values() for row in group)
        )

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

    def version(self, number: int) -> Version | None:
        """Return one version; None when there is none of that number."""
        found = self.history(number + 1, 1)
        return found[0] if found and found[0].number == number else None

    def codes(self, number: int) -> tuple[set[str], set[str]]:
        """Return the Cin7 codes and the partner codes that a version changed, one with commas maybe in pieces."""
        columns = code_map_change.c
        query = select(columns.cin7_code, columns.before, columns.after)
        with reading(self.maps.engine) as connection:
            rows = connection.execute(query.where(*self._mine(), columns.version == number)).all()
        partners = {code for _, *sides in rows for side in sides for code in (side or "").split(", ")}
        return {row[0] for row in rows}, partners - {""}

    def undo(self, number: int, *, author: str) -> int | None:
        """Bring back what stood before one version; return the new version.

        Raises:
            ConcurrentEdit: a code was changed again since.
            ConfigurationError: there is no such version, or it cannot be undone exactly.
        """
        rows = self._stored(number)
        if not rows:
            raise ConfigurationError(f"the {self.name} map has no version {number}")
        back = {_slot(row): self._before(row, number) for row in rows}

        def decide(there: Slots) -> Slots:
            for row in rows:
                code = row["cin7_code"]
                if _joined(there.get(_slot(row), ())) != (row["after"] or ""):
                    raise ConcurrentEdit(f"“{code}” was changed again after version {number}: undo that first")
            return back

        return self.maps.change(self.name, decide, author=author)

    def _before(self, row: Mapping[Any, Any], number: int) -> Rows:
        """Return the entries of a slot before that version."""
        if row["before"] is None:
            return ()
        columns, (code, day) = code_map_change.c, _slot(row)
        earlier = (columns.cin7_code == code, columns.effective_from == day, columns.version < number)
        query = select(columns.entries).where(*self._mine(), *earlier).order_by(columns.version.desc()).limit(1)
        with reading(self.maps.engine) as connection:
            entries = connection.execute(query).scalar()
        if entries is not None:
            return tuple(Row(code, one["partner_code"], one["note"], day) for one in entries)
        if ", " in row["before"]:  # one code or several: an older release did not say
            raise ConfigurationError(f"“{code}” → “{row['before']}” is from an older release: enter it by hand")
        return (Row(code, row["before"]),)

    def _stored(self, number: int) -> list[Mapping[Any, Any]]:
        query = select(code_map_change).where(*self._mine(), code_map_change.c.version == number)
        with reading(self.maps.engine) as connection:
            return list(connection.execute(query).mappings())

    def _changes(self, number: int) -> tuple[Change, ...]:
        columns = code_map_change.c
        slot = (columns.cin7_code, columns.effective_from)
        wanted = select(columns.cin7_code, columns.before, columns.after, columns.note, columns.effective_from)
        query = wanted.where(*self._mine(), columns.version == number).order_by(*slot).limit(MOST_CHANGES)
        with reading(self.maps.engine) as connection:
            return tuple(Change(*row) for row in connection.execute(query))

    def _mine(self) -> tuple[Any, ...]:
        columns = code_map_change.c
        return columns.deployment == self.maps.deployment, columns.map == self.name


def _meaning(there: Slots, source: str, code: str) -> str:
    rows = [row for group in there.values() for row in group]
    if source == "cin7":
        return _in_words((row.effective_from, row.partner_code) for row in rows if row.cin7_code == code)
    return _in_words((row.effective_from, row.cin7_code) for row in rows if row.partner_code == code)


def _in_words(dated: Iterable[tuple[str, str]]) -> str:
    """Return effective dates and codes as ``60100, 60200 from 2027-01-01``."""
    return ", ".join(f"{code} from {day}" if day else code for day, code in sorted(dated))


def _slot(row: Mapping[Any, Any]) -> Slot:
    return row["cin7_code"], row["effective_from"]


def _changes(before: Slots, after: Slots) -> Iterator[Change]:
    """Yield what changes in each slot, and what applies on its day where it has no entry."""
    days: dict[str, list[str]] = {}
    for code, day in sorted(after):
        days.setdefault(code, []).append(day)

    def inherited(there: Slots, slot: Slot) -> str | None:
        earlier = (there.get((slot[0], day), ()) for day in reversed(days[slot[0]]) if day < slot[1])
        return next((_joined(group) for group in earlier if group), None)

    for slot in sorted(after):
        old, new = before.get(slot, ()), after[slot]
        if old != new:
            note = "; ".join(filter(None, (row.note for row in new)))
            told = Change(slot[0], _joined(old) or None, _joined(new) or None, note, slot[1])
            yield dataclasses.replace(
                told,
                inherited_before=None if old else inherited(before, slot),
                inherited_after=None if new else inherited(after, slot),
            )


def _checked(row: Row) -> Row:
    """Return the row without blanks around its codes.

    Raises:
        ConfigurationError: a code is blank, or the date is none.
    """
    effective_day(row.effective_from)
    return Row(_filled(row.cin7_code), _filled(row.partner_code), row.note.strip(), row.effective_from)


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
        since = f" from {new.effective_from}" if new.effective_from else ""
        raise ConfigurationError(
            f"“{new.cin7_code}” is mapped to “{_joined(others)}”{since} already: change that entry instead"
        )
