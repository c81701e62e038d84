"""Reading and writing entity sets: OData v4 as far as IFS implements it.

No ``$expand``, no counts: the first is not implemented, the second is unreliable
(https://github.com/keboola/component-ex-ifs). Pages are cut without a next link, so each page is asked for by the key
of the last row, and rows that move between pages are not lost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from ml_connector.domain.errors import ConfigurationError, ContractError
from ml_connector.sync.ports import Pull
from ml_connector.systems.ifs.options import EntitySet, IfsOptions
from ml_connector.transport.client import Client
from ml_connector.transport.retry import NotFound

Row = dict[str, Any]
A = TypeVar("A")
B = TypeVar("B")
ETAG = "@odata.etag"
NEXT = "@odata.nextLink"
_IN_ONE_FILTER = 20
_SMALLEST_CAP = 50
"""A first page shorter than asked is the last one, unless it is long enough to be the tenant's own limit."""


def literal(value: Any) -> str:
    """Return a value as a filter or key writes it: strings quoted, dates and numbers bare.

    https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html, primitive literals.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value).replace("'", "''")
    return f"'{text}'"


def key_of(keys: Mapping[str, Any]) -> str:
    """Return a key as an address holds it, e.g. ``Company='10',InvoiceId=90417``."""
    return ",".join(f"{name}={quote(literal(value), safe=_QUOTE)}" for name, value in keys.items())


_QUOTE = "'"


def query_of(options: Mapping[str, str]) -> str:
    """Return query options as IFS wants them: blanks as %20, the leading ``$`` bare."""
    return "&".join(f"{name}={quote(value, safe='(),:/$*')}" for name, value in options.items() if value)


@dataclass(frozen=True)
class Endpoint:
    """The entity sets of one tenant.

    Args:
        record_pull: told of every list read.
        now: the clock; aware UTC.
    """

    client: Client
    options: IfsOptions
    record_pull: Callable[[Pull], None]
    now: Callable[[], dt.datetime]

    # --- reading ---

    def rows(self, name: str, condition: str = "", select: Sequence[str] = ()) -> list[Row]:
        """Return all rows of a set that meet the condition, in the order of their keys.

        Args:
            name: as in `options.SETS`.
            condition: an OData filter over this tenant's property names; "" for all rows.
            select: our names of the properties wanted beside the keys; none means all.

        Raises:
            ConfigurationError: the tenant has no such set or property.
            ContractError: an answer is no list, a next link leads elsewhere, or pages do not get on.
        """
        entity, started = self.options.set(name), self.now()
        keys = [entity.property(key) for key in entity.keys]
        query = {"$orderby": ",".join(keys), "$top": str(self.options.page_size)}
        if select and entity.select:
            query["$select"] = ",".join(dict.fromkeys(keys + [entity.property(one) for one in select]))
        found: list[Row] = []
        pages, largest = 0, _SMALLEST_CAP
        address: str | None = f"{entity.path}?{query_of({**query, '$filter': condition})}"
        while address is not None:
            rows, link = self._page(entity, address)
            pages += 1
            found += rows
            if link is not None:
                address = link
            elif len(rows) < min(largest, self.options.page_size):
                address = None
            else:
                largest = max(len(rows), 1)
                address = self._after(entity, keys, query, condition, rows[-1])
                self._must_get_on(entity, keys, found, len(rows))
        self.record_pull(
            Pull("ifs", f"{entity.projection}/{entity.name}", condition, started, self.now(), len(found), pages)
        )
        return [self._ours(entity, row) for row in _once(found, keys)]

    def of_keys(self, name: str, column: str, values: Iterable[Any], select: Sequence[str] = ()) -> list[Row]:
        """Return the rows whose `column` is one of `values`, a few values a request."""
        wanted, theirs = sorted(set(values)), self.options.set(name).property(column)
        found: list[Row] = []
        for start in range(0, len(wanted), _IN_ONE_FILTER):
            part = wanted[start : start + _IN_ONE_FILTER]
            found += self.rows(name, " or ".join(f"{theirs} eq {literal(value)}" for value in part), select)
        return found

    def one(self, name: str, **keys: Any) -> Row | None:
        """Return the record with this key, ETag included; None when there is none."""
        entity = self.options.set(name)
        try:
            data = self.client.read(self.address(name, **keys)).data
        except NotFound:
            return None
        if not isinstance(data, dict):
            raise ContractError(f"{entity.name}: the answer is no record", answer=str(data)[:2000])
        return self._ours(entity, data)

    def children(self, parent: str, collection: str) -> list[Row]:
        """Return the rows of a child collection of the record at `parent`; none where there is no such record."""
        size, found, link = self.options.page_size, list[Row](), None
        while True:
            page = query_of({"$top": str(size), "$skip": str(len(found)) if found else ""})
            rows, link = self._list(link or f"{parent}/{collection}?{page}", collection, missing_is_empty=True)
            found += rows
            if link is None and len(rows) < size:
                return found

    def address(self, name: str, **keys: Any) -> str:
        """Return the address of one record, every part of its key named."""
        entity = self.options.set(name)
        return f"{entity.path}({key_of({entity.property(key): value for key, value in keys.items()})})"

    def each(self, of: Callable[[A], B], those: Sequence[A]) -> list[B]:
        """Return what `of` makes of each, several at a time."""
        if len(those) < 2 or self.options.detail_workers == 1:  # noqa: PLR2004 - nothing to share out
            return [of(one) for one in those]
        with ThreadPoolExecutor(self.options.detail_workers) as pool:
            return list(pool.map(of, those))

    # --- writing ---

    def post(self, address: str, record: Mapping[str, Any]) -> Row:
        """Create a record; it is sent once.

        Raises:
            AmbiguousWrite, Refused: as `Client.write`.
        """
        data = self.client.write(address, json=dict(record)).data
        return data if isinstance(data, dict) else {}

    def patch(self, address: str, etag: str, changes: Mapping[str, Any]) -> None:
        """Change a record, if it still has this ETag; without one a PATCH would create what is missing.

        https://docs.ifs.com/techdocs/23r2, 010_entity_upserts.

        Raises:
            ConcurrentEdit: it changed since it was read.
            ContractError: there is no ETag to send.
        """
        if not etag:
            raise ContractError(f"{address} came without an ETag, so it is not changed")
        self.client.write(address, method="PATCH", json=dict(changes), headers={"If-Match": etag})

    # --- pages ---

    def _page(self, entity: EntitySet, address: str) -> tuple[list[Row], str | None]:
        try:
            return self._list(address, entity.name)
        except NotFound as error:
            where = f"{entity.projection}/{entity.name}"
            message = f"IFS has no entity set {where} at {entity.path}: correct it under options.ifs.sets ({error})"
        raise ConfigurationError(message)

    def _list(self, address: str, what: str, *, missing_is_empty: bool = False) -> tuple[list[Row], str | None]:
        try:
            answer = self.client.read(address)
        except NotFound:
            if missing_is_empty:
                return [], None
            raise
        rows = answer.data.get("value") if isinstance(answer.data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ContractError(f"{what}: the answer holds no rows", answer=answer.text[:2000])
        link = answer.data.get(NEXT)
        return rows, None if not link else _followed(answer.url, str(link))

    def _after(self, entity: EntitySet, keys: list[str], query: Row, condition: str, last: Row) -> str:
        parts = []
        for index, key in enumerate(keys):
            equal = [f"{one} eq {literal(last.get(one))}" for one in keys[:index]]
            parts.append(" and ".join([*equal, f"{key} gt {literal(last.get(key))}"]))
        beyond = " or ".join(f"({part})" for part in parts) if len(parts) > 1 else parts[0]
        both = f"({condition}) and ({beyond})" if condition else beyond
        return f"{entity.path}?{query_of({**query, '$filter': both})}"

    def _must_get_on(self, entity: EntitySet, keys: list[str], found: list[Row], fresh: int) -> None:
        before = found[-fresh - 1] if len(found) > fresh else None
        if before is not None and all(before.get(key) == found[-1].get(key) for key in keys):
            raise ContractError(f"{entity.name}: the page after {keys} of {before} ends with the same row")

    def _ours(self, entity: EntitySet, row: Row) -> Row:
        """Return the row under our names."""
        return {**row, **{ours: row[theirs] for ours, theirs in entity.fields.items() if theirs in row}}


def _followed(url: str, link: str) -> str:
    """Return where a next link leads, if that is the same service at the same host.

    Raises:
        ContractError: it leads elsewhere; the token is not sent there.
    """
    target, source = urlsplit(urljoin(url, link)), urlsplit(url)
    service = source.path.partition(".svc/")[0]
    if (target.scheme, target.netloc) != (source.scheme, source.netloc) or not target.path.startswith(
        f"{service}.svc/"
    ):
        raise ContractError(f"the next link leads out of {service}.svc: {target.scheme}://{target.netloc}{target.path}")
    return target.geturl()


def _once(rows: Iterable[Row], keys: Sequence[str]) -> list[Row]:
    """Return each row once, the copy read last: one that was changed meanwhile may come twice by next links."""
    return list({tuple(str(row.get(key)) for key in keys): row for row in rows}.values())
