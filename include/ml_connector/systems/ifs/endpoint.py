"""Reading and writing the entity sets of one tenant, under our names of sets and properties.

No ``$expand``: IFS does not implement it (https://github.com/keboola/component-ex-ifs), so what lies below a record is
read by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from threading import Lock
from typing import Any, TypeVar

from ml_connector.domain.errors import ConfigurationError, ContractError
from ml_connector.sync.ports import Pull
from ml_connector.systems.ifs.lists import ListRead, Place, Row
from ml_connector.systems.ifs.odata import any_of, both, key_of, literal
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.sets import READ, EntitySet
from ml_connector.transport.client import Client
from ml_connector.transport.retry import NotFound

A = TypeVar("A")
B = TypeVar("B")
ETAG = "@odata.etag"
_IN_ONE_FILTER = 20
_MIDNIGHT = dt.time(0)


@dataclass
class _Tally:
    """Child lists read since it was last taken: collection → how many lists, rows and pages."""

    counts: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def add(self, name: str, rows: int, pages: int) -> None:
        """Count one list."""
        with self.lock:
            lists, rows_before, pages_before = self.counts.get(name, (0, 0, 0))
            self.counts[name] = lists + 1, rows_before + rows, pages_before + pages

    def take(self) -> dict[str, tuple[int, int, int]]:
        """Return the counts and begin anew."""
        with self.lock:
            taken, self.counts = self.counts, {}
        return taken


@dataclass(frozen=True)
class Endpoint:
    """The entity sets of one tenant.

    Args:
        record_pull: told of every list read; of child lists once for all that were read together.
        now: the clock; aware UTC.
    """

    client: Client
    options: IfsOptions
    record_pull: Callable[[Pull], None]
    now: Callable[[], dt.datetime]
    _below: _Tally = field(default_factory=_Tally, init=False, repr=False, compare=False)

    # --- reading ---

    def rows(self, name: str, condition: str = "", select: Sequence[str] = ()) -> list[Row]:
        """Return all rows of a set that meet the condition, in the order of their keys, with their ETags.

        Args:
            name: as in `sets.SETS`.
            condition: an OData filter over this tenant's property names; "" for all rows.
            select: our names of the properties wanted beside the keys; none means all that we read.

        Raises:
            ConfigurationError: the tenant has no such set or property.
            ContractError: an answer is no list, a next link leads elsewhere, or pages do not get on.
        """
        entity, started = self.options.set(name), self.now()
        keys = tuple(entity.property(key) for key in entity.keys)
        numbers = frozenset(entity.property(key) for key in entity.numbers)
        wanted = [one for one in dict.fromkeys([*keys, *map(entity.property, select or READ[name])]) if one]
        place = Place(entity.path, keys, numbers, condition, tuple(wanted) if entity.select else ())
        read = self._list(place)
        try:
            found = read.all()
        except NotFound as error:
            where = f"{entity.projection}/{entity.name}"
            message = f"IFS has no entity set {where} at {entity.path}: correct it under options.ifs.sets ({error})"
        else:
            where = f"{entity.projection}/{entity.name}"
            self.record_pull(Pull("ifs", where, condition, started, self.now(), len(found), read.pages))
            return [self._ours(entity, row) for row in found]
        raise ConfigurationError(message)

    def of_keys(
        self, name: str, column: str, values: Iterable[Any], select: Sequence[str] = (), condition: str = ""
    ) -> list[Row]:
        """Return the rows whose `column` is one of `values`, and that meet the condition, a few values a request.

        Numbers that came as texts are asked for bare all the same: quoted, IFS refuses them.
        """
        entity = self.options.set(name)
        wanted = sorted({Decimal(str(one)) if column in entity.numbers else one for one in values})
        found: list[Row] = []
        for start in range(0, len(wanted), _IN_ONE_FILTER):
            some = any_of(entity.property(column), wanted[start : start + _IN_ONE_FILTER])
            found += self.rows(name, both(some, condition), select)
        return found

    def one(self, name: str, **keys: Any) -> Row | None:
        """Return the record with this key, ETag included; None when there is none."""
        entity = self.options.set(name)
        try:
            data = self.client.read(self.address(name, **keys), headers=self.options.headers()).data
        except NotFound:
            return None
        if not isinstance(data, dict):
            raise ContractError(f"{entity.name}: the answer is no record", answer=str(data)[:2000])
        return self._ours(entity, data)

    def children(self, parent: str, name: str) -> list[Row]:
        """Return the rows of a child collection of the record at `parent`; none where there is no such record.

        Args:
            parent: its address.
            name: as in `sets.CHILDREN`.

        Raises:
            ConfigurationError: the record is there, so the tenant has no such collection.
        """
        collection, answer = self.options.child(name), ""
        rows: list[Row] = []
        read = self._list(Place(f"{parent}/{collection.name}", collection.keys, collection.numbers))
        try:
            rows = read.all()
        except NotFound as error:
            answer = str(error)
        if answer and self._is_there(parent):
            message = f"IFS has no collection {collection.name} below {parent}"
            raise ConfigurationError(f"{message}: correct it under options.ifs.children.{name} ({answer})")
        self._below.add(collection.name, len(rows), read.pages)
        return rows

    def _is_there(self, address: str) -> bool:
        try:
            self.client.read(address, headers=self.options.headers())
        except NotFound:
            return False
        return True

    def address(self, name: str, **keys: Any) -> str:
        """Return the address of one record, every part of its key named."""
        entity = self.options.set(name)
        named = {entity.property(key): value for key, value in keys.items()}
        return f"{entity.path}({key_of(named, {entity.property(key) for key in entity.numbers})})"

    def each(self, of: Callable[[A], B], those: Sequence[A]) -> list[B]:
        """Return what `of` makes of each, several at a time; the child lists that it reads are recorded as one pull."""
        self._below.take()
        started = self.now()
        if len(those) < 2 or self.options.detail_workers == 1:  # noqa: PLR2004 - nothing to share out
            made = [of(one) for one in those]
        else:
            with ThreadPoolExecutor(self.options.detail_workers) as pool:
                made = list(pool.map(of, those))
        for name, (lists, rows, pages) in sorted(self._below.take().items()):
            self.record_pull(Pull("ifs", name, f"below {lists} records", started, self.now(), rows, pages))
        return made

    def version(self, name: str, row: Row) -> str:
        """Return what differs when the record has changed: its ETag, or a hash of what was read where it has none."""
        etag = row.get(ETAG)
        if etag and self.options.set(name).delta == "etag_diff":
            return str(etag)
        content = sorted((key, str(value)) for key, value in row.items() if not key.startswith("@"))
        return sha256(repr(content).encode()).hexdigest()

    # --- conditions ---

    def dated(self, name: str, column: str, since: dt.date | None, before: dt.date | None = None) -> str:
        """Return the condition that a date of a set lies in ``[since, before)``; None for no bound."""
        entity = self.options.set(name)
        theirs, parts = entity.property(column), []
        for operator, day in (("ge", since), ("lt", before)):
            if day is not None:
                value = dt.datetime.combine(day, _MIDNIGHT) if column in entity.timestamps else day
                parts.append(f"{theirs} {operator} {literal(value)}")
        return " and ".join(parts)

    def one_of(self, name: str, column: str, values: Iterable[str]) -> str:
        """Return the condition that a property of a set is one of `values`; "" for no values."""
        return any_of(self.options.set(name).property(column), values)

    # --- writing ---

    def post(self, address: str, record: Mapping[str, Any]) -> Row:
        """Create a record; it is sent once.

        Raises:
            AmbiguousWrite, Refused: as `Client.write`.
        """
        data = self.client.write(address, json=dict(record), headers=self.options.headers()).data
        return data if isinstance(data, dict) else {}

    def patch(self, address: str, etag: str, changes: Mapping[str, Any]) -> None:
        """Change a record, if it still has this ETag; without one a PATCH would create what is missing.

        https://docs.ifs.com/techdocs/23r2, 010_entity_upserts.

        Raises:
            ConcurrentEdit: it changed since it was read.
            ContractError: there is no ETag to send.
        """
        condition = etag if self.options.if_match == "etag" else "*"
        if not condition:
            raise ContractError(f"{address} came without an ETag, so it is not changed")
        headers = {**self.options.headers(), "If-Match": condition}
        self.client.write(address, method="PATCH", json=dict(changes), headers=headers)

    # --- rows ---

    def _list(self, place: Place) -> ListRead:
        return ListRead(self.client, place, self.options.page_size, self.options.headers())

    def _ours(self, entity: EntitySet, row: Row) -> Row:
        """Return the row under our names."""
        return {**row, **{ours: row[theirs] for ours, theirs in entity.fields.items() if theirs in row}}
