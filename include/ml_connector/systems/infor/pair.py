"""The pair Infor CloudSuite → Cin7 Core."""

from __future__ import annotations

from ml_connector.sync.spec import Flow, PairSpec

PAIR = PairSpec(
    pair_id="infor_cin7",
    title="Infor CloudSuite → Cin7 Core",
    partner="infor",
    accounts_of_record="infor",
    compare_accounts="0 5 * * *",
    description="Suppliers, purchase orders and invoices from Infor CloudSuite into Cin7 Core; charts of accounts "
    "compared; orders into CloudSuite where switched on.",
    flows=(
        Flow(
            name="suppliers",
            kind="supplier",
            source="infor",
            destination="cin7",
            cadence="0 * * * *",
            watermark="cutoff",
        ),
        Flow(
            name="purchase_orders",
            kind="purchase_order",
            source="infor",
            destination="cin7",
            watermark="cutoff",
            after=("suppliers",),
        ),
        Flow(
            name="supplier_invoices",
            kind="supplier_invoice",
            source="infor",
            destination="cin7",
            watermark="cutoff",
            within="purchase_orders",
        ),
        Flow(
            name="purchase_orders_to_infor",
            kind="purchase_order",
            source="cin7",
            destination="infor",
            after=("suppliers", "purchase_orders"),
            enabled_by_default=False,
        ),
    ),
)
