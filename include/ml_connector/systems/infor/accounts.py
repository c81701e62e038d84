"""Reads the chart of accounts and the items: M3 keeps accounts by division, the blank one being the central one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from ml_connector.domain.documents import GLAccount, Item
from ml_connector.systems.infor.mi import M3
from ml_connector.systems.infor.translate import account_of, item_of
from ml_connector.systems.infor.wire import text


@dataclass(frozen=True)
class Books:
    """The books of one company."""

    m3: M3
    now: Callable[[], dt.datetime]

    def accounts(self) -> dict[str, GLAccount]:
        """Return all accounts by code; where several divisions have one, it is open if it is open in any."""
        found: dict[str, GLAccount] = {}
        for division in self.divisions():
            inputs = {"AITP": self.m3.options.account_dimension, "DIVI": division}
            for row in self.m3.listing("accounts", inputs):
                made = account_of(row, self.now().date())
                if made.code not in found or (made.active and not found[made.code].active):
                    found[made.code] = made
        return found

    def divisions(self) -> list[str]:
        """Return the divisions whose records are read, and the blank one."""
        named = self.m3.options.divisions
        if not named:
            named = tuple(text(row, "DIVI") for row in self.m3.listing("divisions", {"CONO": self.m3.company}))
        return list(dict.fromkeys(["", *named]))

    def items(self) -> dict[str, Item]:
        """Return all items by code."""
        rows = self.m3.listing("items", {"CONO": self.m3.company}, query="all")
        return {text(row, "ITNO"): item_of(row, self.m3.options) for row in rows}
