"""Every code of a document is replaced by the target's, or named in a finding."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from ml_connector.domain.documents import (
    GLAccount,
    GoodsReceipt,
    Item,
    JournalEntry,
    JournalLine,
    Line,
    PurchaseOrder,
    ReceiptLine,
    SupplierInvoice,
)
from ml_connector.domain.finding import Reason
from ml_connector.domain.reference import Reference
from ml_connector.mapping.codemap import CodeMaps, Mapped
from ml_connector.mapping.resolve import OrderInTarget, Resolution, resolve

BOOKS = Reference(
    accounts={
        "61500": GLAccount(code="61500", name="Office"),
        "65000": GLAccount(code="65000", name="Write-offs", active=False),
        "10100": GLAccount(code="10100", name="Bank", postable=False),
    },
    items={"A": Item(code="A"), "B-OLD": Item(code="B-OLD", active=False), "C-2": Item(code="C-2")},
    currencies={"USD"},
)


def maps(**tables: dict[str, str]) -> CodeMaps:
    return CodeMaps(
        {name: {a: [Mapped(b, 1)] for a, b in rows.items()} for name, rows in tables.items()},
        {"item", "currency", "unit"},
        today=dt.date(2026, 11, 1),
    )


def invoice(**line: Any) -> SupplierInvoice:
    made = {"quantity": Decimal(1), "unit_price": Decimal(5), "net": Decimal(5), **line}
    return SupplierInvoice(
        source="cin7", key="K", modified_at=dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc), number="I-1",
        supplier_key="S1", supplier_name="Kestrel", date=dt.date(2026, 1, 1), currency="USD",
        lines=(Line(**made),), net=Decimal(5), tax=Decimal(0), gross=Decimal(5),
    )  # fmt: skip


def outcome(document: Any, code_maps: CodeMaps, **suppliers: str) -> tuple[Any, list[Reason]]:
    resolution = Resolution(document, code_maps, BOOKS, suppliers or {"S1": "V1"}, "Acumatica")
    resolved = resolve(resolution)
    return resolved, [finding.reason for finding in resolution.findings]


def test_mapped_codes_become_the_targets() -> None:
    """Supplier, account and tax rule carry the target's codes afterwards."""
    resolved, reasons = outcome(
        invoice(account="453", tax_rule="GST", item="A"),
        maps(account={"453": "61500"}, tax={"gst ": "GST10"}),
    )
    assert reasons == []
    assert (resolved.supplier_key, resolved.lines[0].account, resolved.lines[0].tax_rule) == (
        "V1",
        "61500",
        "GST10",
    )


def test_each_bad_account_is_told_apart() -> None:
    """Unmapped, unknown, closed and unpostable accounts give different findings."""
    table = maps(account={"1": "99999", "2": "65000", "3": "10100"})
    assert outcome(invoice(account="9"), table)[1] == [Reason.ACCOUNT_UNMAPPED]
    assert outcome(invoice(account="1"), table)[1] == [Reason.ACCOUNT_UNKNOWN]
    assert outcome(invoice(account="2"), table)[1] == [Reason.ACCOUNT_CLOSED]
    assert outcome(invoice(account="3"), table)[1] == [Reason.ACCOUNT_CLOSED]


def test_items_stand_for_themselves_where_the_target_knows_them() -> None:
    """An unmapped item is the same code, a mapped one the other, an unknown or inactive one a finding."""
    table = maps(item={"C": "C-2", "B": "B-OLD"})
    assert outcome(invoice(item="A"), table)[1] == []
    assert outcome(invoice(item="C"), table)[0].lines[0].item == "C-2"
    assert outcome(invoice(item="B"), table)[1] == [Reason.ITEM_UNKNOWN]
    assert outcome(invoice(item="Z"), table)[1] == [Reason.ITEM_UNKNOWN]


def test_all_findings_of_a_document_are_kept() -> None:
    """A document with several faults names every one of them at once."""
    document = invoice(account="9", tax_rule="??", item="Z").model_copy(
        update={"supplier_key": "S9", "currency": "NZD"}
    )
    _, reasons = outcome(document, maps(), S1="V1")
    assert set(reasons) == {
        Reason.ACCOUNT_UNMAPPED, Reason.TAX_RULE_UNMAPPED, Reason.ITEM_UNKNOWN, Reason.SUPPLIER_NOT_LINKED,
        Reason.CURRENCY_UNKNOWN,
    }  # fmt: skip


def test_a_finding_names_document_value_and_next_step() -> None:
    """The message is one a clerk understands: which bill, which code, what to do."""
    resolution = Resolution(invoice(account="6120"), maps(), BOOKS, {"S1": "V1"}, "Acumatica")
    resolve(resolution)
    finding = resolution.findings[0]
    assert finding.message == "Bill I-1 of Kestrel: GL account “6120” has no counterpart in Acumatica."
    assert finding.next_step == "Add “6120” to the account map, then release the document."
    assert finding.field == "lines[0].account"


