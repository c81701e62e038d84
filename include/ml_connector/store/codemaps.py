"""The code maps of one deployment: each change has an author and a version, and stays in the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select

from ml_connector.domain.errors import ConfigurationError
from ml_connector.mapping.codemap import MAP_NAMES, Mapped
from ml_connector.store.codemap_csv import Row, decoded, read_rows, write_rows
from ml_connector.store.engine import alone, reading, upsert, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import code_map, code_map_change


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

    def load(self, source: str) -> Mapping[str, Mapping[str, Mapped]]:
        """Return map name → code in `source` → code in the other system.

        Towards Cin7, a partner code that several Cin7 codes lead to is left out: which one is meant cannot be
        told, so the document is held instead of guessed at.
        """
        columns = code_map.c
        query = select(columns.map, columns.cin7_code, columns.partner_code, columns.version).where(
            columns.deployment == self.deployment
        )
        with reading(self.engine) as connection:
            rows = connection.execute(query).all()
        maps: dict[str, dict[str, Mapped]] = {name: {} for name in MAP_NAMES}
        times = Counter((name, partner) for name, _, partner, _ in rows)
        for name, cin7, partner, version in rows:
            if source == "cin7":
                maps.setdefault(name, {})[cin7] = Mapped(partner, version)
            elif times[name, partner] == 1:
                maps.setdefault(name, {})[partner] = Mapped(cin7, version)
        return maps

    def rows(self, name: str) -> list[Row]:
        """Return the entries of one map, by Cin7 code."""
        with reading(self.engine) as connection:
            there = self._there(connection, _known(name))
        return [there[code] for code in sorted(there)]

    def set(self, name: str, cin7_code: str, partner_code: str, *, author: str, note: str = "") -> None:
        """Store one entry as a new version of the map.

        Raises:
            ConfigurationError: no such map, or one of the codes is blank.
        """
        row = Row(cin7_code.strip(), partner_code.strip(), note.strip())
        if not row.cin7_code or not row.partner_code:
            raise ConfigurationError(f"the {name} map needs both codes, not “{cin7_code}” → “{partner_code}”")
        self._change(name, [row], author=author)

    def remove(self, name: str, cin7_code: str, *, author: str) -> bool:
        """Remove one entry as a new version of the map; tell whether it was there."""
        return self._change(name, [], author=author, gone=(cin7_code.strip(),)).removed == 1

    def import_csv(self, name: str, path: Path, *, author: str, replace: bool = False) -> Import:
        """Store the entries of a CSV file as one new version of the map.

        Args:
            name: the map.
            path: a file in UTF-8 with the columns ``cin7_code``, ``partner_code`` and maybe ``note``.
            author: who vouches for it.
            replace: remove what the file does not hold; else that stays as it is.

        Raises:
            ConfigurationError: no such map or file, or a line is wrong; then nothing is stored.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
        text = decoded(content, path.name)
        return self.import_text(name, text, author=author, file=path.name, replace=replace)

    def import_text(self, name: str, text: str, *, author: str, file: str = "", replace: bool = False) -> Import:
        """Store the entries of a CSV text, as `import_csv` does."""
        rows = read_rows(text, file or f"{name}.csv")
        filled = [row for row in rows if row.partner_code]
        done = self._change(name, filled, author=author, replace=replace)
        return Import(done.added, done.changed, done.removed, done.unchanged, len(rows) - len(filled))

    def export_csv(self, name: str) -> str:
        """Return one map as CSV text that spreadsheets may open; importing it changes nothing."""
        return write_rows(self.rows(name))

    # --- versions ---

    def _change(
        self, name: str, rows: Sequence[Row], *, author: str, gone: Sequence[str] = (), replace: bool = False
    ) -> Import:
        """Store `rows` and remove `gone` (with `replace`, all others) as one version, in one transaction."""
        if not author.strip():
            raise ConfigurationError(f"a change of the {name} map needs an author")
        with writing(self.engine) as connection:
            alone(connection, f"code maps of {self.deployment}")
            there = self._there(connection, _known(name))
            new = [row for row in rows if there.get(row.cin7_code) != row]
            kept = {row.cin7_code for row in rows}
            gone = [code for code in there if (code not in kept if replace else code in gone)]
            if new or gone:
                stamp = self._stamp(connection, name, author.strip())
                self._store(connection, stamp, new, gone)
                self._remember(connection, stamp, there, [*new, *(Row(code, "") for code in gone)])
        changed = sum(row.cin7_code in there for row in new)
        return Import(len(new) - changed, changed, len(gone), len(rows) - len(new))

    def _store(self, connection: Connection, stamp: Mapping[str, Any], new: Sequence[Row], gone: Sequence[str]) -> None:
        upsert(connection, code_map, [{**stamp, **vars(row)} for row in new])
        columns = code_map.c
        mine = (columns.deployment == stamp["deployment"]) & (columns.map == stamp["map"])
        for code in gone:
            connection.execute(delete(code_map).where(mine, columns.cin7_code == code))

    def _remember(
        self,
        connection: Connection,
        stamp: Mapping[str, Any],
        there: Mapping[str, Row],
        changes: Sequence[Row],
    ) -> None:
        history = [
            {
                **stamp,
                "cin7_code": row.cin7_code,
                "before": there[row.cin7_code].partner_code if row.cin7_code in there else None,
                "after": row.partner_code or None,
                "note": row.note,
            }
            for row in changes
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

    def _there(self, connection: Connection, name: str) -> dict[str, Row]:
        columns = code_map.c
        query = select(columns.cin7_code, columns.partner_code, columns.note).where(
            columns.deployment == self.deployment, columns.map == name
        )
        return {row.cin7_code: Row(*row) for row in connection.execute(query)}


def _known(name: str) -> str:
    if name not in MAP_NAMES:
        raise ConfigurationError(f"there is no {name!r} map; the maps are {', '.join(MAP_NAMES)}")
    return name
