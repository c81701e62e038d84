"""The browse service, QAD's list API: ``GET /api/qracore/browses``.

What is wrong in a request answers 200 with no rows: an unknown filter field, an operator that does not work and, at a
live site, a first page without both ``page`` and ``pageAction=first``. Keys are ``table.field``; the columns are those
that the customer has left in the browse. Codes are from the catalogue in
https://github.com/DigvijayERP/ApexTransformJAVA (``config/browses.json``), columns are inferred from their tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from starlette.datastructures import QueryParams

from .browse_rows import SOURCES
from .errors import malformed
from .filters import Filter, parse_filter
from .tenant import Row
from .work import Work

PREFIX = "urn:browse:mfg:"
DEFAULT_PAGE_SIZE = 200
_BY_ORDER = {
    "order_lines": ("purchaseOrderLines", {"pod_det.pod_nbr": "purchaseOrderNumber"}),
    "receipts": ("prh_hist", {"prh_hist.prh_nbr": "prh_nbr"}),
    "pending": ("pvo_mstr", {"pvo_mstr.pvo_order": "pvo_order"}),
    "open_receivers": ("pvo_mstr", {"pvo_mstr.pvo_order": "pvo_order"}),
}
"""Rows of a browse → the table that they begin with, and which of its fields holds the order's number."""
_ORDERS = ("pod_det.", "po_mstr.", "ad_mstr.ad_name")
_RECEIPTS = ("prh_hist.", "pt_mstr.", "vd_mstr.", "ad_mstr.", "pod_det.")
_COSTS = ("prh_hist.", "pod_det.", "pvo_mstr.", "pvod_det.")
STANDARD: dict[str, tuple[str, tuple[str, ...]]] = {
    "ad014": ("suppliers", ("vd_mstr.", "ad_mstr.", "ctry_mstr.")),
    **dict.fromkeys(("ad037", "ad041", "ad057", "ad059"), ("suppliers", ("ad_mstr.",))),
    **dict.fromkeys(("po006", "po033", "po042"), ("order_lines", _ORDERS)),
    **dict.fromkeys(("po012", "po015", "po030", "po803"), ("orders", ("po_mstr.",))),
    **dict.fromkeys(("po013", "po804"), ("order_lines", ("pod_det.",))),
    "po501": ("receipts", _RECEIPTS),
    **dict.fromkeys(("po005", "po041", "po046"), ("pending", _COSTS)),
    "ap007": ("open_receivers", ("pvo_mstr.", "prh_hist.")),
    **dict.fromkeys(("ap001", "ap002"), ("invoices", ("CInvoice.",))),
    **dict.fromkeys(("pp100", "pp036", "ps001", "pp115", "pp024"), ("items", ("pt_mstr.",))),
}
"""Browse code → whose rows, and which of their columns."""


@dataclass(frozen=True)
class Browse:
    """One browse: whose rows it shows, and which columns (or tables, with a point at the end)."""

    rows: str
    columns: tuple[str, ...]

    def shows(self, column: str) -> bool:
        """Tell whether a column is in the browse; the change stamps are only where they are named."""
        if column in self.columns or "*" in self.columns:
            return True
        table = column.partition(".")[0] + "."
        return table in self.columns and not column.endswith(("_mod_date", "_mod_time"))


def find_browse(work: Work, urn: str) -> Browse | None:
    """Return the browse of a urn; None when there is none."""
    switches = work.switches
    if urn == switches.accounts_browse:
        return Browse("accounts", ("ac_mstr.",))
    if urn == switches.cost_centers_browse:
        return Browse("cost_centers", ("cc_mstr.",))
    code = urn.removeprefix(PREFIX)
    custom = switches.custom_browses.get(code)
    if custom is not None and custom.rows in SOURCES:
        return Browse(custom.rows, tuple(custom.columns))
    found = STANDARD.get(code) if urn.startswith(PREFIX) else None
    if found is None:
        return None
    return Browse(found[0], tuple(switches.browse_columns.get(code, found[1])))


def read(work: Work, query: QueryParams, cache: BrowseCache) -> Row:
    """Return one page of a browse.

    Raises:
        Refusal: 500 for an unknown browse, where the tenant answers so.
    """
    browse = find_browse(work, query.get("browseId", ""))
    if browse is None:
        if work.switches.unknown_browse == "error":
            raise malformed("Browse not found")
        return {"data": []}
    page = _page(work, query)
    filters = [parse_filter(text, list(work.switches.browse_operators)) for text in query.getlist("filter")]
    if page is None or (len(filters) > 1 and work.switches.repeated_filters == "empty"):
        return {"data": []}
    known = [one for one in filters if one is not None and browse.shows(one.column)]
    if len(known) < len(filters):
        return {"data": []}
    number, size = page
    first = _narrowed(work, browse, known)
    rows = cache.first(work, browse, None if known else number * size) if first is None else first
    if known:
        rows = [row for row in rows if all(one.keeps(row) for one in known)]
    return {"data": rows[(number - 1) * size : number * size]}


def _narrowed(work: Work, browse: Browse, filters: list[Filter]) -> list[Row] | None:
    """Return the rows of one order without joining those of all; None for a browse or filter of another kind."""
    table, columns = _BY_ORDER.get(browse.rows, ("", {}))
    for one in filters:
        if one.operator == "eq" and one.column in columns:
            only = (table, columns[one.column], one.value)
            return list(_shown(browse, SOURCES[browse.rows](replace(work, only=only))))
    return None


def _page(work: Work, query: QueryParams) -> tuple[int, int] | None:
    """Return page number and size; None when the request's paging finds nothing."""
    try:
        number = int(query.get("page", "1"))
        size = int(query.get("pageSize", DEFAULT_PAGE_SIZE))
    except ValueError:
        return None
    if number < 1 or size < 1:
        return None
    if work.switches.page_action == "strict":
        wanted = "first" if number == 1 else "next"
        if "page" not in query or query.get("pageAction") != wanted:
            return None
    return number, min(size, work.switches.max_page_size)


class _Visible(dict[str, bool]):
    """Which columns a browse shows, found out once for each."""

    def __init__(self, browse: Browse) -> None:
        super().__init__()
        self._browse = browse

    def __missing__(self, column: str) -> bool:
        self[column] = self._browse.shows(column)
        return self[column]


class BrowseCache:
    """The rows of each browse, made as far as they are asked for and kept until anything in the tenant changes."""

    def __init__(self) -> None:
        self._kept: dict[Any, tuple[int, list[Row], Iterator[Row]]] = {}

    def first(self, work: Work, browse: Browse, most: int | None) -> list[Row]:
        """Return the first `most` rows of a browse, or all."""
        key = (work.tenant.name, work.domain, work.entity, browse)
        version, rows, coming = self._kept.get(key, (-1, [], iter(())))
        if version != work.tenant.version or work.switches.browse_order == "shuffled":
            rows, coming = [], _shown(browse, SOURCES[browse.rows](work))
            self._kept[key] = (work.tenant.version, rows, coming)
        rows.extend(coming if most is None else islice(coming, max(0, most - len(rows))))
        return rows


def _shown(browse: Browse, rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows with the columns that the browse shows."""
    visible = _Visible(browse)
    for row in rows:
        yield {name: value for name, value in row.items() if visible[name]}
