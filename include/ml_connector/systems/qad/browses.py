"""The browse service, QAD's list API, read so that a wrong browse or filter is no empty list.

A filter that QAD does not know, or a browse from which the customer has taken a column, answers 200 without rows
(seen by the authors of public browse clients, such as https://github.com/DigvijayERP/ApexTransformJAVA).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ml_connector.domain.errors import ConfigurationError, ContractError, VendorUnavailable
from ml_connector.sync.ports import Pull
from ml_connector.systems.qad.options import QadOptions
from ml_connector.systems.qad.wire import same
from ml_connector.transport.client import Client

Record = dict[str, Any]
_MOST_PAGES = 10_000
_MOST_SWEEPS = 5
SMALLEST_CAP = 100
"""A page shorter than asked for may have been cut by a limit of the tenant; one shorter than this was not."""


@dataclass(frozen=True)
class Browses:
    """The browses of one workspace.

    Args:
        record_pull: told of every list read whole.
        now: the clock; aware UTC.
    """

    client: Client
    options: QadOptions
    record_pull: Callable[[Pull], None]
    now: Callable[[], dt.datetime]
    _proven: set[tuple[str, str]] = field(default_factory=set)

    def rows(self, name: str, **equal: Any) -> list[Record]:
        """Return all rows of a browse, filtered by equality on the server and again here.

        Args:
            name: as in `options.BROWSES`.
            equal: column (``table__field``) → value.

        Raises:
            ContractError: a page is no list of rows.
            ConfigurationError: the browse lacks a column to filter by, or filtering by it finds nothing at all.
            VendorUnavailable: rows kept moving between the pages.
        """
        wanted = {column.replace("__", "."): value for column, value in equal.items()}
        started = self.now()
        rows, pages = self._settled(name, wanted)
        if not wanted:
            self.record_pull(Pull("qad", self.options.browse(name), "", started, self.now(), len(rows), pages))
        for column in wanted if not rows else ():
            self._prove(name, column)
        return [row for row in rows if all(same(row.get(column), value) for column, value in wanted.items())]

    def some(self, name: str, wanted: Record | None = None) -> list[Record]:
        """Return the first rows only, of those with these values."""
        return self._page(name, wanted or {}, 1, 1)

    # --- pages ---

    def _settled(self, name: str, wanted: Record) -> tuple[list[Record], int]:
        """Return rows and pages; a list of several pages is read until it comes twice the same, since rows move."""
        before: list[str] | None = None
        pages = 0
        for _ in range(_MOST_SWEEPS):
            rows, read = self._sweep(name, wanted)
            pages += read
            seen = sorted(json.dumps(row, sort_keys=True, default=str) for row in rows) if read > 1 else []
            if read == 1 or seen == before:
                return rows, pages
            before = seen
        raise VendorUnavailable(f"{self.options.browse(name)}: rows moved in each of {_MOST_SWEEPS} readings")

    def _sweep(self, name: str, wanted: Record) -> tuple[list[Record], int]:
        size, rows = self.options.page_size, list[Record]()
        most = 0
        for number in range(1, _MOST_PAGES):
            found = self._page(name, wanted, number, size)
            rows += found
            most = max(most, len(found))
            if len(found) < min(SMALLEST_CAP, size) or len(found) < most:
                return rows, number
        raise ContractError(f"browse {self.options.browse(name)}: more than {_MOST_PAGES} pages")

    def _page(self, name: str, wanted: Record, number: int, size: int) -> list[Record]:
        urn = self.options.browse(name)
        query = {
            "browseId": urn, "page": str(number), "pageSize": str(size),
            "pageAction": "first" if number == 1 else "next",
            "filter": [f"{column},eq,{value},literal" for column, value in wanted.items()],
        }  # fmt: skip
        data = self.client.read("api/qracore/browses", params=query).data
        found = data.get("data") if isinstance(data, dict) else None
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise ContractError(f"browse {urn}: the answer holds no rows", answer=str(data)[:2000])
        return found

    # --- what an empty answer means ---

    def _prove(self, name: str, column: str) -> None:
        """Prove that the browse can be filtered by a column, with a value that it shows; once for each."""
        if (name, column) in self._proven:
            return
        first = self.some(name)
        if not first:
            return  # nothing in the browse at all: nothing to prove it with, and nothing to be missed
        where = f"correct options.qad.browses.{name}"
        if column not in first[0]:
            raise ConfigurationError(f"browse {self.options.browse(name)} does not show {column}: {where}")
        value = first[0][column]
        if not self.some(name, {column: value}):
            said = f"browse {self.options.browse(name)} shows {column} “{value}” and does not find it: {where}"
            raise ConfigurationError(said)
        self._proven.add((name, column))
