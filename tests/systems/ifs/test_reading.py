"""Everything that changed is read, whatever the pages, tokens and rates do meanwhile, and nothing is read in vain."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from ifs_world import HOUR, START, World, from_cin7, line, order

from ml_connector.domain.documents import DocumentStatus, PurchaseOrder, Supplier
from ml_connector.domain.errors import ConfigurationError, ContractError
from ml_connector.sync.ports import TargetRef, Window


def numbers(found: list[object]) -> list[str]:
    return sorted(getattr(one, "key") for one in found)  # noqa: B009 - of any document


def test_a_supplier_is_read_with_address_methods_and_terms(ifs: World) -> None:
    """Name, terms, currency, contact and address come from four places into one supplier."""
    made = ifs.read("supplier")[0]
    assert isinstance(made, Supplier)
    assert (made.key, made.code, made.terms, made.currency) == ("S1", "S1", "30", "SEK")
    assert (made.email, made.contact_name, made.address.city) == ("ap1@kestrel.example", "Accounts", "Stockholm")


def test_an_order_sums_its_lines_and_names_its_company(ifs: World) -> None:
    """IFS keeps no total: net and tax are those of the lines."""
    made = ifs.read("purchase_order")[0]
    assert isinstance(made, PurchaseOrder)
    assert (made.number, made.company, made.supplier_name) == ("P1", "10", "Kestrel 1")
    assert (made.net, made.tax, made.gross) == (Decimal(40), Decimal(10), Decimal(50))


@pytest.mark.parametrize("next_link", ["none", "relative", "absolute"])
@pytest.mark.parametrize("cap", [1, 2, 5, 2000])
def test_all_rows_are_read_whatever_the_pages(ifs: World, next_link: str, cap: int) -> None:
    """Full pages without a link, pages shorter than asked, links of either kind, a cap hit exactly: no row is lost."""
    ifs.sim("PATCH", "settings", {"next_link": next_link, "page_cap": cap})
    assert numbers(ifs.read("supplier", page_size=min(cap, 1000))) == ["S1", "S2", "S3", "S4", "S5"]


def test_a_tenant_that_sends_shorter_pages_than_asked_is_read_to_the_end(ifs: World) -> None:
    """A cap below what was asked shows only in the pages' length."""
    rows = [{"SupplierId": f"T{n:03}", "Name": f"Merlin {n}", "Country": "SE"} for n in range(230)]
    ifs.sim("POST", "seed", {"records": {"SupplierInfoGeneral": rows}})
    ifs.sim("PATCH", "settings", {"page_cap": 100})
    assert len(ifs.adapter(page_size=1000).suppliers()) == 235


def test_a_row_that_moves_between_pages_is_not_lost(ifs: World) -> None:
    """Pages are asked for by key, so a row that changes and moves to the end is met once."""
    ifs.sim("PATCH", "settings", {"page_cap": 2})
    touch = {"kind": "touch", "path": "SupplierInfoGeneralSet", "skip": 1, "entity": "SupplierInfoGeneral",
             "id": "S3", "set": {"Name": "Kestrel three"}}  # fmt: skip
    ifs.sim("POST", "faults", touch)
    assert numbers(ifs.read("supplier", page_size=2)) == ["S1", "S2", "S3", "S4", "S5"]


def test_only_what_has_a_new_etag_is_read_whole_again(ifs: World) -> None:
    """A later run lists keys and ETags and reads the one supplier that changed."""
    ifs.read("supplier")
    ifs.clock.seconds = 7200
    ifs.edit("SupplierInfoGeneral", "S4", Name="Kestrel four")
    ifs.calls.clear()
    window = Window(START + HOUR, ifs.clock.now())
    assert numbers(ifs.read("supplier", window)) == ["S4"]
    assert sum("SupplierInfoAddresses" in call.url for call in ifs.calls) == 2


def test_a_quiet_run_yields_nothing(ifs: World) -> None:
    """Nothing changed, nothing is yielded, and no supplier is read whole."""
    ifs.read("supplier")
    ifs.read("purchase_order")
    ifs.clock.seconds = 7200
    ifs.calls.clear()
    window = Window(START + HOUR, ifs.clock.now())
    assert ifs.read("supplier", window) == []
    assert ifs.read("purchase_order", window) == []
    assert not [call for call in ifs.calls if "SupplierInfoAddresses" in call.url]


