"""Lines as Cin7's bodies want them and as its answers show them, pure: for orders, bills and credit notes.

A line of a stocked product goes into `Lines`; everything else, a Service product too, into `AdditionalCharges`, whose
`Description` is the name of a Service product (https://dearinventory.docs.apiary.io, Purchase Order and Purchase
Invoice).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ml_connector.domain.documents import Item, Line
from ml_connector.domain.errors import Refused
from ml_connector.domain.money import CENT, plain
from ml_connector.systems.cin7.wire import WirePart

Row = dict[str, Any]
PRICE = Decimal("0.0001")
"""Prices have four decimals at most (https://dearinventory.docs.apiary.io, Purchase Order)."""
_MARK = re.compile(r"\s*\b(mlc:[0-9a-f]+)")


@dataclass(frozen=True)
class LineForm:
    """How lines are said.

    Args:
        tax_rule: the rule of lines that name none; "" for none.
        items: the account's products by SKU.
        accounts: lines carry their GL account, as those of bills do and those of orders do not.
        cost_centres: lines carry their cost centre in their comment.
        charge_product: the Service product that lines without item go under; "" for their own text.
    """

    tax_rule: str = ""
    items: Mapping[str, Item] = field(default_factory=dict)
    accounts: bool = False
    cost_centres: bool = True
    charge_product: str = ""

    def lines(self, lines: Sequence[Line]) -> list[Line]:
        """Return the lines as they will stand in Cin7, those of one product at one price put together.

        The same product twice is refused by some accounts (https://github.com/asungtrading/asung-wms).
        """
        found: dict[tuple[Any, ...], Line] = {}
        for index, line in enumerate(self._said(line) for line in lines):
            apart = (line.item, line.unit_price, line.tax_rule, line.account, line.cost_centre)
            same = apart if line.item else (index,)
            old = found.get(same)
            found[same] = line if old is None else old.model_copy(update={
                "quantity": old.quantity + line.quantity, "net": old.net + line.net, "tax": old.tax + line.tax,
            })  # fmt: skip
        return list(found.values())

    def _said(self, line: Line) -> Line:
        item = self.items.get(line.item or "")
        update: Row = {
            "tax_rule": line.tax_rule or self.tax_rule,
            "account": line.account if self.accounts else None,
            "cost_centre": line.cost_centre.strip() if self.cost_centres else "",
        }
        if item is not None and not item.stocked:
            update |= {"item": None, "description": item.name}
        elif not line.item and self.charge_product:
            update["description"] = self.charge_product
        if not line.item and not line.quantity:
            update |= {"quantity": Decimal(1), "unit_price": line.net}
        return line.model_copy(update=update)

    def rows(self, lines: Sequence[Line], mark: str = "", *, inclusive: bool = False) -> Row:
        """Return the body's lines and additional charges; the first of them carries `mark`.

        Args:
            lines: the document's.
            mark: our mark, "" for none.
            inclusive: the purchase's prices hold the tax (`TaxCalculation`).

        Raises:
            Refused: a line cannot be said in Cin7; nothing has been sent.
        """
        said = self.lines(lines)
        said.sort(key=lambda line: not line.item)
        notes = [" ".join(filter(None, (line.cost_centre, mark if not n else ""))) for n, line in enumerate(said)]
        return {
            "Lines": [
                {
                    "SKU": line.item,
                    "Name": line.description or line.item,
                    "Comment": note,
                    **self._amounts(line, inclusive),
                }
                for line, note in zip(said, notes, strict=True)
                if line.item
            ],
            "AdditionalCharges": [
                {"Description": line.description, "Reference": note, **self._amounts(line, inclusive)}
                for line, note in zip(said, notes, strict=True)
                if not line.item
            ],
        }

    def _amounts(self, line: Line, inclusive: bool) -> Row:
        """Return the amounts so that Cin7's own check holds: quantity × price, half up to the cent, is the total.

        The check is reported by https://github.com/jamespudney/cin7_sync. The total holds the tax where prices do
        (https://dearinventory.docs.apiary.io, the examples with TaxInclusive).
        """
        name = line.item or line.description
        if not line.tax_rule:
            raise _unsayable(
                name, "it has no tax rule, and Cin7 takes no line without; map one, or set options.cin7.tax_rule"
            )
        if self.accounts and not line.account:
            raise _unsayable(name, "it has no GL account, and Cin7 takes no line of a bill without")
        total = line.net + line.tax if inclusive else line.net
        price = line.unit_price.quantize(PRICE, ROUND_HALF_UP)
        if _total(line.quantity, price) != total and line.quantity:
            price = (total / line.quantity).quantize(PRICE, ROUND_HALF_UP)
        if _total(line.quantity, price) != total:
            with_tax = " with tax" if inclusive else ""
            amounts = f"{plain(line.quantity)} at {plain(line.unit_price)} for {plain(total)}{with_tax}"
            raise _unsayable(name, f"{amounts} cannot be said with a price of four decimals")
        account = {"Account": line.account} if self.accounts else {}
        return {
            "Quantity": line.quantity, "Price": price, "Discount": 0, "Tax": line.tax, "TaxRule": line.tax_rule,
            "Total": total, **account,
        }  # fmt: skip

    # --- the table that is compared ---

    def wanted(self, lines: Sequence[Line]) -> Row:
        """Return what Cin7 shows of the lines once they are there."""
        return self._fields(
            (line.item or line.description, line.quantity, line.net, line.account or "", line.tax_rule, line.tax,
             line.cost_centre)
            for line in self.lines(lines)
        )  # fmt: skip

    def shown(self, part: WirePart, *, inclusive: bool) -> Row:
        """Return the same of a sub-document as it stands; a line's `Total` holds the tax where prices include it."""
        rows = [(line.SKU, line, line.Comment) for line in part.Lines]
        rows += [(charge.Description, charge, charge.Reference) for charge in part.AdditionalCharges]
        return self._fields(
            (name.strip(), line.Quantity, line.Total - line.Tax if inclusive else line.Total, line.Account.strip(),
             line.TaxRule.strip(), line.Tax, read_comment(note)[0])
            for name, line, note in rows
        )  # fmt: skip

    def _fields(self, rows: Iterable[tuple[str, Decimal, Decimal, str, str, Decimal, str]]) -> dict[str, str]:
        """Return lines in one canonical order: answers come back in another than sent.

        A cost centre stands beside the lines, not in them: a comment that nobody asked for is no difference.
        """
        fields: dict[str, str] = {}
        for index, (item, quantity, net, account, rule, tax, centre) in enumerate(sorted(rows)):
            line = {"item": item, "quantity": plain(quantity), "net": plain(net)}
            if self.accounts:
                line |= {"account": account, "tax_rule": rule, "tax": plain(tax)}
            fields |= {f"lines[{index}].{name}": value for name, value in line.items()}
            if self.cost_centres and centre:
                fields[f"cost_centres[{index}]"] = centre
        return fields


def read_comment(text: str) -> tuple[str, str]:
    """Return the cost centre and our mark in a line's comment; "" for what is not there."""
    found = _MARK.search(text)
    return _MARK.sub("", text).strip(), found.group(1) if found else ""


def mark_of(part: WirePart) -> str:
    """Return our mark in a sub-document's lines, or ""."""
    notes = [line.Comment for line in part.Lines] + [charge.Reference for charge in part.AdditionalCharges]
    return next((mark for mark in (read_comment(note)[1] for note in notes) if mark), "")


def quantities_of(lines: Iterable[Line]) -> dict[str, Decimal]:
    """Return the quantity of each product."""
    found: dict[str, Decimal] = {}
    for line in lines:
        if line.item:
            found[line.item] = found.get(line.item, Decimal(0)) + line.quantity
    return found


def _total(quantity: Decimal, price: Decimal) -> Decimal:
    return (quantity * price).quantize(CENT, ROUND_HALF_UP)


def _unsayable(name: str, why: str) -> Refused:
    text = f"line {name}: {why}"
    return Refused(text, reasons=((f"line {name}", why),))
