"""Which orders and invoices changed: M3 offers no list of them by change, so tables or the search index are asked.

EXPORTMI reads one table with a query of a few columns; change dates are days of the server's calendar, and a change of
a line does not always touch its head. Column names are the table's two letters and the field (seen in public use for
OOHEAD); those of other tables follow M3's rule. https://github.com/GaryWayneSmith/M3H5, `EXPORTMI`, `PPS200MI`,
`APS200MI`, `GLS200MI`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from ml_connector.domain.errors import ConfigurationError, ContractError, Refused
from ml_connector.sync.ports import Pull, Window
from ml_connector.systems.infor.accounts import Books
from ml_connector.systems.infor.mi import M3
from ml_connector.systems.infor.wire import Row, day_text, text

_BETWEEN = "|"
_MARKED, _ANY = "YRE1:*mlc*", "PUNO:*"
_LONGEST_ROW = 984
"""Characters of REPL; the rest of a row is cut off in silence."""
_Query = tuple[tuple[str, ...], tuple[str, ...]]
"""Keys by which the rows are told apart, and conditions."""
_ENTRY = ("DIVI", "YEA4", "JRNO", "JSNO")
COLUMNS = {
    "MPHEAD": ("CONO", "PUNO", "PUDT", "LMDT"),
    "MPLINE": ("CONO", "PUNO", "LMDT"),
    "FPLEDG": ("CONO", *_ENTRY, "SPYN", "SUNO", "INYR", "TRCD", "SINO", "IVDT", "LMDT"),
}
"""Table → the columns, without prefix, that exports for reading name."""
WRITING_COLUMNS = {"MPHEAD": ("SUNO", "PUSL", "YRE1")}
"""The same for entering orders."""
InvoiceKey = tuple[str, str, str, str, str]
"""Division, payee, supplier, year, number: the number alone does not make an invoice."""


@dataclass(frozen=True)
class Discovery:
    """Finds the keys of what may have changed within a window, never all of a table where less will do."""

    m3: M3

    # --- orders ---

    def orders(self, window: Window) -> list[str]:
        """Return the numbers of the orders that may have changed."""
        mode = self.m3.options.discovery
        if mode in {"search", "status"}:
            return self._searched_orders(window, by_status=mode == "status" and not window.by_document_date)
        heads = self._exported("MPHEAD", ("PUNO",), "PUDT", window)
        rows = [text(row, "PUNO") for row in heads]
        if not window.by_document_date:
            rows += [text(row, "PUNO") for row in self._exported("MPLINE", ("PUNO",), "", window)]
        return sorted({number for number in rows if number})

    def orders_of(self, supplier: str, day: str) -> list[str]:
        """Return the numbers of a supplier's orders of one day, as M3 writes it."""
        if self.m3.options.discovery in {"search", "status"}:
            query = f'SUNO:"{supplier}" AND PUDT:[{day} TO {day}]'
            return [text(row, "PUNO") for row in self.m3.listing("order_search", {"SQRY": query}, query=query)]
        prefix = self.m3.options.export_prefixes["MPHEAD"]
        where = (f"{prefix}SUNO = {_literal('SUNO', supplier)}", f"{prefix}PUDT = {day}")
        return [text(row, "PUNO") for row in self._all("MPHEAD", ("PUNO",), where)]

    def every_order(self) -> dict[str, tuple[str, bool]]:
        """Return number → lowest status, and whether the reference carries our mark, of all orders."""
        if self.m3.options.discovery in {"search", "status"}:
            ours = {text(row, "PUNO") for row in self.m3.listing("order_search", {"SQRY": _MARKED}, query=_MARKED)}
            rows = self.m3.listing("order_search", {"SQRY": _ANY}, query=_ANY)
            return {text(row, "PUNO"): (text(row, "PUSL"), text(row, "PUNO") in ours) for row in rows}
        rows = self._all("MPHEAD", ("PUNO",), (), ("PUSL", "YRE1"))
        return {text(row, "PUNO"): (text(row, "PUSL"), "mlc:" in text(row, "YRE1")) for row in rows}

    def _searched_orders(self, window: Window, *, by_status: bool) -> list[str]:
        options = self.m3.options
        query = f"PUSL:[{options.status_from} TO {options.status_to}]" if by_status else self._range("PUDT", window)
        rows = self.m3.listing("order_search", {"SQRY": query}, query=query)
        if not by_status and not window.by_document_date:
            rows += self.m3.listing("order_line_search", {"SQRY": query}, query=query)
        return sorted({text(row, "PUNO") for row in rows} - {""})

    # --- invoices ---

    def invoices(self, window: Window) -> list[InvoiceKey]:
        """Return the keys of the posted invoices that may have changed."""
        mode = self.m3.options.discovery
        if mode == "exportmi":
            more = ("SPYN", "SUNO", "INYR", "TRCD", "SINO")
            rows = self._exported("FPLEDG", _ENTRY, "IVDT", window, more)
        else:
            entries = self._vouchers(window) if mode == "period" else self._searched_invoices(window)
            rows = self._entries(entries)
        wanted = self.m3.options.invoice_transactions
        return sorted({invoice_key(row) for row in rows if text(row, "TRCD") in wanted and text(row, "SINO")})

    def _searched_invoices(self, window: Window) -> list[Row]:
        query = self._range("IVDT", window)
        return self.m3.listing("invoice_search", {"SQRY": query}, query=query)

    def _vouchers(self, window: Window) -> list[Row]:
        """Return the postings of accounts payable (their entry id begins with AP) with an accounting date within.

        A posting may be entered long after its accounting date, hence `accounting_days`. Unasked, M3 takes the division
        of the service account's user (inferred), so each is asked for.
        """
        first = self._first_day(window, self.m3.options.accounting_days) or dt.date(1900, 1, 1)
        days = {"FRDT": day_text(first), "TODT": day_text(_last_day(window))}
        rows: list[Row] = []
        for division in Books(self.m3, self.m3.now).divisions():
            if self.m3.options.has_division(division):
                rows += self.m3.listing("vouchers_by_date", {**days, "DIVI": division})
        wanted = self.m3.options.invoice_transactions
        return [row for row in rows if text(row, "FEID").startswith("AP") and text(row, "TRCD") in wanted]

    def _entries(self, rows: Sequence[Row]) -> list[Row]:
        """Return the ledger's entries at these places in the journal; postings that are no such entry bring none."""
        names = ("YEA4", "JRNO", "JSNO", "DIVI")
        places = sorted({tuple(text(row, name) for name in names) for row in rows})
        wanted = [("invoice_entry", dict(zip(names, place, strict=True))) for place in places]
        found = self.m3.bulk(wanted) if wanted else []
        return [{**inputs, **one} for (_, inputs), few in zip(wanted, found, strict=True) for one in few]

    # --- search index ---

    def _range(self, dated: str, window: Window) -> str:
        """Return a query of the search index, in the style of Lucene."""
        column = dated if window.by_document_date else "LMDT"
        first = self._first_day(window)
        return f"{column}:[{day_text(first) if first else '*'} TO {day_text(_last_day(window))}]"

    # --- EXPORTMI ---

    def _exported(
        self, table: str, keys: Sequence[str], dated: str, window: Window, more: Sequence[str] = ()
    ) -> list[Row]:
        prefix = self.m3.options.export_prefixes.get(table, "")
        column = f"{prefix}{dated if window.by_document_date else 'LMDT'}"
        conditions = []
        first = self._first_day(window)
        if first is not None:
            conditions.append(f"{column} >= {day_text(first)}")
        if window.by_document_date:
            conditions.append(f"{column} <= {day_text(_last_day(window))}")
        return self._all(table, keys, conditions, more)

    def _all(self, table: str, keys: Sequence[str], conditions: Sequence[str], more: Sequence[str] = ()) -> list[Row]:
        """Return the company's rows that meet the conditions, and go on beyond the last while many come."""
        prefix = self.m3.options.export_prefixes.get(table, "")
        conditions = [f"{prefix}CONO = {self.m3.company}", *conditions]
        started, pages = self.m3.now(), 0
        found: list[Row] = []
        waiting = [(tuple(keys), tuple(conditions))]
        while waiting:
            left, where = waiting.pop()
            rows = self._select(table, prefix, [*keys, *more], where)
            pages += 1
            found += rows
            if len(rows) >= self.m3.options.export_limit:
                waiting += _beyond(prefix, left, where, rows)
        query = " and ".join(conditions)
        self.m3.record_pull(Pull("infor", f"EXPORTMI/{table}", query, started, self.m3.now(), len(found), pages))
        return found

    def _select(self, table: str, prefix: str, names: Sequence[str], conditions: Sequence[str]) -> list[Row]:
        columns = ",".join(f"{prefix}{name}" for name in names)
        query = f"{columns} from {table} where {' and '.join(conditions)}"
        rows = self._ask(table, {"SEPC": _BETWEEN, "HDRS": "1", "QERY": query})
        texts = [text(row, "REPL") for row in rows]
        header = texts[0] if texts else ""
        if header.replace(" ", "") != columns.replace(",", _BETWEEN):
            raise ContractError(f"EXPORTMI on {table}: the first row is no header of {columns}", answer=header[:200])
        return [self._split(table, names, one) for one in texts[1:]]

    def _ask(self, table: str, inputs: dict[str, str]) -> list[Row]:
        try:
            return self.m3.rows("export", inputs)
        except Refused as error:
            message = (
                f"M3 refuses to export {table} ({error}): correct options.infor.export_prefixes, or set "
                f"options.infor.discovery to search where EXPORTMI is blocked"
            )
        raise ConfigurationError(message)

    def _split(self, table: str, names: Sequence[str], line: str) -> Row:
        """Return a row's values; the last column may be any text, and hold the sign between columns."""
        values = line.split(_BETWEEN, len(names) - 1)
        if len(line) >= _LONGEST_ROW or len(values) != len(names):
            raise ContractError(f"EXPORTMI on {table}: a row is cut off or has other columns", answer=line[:200])
        return dict(zip(names, (value.rstrip() for value in values), strict=True))

    # --- days ---

    def _first_day(self, window: Window, earlier: int | None = None) -> dt.date | None:
        """Return the first day to ask for, so many days before the window; `overlap_days` unless given."""
        if window.by_document_date or window.start is None:
            return window.first_day
        days = self.m3.options.overlap_days if earlier is None else earlier
        return (window.start - dt.timedelta(days=days)).date()


