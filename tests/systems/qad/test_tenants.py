"""What tenants do otherwise: other services, names, browses, columns, pages; and what the set-up check says of it."""

from __future__ import annotations

from typing import Any

import pytest
from qad_world import World, invoice, line, order, receipt, supplier

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import AmbiguousWrite, ConfigurationError, NotReady, Refused
from ml_connector.sync.ports import Found
from ml_connector.systems.qad.adapter import QadAdapter

MARK = "mlc:0a1b2c3d4e5f"
GOODS = (line("ST-200", 10, 4), line("BR-100", 2, "12.5"))
INVOICE_URN = "urn:be:com.qad.financials.purchaseledger.supplierinvoice.ISupplierInvoice"


def written(adapter: QadAdapter, document: Document, marker: str = MARK) -> Found:
    """Draft, authorise, and return what stands there."""
    ref = adapter.draft(document, marker, None, lambda _ref: None)
    adapter.authorise(document, ref)
    found = adapter.fetch(document, ref)
    assert found is not None
    return found


def vendor(adapter: QadAdapter) -> str:
    return written(adapter, supplier()).ref.key


def with_invoice(qad: World, **options: Any) -> QadAdapter:
    """An adapter, and a purchase with everything, matched."""
    adapter = qad.adapter(**options)
    code = vendor(adapter)
    key = written(adapter, order(code, *GOODS)).ref.key
    written(adapter, receipt(key, ("ST-200", 10), ("BR-100", 2)))
    written(adapter, invoice(code, key, *GOODS))
    return adapter


# --- empty answers ---


def test_a_browse_that_lacks_its_column_adds_no_line_twice(qad: World) -> None:
    """Without the order's number in the browse of lines every filter finds nothing: that is said, and nothing added."""
    first = qad.adapter()
    code = vendor(first)
    made = order(code, *GOODS)
    written(first, made)
    qad.sim("PATCH", "settings", {"browse_columns": {"po033": ["pod_det.pod_line", "pod_det.pod_part"]}})
    with pytest.raises(ConfigurationError, match=r"po033 does not show pod_det.pod_nbr: correct options.qad.browses"):
        qad.adapter().draft(made, MARK, None, lambda _ref: None)
    assert len(qad.state("purchaseOrderLines")) == 2


def test_a_filter_that_finds_nothing_at_all_is_no_empty_answer(qad: World) -> None:
    """Where not even a value that the browse shows is found, a person is told, and no receipt is entered again."""
    first = qad.adapter()
    key = written(first, order(vendor(first), *GOODS)).ref.key
    goods = receipt(key, ("ST-200", 4))
    written(first, goods)
    qad.sim("PATCH", "settings", {"browse_operators": ["ne"]})
    with pytest.raises(ConfigurationError, match="and does not find it"):
        qad.adapter().find(goods, MARK)


def test_an_empty_browse_is_believed_where_there_is_nothing(qad: World) -> None:
    """A tenant without any receipt has none of this order either."""
    adapter = qad.adapter()
    key = written(adapter, order(vendor(adapter), *GOODS)).ref.key
    assert adapter.find(receipt(key, ("ST-200", 4)), MARK) is None


def test_an_invoice_service_that_finds_nothing_by_reference_stops_the_matching(qad: World) -> None:
    """A reference that QAD does not find again would let a second entry through unnoticed."""
    adapter = qad.adapter()
    code = vendor(adapter)
    bill = invoice(code, "", line(None, 1, 90, account="6200"))
    ref = adapter.draft(bill, MARK, None, lambda _ref: None)
    qad.sim("POST", "faults", {"kind": "status", "method": "GET", "path": "supplierInvoices$", "skip": 1,
                               "status": 200, "answer": {"data": {"supplierInvoices": []}}})  # fmt: skip
    with pytest.raises(ConfigurationError, match="does not find voucher 1 by its reference"):
        adapter.authorise(bill, ref)
    assert [row["invoiceStatusCode"] for row in qad.state("supplierInvoices")] == ["AP-INITIAL"]


# --- pages ---


def many(qad: World, count: int) -> None:
    """Put suppliers in."""
    rows = [{"supplierCode": f"V{n:05}", "businessRelationName": f"Vendor {n}"} for n in range(count)]
    qad.sim("POST", "seed", {"records": {"supplierV2s": rows}})


