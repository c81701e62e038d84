"""An invoice goes only when its goods were ordered, received and billed alike, within tolerances."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.documents import (
    GoodsReceipt,
    InvoiceType,
    Line,
    PurchaseOrder,
    ReceiptLine,
    SupplierInvoice,
)
from ml_connector.domain.finding import Reason
from ml_connector.validation.three_way import Purchase, Tolerances, three_way

T0 = dt.datetime(2026, 10, 1, tzinfo=dt.timezone.utc)
DAY = dt.date(2026, 10, 1)


def line(item: str, quantity: object, price: object = 5) -> Line:
    q, p = Decimal(str(quantity)), Decimal(str(price))
    return Line(item=item, quantity=q, unit_price=p, net=q * p)


def order(*lines: Line) -> PurchaseOrder:
    return PurchaseOrder(
        source="cin7", key="P", modified_at=T0, number="PO-1", supplier_key="S", supplier_name="Kestrel", date=DAY,
        currency="USD", lines=lines, net=Decimal(0), tax=Decimal(0), gross=Decimal(0),
    )  # fmt: skip


def invoice(
    *lines: Line, number: str = "I-1", days: int = 0, kind: InvoiceType = InvoiceType.INVOICE
) -> SupplierInvoice:
    return SupplierInvoice(
        source="cin7", key=number, modified_at=T0, number=number, supplier_key="S", supplier_name="Kestrel",
        date=DAY + dt.timedelta(days=days), currency="USD", lines=lines, net=Decimal(0), tax=Decimal(0),
        gross=Decimal(0), type=kind, order_key="P", order_number="PO-1",
    )  # fmt: skip


def receipt(*lines: tuple[str, object]) -> GoodsReceipt:
    return GoodsReceipt(
        source="cin7", key=f"R{lines}", modified_at=T0, order_key="P", order_number="PO-1", supplier_key="S",
        supplier_name="Kestrel", date=DAY,
        lines=tuple(ReceiptLine(item=item, quantity=Decimal(str(q))) for item, q in lines),
    )  # fmt: skip


def reasons(one: SupplierInvoice, purchase: Purchase, **tolerances: object) -> list[Reason]:
    found = three_way(one, purchase, Tolerances(**tolerances), {"SRV"})  # type: ignore[arg-type]
    assert all(finding.waits == (finding.reason is Reason.RECEIPT_MISSING) for finding in found)
    return [finding.reason for finding in found]


def test_goods_ordered_received_and_billed_alike_match() -> None:
    """Three times the same is no finding."""
    one = invoice(line("A", 10))
    assert reasons(one, Purchase(order(line("A", 10)), (receipt(("A", 4)), receipt(("A", 6))), (one,))) == []


def test_a_bill_before_its_goods_waits_and_says_for_what() -> None:
    """A bill of goods that are not there, or not all of them, waits; item and quantities are named."""
    one = invoice(line("A", 10), line("B", 2))
    purchase = Purchase(order(line("A", 10), line("B", 2)), (receipt(("A", 4), ("B", 2)),), (one,))
    [finding] = three_way(one, purchase, Tolerances())
    assert (finding.reason, finding.field, finding.waits) == (Reason.RECEIPT_MISSING, "A", True)
    assert "bills 10 of A; 4 have been received" in finding.message


def test_of_two_partial_bills_the_earlier_goes_with_the_first_goods() -> None:
    """Receipts are allotted in the order of the invoices' dates."""
    first, second = invoice(line("A", 5)), invoice(line("A", 5), number="I-2", days=3)
    half = Purchase(order(line("A", 10)), (receipt(("A", 5)),), (second, first))
    assert reasons(first, half) == []
    assert reasons(second, half) == [Reason.RECEIPT_MISSING]
    whole = Purchase(half.order, (receipt(("A", 10)),), half.invoices)
    assert reasons(second, whole) == []


