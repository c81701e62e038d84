"""Goods receipts as Cin7's bodies want them and as its answers show them, pure: by product and location."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from ml_connector.domain.documents import GoodsReceipt
from ml_connector.domain.money import plain
from ml_connector.systems.cin7.wire import WireStockLine

Row = dict[str, Any]
Goods = Mapping[tuple[str, str], Decimal]
"""(product, location) → quantity. The same twice in one receipt is refused (https://github.com/asungtrading/asung-wms)."""


def wanted_quantities(receipt: GoodsReceipt, name_of: Callable[[str], str]) -> dict[tuple[str, str], Decimal]:
    """Return the receipt's goods; `name_of` tells what a location of the source is called in Cin7."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in receipt.lines:
        found[line.item, name_of(line.location)] += line.quantity
    return dict(found)


def placed(lines: Iterable[WireStockLine], wanted: Goods) -> dict[tuple[str, str], Decimal]:
    """Return the goods that stand in Cin7.

    An Advanced receipt keeps no location until it is put away (https://github.com/asungtrading/asung-wms): goods
    without one are taken as meant for theirs, so far as they are as many.
    """
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    nowhere: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.Location:
            found[line.SKU.strip(), line.Location.strip()] += line.Quantity
        else:
            nowhere[line.SKU.strip()] += line.Quantity
    for item, quantity in nowhere.items():
        meant = {place: amount for (name, place), amount in wanted.items() if name == item}
        is_whole = sum(meant.values(), Decimal(0)) == quantity
        one = next(iter(meant), "") if len(meant) == 1 else ""
        for place, amount in meant.items() if is_whole else [(one, quantity)]:
            found[item, place] += amount
    return dict(found)


def still_missing(wanted: Goods, lines: Iterable[WireStockLine]) -> dict[tuple[str, str], Decimal]:
    """Return the goods that are not in `lines` yet."""
    there = placed(lines, wanted)
    left = {key: quantity - there.get(key, Decimal(0)) for key, quantity in wanted.items()}
    return {key: quantity for key, quantity in left.items() if quantity > 0}


def rows_by_location(receipt: GoodsReceipt, goods: Goods) -> list[list[Row]]:
    """Return the lines of a body, those of each location together: a Simple purchase takes one at a time."""
    found: dict[str, list[Row]] = defaultdict(list)
    for (item, location), quantity in goods.items():
        found[location].append({
            "Date": f"{receipt.date.isoformat()}T00:00:00", "SKU": item, "Quantity": quantity, "Location": location,
        })  # fmt: skip
    return list(found.values())


def line_fields(goods: Goods) -> dict[str, str]:
    """Return the goods in one canonical order."""
    fields: dict[str, str] = {}
    for index, ((item, location), quantity) in enumerate(sorted(goods.items())):
        fields |= {
            f"lines[{index}].item": item,
            f"lines[{index}].location": location,
            f"lines[{index}].quantity": plain(quantity),
        }
    return fields