def test_a_changed_address_is_seen_by_the_history_log_or_the_next_sweep(ifs: World) -> None:
    """An address has an ETag of its own: the log names its supplier at once, else it is read again after a day."""
    ifs.sim("PATCH", "settings", {"history_logged": ["SupplierInfoAddress"]})
    for history, hours in ((True, 2), (False, 26)):
        ifs.read("supplier")
        before = ifs.clock.now()
        ifs.clock.seconds += hours * 3600
        ifs.sim("POST", "clock", {"set": ifs.clock.now().isoformat()})
        ifs.edit("SupplierInfoAddress", "S2/01", City=f"Uppsala {hours}")
        found = ifs.read("supplier", Window(before + HOUR, ifs.clock.now()), history=history)
        assert [(one.key, one.address.city) for one in found if isinstance(one, Supplier)] == [
            ("S2", f"Uppsala {hours}")
        ]


def test_a_line_that_changed_brings_its_order_again(ifs: World) -> None:
    """A line's activity shows though the header's ETag is as before."""
    ifs.read("purchase_order")
    ifs.clock.seconds = 7200
    changed = line(2, 1, BuyQtyDue=11, NetAmtCurr=22, GrossAmtCurr="27.5", LastActivityDate="2026-11-01T14:30:00Z")
    ifs.sim("POST", "seed", {"records": {"PurchaseOrderLine": [changed]}})
    found = ifs.read("purchase_order", Window(START + HOUR, ifs.clock.now()))
    assert [(one.key, one.net) for one in found if isinstance(one, PurchaseOrder)] == [("P2", Decimal(42))]


def test_planned_orders_are_not_read_and_cancelled_ones_are_void(ifs: World) -> None:
    """A planned order is no document yet; a cancelled one is reported as void."""
    rows = [order(4, Objstate="Planned", VendorNo="S1"), order(5, Objstate="Cancelled", VendorNo="S1")]
    ifs.sim("POST", "seed", {"records": {"PurchaseOrder": rows}})
    found = {one.key: one.status for one in ifs.read("purchase_order") if isinstance(one, PurchaseOrder)}
    assert found["P5"] is DocumentStatus.VOIDED
    assert "P4" not in found


def test_a_span_selects_by_the_documents_own_dates(ifs: World) -> None:
    """A backfill reads the orders of its days, once more or not."""
    utc = dt.timezone.utc
    days = Window(dt.datetime(2026, 10, 2, tzinfo=utc), dt.datetime(2026, 10, 3, tzinfo=utc), by_document_date=True)
    for _ in range(2):
        assert numbers(ifs.read("purchase_order", days)) == ["P2"]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_a_span_s_days_are_those_of_its_zone(ifs: World, zone: str) -> None:
    """The day of an accounting period begins at another moment in the company's zone, and is the same day."""
    begin, end = (dt.datetime(2026, 10, day, tzinfo=ZoneInfo(zone)).astimezone(dt.timezone.utc) for day in (2, 3))
    days = Window(begin, end, by_document_date=True, zone=ZoneInfo(zone))
    assert numbers(ifs.read("purchase_order", days)) == ["P2"]


def test_a_pull_of_ten_minutes_outlives_tokens_of_180_seconds(ifs: World) -> None:
    """Tokens are replaced in time while the clock runs on between the calls; nothing is refused."""
    adapter = ifs.adapter(page_size=1)
    for n in range(1, 6):
        assert adapter.fetch(from_cin7(n), TargetRef(key=f"S{n}")) is not None
        ifs.clock.seconds += 120
        ifs.sim("POST", "clock", {"advance": 120})
    assert 401 not in {call.status for call in ifs.calls}
    assert sum("openid-connect/token" in call.url for call in ifs.calls) >= 3


def test_a_token_that_is_refused_is_replaced_and_the_call_repeated(ifs: World) -> None:
    """A 401 in mid-read costs one new token and no row."""
    ifs.sim("POST", "faults", {"kind": "status", "path": "PurchaseOrderSet", "status": 401})
    assert numbers(ifs.read("purchase_order")) == ["P1", "P2", "P3"]


@pytest.mark.parametrize("headers", [{"Retry-After": "7"}, {}])
def test_a_429_in_mid_page_is_waited_out(ifs: World, headers: dict[str, str]) -> None:
    """The tenant's throttle is obeyed, with or without a time to wait, and the list is complete."""
    ifs.sim("PATCH", "settings", {"page_cap": 2})
    ifs.sim(
        "POST",
        "faults",
        {"kind": "status", "path": "SupplierInfoGeneralSet", "skip": 1, "status": 429, "headers": headers},
    )
    assert len(ifs.read("supplier", page_size=2)) == 5
    assert ifs.clock.seconds >= float(headers.get("Retry-After", 1))


