"""What receipts and bills have in common: they live in the groups of a purchase, each known by its TaskID.

A group's `TaskID` is shared by its receipt, put-away and bill; that of the first is the purchase's own ID until the
purchase is converted, so it is never assumed (https://github.com/asungtrading/asung-wms).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ml_connector.domain.errors import Refused
from ml_connector.systems.cin7.reading import Cin7Reader
from ml_connector.systems.cin7.wire import WirePurchase
from ml_connector.transport.client import Client

Row = dict[str, Any]
ZERO = "00000000-0000-0000-0000-000000000000"
"""The TaskID that asks for a new credit note."""
OPEN = ("DRAFT", "NOT AVAILABLE", "")
DONE = ("AUTHORISED", "PAID")


@dataclass(frozen=True)
class Place:
    """Where a receipt, bill or credit note is: ``<purchase>/bill/<TaskID>``; the task is "" until it is known."""

    purchase: str
    part: str
    task: str = ""

    @property
    def key(self) -> str:
        """Return it as a target key."""
        return f"{self.purchase}/{self.part}/{self.task}"

    @classmethod
    def of(cls, key: str) -> Place:
        """Return the place that a target key names."""
        purchase, part, task = key.split("/")
        return cls(purchase, part, task)

    def holds(self, task: str) -> bool:
        """Tell whether this is the task; the case of GUIDs varies."""
        return bool(self.task) and self.task == task.lower()


@dataclass(frozen=True)
class Purchase:
    """A purchase read fresh.

    Args:
        is_simple: it is of the Simple family, which has one group and addresses of its own.
    """

    wire: WirePurchase
    is_simple: bool

    @property
    def name(self) -> str:
        """What a clerk calls it."""
        return f"purchase {self.wire.OrderNumber or self.wire.key}"

    def path(self, part: str) -> str:
        """Return the address of a sub-document."""
        return f"{'purchase' if self.is_simple else 'advanced-purchase'}/{part}"

    def task(self, task: str) -> Row:
        """Return what names a sub-document in a body; without task a receipt opens a new group."""
        if self.is_simple:
            return {"TaskID": self.wire.ID}
        return {"PurchaseID": self.wire.ID, **({"TaskID": task} if task else {})}


@dataclass(frozen=True)
class Groups:
    """Reads purchases with their groups."""

    client: Client
    reader: Cin7Reader
    simple_first: bool

    def purchase(self, key: str) -> Purchase | None:
        """Return the purchase, read fresh; None when it is gone."""
        found = self.reader.whole(key, simple_first=self.simple_first)
        return None if found is None else Purchase(*found)

    def must(self, key: str) -> Purchase:
        """Return the purchase.

        Raises:
            Refused: it is gone, or void.
        """
        found = self.purchase(key)
        if found is None or found.wire.is_void:
            text = f"the purchase it belongs to is {'gone from' if found is None else 'void in'} Cin7"
            raise Refused(text, reasons=(("order", text),))
        return found
