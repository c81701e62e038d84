"""Reads orders, receipts, invoices and vouchers.

Headers have ETags and no date of change: those that may have changed are listed by their own dates, within a horizon,
and read whole where the ETag is new or a line was touched.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from ml_connector.domain.documents import Document, GLAccount, GoodsReceipt, PurchaseOrder
from ml_connector.sync.ports import RecordCache, Unreadable, Window
from ml_connector.sync.shared_lists import shared_list
from ml_connector.systems.ifs.changes import Changes, Head, days_of
from ml_connector.systems.ifs.endpoint import Endpoint
from ml_connector.systems.ifs.lists import Row
from ml_connector.systems.ifs.odata import both
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.receipt_keys import ReceiptKeys
from ml_connector.systems.ifs.sets import READ
from ml_connector.systems.ifs.suppliers import IfsSuppliers
from ml_connector.systems.ifs.translate import (
    LineKey,
    account_of,
    line_key,
    order_of,
    receipt_of,
)
from ml_connector.systems.ifs.unreadable import made
from ml_connector.systems.ifs.wire import state, text

D = TypeVar("D", bound=Document)


@dataclass
class IfsReader:
    """One tenant's orders and receipts, and what they and invoices have in common."""

    endpoint: Endpoint
    suppliers: IfsSuppliers
    options: IfsOptions
    cache: RecordCache | None
    receipt_keys: ReceiptKeys
    now: Callable[[], dt.datetime]

    # --- orders ---

    def changed_orders(self, window: Window) -> Iterator[PurchaseOrder | Unreadable]:
        """Yield the orders whose header or lines may have changed within the window."""
        condition = both(
            self.dated("order", "OrderDate", window),
            self.companies("order"),
            self.sites("order"),
        )
        heads = self.heads("order", self.endpoint.rows("order", condition))
        return self._orders(Changes(self.cache, "order", dict, _each).read(heads, window, self.touched(window)))

    def orders(self, keys: Collection[str]) -> Iterator[PurchaseOrder | Unreadable]:
        """Yield the orders with these numbers as they are now."""
        return self._orders(self.endpoint.of_keys("order", "OrderNo", keys))

    def touched(self, window: Window) -> frozenset[str]:
        """Return the orders of which a line was active since the window's start."""
        if window.start is None or window.by_document_date:
            return frozenset()
        since = (window.start - dt.timedelta(days=self.options.overlap_days)).date()
        condition = self.endpoint.dated("order_line", "LastActivityDate", since)
        return frozenset(text(row, "OrderNo") for row in self.endpoint.rows("order_line", condition, ["OrderNo"]))

    def _orders(self, found: Iterable[Row]) -> Iterator[PurchaseOrder | Unreadable]:
        headers = list(found)
        rows = self.lines(text(row, "OrderNo") for row in headers if state(row) not in self.options.draft_states)
        lines: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            lines[text(row, "OrderNo")].append(row)
        postings = self._pre_postings(rows)

        def make(row: Row) -> PurchaseOrder | None:
            own = lines[text(row, "OrderNo")]
            return order_of(row, own, self.name(text(row, "VendorNo")), self.options, self.now(), postings=postings)

        return made(headers, "purchase order", ("OrderNo",), make, self.now())

    def _pre_postings(self, lines: Iterable[Row]) -> dict[str, Row]:
        if not self.options.pre_postings:
            return {}
        wanted = [row["PreAccountingId"] for row in lines if row.get("PreAccountingId") is not None]
        centre = [self.options.cost_centre.replace("Code", "Codeno")] if self.options.cost_centre else []
        rows = self.endpoint.of_keys("pre_posting", "PreAccountingId", wanted, ["CodenoA", *centre])
        return {text(row, "PreAccountingId"): row for row in rows}

    def lines(self, orders: Iterable[str]) -> list[Row]:
        """Return the lines of these orders."""
        more = ["PreAccountingId"] if self.options.pre_postings else []
        return self.endpoint.of_keys(
            "order_line", "OrderNo", [one for one in orders if one], [*READ["order_line"], *more]
        )

    def parts(self, orders: Iterable[str]) -> dict[LineKey, Row]:
        """Return the lines of these orders by their three-part key."""
        return {line_key(row, "OrderNo", "LineNo", "ReleaseNo"): row for row in self.lines(orders)}

    # --- receipts ---

    def changed_receipts(self, window: Window) -> Iterator[GoodsReceipt | Unreadable]:
        """Yield the receipts of the last days, and those of orders of which a line was active."""
        endpoint, sites = self.endpoint, self.sites("receipt")
        if window.by_document_date:
            rows = endpoint.rows("receipt", both(self.dated("receipt", "ReceivedDate", window), sites))
        else:
            start = window.start or window.end - dt.timedelta(days=self.options.order_horizon_days)
            days = dt.timedelta(days=self.options.receipt_days if window.start else 0)
            rows = endpoint.rows(
                "receipt", both(endpoint.dated("receipt", "ReceivedDate", (start - days).date()), sites)
            )
            rows += endpoint.of_keys("receipt", "SourceRef1", self.touched(window), condition=sites)
        return self._receipts(self._grouped(rows))

    def receipts(self, keys: Collection[str]) -> Iterator[GoodsReceipt | Unreadable]:
        """Yield the receipts with these keys, or of the orders with these numbers."""
        orders = {key.split("/")[0] for key in keys}
        groups = self._grouped(self.endpoint.of_keys("receipt", "SourceRef1", orders, condition=self.sites("receipt")))
        return self._receipts([
            (key, rows) for key, rows in groups if key in keys or text(rows[0], "SourceRef1") in keys
        ])  # fmt: skip

    def _grouped(self, rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
        """Return the receipts that rows of our orders belong to, with all their rows, by their keys.

        Of those of something else than a purchase order, such as a transfer, nothing is said.
        """
        ours = self._our_orders({text(row, "SourceRef1") for row in rows} - {""})
        found = {text(row, "ReceiptSequence"): row for row in rows if text(row, "SourceRef1") in ours}
        keys = self.receipt_keys.of(found)
        others = self.endpoint.of_keys("receipt", "ReceiptSequence", set(keys) - set(found))
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in (*found.values(), *others):
            groups[keys[text(row, "ReceiptSequence")]].append(row)
        return list(groups.items())

    def _our_orders(self, numbers: Collection[str]) -> Collection[str]:
        """Return those of these orders that are our companies' and sites': a receipt names no company."""
        condition = both(self.companies("order"), self.sites("order"))
        if not condition:
            return numbers
        return {
            text(row, "OrderNo") for row in self.endpoint.of_keys("order", "OrderNo", numbers, ["OrderNo"], condition)
        }

    def _receipts(self, groups: Sequence[tuple[str, list[Row]]]) -> Iterator[GoodsReceipt | Unreadable]:
        parts = self.parts(sorted({text(rows[0], "SourceRef1") for _, rows in groups}))
        vendors = {key[0]: text(row, "VendorNo") for key, row in parts.items()}
        ours = [group for group in groups if text(group[1][0], "SourceRef1") in vendors]

        def make(group: tuple[str, list[Row]]) -> GoodsReceipt | None:
            key, rows = group
            vendor = vendors[text(rows[0], "SourceRef1")]
            receipt = receipt_of(key, rows, parts, (vendor, self.name(vendor)), self.options, seen_at=self.now())
            return receipt if receipt.lines else None

        def shown(group: tuple[str, list[Row]]) -> Row:
            return {"Receipt": group[0], **group[1][0]}

        return made(ours, "goods receipt", ("Receipt",), make, self.now(), row_of=shown)

    # --- accounts ---

    @cached_property
    def account_rows(self) -> list[Row]:
        """The accounts of our companies, read once for all tasks of the run."""
        return shared_list(self.cache, "accounts", lambda: self.endpoint.rows("account", self.companies("account")))

    def accounts(self) -> dict[str, GLAccount]:
        """Return the accounts of our companies; where several have one, it is open if it is open in any."""
        found: dict[str, GLAccount] = {}
        for row in self.account_rows:
            account = account_of(row, self.now().date())
            if account.code not in found or (account.active and not found[account.code].active):
                found[account.code] = account
        return found

    # --- what is read ---

    @cached_property
    def _names(self) -> dict[str, str]:
        return self.suppliers.names()

    def name(self, supplier: str) -> str:
        """Return a supplier's name; its number where it has none."""
        return self._names.get(supplier) or supplier

    def heads(self, name: str, rows: Iterable[Row]) -> list[Head]:
        """Return rows of a set with the keys and versions that tell changes."""
        keys = self.options.set(name).keys
        return [Head("/".join(text(row, key) for key in keys), self.endpoint.version(name, row), row) for row in rows]

    def dated(self, name: str, column: str, window: Window, by: str = "") -> str:
        """Return the condition on a list's dates: those within the horizon, or in the span that was asked for.

        Args:
            name: the set.
            column: the date that the horizon goes by.
            window: what was asked for.
            by: the date that spans go by, if it is another one.
        """
        if not window.by_document_date:
            horizon = (window.end - dt.timedelta(days=self.options.order_horizon_days)).date()
            return self.endpoint.dated(name, column, horizon)
        return self.endpoint.dated(name, by or column, *days_of(window))

    def companies(self, name: str) -> str:
        """Return the condition that a record is one of our companies'; "" for all."""
        return self.endpoint.one_of(name, "Company", self.options.companies)

    def sites(self, name: str) -> str:
        """Return the condition that a record is one of our sites'; "" for all."""
        return self.endpoint.one_of(name, "Contract", self.options.sites)


def _each(of: Callable[[Row], Row], rows: Iterable[Row]) -> list[Row]:
    return [of(row) for row in rows]
