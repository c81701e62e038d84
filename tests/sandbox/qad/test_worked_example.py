"""A purchase from the supplier to the matched invoice, call by call as clients make it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def test_a_purchase_from_supplier_to_matched_invoice(
    erp: Any, supplier_body: dict[str, Any], order_body: dict[str, Any], invoice_body: dict[str, Any]
) -> None:
    """Supplier, domain data, order, five-step line, receipt and matched invoice leave a matched, unpaid invoice."""
    made = erp.made("supplierV2s", supplier_body)
    assert made["uri"] == "urn:be:com.qad.base.supplier.ISupplierV2:SUPSS.HARB0017"
    erp.domain_data("HARB0017", siteCode="10-100", daybookSetCode="PUR")
    erp.made("purchaseOrderHeaders", order_body)
    line = erp.wizard("ST-200", 200, 4.25)
    assert (line["purchaseOrderLine"], line["unitOfMeasure"], line["purchaseCost"]) == (1, "EA", Decimal("4.25"))
    receiver = erp.receive((1, 200))
    assert receiver == "RC004410"
    pending = erp.rows("ap007", "pvo_mstr.pvo_order,eq,P0002292,literal")[0]
    assert pending["pvo_mstr.pvo_internal_ref"] == receiver
    assert (pending["pvo_mstr.pvo_vouchered_qty"], pending["pvo_mstr.pvo_last_voucher"]) == (0, "")
    matching = {
        "receiverNumber": receiver, "purchaseOrderNumber": "P0002292", "purchaseOrderLine": 1,
        "pendingInvoiceId": pending["pvo_mstr.pvo_id"], "pendingInvoiceLine": 1, "matchedQuantity": 200,
        "matchedUnitPrice": 4.25, "isFinished": True,
    }  # fmt: skip
    invoice = erp.made("supplierInvoices", {
        **invoice_body, "invoiceAmount": 850, "isInitialStatus": False, "isReceiverMatching": True,
        "supplierInvoicePOs": [{"domainCode": "10USA", "purchaseOrderNumber": "P0002292"}],
        "receiverMatching": {"daybookCode": "MATCH", "isStatusFinal": True, "lines": [matching]},
    })  # fmt: skip
    assert invoice["uri"].endswith(":10USACO.2024.SUPINV.1")
    assert (invoice["invoiceStatusCode"], invoice["balance"], invoice["postingPeriod"]) == ("AP-RMALLOC", 850, 5)
    assert erp.rows("ap007") == []
    history = erp.state("vph_hist")[0]
    assert (history["vph_ref"], history["vph_inv_qty"], history["vph_inv_cost"]) == ("1", 200, Decimal("4.25"))