def invoice_key(row: Row) -> InvoiceKey:
    """Return what makes an invoice."""
    division, payee, supplier, year, number = (text(row, name) for name in ("DIVI", "SPYN", "SUNO", "INYR", "SINO"))
    return division, payee, supplier, year, number


def _beyond(prefix: str, keys: Sequence[str], where: Sequence[str], rows: Sequence[Row]) -> list[_Query]:
    """Return the queries for what lies beyond the greatest key of `rows`, should the tenant limit a query's rows.

    Their conditions are joined by ``and`` alone: equal in the first keys, greater in the next.
    """
    last = max(rows, key=lambda row: [_order(key, text(row, key)) for key in keys])
    made = []
    for index, key in enumerate(keys):
        equal = [f"{prefix}{one} = {_literal(one, text(last, one))}" for one in keys[:index]]
        greater = f"{prefix}{key} > {_literal(key, text(last, key))}"
        made.append((tuple(keys[index:]), (*where, *equal, greater)))
    return made


_NUMBERS = frozenset({"YEA4", "JRNO", "JSNO"})


def _literal(name: str, value: str) -> str:
    """Return a value as a query writes it: numbers bare, texts quoted."""
    return value if name in _NUMBERS else "'" + value.replace("'", "''") + "'"


def _order(name: str, value: str) -> tuple[int, str]:
    return (int(value or 0), "") if name in _NUMBERS else (0, value)


def _last_day(window: Window) -> dt.date:
    """Return the last day of the window, whose end is exclusive; an open window lasts until tomorrow in any zone."""
    if window.by_document_date:
        return window.last_day
    return window.end.date() + dt.timedelta(days=1)
