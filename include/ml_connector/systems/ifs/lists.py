"""Reads whole lists, whatever the pages: cut in silence, shorter than asked, linked or not, while rows come and go.

Each page is asked for by the key of the last row, so nothing that happens before or behind it moves a row out of sight.
That needs a server which compares texts as it sorts them; where the pages are not in ascending order, or the list is
longer than what came, it is read once more by position, each page overlapping the one before by a row. A next link says
that there is more; where it leads is checked, and the rows are asked for by key all the same. Counts are not asked for:
they are unreliable (https://github.com/keboola/component-ex-ifs, `src/client/odata.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ml_connector.domain.errors import ContractError, VendorUnavailable
from ml_connector.systems.ifs.odata import beyond, both, followed, literal, query_of
from ml_connector.transport.client import Client

Row = dict[str, Any]
Key = tuple[Any, ...]
NEXT = "@odata.nextLink"
SMALLEST_CAP = 25
"""A page of fewer rows than asked is the last one, unless it has as many as any tenant would cut its pages at, or as
many as a page of this list had before."""
_ROUNDS = 5
_MOST_PAGES = 100_000


@dataclass(frozen=True)
class Place:
    """A list.

    Args:
        path: below the system URL.
        keys: the properties that the list is ordered by; together they tell the rows apart.
        numbers: those of them that are numbers, though they may come as texts.
        condition: an OData filter; "" for all rows.
        select: properties; none for all.
    """

    path: str
    keys: tuple[str, ...]
    numbers: frozenset[str] = frozenset()
    condition: str = ""
    select: tuple[str, ...] = ()

    def key(self, row: Row) -> Key:
        """Return a row's key.

        Raises:
            ContractError: a part is missing, or is no text and no number.
        """
        try:
            return tuple(self._part(name, row.get(name)) for name in self.keys)
        except (ValueError, ArithmeticError):
            shown = f"{self.path}: a row comes without its key {', '.join(self.keys)}"
        raise ContractError(shown, answer=str(row)[:2000])

    def _part(self, name: str, value: Any) -> str | Decimal:
        if name in self.numbers or (isinstance(value, (int, Decimal)) and not isinstance(value, bool)):
            return Decimal(str(value))
        if not isinstance(value, str):
            raise ValueError(name)  # noqa: TRY004 - becomes a ContractError
        return value


@dataclass
class ListRead:
    """One reading of a list; `pages` tells how many were read.

    Args:
        headers: sent with every call.
    """

    client: Client
    place: Place
    page_size: int
    headers: Mapping[str, str] = field(default_factory=dict)
    pages: int = 0

    def all(self) -> list[Row]:
        """Return all rows, each once.

        Raises:
            NotFound: there is no such list.
            ContractError: an answer is no list, or a next link leads elsewhere.
            VendorUnavailable: the list changes faster than it can be read.
        """
        found, complete = self._by_key()
        if not complete or (self.pages > 1 and self._page({"$skip": str(len(found)), "$top": "1"})[0]):
            found |= self._by_position()
        return list(found.values())

    # --- by key ---

    def _by_key(self) -> tuple[dict[Key, Row], bool]:
        """Return the rows, and whether their order was that of their keys all through."""
        found: dict[Key, Row] = {}
        last: Key | None = None
        largest, linked, address = 0, False, ""
        while True:
            rows, link = self._page({"$filter": both(self.place.condition, self._beyond(last))}, address)
            for row in rows:
                key = self.place.key(row)
                if last is not None and not _ascends(last, key):
                    return found, False
                found[key] = row
                last = key
            linked = linked or bool(link)
            if not link and self._is_last(len(rows), largest, linked=linked):
                return found, True
            address = "" if rows else link  # an empty page may link to more, and then has no last row to go on from
            if self.pages > _MOST_PAGES:
                raise ContractError(f"{self.place.path}: no end after {self.pages} pages")
            largest = max(largest, len(rows))

    def _beyond(self, last: Key | None) -> str:
        return "" if last is None else beyond(list(zip(self.place.keys, map(literal, last), strict=True)))

    def _is_last(self, rows: int, largest: int, *, linked: bool) -> bool:
        if rows >= self.page_size:
            return False
        return linked or rows < max(SMALLEST_CAP, largest) or not rows

    # --- by position ---

    def _by_position(self) -> dict[Key, Row]:
        for _ in range(_ROUNDS):
            found = self._once_by_position()
            if found is not None:
                return found
        raise VendorUnavailable(f"{self.place.path}: rows come and go faster than the list can be read")

    def _once_by_position(self) -> dict[Key, Row] | None:
        """Return the rows; None when the list has moved under us."""
        found: list[Row] = []
        while True:
            rows, _ = self._page({"$skip": str(max(0, len(found) - 1)), "$top": str(max(2, self.page_size))})
            if found:
                if not rows or self.place.key(rows[0]) != self.place.key(found[-1]):
                    return None
                rows = rows[1:]
            if not rows:
                return {self.place.key(row): row for row in found}
            found += rows

    # --- pages ---

    def _page(self, more: Mapping[str, str], address: str = "") -> tuple[list[Row], str]:
        """Return the rows of one page, and the link to the next one or ""."""
        query = {
            "$select": ",".join(self.place.select),
            "$filter": self.place.condition,
            "$orderby": ",".join(self.place.keys),
            "$top": str(self.page_size),
            **more,
        }
        answer = self.client.read(address or f"{self.place.path}?{query_of(query)}", headers=self.headers)
        self.pages += 1
        rows = answer.data.get("value") if isinstance(answer.data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ContractError(f"{self.place.path}: the answer holds no rows", answer=answer.text[:2000])
        link = answer.data.get(NEXT)
        return rows, followed(answer.url, str(link)) if link else ""


def _ascends(one: Key, other: Key) -> bool:
    """Tell whether the second key does not come before the first; a row may come twice."""
    try:
        return one <= other
    except TypeError:
        return False
