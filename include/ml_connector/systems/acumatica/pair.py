"""The pair Cin7 Core ↔ Acumatica."""

from __future__ import annotations

from ml_connector.sync.spec import Flow, PairSpec

PAIR = PairSpec(
    pair_id="acumatica_cin7",
    title="Cin7 Core ↔ Acumatica",
    partner="acumatica",
    accounts_of_record="acumatica",
    description="Suppliers both ways; purchase orders, bills and credit memos from Cin7 Core into Acumatica.",
    flows=(
        Flow(
            name="suppliers",
            kind="supplier",
            source="cin7",
            destination="acumatica",
            cadence="0 * * * *",
            owned_fields=frozenset({
                "name", "currency", "tax_number", "contact_name", "email", "phone", "address.*", "active",

            }),
        ),
        Flow(
            name="suppliers_to_cin7",
            kind="supplier",
            source="acumatica",
            destination="cin7",
            cadence="0 * * * *",
            after=("suppliers",),
            owned_fields=frozenset({"code", "terms"}),
        ),
        Flow(
            name="purchase_orders",
            kind="purchase_order",
            source="cin7",
            destination="acumatica",
            after=("suppliers", "suppliers_to_cin7"),
        ),
        Flow(
            name="supplier_invoices",
            kind="supplier_invoice",
            source="cin7",
            destination="acumatica",
            after=("purchase_orders",),
        ),
    ),
)  # fmt: skip
