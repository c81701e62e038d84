"""What answers mean: of the gateway, and of a create that tells little."""

from __future__ import annotations

from typing import Any

import pytest
from qad_world import World, invoice, line, supplier

from ml_connector.domain.errors import AmbiguousWrite
from ml_connector.systems.qad.dialect import QadDialect
from ml_connector.transport.retry import Event

MARK = "mlc:0a1b2c3d4e5f"
BARE = {"errors": [{"message": "Upstream is down"}]}
BUSINESS = {"submitResult": {"success": False, "errors": [{"fieldName": "x", "message": "No"}]}}


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("data", [BARE, BUSINESS, None])
def test_a_gateway_that_is_down_refuses_nothing(status: int, data: Any) -> None:
    """Whatever it says, the call can be tried again, and of a write nobody knows."""
    assert QadDialect().classify(status, {}, data, "").event is Event.UNAVAILABLE


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("data", [BARE, BUSINESS])
def test_a_refusal_with_400_or_500_stays_one(status: int, data: Any) -> None:
    """Both shapes have been seen with these."""
    assert QadDialect().classify(status, {}, data, "").event is Event.REFUSED


def test_a_write_that_the_gateway_lost_is_looked_up(qad: World) -> None:
    """QAD carried it out and the gateway gave up waiting: the outcome is unknown, and the record is found."""
    adapter = qad.adapter()
    fault = {"kind": "status_after", "method": "POST", "path": "supplierV2s$", "status": 504, "answer": BARE}
    qad.sim("POST", "faults", fault)
    with pytest.raises(AmbiguousWrite):
        adapter.draft(supplier(), MARK, None, lambda _ref: None)
    assert adapter.find(supplier(), MARK) is not None


def test_a_recorded_invoice_is_bound_by_its_whole_key(qad: World) -> None:
    """The answer tells voucher and year only; entity and daybook are those that were sent."""
    adapter = qad.adapter()
    code = adapter.draft(supplier(), MARK, None, lambda _ref: None).key
    bill = invoice(code, "", line(None, 1, 90, account="6200"))
    ref = adapter.draft(bill, MARK, None, lambda _ref: None)
    assert (ref.key, ref.number) == ("10USACO/2026/SUPINV/1", "1")
    assert adapter.fetch(bill, ref) is not None


def test_an_invoice_whose_number_is_not_told_is_looked_up(qad: World) -> None:
    """It is never bound to half a key."""
    adapter = qad.adapter()
    code = adapter.draft(supplier(), MARK, None, lambda _ref: None).key
    bill = invoice(code, "", line(None, 1, 90, account="6200"))
    answer = {"data": {"supplierInvoices": [{"balance": 90}]}, "submitResult": {"success": True, "errors": []}}
    fault = {"kind": "status_after", "method": "POST", "path": "supplierInvoices$", "status": 200, "answer": answer}
    qad.sim("POST", "faults", fault)
    with pytest.raises(AmbiguousWrite, match="does not tell its voucher"):
        adapter.draft(bill, MARK, None, qad.bound.append)
    found = adapter.find(bill, MARK)
    assert (qad.bound, found is not None and found.ref.number) == ([], "1")