def test_the_audit_has_filter_and_rows_of_each_list(ifs: World) -> None:
    """Each pull names the entity set, the filter text, when it was and how many rows it brought."""
    ifs.read("purchase_order")
    [pull] = [pull for pull in ifs.pulls if pull.entity.endswith("PurchaseOrderSet")]
    assert pull.query == "OrderDate ge 2025-09-27 and Company eq '10'"
    assert (pull.rows, pull.pages, pull.started_at) == (3, 1, START)


SERVICES = "main/ifsapplications/projection/v1"


@pytest.mark.parametrize(
    "link", [f"https://evil.example/{SERVICES}/SupplierHandling.svc/X", f"/{SERVICES}/Other.svc/X"]
)
def test_a_next_link_that_leads_elsewhere_never_gets_the_token(ifs: World, link: str) -> None:
    """A link to another host, or out of the service, stops the read with its address."""
    answer = {"value": [], "@odata.nextLink": link}
    ifs.sim("POST", "faults", {"kind": "status", "path": "SupplierInfoGeneralSet", "status": 200, "answer": answer})
    with pytest.raises(ContractError, match="leads out"):
        ifs.read("supplier")


def test_the_setup_check_names_what_the_tenant_does_not_have(ifs: World) -> None:
    """A set and a property that are not in the metadata are named, with the option to correct."""
    wrong = {"receipt": {"projection": "PurchaseReceiptHandling", "name": "ReceiptSet", "keys": ["ReceiptSequence"]},
             "supplier": {"projection": "SupplierHandling", "name": "SupplierInfoGeneralSet", "keys": ["SupplierId"],
                          "fields": {"Name": "SupplierName"}}}  # fmt: skip
    said = ifs.adapter(sets=wrong).check_setup()
    assert len(said) == 2
    assert any("ReceiptSet" in text and "options.ifs.sets.receipt" in text for text in said)
    assert any("SupplierName" in text for text in said)
    assert ifs.adapter().check_setup() == []
    gone = {"gl_voucher_row": {"projection": "GLVoucherRowsAnalysis", "name": "GlRows", "keys": ["Company"]}}
    assert ifs.adapter(sets=gone).check_setup() == []
    assert "options.ifs.sets.gl_voucher_row" in ifs.adapter(sets=gone, gl_voucher_rows=True).check_setup()[0]


def test_the_setup_check_names_the_collections_that_the_tenant_does_not_have(ifs: World) -> None:
    """Children are looked for where they hang; of those below a missing one nothing is said."""
    posting = {"invoice_postings": {"name": "PostingLines", "keys": ["RowId"]}}
    [said] = ifs.adapter(children=posting).check_setup()
    assert "ManSuppInvoice has no collection PostingLines" in said
    assert "options.ifs.children.invoice_postings" in said
    address = {"addresses": {"name": "Addresses", "keys": ["AddressId"]}}
    [said] = ifs.adapter(children=address).check_setup()
    assert "options.ifs.children.addresses" in said
    method = {"communication": {"name": "CommMethods", "keys": ["CommId"]}}
    for below in ("address", "supplier"):
        [said] = ifs.adapter(children=method, communication_below=below).check_setup()
        assert "options.ifs.children.communication" in said


def test_a_collection_that_is_not_there_is_a_setting_to_correct(ifs: World) -> None:
    """A misnamed collection is not taken for an empty one; of a record that is gone there is nothing to read."""
    for name, keys in (("addresses", "AddressId"), ("communication", "CommId"), ("invoice_companies", "Company")):
        wrong = {name: {"name": "NoSuchArray", "keys": [keys]}}
        with pytest.raises(ConfigurationError, match=rf"NoSuchArray below .*options\.ifs\.children\.{name}"):
            list(ifs.adapter(children=wrong).read_keys("supplier", ["S1"]))
    endpoint = ifs.adapter()._endpoint
    assert endpoint.children(endpoint.address("supplier", SupplierId="S99"), "addresses") == []


def test_an_entity_set_that_is_not_there_is_a_setting_to_correct(ifs: World) -> None:
    """The message names the set and the option."""
    gone = {"order": {"projection": "NoSuchHandling", "name": "PurchaseOrderSet", "keys": ["OrderNo"]}}
    with pytest.raises(ConfigurationError, match=r"options\.ifs\.sets"):
        ifs.read("purchase_order", sets=gone)


def test_other_names_are_read_by_configuration_alone(ifs: World) -> None:
    """Base path and a set's place are options: the list page's own projection serves the same suppliers."""
    other = {"supplier": {"base": "int", "projection": "SuppliersHandling", "name": "SupplierInfoGeneralSet",
                          "keys": ["SupplierId"]}}  # fmt: skip
    assert len(ifs.adapter(sets=other).suppliers()) == 5
