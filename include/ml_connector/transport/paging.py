"""How the next page is asked for: pure objects, no calls.

Used so::

    pager = PageNumber(100)
    page = pager.first()
    while page is not None:
        answer = client.read("purchaseList", params={**query, **page})
        rows = answer.data["PurchaseList"]
        page = pager.after(page, rows, answer.data["Total"])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.errors import ContractError

Params = Mapping[str, str]


@dataclass(frozen=True)
class PageNumber:
    """Numbered pages: ``Page`` from 1, ``Limit`` rows each; the end is told by the total or a short page."""

    page_size: int
    page_name: str = "Page"
    limit_name: str = "Limit"

    def first(self) -> Params:
        """Return the parameters of the first page."""
        return self._page(1)

    def after(self, page: Params, rows: Sequence[Any], total: int | None = None) -> Params | None:
        """Return the parameters of the page after `page`, or None at the end.

        Args:
            page: the parameters that brought `rows`.
            rows: what the page held.
            total: how many rows there are in all, as that page said; None when the vendor does not tell.

        Raises:
            ContractError: the page is short though the total says that more rows follow.
        """
        number = int(page[self.page_name])
        if total is None:
            return self._page(number + 1) if len(rows) >= self.page_size else None
        if number * self.page_size >= total:
            return None
        if len(rows) < self.page_size:
            raise ContractError(f"page {number} holds {len(rows)} of {self.page_size} rows, and {total} are told")
        return self._page(number + 1)

    def _page(self, number: int) -> Params:
        return {self.page_name: str(number), self.limit_name: str(self.page_size)}


Row = Mapping[str, Any]


def _odata(field: str, last: Any) -> str:
    text = str(last).replace("'", "''")
    return f"{field} gt '{text}'"


@dataclass(frozen=True)
class KeyAfter:
    """Pages by key: each starts after the key of the last row, so that moving rows are not lost.

    Args:
        field: the key, by which the vendor orders the rows; unique.
        page_size: rows a page.
        base_filter: what applies to every page; "" for all rows.
        key: reads a row's key; ``row[field]`` when None.
        condition: ``(field, last key) -> filter text``; OData's ``gt`` by default.
        short_page_ends: False for a vendor that may send fewer rows than asked: only an empty page ends then.
    """

    field: str
    page_size: int
    base_filter: str = ""
    key: Callable[[Row], Any] | None = None
    condition: Callable[[str, Any], str] = _odata
    short_page_ends: bool = True
    filter_name: str = "$filter"
    limit_name: str = "$top"
    order_name: str = "$orderby"

    def first(self) -> Params:
        """Return the parameters of the first page."""
        return self._page(self.base_filter)

    def after(self, rows: Sequence[Row]) -> Params | None:
        """Return the parameters of the page after `rows`, or None at the end."""
        if not rows or (self.short_page_ends and len(rows) < self.page_size):
            return None
        last = self.key(rows[-1]) if self.key else rows[-1][self.field]
        beyond = self.condition(self.field, last)
        return self._page(f"({self.base_filter}) and {beyond}" if self.base_filter else beyond)

    def _page(self, condition: str) -> Params:
        page = {self.limit_name: str(self.page_size), self.order_name: self.field}
        return {**page, self.filter_name: condition} if condition else page
