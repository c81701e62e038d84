"""Reading whole purchases: one by its ID, those that hold a number, and all that hold documents of a kind."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from ml_connector.systems.cin7.groups import Purchase, refused_purchase
from ml_connector.systems.cin7.reading import Cin7Reader, Row, problems
from ml_connector.systems.cin7.wire import WirePurchase

log = logging.getLogger(__name__)
_SEARCHED = ("OrderNumber", "Status", "Supplier", "InvoiceNumber", "CreditNoteNumber")
_NONE = {"", "NOT AVAILABLE", "NOT INVOICED", "NOT RECEIVED"}


@dataclass(frozen=True)
class WholePurchases:
    """Reads the purchases of one account with all they hold.

    Args:
        simple_first: most are of the Simple family, so that is tried first.
    """

    reader: Cin7Reader
    simple_first: bool

    def read(self, purchase_id: str) -> Purchase | None:
        """Return the purchase, read fresh; None when it is gone."""
        found = self.reader.whole(purchase_id, simple_first=self.simple_first)
        return None if found is None else Purchase(*found)

    def must(self, purchase_id: str) -> Purchase:
        """Return the purchase.

        Raises:
            Refused: it is gone.
        """
        found = self.read(purchase_id)
        if found is None:
            raise refused_purchase(f"the purchase {purchase_id} is gone from Cin7")
        return found

    def with_number(self, supplier_key: str, number: str, column: str) -> Iterator[Purchase]:
        """Yield the supplier's purchases that may hold a bill or credit note of this number.

        `Search` finds a part of several columns, and of several bills a row may show the first only: a row is looked
        into when its number fits, or when nothing that it shows tells why it was found.

        Args:
            supplier_key: the supplier's ID.
            number: the bill's number, or the credit note's.
            column: the list's column of that number.
        """
        wanted = number.strip().casefold()
        if not wanted:
            return
        for row in self.reader.rows("purchaseList", "PurchaseList", {"Search": number.strip()}, record=False):
            shown = {name: str(row.get(name) or "").casefold() for name in _SEARCHED}
            found_by_it = wanted in shown[column] or not any(wanted in text for text in shown.values())
            if found_by_it and str(row.get("SupplierID", "")).lower() == supplier_key.lower():
                purchase = self.read(str(row["ID"]).lower())
                if purchase is not None:
                    yield purchase

    def holding(self, *columns: str) -> Iterator[Purchase]:
        """Yield the purchases whose row shows something in one of the status columns.

        One that has not changed since it was last read is not read again.
        """
        rows = self.reader.every_purchase()
        wanted = [row for row in rows if any(_holds(row, column) for column in columns)]
        for found in self.reader.purchases(wanted):
            purchase = self._purchase(found) if isinstance(found, dict) else None
            if purchase is not None:
                yield purchase

    def _purchase(self, row: Row) -> Purchase | None:
        try:
            wire = WirePurchase.model_validate(row)
        except ValidationError as error:
            log.warning("purchase %s left out of the reconciliation: %s", row.get("ID"), problems(error))
            return None
        return Purchase(wire, is_simple="PutAway" not in row)


def _holds(row: Row, column: str) -> bool:
    return str(row.get(column) or "").strip().upper() not in _NONE
