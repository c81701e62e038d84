"""What Cin7 would refuse half-way is refused before anything is sent, in a clerk's words.

Cin7 reports only a part of what is wrong at a time, and a purchase is made in several calls
(https://github.com/antonhill/cin7core-feeder).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ml_connector.domain.documents import Line, SupplierInvoice
from ml_connector.domain.errors import Refused
from ml_connector.domain.money import plain
from ml_connector.systems.cin7.books import Cin7Books
from ml_connector.systems.cin7.lines import LineForm
from ml_connector.systems.cin7.options import Cin7Options


class Preflight:
    """Checks against the books of one account."""

    def __init__(self, books: Cin7Books, options: Cin7Options) -> None:
        self._books, self._options = books, options

    def form(self, *, accounts: bool) -> LineForm:
        """Return how lines are said: those of bills with accounts, those of orders without."""
        return LineForm(
            tax_rule=self._options.tax_rule,
            items=self._books.items,
            accounts=accounts,
            cost_centres=self._options.cost_centre_home == "line_comment",
            charge_product=self._options.charge_product,
        )

    def location(self, code: str) -> str:
        """Return the name of the location that the source's code means; the default for "".

        Raises:
            Refused: Cin7 has no such location.
        """
        name = self.location_name(code)
        for row in self._books.locations:
            if str(row["Name"]).casefold() == name.casefold():
                return str(row["Name"])
        raise refused("location", f"Cin7 has no location “{name}”; create it, or map it in options.cin7.locations")

    def location_name(self, code: str) -> str:
        """Return what the source's location is called in Cin7, whether it is there or not."""
        return self._options.locations.get(code, code) or self._options.location or self._books.default_location()

    def terms(self, name: str) -> None:
        """Check the payment terms.

        Raises:
            Refused: they are unknown or no longer active.
        """
        active = {str(row["Name"]).casefold() for row in self._books.terms if row.get("IsActive", True)}
        if name and name.casefold() not in active:
            raise refused("terms", f"Cin7 has no active payment terms “{name}”")

    def tax_rules(self, form: LineForm, lines: Sequence[Line]) -> None:
        """Check the tax rules.

        Raises:
            Refused: one is unknown, not active, or not for purchases.
        """
        known = {str(row["Name"]) for row in self._books.tax_rules}
        for rule in dict.fromkeys(line.tax_rule for line in form.lines(lines)):
            if rule and rule not in known:
                raise refused("tax_rule", f"Cin7 has no active tax rule for purchases “{rule}”")

    def open_period(self, date: dt.date) -> None:
        """Check that the date is not in a closed period.

        Raises:
            Refused: it is before the lock date: those transactions cannot change (``GET /me``,
                https://dearinventory.docs.apiary.io).
        """
        lock = self._books.lock_date()
        if lock is not None and date < lock:
            raise refused("date", f"{date.isoformat()} is before Cin7's lock date {lock.isoformat()}")

    def amounts(self, bill: SupplierInvoice) -> None:
        """Check that the bill is what Cin7 will reckon from its lines.

        Raises:
            Refused: the lines come to another amount, or the amount is below zero.
        """
        if bill.gross < 0:
            raise refused("gross", f"its total {plain(bill.gross)} is below zero")
        net, tax = sum(line.net for line in bill.lines), sum(line.tax for line in bill.lines)
        for name, stated, counted in (("net", bill.net, net), ("tax", bill.tax, tax), ("gross", bill.gross, net + tax)):
            if stated != counted:
                text = f"Cin7 reckons a bill's {name} from its lines, which come to {counted}, but it says {stated}"
                raise refused(name, text)


def refused(field: str, text: str) -> Refused:
    """Return a refusal of our own, before anything was sent."""
    return Refused(text, reasons=((field, text),))
