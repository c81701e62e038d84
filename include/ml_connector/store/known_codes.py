"""The codes that each system has, as runs last read them: what people choose from when they map a code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, and_, delete, select

from ml_connector.domain.reference import KnownCode
from ml_connector.store.engine import reading, upsert, writing
from ml_connector.store.tables import known_code

_CHUNK = 500


@dataclass(frozen=True)
class SqlKnownCodes:
    """The codes of one system in one deployment."""

    engine: Engine
    deployment: str
    system: str

    def keep(self, maps: Mapping[str, Mapping[str, KnownCode]]) -> None:
        """Replace the codes of these maps by those given; maps not named stay as they are."""
        for name, codes in maps.items():
            there = self.of(name)
            new = [code for code, known in codes.items() if there.get(code) != known]
            gone = [code for code in there if code not in codes]
            if new or gone:
                self._store(name, {code: codes[code] for code in new}, gone)

    def of(self, name: str, limit: int | None = None) -> dict[str, KnownCode]:
        """Return code → what it is, of one map, by code; at most `limit` when given."""
        columns = known_code.c
        mine = (columns.deployment == self.deployment, columns.system == self.system, columns.map == name)
        query = select(columns.code, columns.name, columns.usable).where(*mine).order_by(columns.code).limit(limit)
        with reading(self.engine) as connection:
            return {code: KnownCode(text, usable) for code, text, usable in connection.execute(query)}

    def names(self, name: str, codes: Collection[str]) -> dict[str, str]:
        """Return code → what it is called, of those that the system has."""
        columns = known_code.c
        mine = (columns.deployment == self.deployment, columns.system == self.system, columns.map == name)
        query = select(columns.code, columns.name).where(*mine, columns.code.in_(codes))
        with reading(self.engine) as connection:
            return {row.code: row.name for row in connection.execute(query)}

    def has(self, name: str, code: str) -> bool:
        """Tell whether the system has the code; True when its codes of that map were never read."""
        columns = known_code.c
        mine = (columns.deployment == self.deployment, columns.system == self.system, columns.map == name)
        with reading(self.engine) as connection:
            if connection.execute(select(columns.code).where(*mine, columns.code == code)).first() is not None:
                return True
            return connection.execute(select(columns.code).where(*mine).limit(1)).first() is None

    def _store(self, name: str, new: Mapping[str, KnownCode], gone: list[str]) -> None:
        stamp = {"deployment": self.deployment, "system": self.system, "map": name}
        rows = [{**stamp, "code": code, "name": known.name, "usable": known.usable} for code, known in new.items()]
        columns = known_code.c
        mine = and_(*(columns[key] == value for key, value in stamp.items()))
        with writing(self.engine) as connection:
            for start in range(0, len(gone), _CHUNK):
                connection.execute(delete(known_code).where(mine, columns.code.in_(gone[start : start + _CHUNK])))
            for start in range(0, len(rows), _CHUNK):
                upsert(connection, known_code, rows[start : start + _CHUNK])
