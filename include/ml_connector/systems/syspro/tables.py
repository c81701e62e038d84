"""Reading whole tables, page by page behind the key of the last row, so that rows that move take no other along."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol

from ml_connector.domain.errors import ContractError
from ml_connector.sync.ports import Pull
from ml_connector.systems.syspro.feeds import FEEDS, KEY_TYPES
from ml_connector.systems.syspro.filters import Condition, after, odata, one_of
from ml_connector.systems.syspro.options import SysproOptions

Row = dict[str, Any]
_IN_ONE_REQUEST = 50
"""Keys asked for at once, where the request does not become too long."""
_LONGEST_PAGE = 5000
"""Rows that the OData service returns at most (https://github.com/api-evangelist/syspro)."""
_MAY_BE_CUT = 25
"""A page of fewer rows, shorter than asked and without a next link, is the last: nobody cuts pages that short."""


class TooLong(Exception):
    """The request would be longer than HTTP.sys takes; it is asked for in parts."""


@dataclass(frozen=True)
class Asked:
    """One page of a table, in the site's own names.

    Args:
        keys: the columns that order the rows.
        conditions: all of which hold.
        size: rows wanted.
    """

    table: str
    columns: Sequence[str]
    keys: Sequence[str]
    conditions: Sequence[Condition]
    size: int


class Route(Protocol):
    """One of SYSPRO's two ways to read a table."""

    def page(self, asked: Asked) -> tuple[list[Row], bool]:
        """Return rows, and whether the answer says that there are more.

        Raises:
            TooLong: the request would be; nothing was sent.
        """
        ...


@dataclass(frozen=True)
class Tables:
    """The tables of one company."""

    route: Route
    options: SysproOptions
    record_pull: Callable[[Pull], None]
    now: Callable[[], dt.datetime]

    def rows(self, feed: str, *conditions: Condition) -> list[Row]:
        """Return all rows of a feed that meet the conditions, each once; see `pages`."""
        keys = _keys(feed, self._names(feed))
        found = [row for page in self.pages(feed, *conditions) for row in page]
        if FEEDS[feed].repeats:
            return found
        return list({tuple(str(row[key]) for key in keys): row for row in found}.values())

    def pages(self, feed: str, *conditions: Condition) -> Iterator[list[Row]]:
        """Yield the rows of a feed that meet the conditions, in the order of their keys.

        One may come twice, but for a feed whose rows repeat: none of them is lost or read again.

        Args:
            feed: what is read, as in `feeds.FEEDS`.
            conditions: in our column names, as the rows are.

        Raises:
            ConfigurationError, VendorUnavailable: as `Client.read`.
            ContractError: an answer is no list of rows, or pages do not get on.
        """
        names = self._names(feed)
        keys = _keys(feed, names)
        asked = Asked(
            self.options.table(feed),
            list(dict.fromkeys(names.values())),
            [names[key] for key in keys],
            [_named(one, names) for one in conditions],
            self.options.page_size,
        )
        for page in self._every(asked, [KEY_TYPES.get(key, str) for key in keys], FEEDS[feed].repeats):
            yield [{name: row.get(site) for name, site in names.items()} for row in page]

    def has(self, feed: str, column: str) -> bool:
        """Tell whether this site has a column of ours."""
        return column in self._names(feed)

    def _names(self, feed: str) -> dict[str, str]:
        """Return our column names with the site's."""
        fields = self.options.fields.get(feed, {})
        return {ours: site for ours in FEEDS[feed].columns if (site := fields.get(ours, ours))}

    def of_keys(self, feed: str, column: str, values: Sequence[Any], *conditions: Condition) -> list[Row]:
        """Return the rows whose `column` is one of `values`, as many values a request as it can take."""
        found: list[Row] = []
        for start in range(0, len(values), _IN_ONE_REQUEST):
            found += self._some(feed, column, values[start : start + _IN_ONE_REQUEST], conditions)
        return found

    def _some(self, feed: str, column: str, values: Sequence[Any], conditions: Sequence[Condition]) -> list[Row]:
        try:
            return self.rows(feed, one_of(column, values), *conditions)
        except TooLong:
            half = len(values) // 2
            if not half:
                raise ContractError(f"{feed}: the request is too long even for one {column}") from None
            return [
                row for part in (values[:half], values[half:]) for row in self._some(feed, column, part, conditions)
            ]

    def _every(self, asked: Asked, types: Sequence[type], repeats: bool) -> Iterator[list[Row]]:
        started, found, pages = self.now(), 0, 0
        for rows in self._pages(asked, types, repeats):
            pages += 1
            found += len(rows)
            yield rows
        query = odata(asked.conditions, self.options.date_literal)
        self.record_pull(Pull("syspro", asked.table, query, started, self.now(), found, pages))

    def _pages(self, asked: Asked, types: Sequence[type], repeats: bool) -> Iterator[list[Row]]:
        last: list[Any] | None = None
        before = 0
        while True:
            more = asked.conditions if last is None else [*asked.conditions, after(asked.keys, last)]
            rows, goes_on = self.route.page(replace(asked, conditions=more))
            if not rows or not (goes_on or len(rows) >= min(_MAY_BE_CUT, asked.size) or len(rows) == before):
                yield rows
                return
            before = len(rows)
            if repeats and not (rows := _whole(rows, asked, goes_on=goes_on)):
                asked = replace(asked, size=min(asked.size * 2, _LONGEST_PAGE))
                continue
            yield rows
            end = [_key(kind, rows[-1].get(key)) for key, kind in zip(asked.keys, types, strict=True)]
            if end == last:
                raise ContractError(f"table {asked.table}: the page behind {last} ends with the same row")
            last = end


def _keys(feed: str, names: Mapping[str, str]) -> list[str]:
    return [key for key in FEEDS[feed].keys if key in names]


def _whole(rows: list[Row], asked: Asked, *, goes_on: bool) -> list[Row]:
    """Return a page without the rows that share the last one's key, of which more may follow; [] asks for a longer one.

    Raises:
        ContractError: no page is long enough.
    """
    end = [rows[-1].get(key) for key in asked.keys]
    whole = [row for row in rows if [row.get(key) for key in asked.keys] != end]
    if whole or not (goes_on or len(rows) >= asked.size):
        return whole or rows
    if asked.size >= _LONGEST_PAGE:
        raise ContractError(f"table {asked.table}: more rows than a page holds share the key {end}")
    return []


def _named(condition: Condition, names: Mapping[str, str]) -> Condition:
    """Return the condition in the site's names."""
    return [[(names.get(column, column), sign, value) for column, sign, value in tests] for tests in condition]


def _key(kind: type, value: Any) -> Any:
    """Return a key to go on behind; numbers may come as texts with blanks before them, and dates as time stamps."""
    if kind is int:
        return int(Decimal(str(value).strip()))
    if kind is Decimal:
        return Decimal(str(value).strip())
    return dt.date.fromisoformat(str(value)[:10]) if kind is dt.date else value
