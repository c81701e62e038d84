"""The canonical documents keep money exact, times aware and hashes stable."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ml_connector.domain.documents import (
    Document,
    GoodsReceipt,
    InvoiceType,
    Line,
    PurchaseOrder,
    ReceiptLine,
    Supplier,
    SupplierInvoice,
    dump_document,
    load_document,
)
from ml_connector.domain.money import plain, rounded

AT = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False)


def order(net: Any = "100", **more: Any) -> PurchaseOrder:
    amount = Decimal(net)
    values: dict[str, Any] = {
        "source": "cin7", "key": "K", "modified_at": AT, "number": "PO-1", "supplier_key": "S",
        "supplier_name": "Kestrel", "date": AT.date(), "currency": "USD", "net": amount, "tax": Decimal(0),
        "gross": amount, "lines": (Line(quantity=Decimal(1), unit_price=amount, net=amount),),
    }  # fmt: skip
    return PurchaseOrder(**{**values, **more})


def test_a_float_never_becomes_money() -> None:
    """A float amount is refused, since it has lost its cents already."""
    with pytest.raises(ValidationError, match="a float never touches money"):
        order(gross=1.1)


def test_a_time_without_zone_is_refused() -> None:
    """A naive time stamp is refused; somebody has to say whose clock it is."""
    with pytest.raises(ValidationError, match="a time without a zone"):
        order(modified_at=dt.datetime(2026, 1, 1))  # noqa: DTZ001 - the fault under test


def test_the_hash_sees_content_not_time_nor_spelling_of_numbers() -> None:
    """Equal content has an equal hash, whatever its time stamp and however its decimals are written."""
    later = order("100.00", modified_at=AT + dt.timedelta(days=1))
    assert later.content_hash() == order("100").content_hash()
    assert order("100.01").content_hash() != order("100").content_hash()


SUPPLIER = Supplier(source="cin7", key="k", modified_at=AT, name='Glöbex \u2028 "x"', active=False, status="voided")
RECEIPT = GoodsReceipt(
    source="x", key="z", modified_at=AT, order_key="o", order_number="n", supplier_key="s", supplier_name="S",
    date=dt.date(2026, 3, 3), lines=(ReceiptLine(item="i", quantity=Decimal("2.50")),),
)  # fmt: skip
BILL = SupplierInvoice(
    source="cin7", key="k/1", modified_at=AT, number="1", supplier_key="s", supplier_name="S",
    date=dt.date(2026, 1, 2), currency="EUR", net=Decimal("5.00"), tax=Decimal(0), gross=Decimal("1E+3"),
    rate=Decimal("1.500"), type=InvoiceType.CREDIT_MEMO,
    lines=(Line(quantity=Decimal("-0.0"), unit_price=Decimal("1.10"), net=Decimal(3), item="a"),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("document", "hashed"),
    [
        (SUPPLIER, "de9d971e38be49d8c2d3570b2090b6114a9a68a82cb5f90a98336bd7893c0f10"),
        (BILL, "69e72741a0432474a73c203897b02d82d7eb09e1ee20175c1160ec658a12c11c"),
        (RECEIPT, "acc7e8f74d2ffef4ed40c2efc2113c270cc38aae471912fb325cdf0e07b5b480"),
    ],
)
def test_a_hash_is_the_same_in_every_release(document: Document, hashed: str) -> None:
    """The hashes that databases keep still stand for the same content; else all that was sent would look changed."""
    assert document.content_hash() == hashed


@given(AMOUNTS)
def test_a_document_survives_storage(amount: Decimal) -> None:
    """A document read back from its stored text is equal and hashes the same."""
    document = order(amount)
    again = load_document(document.kind, dump_document(document))
    assert again == document
    assert again.content_hash() == document.content_hash()


@given(AMOUNTS)
def test_plain_keeps_the_value(amount: Decimal) -> None:
    """The plain text of an amount is the same number, without exponent or trailing zeros."""
    text = plain(amount)
    assert Decimal(text) == amount
    assert "E" not in text
    assert plain(Decimal(text + ("0" if "." in text else ".0"))) == text


def test_rounding_is_half_up() -> None:
    """Half a cent is rounded away from zero."""
    assert (rounded(Decimal("0.005")), rounded(Decimal("-0.005"))) == (Decimal("0.01"), Decimal("-0.01"))
