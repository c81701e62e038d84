"""The pair SYSPRO → Cin7 Core."""

from __future__ import annotations

from ml_connector.sync.spec import Flow, PairSpec

PAIR = PairSpec(
    pair_id="syspro_cin7",
    title="SYSPRO → Cin7 Core",
    partner="syspro",
    accounts_of_record="syspro",
    description="Suppliers both ways; orders, receipts and invoices from SYSPRO into Cin7 Core; postings checked.",
    flows=(
        Flow(
            name="suppliers",
            kind="supplier",
            source="syspro",
            destination="cin7",
            cadence="0 * * * *",
            watermark="cutoff",
            owned_fields=frozenset({"name", "currency", "terms", "tax_number", "code", "active"}),
        ),
        Flow(
            name="suppliers_to_syspro",
            kind="supplier",
            source="cin7",
            destination="syspro",
            cadence="0 * * * *",
            after=("suppliers",),
            owned_fields=frozenset({"contact_name", "email", "phone", "address.*"}),
        ),
        Flow(
            name="purchase_orders",
            kind="purchase_order",
            source="syspro",
            destination="cin7",
            watermark="cutoff",
            after=("suppliers", "suppliers_to_syspro"),
        ),
        Flow(
            name="goods_receipts",
            kind="goods_receipt",
            source="syspro",
            destination="cin7",
            watermark="cutoff",
            within="purchase_orders",
        ),
        Flow(
            name="supplier_invoices",
            kind="supplier_invoice",
            source="syspro",
            destination="cin7",
            watermark="cutoff",
            within="purchase_orders",
            after=("goods_receipts",),
        ),
        Flow(
            name="postings",
            kind="journal_entry",
            source="syspro",
            destination="cin7",
            watermark="cutoff",
            checks_only=True,
        ),
    ),
)
