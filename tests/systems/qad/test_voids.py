"""What is voided in Cin7 after it was sent: it comes as Cin7 has it, its order and supplier not in QAD's codes."""

from __future__ import annotations

import pytest
from pair_world import KESTREL, NOTHING, PURCHASE, PairWorld, received
from qad_world import World, invoice, line, order, receipt, supplier

from ml_connector.domain.documents import DocumentStatus
from ml_connector.systems.qad.adapter import QadAdapter

MARK, OTHER_MARK = "mlc:0a1b2c3d4e5f", "mlc:ffffffffffff"
GOODS = (("ST-200", 10, 4), ("BR-100", 2, "12.5"))
ALL = (("ST-200", 10), ("BR-100", 2))
NUMBERS = ["PO-00318", "PO-000-318"]
"""The second one has other characters in QAD."""
AS_CIN7_HAS_IT = {"status": DocumentStatus.VOIDED, "order_key": PURCHASE, "supplier_key": KESTREL}


def goods_of(number: str) -> str:
    return f"goods receipt of 2026-10-01 for {number}"


@pytest.mark.parametrize("number", NUMBERS)
def test_a_receipt_voided_after_it_was_sent_is_reported(pair: PairWorld, number: str) -> None:
    """It is held with its receiver run after run; another of the same order is not touched."""
    pair.purchase(*GOODS, OrderNumber=number, StockReceived=received(*ALL))
    assert set(pair.run().values()) == {"created"}
    pair.edit(StockReceived=received(*ALL, status="VOIDED"))
    for _ in range(2):
        assert pair.run()[goods_of(number)] == "voided_after_sending"
    (held,) = pair.parked().values()
    assert "qad still has RC004410" in held.findings[0].message
    assert len(pair.qad.state("purchaseOrderReceipts")) == 1


def test_a_receipt_of_a_void_purchase_is_reported(pair: PairWorld) -> None:
    """The purchase as a whole is void: order and receipt are both still in QAD, and both are held."""
    pair.purchase(*GOODS, StockReceived=received(*ALL))
    pair.run()
    pair.edit(Status="VOIDED", StockReceived=received(*ALL, status="VOIDED"), Order={**NOTHING, "Status": "VOIDED"})
    outcomes = pair.run()
    assert outcomes[goods_of("PO-00318")] == outcomes["purchase order PO-00318"] == "voided_after_sending"


def test_goods_received_by_hand_stand_for_a_receipt_that_was_voided(pair: PairWorld) -> None:
    """A receiver that was taken for the receipt is what QAD still has, whoever keyed it."""
    pair.purchase(*GOODS)
    pair.run()
    lines = [{"purchaseOrderLine": 1, "itemCode": "ST-200", "quantityReceived": 6}]
    by_hand = {"purchaseOrderNumber": "PO-00318", "packingSlipNumber": "", "receiptDate": "2026-10-01",
               "purchaseOrderReceiptLines": lines}  # fmt: skip
    pair.qad.sim("POST", "seed", {"records": {"purchaseOrderReceipts": [by_hand]}})
    pair.edit(StockReceived=received(("ST-200", 6)))
    assert pair.run()[goods_of("PO-00318")] == "unchanged"
    pair.edit(StockReceived=received(("ST-200", 6), status="VOIDED"))
    assert pair.run()[goods_of("PO-00318")] == "voided_after_sending"


def test_an_order_that_qad_refused_is_closed_when_it_is_voided(pair: PairWorld) -> None:
    """Nothing was sent of one with too long a number, so nothing is left to do."""
    pair.purchase(*GOODS, OrderNumber="PO-2026-00318")
    assert pair.run()["purchase order PO-2026-00318"] == "refused_by_target"
    pair.edit(Status="VOIDED", Order={**NOTHING, "Status": "VOIDED", "Total": 0})
    assert pair.run()["purchase order PO-2026-00318"] == "unchanged"
    assert pair.parked() == {}


def in_qad(adapter: QadAdapter, number: str) -> tuple[str, str]:
    """Supplier's code and number of a confirmed order."""
    code = adapter.draft(supplier(), MARK, None, lambda _ref: None).key
    made = order(code, line("ST-200", 10, 4), number=number)
    ref = adapter.draft(made, MARK, None, lambda _ref: None)
    adapter.authorise(made, ref)
    return code, ref.key


@pytest.mark.parametrize("number", NUMBERS)
def test_a_void_receipt_is_found_by_its_marker_alone(qad: World, number: str) -> None:
    """Where its answer was lost, there is no reference; an equal one of another document is not taken for it."""
    adapter = qad.adapter()
    _, key = in_qad(adapter, number)
    made = receipt(key, ("ST-200", 4))
    ref = adapter.draft(made, MARK, None, lambda _ref: None)
    void = made.model_copy(update={**AS_CIN7_HAS_IT, "order_number": number})
    found = adapter.find(void, MARK)
    assert found is not None
    assert (found.ref, found.ours) == (ref, True)
    assert adapter.find(void, OTHER_MARK) is None
    assert adapter.find(void.model_copy(update={"order_number": ""}), MARK) is None


def test_a_void_receipt_does_not_take_one_keyed_by_hand(qad: World) -> None:
    """It was never sent as that one."""
    adapter = qad.adapter()
    _, key = in_qad(adapter, "PO-00318")
    lines = [{"purchaseOrderLine": 1, "itemCode": "ST-200", "quantityReceived": 4}]
    by_hand = {"purchaseOrderNumber": key, "receiptDate": "2026-10-03", "purchaseOrderReceiptLines": lines}
    qad.sim("POST", "seed", {"records": {"purchaseOrderReceipts": [by_hand]}})
    made = receipt(key, ("ST-200", 4))
    assert adapter.find(made, MARK) is not None
    assert adapter.find(made.model_copy(update=AS_CIN7_HAS_IT), MARK) is None


def test_a_void_invoice_is_found_by_its_marker_alone(qad: World) -> None:
    """Neither its supplier nor its order is in QAD's codes; one of the same number that is not ours is not meant."""
    adapter = qad.adapter()
    code, key = in_qad(adapter, "PO-00318")
    adapter.draft(receipt(key, ("ST-200", 10)), MARK, None, lambda _ref: None)
    made = invoice(code, key, line("ST-200", 10, 4))
    ref = adapter.draft(made, MARK, None, lambda _ref: None)
    void = made.model_copy(update=AS_CIN7_HAS_IT)
    found = adapter.find(void, MARK)
    assert found is not None
    assert (found.ref, found.ours) == (ref, True)
    assert adapter.fetch(void, ref) is not None
    assert adapter.find(void, OTHER_MARK) is None


def test_a_void_order_is_found_by_its_number(qad: World) -> None:
    """Its supplier is not needed; one too long for QAD is not there."""
    adapter = qad.adapter()
    code, key = in_qad(adapter, "PO-00318")
    void = order(code, number="PO-00318").model_copy(update={"status": DocumentStatus.VOIDED, "supplier_key": KESTREL})
    found = adapter.find(void, MARK)
    assert found is not None
    assert (found.ref.key, found.ours) == (key, True)
    assert adapter.find(void.model_copy(update={"number": "PO-2026-00318"}), MARK) is None