@pytest.mark.parametrize(("asked", "cap"), [(1000, 100), (50, 1000), (1000, 1000), (100, 100)])
def test_a_list_is_read_whole_whatever_the_pages(qad: World, asked: int, cap: int) -> None:
    """All rows come, also where the tenant cuts pages shorter than they were asked for."""
    many(qad, 250)
    qad.sim("PATCH", "settings", {"max_page_size": cap})
    assert len({one.key for one in qad.adapter(page_size=asked).suppliers()}) == 250


@pytest.mark.parametrize("skip", [1, 2])
def test_rows_that_move_between_pages_are_not_lost(qad: World, skip: int) -> None:
    """A supplier changed meanwhile goes to the list's end and pulls others onto a page read already: read again."""
    many(qad, 250)
    touch = {"kind": "touch", "path": "browses", "skip": skip, "entity": "supplierV2s", "id": "SUPSS/V00003",
             "set": {"telephone": "1"}}  # fmt: skip
    qad.sim("POST", "faults", touch)
    found = qad.adapter(page_size=100).suppliers()
    assert qad.sim("GET", "faults") == []
    assert sorted(one.key for one in found) == [f"V{n:05}" for n in range(250)]


# --- other names ---


def test_a_service_that_is_elsewhere_is_an_option(qad: World) -> None:
    """Path and envelope of a service that QAD does not publish are the tenant's."""
    qad.sim("PATCH", "settings", {"paths": {"supplierInvoices": "ap/supplierInvoiceV3s"}})
    there = {"path": "ap/supplierInvoiceV3s", "envelope": "supplierInvoices", "view_uri": INVOICE_URN}
    with_invoice(qad, services={"invoice": there})
    assert [row["invoiceStatusCode"] for row in qad.state("supplierInvoices")] == ["AP-RMALLOC"]


def test_a_field_that_is_named_otherwise_is_an_option(qad: World) -> None:
    """What is sent, asked for and read back goes by the tenant's name."""
    named = {"path": "supplierInvoices", "view_uri": INVOICE_URN, "fields": {"description": "registrationNumber"}}
    adapter = qad.adapter(services={"invoice": named})
    bill = invoice(vendor(adapter), "", line(None, 1, 90, account="6200"))
    written(adapter, bill)
    (stored,) = qad.state("supplierInvoices")
    assert MARK in stored["registrationNumber"]
    assert stored["description"] == ""
    found = adapter.find(bill, MARK)
    assert found is not None
    assert found.ours


def test_accounts_may_come_from_a_browse_of_the_customers_own(qad: World) -> None:
    """Where the tenant has no service of GL accounts, its own browse shows the same chart, and is what is checked."""
    by_service = qad.adapter().accounts
    qad.sim("PATCH", "settings", {"forbidden": ["glAccounts"]})
    adapter = with_invoice(qad, browses={"accounts": "urn:browse:mfg:xxgl01"})
    assert adapter.accounts == by_service
    assert adapter.check_setup() == []


@pytest.mark.parametrize("options", [{"browses": {"accounts": "urn:browse:mfg:xx999"}},
                                     {"services": {"account": {"path": "glAccounts", "view_uri": "x"}}}])  # fmt: skip
def test_a_chart_that_is_empty_is_a_setting_to_correct(qad: World, options: dict[str, Any]) -> None:
    """No account at all means a wrong name, not a ledger without accounts."""
    if "services" in options:
        qad.sim("POST", "faults", {"kind": "status", "path": "glAccounts", "status": 200,
                                   "answer": {"data": {"glAccounts": []}}})  # fmt: skip
    with pytest.raises(ConfigurationError, match="QAD lists no GL accounts"):
        qad.adapter(**options).reference(["supplier_invoice"])


@pytest.mark.parametrize(
    "settings",
    [
        {"date_style": "datetime"},
        {"blank_fields": "absent"},
        {"missing_record": "404"},
        {"created_status": 201},
        {"business_error_status": 500},
        {"taken_line_number": "rejected"},
        {"browse_order": "shuffled"},
        {"repeated_filters": "empty"},
        {"unknown_browse": "error"},
        {"reprice_on_quantity": False},
        {"token_error_status": 401},
        {"matching_difference": "open"},
        {"credit_note_sign": "any"},
        {"warning_style": "errors"},
        {"warning_style": "silent"},
    ],
)
def test_a_purchase_goes_through_however_the_tenant_answers(qad: World, settings: dict[str, Any]) -> None:
    """Supplier, order, receipt and matched invoice, whichever of the shapes seen in the wild the tenant has."""
    qad.sim("PATCH", "settings", settings)
    with_invoice(qad)
    assert [row["invoiceStatusCode"] for row in qad.state("supplierInvoices")] == ["AP-RMALLOC"]


