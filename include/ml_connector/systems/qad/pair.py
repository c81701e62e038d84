"""The pair Cin7 Core → QAD."""

from __future__ import annotations

from ml_connector.sync.spec import Flow, PairSpec

PAIR = PairSpec(
    pair_id="cin7_qad",
    title="Cin7 Core → QAD",
    partner="qad",
    accounts_of_record="qad",
    description="Suppliers, orders, receipts and invoices from Cin7 Core into QAD; an invoice waits for its goods.",
    flows=(
        Flow(name="suppliers", kind="supplier", source="cin7", destination="qad", cadence="0 * * * *"),
        Flow(
            name="purchase_orders",
            kind="purchase_order",
            source="cin7",
            destination="qad",
            after=("suppliers",),
        ),
        Flow(
            name="goods_receipts",
            kind="goods_receipt",
            source="cin7",
            destination="qad",
            within="purchase_orders",
        ),
        Flow(
            name="supplier_invoices",
            kind="supplier_invoice",
            source="cin7",
            destination="qad",
            within="purchase_orders",
            after=("goods_receipts",),
            matches_receipts=True,
        ),
    ),
)
