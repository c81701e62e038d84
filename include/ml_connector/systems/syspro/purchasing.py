"""Reads purchase orders and what was received of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.documents import GoodsReceipt, PurchaseOrder
from ml_connector.sync.ports import Unreadable
from ml_connector.systems.syspro import wire
from ml_connector.systems.syspro.books import Books
from ml_connector.systems.syspro.filters import Condition
from ml_connector.systems.syspro.tables import Row
from ml_connector.systems.syspro.translate import order_of, plain_key, receipt_of
from ml_connector.systems.syspro.unreadable import held, made

_RECEIVED: Condition = [[("MReceivedQty", "gt", 0)]]
_NO_GRN = (
    "goods came in and SYSPRO keeps no GRN of them, as where the supplier's GRN matching is off; "
    "options.syspro.receipts_from: history reads such receipts"
)


@dataclass(frozen=True)
class Purchasing:
    """One company's orders and receipts."""

    books: Books

    # --- orders ---

    def orders(self, conditions: Sequence[Condition]) -> Iterator[PurchaseOrder | Unreadable]:
        """Yield the orders that meet the conditions."""
        return self._orders(self.books.tables.rows("orders", *conditions))

    def orders_of(self, keys: set[str]) -> Iterator[PurchaseOrder | Unreadable]:
        """Yield the orders with these keys."""
        return self._orders(self.books.tables.of_keys("orders", "PurchaseOrder", sorted(keys)))

    def _orders(self, rows: list[Row]) -> Iterator[PurchaseOrder | Unreadable]:
        lines = self._lines({str(row.get("PurchaseOrder")) for row in rows})

        def make(row: Row) -> PurchaseOrder | None:
            one = wire.PorMasterHdr.model_validate(row)
            its = [wire.PorMasterDetail.model_validate(line) for line in lines[one.PurchaseOrder]]
            return order_of(one, its, self.books.name(one.Supplier), self.books.branch(one.Supplier), self.books.site)

        return made(rows, "purchase order", lambda row: str(row.get("PurchaseOrder")), make, self.books.now)

    def _lines(self, orders: Collection[str]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for line in self.books.tables.of_keys("order_lines", "PurchaseOrder", sorted(orders)):
            found[str(line.get("PurchaseOrder"))].append(line)
        return found

    # --- receipts ---

    def receipts(
        self, conditions: Sequence[Condition], of_lines: Sequence[Condition]
    ) -> Iterator[GoodsReceipt | Unreadable]:
        """Yield the receipts of which a row meets the conditions, and what was received without a GRN.

        Args:
            conditions: of receipts.
            of_lines: of lines of orders, to look for goods without a GRN.
        """
        tables = self.books.tables
        if self.books.options.receipts_from == "history":
            yield from self._receipts(self._as_grns(tables.rows("receipt_history", *conditions)))
            return
        yield from self._receipts(tables.rows("receipts", *conditions))
        yield from self._without_grn(tables.rows("order_lines", *of_lines, _RECEIVED))

    def receipts_of(self, keys: set[str]) -> Iterator[GoodsReceipt | Unreadable]:
        """Yield the receipts with these keys, and those of the orders with these keys.

        A receipt's key ends in its order's, which may hold a slash itself.
        """
        tables, has_grns = self.books.tables, self.books.options.receipts_from == "grn"
        orders = sorted({"/".join(key.split("/")[start:]) for key in keys for start in range(key.count("/") + 1)})
        if has_grns:
            rows = tables.of_keys("receipts", "PurchaseOrder", orders)
        else:
            rows = self._as_grns(tables.of_keys("receipt_history", "PurchaseOrder", orders))
        for one in self._receipts(rows):
            if one.key in keys or (isinstance(one, GoodsReceipt) and one.order_key in keys):
                yield one
        left = keys - {str(row.get("PurchaseOrder")) for row in rows} - {_receipt_key(row) for row in rows}
        if has_grns and left:
            yield from self._without_grn(tables.of_keys("order_lines", "PurchaseOrder", sorted(left), _RECEIVED))

    def _without_grn(self, lines: list[Row]) -> Iterator[Unreadable]:
        """Yield the orders of these lines, of which goods came in, that have no GRN at all.

        A receipt writes one where the supplier's GrnMatchReqd is Y (https://syspro.com, GRN suspense).
        """
        last: dict[str, str] = {}
        for line in lines:
            order = str(line.get("PurchaseOrder"))
            last[order] = max(last.get(order, ""), str(line.get("MLastReceiptDat"))[:10])
        found = self.books.tables.of_keys("receipts", "PurchaseOrder", sorted(last))
        for order in sorted(last.keys() - {str(row.get("PurchaseOrder")) for row in found}):
            row = {"PurchaseOrder": order, "MLastReceiptDat": last[order]}
            yield held(row, order, f"receipts of order {plain_key(order)}", _NO_GRN, self.books.now())

    def _receipts(self, rows: list[Row]) -> Iterator[GoodsReceipt | Unreadable]:
        """A GRN may be of several orders, and then is a receipt of each; one without order is none of ours."""
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if str(row.get("PurchaseOrder") or "").strip():
                groups[_receipt_key(row)].append(row)

        def make(first: Row) -> GoodsReceipt | None:
            its = [wire.GrnDetails.model_validate(row) for row in groups[_receipt_key(first)]]
            return receipt_of(its, self.books.name(its[0].Supplier), self.books.site)

        return made((group[0] for group in groups.values()), "receipt", _receipt_key, make, self.books.now)

    def _as_grns(self, rows: list[Row]) -> list[Row]:
        """Return rows of the receipt history as those of goods received notes: one for each order, day and reference.

        The history names neither supplier nor goods: they are the order's.
        """
        orders = sorted({str(row.get("PurchaseOrder")) for row in rows})
        heads = {
            str(row.get("PurchaseOrder")): row for row in self.books.tables.of_keys("orders", "PurchaseOrder", orders)
        }
        lines = {(key, str(line.get("Line")).strip()): line for key, its in self._lines(orders).items() for line in its}
        found = []
        for row in rows:
            order = str(row.get("PurchaseOrder"))
            line: Row = lines.get((order, str(row.get("PurchaseOrderLin")).strip()), {})
            day = str(row.get("DateReceived"))[:10]
            found.append({
                "Supplier": heads.get(order, {}).get("Supplier"), "Grn": f"{day} {row.get('Reference') or ''}".strip(),
                "PurchaseOrder": order, "PurchaseOrderLin": row.get("PurchaseOrderLin"),
                "StockCode": line.get("MStockCode"), "StockDescription": line.get("MStockDes"),
                "Warehouse": line.get("MWarehouse"), "QtyReceived": row.get("QtyReceived"),
                "QtyUom": line.get("MOrderUom"), "DebitRecGlCode": line.get("MGlCode"),
                "OrigReceiptDate": row.get("DateReceived"),
            })  # fmt: skip
        return found


def _receipt_key(row: dict[str, Any]) -> str:
    return f"{row.get('Supplier')}/{row.get('Grn')}/{row.get('PurchaseOrder')}"