# --- the set-up check ---


def test_a_tenant_that_has_everything_lacks_nothing(qad: World) -> None:
    """Every service, field, browse and column is known to the tenant."""
    assert with_invoice(qad).check_setup() == []


def test_a_browse_without_rows_is_told_as_unchecked(qad: World) -> None:
    """In a new tenant the columns of browses without rows cannot be seen, and the check says so."""
    said = qad.adapter().check_setup()
    assert len(said) > 0
    assert all("shows no row, so its columns cannot be checked" in text for text in said)


def test_what_is_missing_is_named_with_the_option_that_corrects_it(qad: World) -> None:
    """A wrong entity, a wrong field and a column that was taken away, each with where to correct it."""
    with_invoice(qad)
    qad.sim("PATCH", "settings", {"browse_columns": {"po501": ["prh_hist.prh_nbr", "prh_hist.prh_receiver"]}})
    services = {
        "receipt": {"path": "receipts", "view_uri": "urn:be:com.qad.purchasing.IReceiptV9"},
        "invoice": {"path": "supplierInvoices", "view_uri": INVOICE_URN, "fields": {"dueDate": "payBy"}},
    }
    said = qad.adapter(services=services, browses={"items": "urn:browse:mfg:xx999"}).check_setup()
    expected = [
        "urn:be:com.qad.purchasing.IReceiptV9 is not known to this tenant: correct options.qad.services.receipt",
        "supplierInvoices has no field payBy: name it under options.qad.services.invoice.fields",
        "browse urn:browse:mfg:po501 does not show prh_hist.prh_ps_nbr: add the column in QAD, or correct options.qad.",
        "browse urn:browse:mfg:xx999 shows no row, so its columns cannot be checked: see that there is one, or ",
    ]
    assert [text for text in expected if not any(one.startswith(text) for one in said)] == []
    assert not any("services.order" in text for text in said)


def test_a_user_without_rights_to_metadata_is_told(qad: World) -> None:
    """The check ends with words, not with an error."""
    qad.sim("PATCH", "settings", {"forbidden": ["entitymetadatas"]})
    said = qad.adapter().check_setup()
    assert any("cannot be read" in text and "not authorized" in text for text in said)


# --- exchange rates ---


def test_documents_in_a_foreign_currency_carry_qads_own_rate(qad: World) -> None:
    """QAD's form is asked for the rate of the currency; the domain's own has rate 1 and costs no call."""
    adapter = qad.adapter()
    code = written(adapter, supplier(currency="EUR")).ref.key
    key = written(adapter, order(code, *GOODS, currency="EUR")).ref.key
    written(adapter, receipt(key, ("ST-200", 10), ("BR-100", 2)))
    written(adapter, invoice(code, key, *GOODS, currency="EUR"))
    assert [row["exchangeRate"] for row in qad.state("purchaseOrderHeaders")] == [1.08]
    assert [row["exchangeRate"] for row in qad.state("supplierInvoices")] == [1.08]


def test_without_a_base_currency_qad_is_asked_for_every_document(qad: World) -> None:
    """The domain's currency is told by QAD with rate 1, which is right then."""
    adapter = qad.adapter(base_currency="")
    written(adapter, order(vendor(adapter), *GOODS))
    assert [row["exchangeRate"] for row in qad.state("purchaseOrderHeaders")] == [1]


def test_a_currency_without_a_rate_is_refused_before_anything_is_sent(qad: World) -> None:
    """A foreign amount is never booked at rate 1."""
    adapter = qad.adapter()
    code = written(adapter, supplier(currency="NZD")).ref.key
    with pytest.raises(Refused, match=r"(?i)exchange rate"):
        adapter.draft(order(code, *GOODS, currency="NZD"), MARK, None, lambda _ref: None)
    assert qad.state("purchaseOrderHeaders") == []


