"""Reading tables through the OData service: pages by key, so that rows that move are not lost.

The service cuts an answer at 5,000 rows and has no order of its own; whether it sends next links is not published
(https://github.com/api-evangelist/syspro), so none is needed and none is followed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ml_connector.domain.errors import ContractError
from ml_connector.sync.ports import Pull
from ml_connector.systems.syspro.options import SysproOptions
from ml_connector.transport.client import Client

Row = dict[str, Any]
_IN_ONE_FILTER = 20
"""Keys asked for in one request; a request line has 16 KB at most."""


@dataclass(frozen=True)
class Tables:
    """The tables of one company."""

    client: Client
    options: SysproOptions
    record_pull: Callable[[Pull], None]
    now: Callable[[], dt.datetime]

    def rows(self, name: str, keys: Sequence[str], condition: str = "", select: Sequence[str] = ()) -> list[Row]:
        """Return all rows of a table that meet the condition, in the order of their keys.

        Args:
            name: what is read, as in `options.TABLES`.
            keys: the primary key's columns; all of them.
            condition: an OData filter; "" for all rows.
            select: columns to read; none means all.

        Raises:
            ConfigurationError, VendorUnavailable: as `Client.read`.
            ContractError: an answer is no list of rows, or pages do not get on.
        """
        table, started, found, pages = self.options.table(name), self.now(), list[Row](), 0
        query = {"$orderby": ",".join(keys), "$top": str(self.options.page_size)}
        if select:
            query["$select"] = ",".join(dict.fromkeys([*keys, *select]))
        last: Row | None = None
        largest = _SMALLEST_CAP
        while True:
            filters = [part for part in (condition, self._after(keys, last) if last else "") if part]
            page = {**query, "$filter": " and ".join(f"({part})" for part in filters)} if filters else query
            rows = self._page(table, page)
            pages += 1
            if rows and last is not None and [rows[-1].get(key) for key in keys] == [last.get(key) for key in keys]:
                raise ContractError(f"table {table}: the page after {last} ends with the same row")
            found += rows
            if len(rows) < min(largest, self.options.page_size):
                break
            last, largest = rows[-1], len(rows)
        self.record_pull(Pull("syspro", table, condition, started, self.now(), len(found), pages))
        return found

    def of_keys(self, name: str, keys: Sequence[str], column: str, values: Sequence[str]) -> list[Row]:
        """Return the rows whose `column` is one of `values`, a few values a request."""
        found: list[Row] = []
        for start in range(0, len(values), _IN_ONE_FILTER):
            part = values[start : start + _IN_ONE_FILTER]
            found += self.rows(name, keys, " or ".join(f"{column} eq {self.literal(value)}" for value in part))
        return found

    def _page(self, table: str, query: Row) -> list[Row]:
        data = self.client.read(table, params=query).data
        rows = data.get("value") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ContractError(f"table {table}: the answer holds no rows", answer=str(data)[:2000])
        return [{name: _trimmed(value) for name, value in row.items()} for row in rows]

    def _after(self, keys: Sequence[str], last: Row) -> str:
        """Return the filter for what follows `last` in the order of the keys."""
        parts = []
        for index, key in enumerate(keys):
            equal = [f"{k} eq {self.literal(last.get(k))}" for k in keys[:index]]
            parts.append(" and ".join([*equal, f"{key} gt {self.literal(last.get(key))}"]))
        return " or ".join(f"({part})" for part in parts)

    def literal(self, value: Any) -> str:
        """Return a value as OData's filters write it (https://docs.oasis-open.org/odata/odata/v4.01)."""
        if isinstance(value, dt.date):
            day = value.isoformat()
            styles = {"datetimeoffset": f"{day}T00:00:00Z", "date": day, "v3": f"datetime'{day}T00:00:00'"}
            return styles[self.options.date_literal]
        if isinstance(value, (int, Decimal)):
            return str(value)
        text = str(value).replace("'", "''")
        return f"'{text}'"


_SMALLEST_CAP = 100
"""A page shorter than the one before is the last; a first page only if it is no service's own smaller limit."""


def _trimmed(value: Any) -> Any:
    return value.rstrip() if isinstance(value, str) else value