def test_a_bill_dated_before_one_that_is_begun_comes_after_it() -> None:
    """Goods billed by a bill that has gone are not allotted again to one entered later, whatever its date."""
    early, late = invoice(line("A", 10)), invoice(line("A", 10), number="I-2", days=5)
    purchase = Purchase(order(line("A", 10)), (receipt(("A", 10)),), (early, late), begun={"I-2"})
    assert reasons(early, purchase) == [Reason.RECEIPT_MISSING]
    assert reasons(late, purchase) == [], "what went is not held by what was entered after it"
    both = replace(purchase, begun={"I-1", "I-2"})
    assert (reasons(early, both), reasons(late, both)) == ([], [Reason.RECEIPT_MISSING]), "never both"


def test_services_and_charges_are_never_received() -> None:
    """A service item and a charge without item need no goods."""
    one = invoice(line("SRV", 1), line("", 1))
    assert reasons(one, Purchase(order(line("SRV", 1)), (), (one,))) == []


@pytest.mark.parametrize(("percent", "held"), [(0, True), (9, True), (10, False)])
def test_a_receipt_over_the_order_is_held_beyond_the_tolerance(percent: int, held: bool) -> None:
    """Eleven received where ten were ordered is within ten per cent and no less."""
    one = invoice(line("A", 10))
    purchase = Purchase(order(line("A", 10)), (receipt(("A", 11)),), (one,))
    assert reasons(one, purchase, quantity_percent=percent) == ([Reason.OVER_RECEIPT] if held else [])


@pytest.mark.parametrize(
    ("price", "tolerances", "held"),
    [("5.10", {}, False), ("5.11", {}, True), ("4.89", {}, True), ("5.40", {"price_percent": 8}, False),
     ("5.40", {"price_percent": 0, "price_amount": "0.40"}, False), ("5.41", {"price_amount": "0.40"}, True),
     ("5.40", {"price_percent": 0, "line_amount": 4}, False), ("5.41", {"price_percent": 0, "line_amount": 4}, True)],
)  # fmt: skip
def test_a_price_beyond_the_tolerance_is_held(price: str, tolerances: dict[str, object], held: bool) -> None:
    """A unit price may differ by a share or by an amount, up or down, and no further."""
    one = invoice(line("A", 10, price))
    purchase = Purchase(order(line("A", 10, 5)), (receipt(("A", 10)),), (one,))
    assert reasons(one, purchase, **tolerances) == ([Reason.PRICE_DIFFERS] if held else [])


@pytest.mark.parametrize(("price", "held"), [("5", False), ("7", False), ("6", True)])
def test_an_item_ordered_at_two_prices_may_be_billed_at_either(price: str, held: bool) -> None:
    """The ordered price nearest to the billed one counts, whichever line stands first."""
    one = invoice(line("A", 10, price))
    for lines in ((line("A", 10, 5), line("A", 10, 7)), (line("A", 10, 7), line("A", 10, 5))):
        found = reasons(one, Purchase(order(*lines), (receipt(("A", 10)),), (one,)))
        assert (Reason.PRICE_DIFFERS in found) is held


def test_a_credit_memo_and_a_bill_without_order_are_not_matched() -> None:
    """There is nothing to wait for."""
    memo = invoice(line("A", 10), kind=InvoiceType.CREDIT_MEMO)
    assert reasons(memo, Purchase(order(line("A", 10)))) == []
    assert reasons(invoice(line("A", 10)), Purchase(None)) == []


@given(
    ordered=st.integers(1, 50),
    received=st.lists(st.integers(0, 20), max_size=5),
    billed=st.lists(st.integers(1, 20), min_size=1, max_size=5),
    begun=st.sets(st.sampled_from([f"I-{n}" for n in range(5)])),
)
def test_what_goes_never_exceeds_what_was_received(
    ordered: int, received: list[int], billed: list[int], begun: set[str]
) -> None:
    """Whatever the receipts and bills, and whichever are begun, what the bills that go bill is covered by receipts."""
    bills = tuple(invoice(line("A", q), number=f"I-{n}", days=n) for n, q in enumerate(billed))
    purchase = Purchase(order(line("A", ordered)), tuple(receipt(("A", q)) for q in received if q), bills, begun)
    gone = [bill for bill in bills if Reason.RECEIPT_MISSING not in reasons(bill, purchase)]
    assert sum(bill.lines[0].quantity for bill in gone) <= sum(received)