@pytest.mark.parametrize(("option", "rate"), [("source", 1.25), ("one", 1), ("ask", 1.08)])
def test_the_invoices_own_rate_is_sent_where_chosen(qad: World, option: str, rate: float) -> None:
    """The deployment chooses between QAD's rate, the invoice's own, and none."""
    adapter = qad.adapter(exchange_rates=option)
    code = written(adapter, supplier(currency="EUR")).ref.key
    bill = invoice(code, "", line(None, 1, 90, account="6200"), currency="EUR", rate="1.25")
    written(adapter, bill)
    assert [row["exchangeRate"] for row in qad.state("supplierInvoices")] == [rate]


# --- duplicates ---


@pytest.mark.parametrize("style", ["supplementary", "errors", "silent"])
def test_a_reference_keyed_in_the_moment_before_stops_the_invoice(qad: World, style: str) -> None:
    """By QAD's warning, or where it gives none by looking again: the second is recorded unmatched, never matched."""
    qad.sim("PATCH", "settings", {"warning_style": style})
    adapter = qad.adapter()
    code = vendor(adapter)
    other = {"entityCode": "10USACO", "supplierCode": code, "invoiceReference": "OTHER", "invoiceAmount": 90,
             "postingDate": "2026-10-05", "daybookCode": "SUPINV", "voucher": 77, "postingYear": 2026}  # fmt: skip
    qad.sim("POST", "seed", {"records": {"supplierInvoices": [other]}})
    keyed = {"entity": "supplierInvoices", "id": "10USACO/2026/SUPINV/77", "set": {"invoiceReference": "INV-7"}}
    qad.sim("POST", "faults", {"kind": "touch", "method": "POST", "path": "supplierInvoices$", **keyed})
    bill = invoice(code, "", line(None, 1, 90, account="6200"))
    with pytest.raises(Refused, match="77"):
        written(adapter, bill)
    assert {row["invoiceStatusCode"] for row in qad.state("supplierInvoices")} == {"AP-INITIAL"}


def test_a_reference_keyed_by_somebody_is_never_entered_again(qad: World) -> None:
    """A reference that is there and not ours stops before anything is sent."""
    adapter = qad.adapter()
    code = vendor(adapter)
    other = {"entityCode": "10USACO", "supplierCode": code, "invoiceReference": "inv-7", "invoiceAmount": 90,
             "postingDate": "2026-10-05", "daybookCode": "SUPINV"}  # fmt: skip
    qad.sim("POST", "seed", {"records": {"supplierInvoices": [other]}})
    with pytest.raises(Refused, match="is in QAD already"):
        adapter.draft(invoice(code, "", line(None, 1, 90, account="6200")), MARK, None, lambda _ref: None)
    assert len(qad.state("supplierInvoices")) == 1


def test_a_long_number_does_not_push_our_mark_out_of_its_field(qad: World) -> None:
    """The mark comes first and the text stays short, so the invoice is found as ours again."""
    adapter = qad.adapter()
    bill = invoice(vendor(adapter), "", line(None, 1, 90, account="6200"), number="SUPPLIER-2026-000000000000123456")
    adapter.draft(bill, MARK, None, lambda _ref: None)
    (stored,) = qad.state("supplierInvoices")
    assert stored["description"].startswith(MARK)
    assert len(stored["description"]) <= 40


def test_an_answer_without_the_record_is_no_success(qad: World) -> None:
    """Where the answer to a create does not hold the record, it is looked up before anything is sent again."""
    adapter = qad.adapter()
    answer = {"data": {}, "submitResult": {"success": True, "errors": []}}
    qad.sim("POST", "faults", {"kind": "status_after", "method": "POST", "path": "supplierV2s$", "status": 200,
                               "answer": answer})  # fmt: skip
    with pytest.raises(AmbiguousWrite):
        adapter.draft(supplier(), MARK, None, lambda _ref: None)
    assert adapter.find(supplier(), MARK) is not None


def test_goods_of_a_logistics_charge_are_not_matched(qad: World) -> None:
    """Pending invoices of freight beside the goods are left to the freight's own invoice."""
    adapter = qad.adapter()
    code = vendor(adapter)
    key = written(adapter, order(code, *GOODS)).ref.key
    written(adapter, receipt(key, ("ST-200", 10)))
    (row,) = qad.state("pvo_mstr")
    qad.sim("POST", "seed", {"records": {"pvo_mstr": [{**row, "pvo_lc_charge": "FREIGHT"}]}})
    with pytest.raises(NotReady, match="only 0"):
        adapter.draft(invoice(code, key, line("ST-200", 10, 4)), MARK, None, lambda _ref: None)
