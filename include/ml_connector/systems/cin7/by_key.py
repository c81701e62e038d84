"""Purchases asked for one by one, as the three-way match does: the fewest calls that show them as they are now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ml_connector.systems.cin7.reading import Cin7Reader

Row = dict[str, Any]
LISTED_AFTER = 20
"""How many purchases are read one by one before the list is asked once which versions of all are in force."""


@dataclass
class PurchasesByKey:
    """The purchases of one account.

    One read serves all kinds of documents of a purchase, so order, receipts and bills are of one moment; the same kind
    asked for again is read again. Once many have been asked for, those whose stamp in the list is that of the copy kept
    are not fetched.
    """

    reader: Cin7Reader
    _id: str = ""
    _row: Row | None = None
    _kinds: set[str] = field(default_factory=set)
    _asked: set[str] = field(default_factory=set)
    _listed: dict[str, Row] | None = None

    def get(self, kind: str, purchase_id: str) -> Row | None:
        """Return the purchase in its own shape, to take documents of `kind` from it; None when it does not exist."""
        if purchase_id != self._id or kind in self._kinds:
            self._id, self._row, self._kinds = purchase_id, self._read(purchase_id), set()
        self._kinds.add(kind)
        return self._row

    def _read(self, purchase_id: str) -> Row | None:
        is_again = purchase_id in self._asked
        self._asked.add(purchase_id)
        if is_again or len(self._asked) <= LISTED_AFTER:
            return self.reader.purchase(purchase_id)
        if self._listed is None:
            rows = self.reader.rows("purchaseList", "PurchaseList", {})
            self._listed = {str(row["ID"]).lower(): row for row in rows}
        listed = self._listed.get(purchase_id)
        found = self.reader.purchase_of_row(listed) if listed is not None else None
        return found if isinstance(found, dict) else self.reader.purchase(purchase_id)
