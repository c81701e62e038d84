"""Goods of one item on several lines, of the order or of the receipt."""

from __future__ import annotations

import pytest
from qad_world import World, line, order, receipt, supplier

from ml_connector.domain.documents import Line
from ml_connector.systems.qad.adapter import QadAdapter

MARK = "mlc:0a1b2c3d4e5f"


def ordered(adapter: QadAdapter, *lines: Line) -> str:
    """The number of a confirmed order."""
    code = adapter.draft(supplier(), MARK, None, lambda _ref: None).key
    made = order(code, *lines)
    ref = adapter.draft(made, MARK, None, lambda _ref: None)
    adapter.authorise(made, ref)
    return ref.key


@pytest.mark.parametrize(
    ("lines", "goods", "expected"),
    [
        ((line("ST-200", 10, 4), line("ST-200", 5, 5)), (("ST-200", 10), ("ST-200", 5)), [(1, 10), (2, 5)]),
        ((line("ST-200", 10, 4), line("ST-200", 5, 5)), (("ST-200", 8), ("ST-200", 4)), [(1, 10), (2, 2)]),
        ((line("ST-200", 10, 4),), (("ST-200", 6), ("ST-200", 4)), [(1, 10)]),
        ((line("ST-200", 10, 4), line("BR-100", 2, 9)), (("ST-200", 6), ("BR-100", 0)), [(1, 6)]),
    ],
)
def test_lines_of_one_item_fill_the_order_one_after_the_other(
    qad: World, lines: tuple[Line, ...], goods: tuple[tuple[str, int], ...], expected: list[tuple[int, int]]
) -> None:
    """No order line gets more than is open on it while another has room, none comes twice, and it reads back equal."""
    adapter = qad.adapter()
    made = receipt(ordered(adapter, *lines), *goods)
    ref = adapter.draft(made, MARK, None, lambda _ref: None)
    (sent,) = qad.state("purchaseOrderReceipts")
    came = [(row["purchaseOrderLine"], row["quantityReceived"]) for row in sent["purchaseOrderReceiptLines"]]
    assert came == expected
    found = adapter.fetch(made, ref)
    assert found is not None
    assert dict(found.fields) == dict(adapter.project(made))
