"""The pair IFS Cloud → Cin7 Core."""

from __future__ import annotations

from ml_connector.sync.spec import Flow, PairSpec

PAIR = PairSpec(
    pair_id="ifs_cin7",
    title="IFS Cloud → Cin7 Core",
    partner="ifs",
    accounts_of_record="ifs",
    description="Suppliers both ways; orders, receipts and invoices from IFS Cloud into Cin7 Core; vouchers checked.",
    flows=(
        Flow(
            name="suppliers",
            kind="supplier",
            source="ifs",
            destination="cin7",
            cadence="0 * * * *",
            watermark="cutoff",
            owned_fields=frozenset({"name", "currency", "terms", "tax_number", "code", "active"}),
        ),
        Flow(
            name="suppliers_to_ifs",
            kind="supplier",
            source="cin7",
            destination="ifs",
            cadence="0 * * * *",
            after=("suppliers",),
            owned_fields=frozenset({"contact_name", "email", "phone", "address.*"}),
        ),
        Flow(
            name="purchase_orders",
            kind="purchase_order",
            source="ifs",
            destination="cin7",
            watermark="cutoff",
            after=("suppliers", "suppliers_to_ifs"),
        ),
        Flow(
            name="goods_receipts",
            kind="goods_receipt",
            source="ifs",
            destination="cin7",
            watermark="cutoff",
            within="purchase_orders",
        ),
        Flow(
            name="supplier_invoices",
            kind="supplier_invoice",
            source="ifs",
            destination="cin7",
            watermark="cutoff",
            within="purchase_orders",
            after=("goods_receipts",),
        ),
        Flow(
            name="journal_entries",
            kind="journal_entry",
            source="ifs",
            destination="cin7",
            watermark="cutoff",
            checks_only=True,
        ),
    ),
)