def test_an_explicitly_empty_target_means_none() -> None:
    """A code mapped to nothing is left out in the target and is no finding."""
    resolved, reasons = outcome(invoice(tax_rule="Exempt"), maps(tax={"Exempt": ""}))
    assert (reasons, resolved.lines[0].tax_rule) == ([], "")


def test_terms_travel_with_orders_only() -> None:
    """An order's terms must be mapped; an invoice has its due date instead."""
    values = invoice().model_dump(exclude={"type", "due_date", "order_key", "order_number", "rate", "credits_number"})
    order = PurchaseOrder(**{**values, "terms": "Half in advance"})
    assert outcome(order, maps())[1] == [Reason.TERMS_UNMAPPED]
    assert outcome(invoice().model_copy(update={"terms": "Half in advance"}), maps())[1] == []


def test_normalised_look_up_never_guesses_between_two_targets() -> None:
    """Two map entries that differ only in case but lead apart match to the letter only."""
    table = maps(account={"a1": "61500", "A1": "65000"})
    assert table.find("account", "a1", None) == "61500"
    assert table.find("account", " a1 ", None) is None


def test_a_record_of_an_unmapped_company_is_held() -> None:
    """A company code without entry in the map, or none where the source keeps several companies, holds the document."""
    made = invoice(account="453").model_copy(update={"company": "20"})
    known = maps(account={"453": "61500"}, company={"10": "Harbour & Pine"})
    assert outcome(made, known)[1] == [Reason.COMPANY_UNMAPPED]
    assert outcome(made.model_copy(update={"company": ""}), known)[1] == [Reason.COMPANY_MISSING]
    resolved, reasons = outcome(made.model_copy(update={"company": "10"}), known)
    assert (resolved.company, reasons) == ("Harbour & Pine", [])


def test_a_system_with_one_company_needs_no_company_map() -> None:
    """A document that names no company at all is not asked for one."""
    assert outcome(invoice(account="453"), maps(account={"453": "61500"}))[1] == []


def test_an_unmapped_cost_centre_is_held() -> None:
    """A cost centre is mapped like every other code, never dropped."""
    made = invoice(account="453", cost_centre="CC9")
    assert outcome(made, maps(account={"453": "61500"}))[1] == [Reason.COST_CENTRE_UNMAPPED]
    resolved, _ = outcome(made, maps(account={"453": "61500"}, cost_centre={"CC9": "Workshop"}))
    assert resolved.lines[0].cost_centre == "Workshop"


def resolved_with_orders(document: Any, orders: dict[str, OrderInTarget]) -> tuple[Any, Resolution]:
    resolution = Resolution(
        document, maps(account={"453": "61500"}, unit={}), BOOKS, {"S1": "V1"}, "Cin7 Core", orders.get
    )
    return resolve(resolution), resolution


def test_a_bill_of_an_order_that_is_not_there_waits() -> None:
    """A bill names its order by the target's key; while that is not there it waits, and says for which order."""
    made = invoice(account="453").model_copy(update={"order_key": "P1", "order_number": "P10001"})
    _, waiting = resolved_with_orders(made, {})
    [finding] = waiting.findings
    assert (finding.reason, finding.waits, finding.value) == (Reason.ORDER_NOT_THERE, True, "P10001")
    resolved, there = resolved_with_orders(made, {"P1": OrderInTarget("guid-1", "PO-00007")})
    assert (resolved.order_key, resolved.order_number, there.findings) == ("guid-1", "PO-00007", [])


def test_a_receipt_gets_the_targets_order_supplier_and_items() -> None:
    """A goods receipt is attached to the target's order, and an item that is not there is named."""
    made = GoodsReceipt(
        source="ifs", key="R1", modified_at=dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc), order_key="P1",
        order_number="P10001", supplier_key="S1", supplier_name="Kestrel", date=dt.date(2026, 1, 2),
        lines=(ReceiptLine(item="A", quantity=Decimal(3)), ReceiptLine(item="Z", quantity=Decimal(1))),
    )  # fmt: skip
    resolved, resolution = resolved_with_orders(made, {"P1": OrderInTarget("guid-1", "PO-00007")})
    assert (resolved.order_key, resolved.supplier_key) == ("guid-1", "V1")
    assert [finding.reason for finding in resolution.findings] == [Reason.ITEM_UNKNOWN]


def test_a_journal_entry_may_post_to_a_control_account_but_not_to_a_missing_one() -> None:
    """Each posting's account must be in the other books; the finding names account, entry and the document it posts."""
    made = JournalEntry(
        source="ifs", key="10/I/2026/417", modified_at=dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
        number="I-417", date=dt.date(2026, 1, 2),
        lines=(
            JournalLine(account="2440", amount=Decimal(-5), reference="INV-88213"),
            JournalLine(account="4099", amount=Decimal(5), reference="INV-88213"),
        ),
    )  # fmt: skip
    resolution = Resolution(made, maps(account={"2440": "10100"}), BOOKS, {}, "Cin7 Core")
    resolve(resolution)
    [finding] = resolution.findings
    assert finding.reason is Reason.ACCOUNT_UNMAPPED
    assert "4099" in finding.message
    assert "INV-88213" in finding.message
