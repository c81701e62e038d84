"""Reads purchase orders: head and status of PPS001MI, totals and lines of PPS200MI, many in one request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ml_connector.domain.documents import PurchaseOrder
from ml_connector.sync.poison import BUGS
from ml_connector.sync.ports import RecordCache, Unreadable, Window
from ml_connector.sync.seen import changed
from ml_connector.systems.infor.discovery import Discovery
from ml_connector.systems.infor.entry_body import MARKER
from ml_connector.systems.infor.mi import M3
from ml_connector.systems.infor.suppliers import Names
from ml_connector.systems.infor.translate import OrderRows, order_of
from ml_connector.systems.infor.unreadable import unreadable
from ml_connector.systems.infor.wire import text


@dataclass
class Orders:
    """The purchase orders of one company."""

    m3: M3
    cache: RecordCache | None
    now: Callable[[], dt.datetime]
    names: Names

    def changed(self, window: Window) -> Iterator[PurchaseOrder | Unreadable]:
        """Yield the orders that were seen to change within the window: change dates have no time of day."""
        made = self.by_keys(Discovery(self.m3).orders(window))
        return changed(self.cache, PurchaseOrder.kind, made, window, self.now())

    def by_keys(self, numbers: Collection[str]) -> Iterator[PurchaseOrder | Unreadable]:
        """Yield the orders with these numbers as they are now; what we entered ourselves is not news."""
        found = self.rows(numbers)
        self.names.learn(text(rows.head, "SUNO") for rows in found.values())
        for key, rows in found.items():
            if MARKER.search(text(rows.head, "YRE1")) or not self.m3.options.has_division(text(rows.head, "DIVI")):
                continue
            try:
                name = self.names.of(text(rows.head, "SUNO"))
                made = order_of(rows, name, self.m3.company, self.m3.options, self.now())
            except BUGS as error:
                yield unreadable("purchase order", key, error, {**rows.totals, **rows.head}, seen_at=self.now())
                continue
            if made is not None:
                yield made

    def rows(self, numbers: Collection[str]) -> dict[str, OrderRows]:
        """Return number → rows of the orders that are there."""
        wanted = list(dict.fromkeys(numbers))
        heads = self.m3.bulk([("order_head", {"PUNO": one}) for one in wanted]) if wanted else []
        there = [(one, found[0]) for one, found in zip(wanted, heads, strict=True) if found]
        more = self.m3.bulk([(name, {"PUNO": one}) for one, _ in there for name in ("order_totals", "order_lines")])
        return {
            one: OrderRows(head=head, totals=more[2 * at][0] if more[2 * at] else {}, lines=more[2 * at + 1])
            for at, (one, head) in enumerate(there)
        }
