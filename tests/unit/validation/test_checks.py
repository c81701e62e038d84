"""The checks that every document passes before it is written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.documents import Line, Supplier, SupplierInvoice
from ml_connector.domain.finding import Reason
from ml_connector.domain.reference import Reference
from ml_connector.validation.checks import check

AT = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)


def invoice(**more: Any) -> SupplierInvoice:
    line = Line(description="Clamp", quantity=Decimal(2), unit_price=Decimal(50), net=Decimal(100),
                tax=Decimal(10), account="630")  # fmt: skip
    values: dict[str, Any] = {
        "source": "cin7", "key": "K", "modified_at": AT, "number": "I-1", "supplier_key": "S",
        "currency": "EUR", "supplier_name": "Kestrel", "date": AT.date(), "lines": (line,), "net": Decimal(100),
        "tax": Decimal(10), "gross": Decimal(110),
    }  # fmt: skip
    return SupplierInvoice(**{**values, **more})


def reasons(document: Any, reference: Reference | None = None) -> list[Reason]:
    return [finding.reason for finding in check(document, reference or Reference())]


def test_a_right_invoice_has_no_finding() -> None:
    """An invoice whose totals add up passes every check."""
    assert reasons(invoice()) == []


@pytest.mark.parametrize(
    ("more", "count"),
    [({"net": Decimal("101.02")}, 2), ({"tax": Decimal("10.02")}, 2), ({"gross": Decimal("110.02")}, 1)],
)
def test_totals_that_do_not_add_up_are_found(more: dict[str, Decimal], count: int) -> None:
    """Each total that differs from what it sums is a finding, with both amounts in the message."""
    found = check(invoice(**more), Reference())
    assert [finding.reason for finding in found] == [Reason.TOTALS_DIFFER] * count
    assert "EUR" in found[0].message


def test_a_cent_a_line_of_rounding_is_no_finding() -> None:
    """Half a cent of row rounding a line is allowed."""
    assert reasons(invoice(tax=Decimal("10.01"), gross=Decimal("110.01"))) == []


def test_number_lines_and_accounts_must_be_there() -> None:
    """A bill without number, without lines, or with a line without account is held."""
    assert reasons(invoice(number=" ")) == [Reason.NUMBER_MISSING]
    assert Reason.NO_LINES in reasons(invoice(lines=()))
    bare = invoice().lines[0].model_copy(update={"account": None})
    assert reasons(invoice(lines=(bare,))) == [Reason.ACCOUNT_MISSING]


def test_a_name_is_never_cut() -> None:
    """A name longer than the target's field is held, with both lengths named."""
    supplier = Supplier(source="cin7", key="K", modified_at=AT, name="x" * 256)
    found = check(supplier, Reference(max_lengths={"name": 255}))
    assert [finding.reason for finding in found] == [Reason.TOO_LONG]
    assert "256 characters" in found[0].message
    assert len(found[0].message) < 250
