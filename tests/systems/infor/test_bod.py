"""BODs: read safely, translated like M3's rows, and the latest of each record taken."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ml_connector.domain.documents import DocumentStatus, InvoiceType
from ml_connector.domain.errors import ConfigurationError, ContractError
from ml_connector.sync.ports import Unreadable, Window
from ml_connector.systems.infor.bod_xml import MAX_CHARACTERS, read_bod

if TYPE_CHECKING:
    from conftest import World
    from ml_connector.transport.client import Client

D = Decimal
NS = "http://schema.infor.com/InforOAGIS/2"
ORDER = """<PurchaseOrder><PurchaseOrderHeader>
<DocumentID><ID accountingEntity="100_AAA" location="001" variationID="{variation}">{number}</ID></DocumentID>
<Status><Code>{status}</Code></Status>
<SupplierParty><PartyIDs><ID accountingEntity="100">Y30001</ID></PartyIDs>
<Name>Nordwind Fasteners AB</Name></SupplierParty>
<ShipToParty><Location type="Warehouse"><ID>001</ID></Location></ShipToParty>
<OrderDateTime>2026-02-20T00:00:00Z</OrderDateTime>
<RequiredDeliveryDateTime>2026-03-15T00:00:00Z</RequiredDeliveryDateTime>
<ExtendedAmount currencyID="SEK">{amount}</ExtendedAmount></PurchaseOrderHeader>
<PurchaseOrderLine><LineNumber>1</LineNumber><SubLineNumber>0</SubLineNumber>
<Item><ItemID><ID schemeName="Supplier">NF-M6X25</ID><ID>FAST-M6-25</ID></ItemID>
<Description>Hex bolt</Description></Item>
<Quantity unitCode="EA">5000</Quantity>
<UnitPrice><Amount currencyID="SEK">1.85</Amount><PerQuantity unitCode="EA">1</PerQuantity></UnitPrice>
<ExtendedAmount currencyID="SEK">{amount}</ExtendedAmount><Status><Code>{status}</Code></Status>
</PurchaseOrderLine></PurchaseOrder>"""


def envelope(noun: str, inner: str, action: str = "Replace", namespace: str = NS) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Sync{noun} xmlns="{namespace}" releaseID="9.2"><ApplicationArea>'
        "<CreationDateTime>2026-03-02T10:20:11Z</CreationDateTime></ApplicationArea><DataArea><Sync>"
        "<AccountingEntityID>100_AAA</AccountingEntityID><ActionCriteria>"
        f'<ActionExpression actionCode="{action}"/></ActionCriteria></Sync>{inner}</DataArea></Sync{noun}>'
    )


def order(number: str = "4500012", variation: int = 1, *, action: str = "Replace", **changes: Any) -> str:
    fields = {"status": "Open", "amount": "9250.00", **changes}
    return envelope("PurchaseOrder", ORDER.format(number=number, variation=variation, **fields), action)


def put(folder: Path, name: str, text: str, world: World) -> None:
    """Write a file as of the tests' now."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (world.now().timestamp(), world.now().timestamp()))


def read(world: World, folder: Path, kind: str = "purchase_order", window: Any = None, **options: Any) -> Any:
    return world.read(kind, window, surface="bod", inbox=str(folder), **options)


# --- the documents ---


def test_an_order_is_the_same_as_from_m3s_rows(world: World, tmp_path: Path) -> None:
    """Company, supplier, dates, lines and total come out of the document."""
    put(tmp_path, "1.xml", order(), world)
    made = read(world, tmp_path)["4500012"]
    assert (made.company, made.supplier_key, made.currency) == ("100_AAA", "Y30001", "SEK")
    assert (made.date, made.required_by) == (dt.date(2026, 2, 20), dt.date(2026, 3, 15))
    assert (made.net, made.gross, made.location) == (D(9250), D(9250), "001")
    (line,) = made.lines
    assert (line.item, line.quantity, line.unit, line.unit_price) == ("FAST-M6-25", D(5000), "EA", D("1.85"))


def test_what_the_simulated_m3_sends_is_read_like_its_rows(world: World) -> None:
    """Documents of the Data Lake give the same orders and suppliers as the transactions."""
    world.set(bods=True)
    line = {"PNLI": 1, "ITNO": "FAST-M6-25", "ORQA": "5000", "PUPR": "1.85", "PUSL": "35", "PUST": "35"}
    world.seed("MPHEAD", {"PUNO": "1", "SUNO": "Y30001", "PUDT": "20260220", "DWDT": "20260315", "MPLINE": [line]})
    by_rows = world.read("purchase_order")["1"]
    by_bods = world.read("purchase_order", surface="bod")["1"]
    same = {"modified_at": by_rows.modified_at, "terms": by_rows.terms}
    assert by_bods.model_copy(update=same).model_dump(exclude={"lines"}) == by_rows.model_dump(exclude={"lines"})
    assert by_bods.lines[0].net == by_rows.lines[0].net
    assert world.pulls[-1].entity.startswith("BOD IONSERVICES")


def test_a_supplier_of_the_data_lake_has_its_address_and_terms(world: World) -> None:
    """Name, tax number, terms, phone and address come out of the document."""
    world.set(bods=True)
    world.edit("CIDMAS", "Y30001", PHNO="+46 8 555 0102")
    made = world.read("supplier", surface="bod")["Y30001"]
    assert (made.name, made.terms, made.phone) == ("Nordwind Fasteners AB", "30D", "+46 8 555 0102")
    assert (made.address.line1, made.address.city, made.active) == ("Hamngatan 4", "Stockholm", True)


def test_an_invoice_without_rule_has_no_lines_and_with_one_a_single_line(world: World) -> None:
    """The document names no lines: it is held for that, unless a rule gives the account of its total."""
    world.set(bods=True)
    world.seed("FPLEDG", {"SUNO": "Y30001", "SINO": "INV-1", "CUAM": "-1250", "VTAM": "-250", "IVDT": "20260227"})
    (made,) = world.read("supplier_invoice", surface="bod").values()
    assert (made.type, made.number, made.gross, made.tax) == (InvoiceType.INVOICE, "INV-1", D(1250), D(250))
    assert made.lines == ()
    rules = [{"when": {"SUNO": "Y3*"}, "account": "4010"}]
    (made,) = world.adapter(surface="bod", account_rules=rules).read_keys("supplier_invoice", [made.key])
    assert [(line.account, line.net, line.tax) for line in made.lines] == [("4010", D(1000), D(250))]  # type: ignore[union-attr]


INVOICE = """<SupplierInvoice><SupplierInvoiceHeader><DocumentID><ID variationID="1">INV-1</ID></DocumentID>
<DocumentDateTime>2026-02-27T00:00:00Z</DocumentDateTime>
<SupplierParty><PartyIDs><ID>Y30001</ID></PartyIDs></SupplierParty>
<TotalAmount currencyID="SEK">{total}</TotalAmount>{taxes}</SupplierInvoiceHeader></SupplierInvoice>"""


def taxed(world: World, folder: Path, total: str, *taxes: tuple[str, str]) -> Any:
    """The invoice of a total and of taxes, each with what it is reckoned from."""
    made = [
        f"<Tax><Amount>{tax}</Amount>{basis and f'<BasisAmount>{basis}</BasisAmount>'}</Tax>" for tax, basis in taxes
    ]
    put(folder, "1.xml", envelope("SupplierInvoice", INVOICE.format(total=total, taxes="".join(made))), world)
    (one,) = read(world, folder, "supplier_invoice").values()
    return one


@pytest.mark.parametrize(
    ("total", "taxes", "tax"),
    [
        ("1362.00", [("250.00", "1000.00"), ("12.00", "100.00")], "262"),
        ("1462.00", [("250.00", "1000.00"), ("12.00", "100.00")], "262"),
        ("1250.00", [("250.00", "")], "250"),
        ("1362.00", [("250.00", "1000.00"), ("12.00", "")], "262"),
        ("112.00", [("5.00", "100.00"), ("7.00", "100.00")], "12"),
        ("-1362.00", [("-250.00", "-1000.00"), ("-12.00", "-100.00")], "262"),
        ("100.00", [("25.00", "100.00"), ("-25.00", "-100.00")], "0"),
        ("100.00", [], "0"),
    ],
)
def test_the_taxes_of_an_invoice_are_added_up(
    world: World, tmp_path: Path, total: str, taxes: list[tuple[str, str]], tax: str
) -> None:
    """One part for each VAT code; some of the net amount may bear none, or all of it several."""
    made = taxed(world, tmp_path, total, *taxes)
    assert (made.tax, made.gross, made.net) == (D(tax), abs(D(total)), abs(D(total)) - D(tax))


@pytest.mark.parametrize("taxes", [[("250.00", "1200.00")], [("250.00", "1000.00"), ("12.00", "100.00")]])
def test_an_invoice_taxed_on_more_than_its_net_amount_is_held(
    world: World, tmp_path: Path, taxes: list[tuple[str, str]]
) -> None:
    """Taxes that were reckoned from more than what the total leaves as net amount contradict it."""
    one = taxed(world, tmp_path, "1250.00", *taxes)
    assert isinstance(one, Unreadable)
    assert "more than the net amount" in one.finding.message


def test_an_invoice_of_two_vat_codes_is_the_same_as_from_m3s_rows(world: World) -> None:
    """The simulated M3 writes a tax for each VAT code of the voucher, and all of them come to the ledger's."""
    world.set(bods=True)
    postings = [
        {"JSNO": 1, "AIT1": "2440", "CUAM": "-1362"},
        {"JSNO": 2, "AIT1": "6110", "CUAM": "1000", "VTCD": "1"},
        {"JSNO": 3, "AIT1": "6550", "CUAM": "100", "VTCD": "2"},
        {"JSNO": 4, "AIT1": "2640", "CUAM": "250", "VTCD": "1", "AT04": "1"},
        {"JSNO": 5, "AIT1": "2640", "CUAM": "12", "VTCD": "2", "AT04": "1"},
    ]
    invoice = {"SUNO": "Y30001", "SINO": "INV-1", "CUAM": "-1362", "VTAM": "-262", "IVDT": "20260227"}
    world.seed("FPLEDG", {**invoice, "FGLEDG": postings})
    (made,) = world.read("supplier_invoice", surface="bod").values()
    assert (made.net, made.tax, made.gross) == (D(1100), D(262), D(1362))


def test_an_orders_location_is_its_warehouse(world: World, tmp_path: Path) -> None:
    """Of several locations that of type Warehouse counts; without one there is none."""
    other = '<Location type="Site"><ID>999</ID></Location>'
    put(tmp_path, "1.xml", order("1").replace('<Location type="W', f'{other}<Location type="W'), world)
    put(tmp_path, "2.xml", order("2").replace('type="Warehouse"', 'type="Site"'), world)
    found = read(world, tmp_path)
    assert (found["1"].location, found["2"].location) == ("001", "")


@pytest.mark.parametrize(("changes", "status"), [({"action": "Delete"}, "voided"), ({"status": "Canceled"}, "voided")])
def test_a_deleted_or_cancelled_order_is_void(
    world: World, tmp_path: Path, changes: dict[str, str], status: str
) -> None:
    """The action Delete and the status of a cancellation void the order."""
    put(tmp_path, "1.xml", order(**changes), world)  # type: ignore[arg-type]
    assert read(world, tmp_path)["4500012"].status is DocumentStatus(status)


def test_the_latest_variation_counts_whatever_the_order_of_files(world: World, tmp_path: Path) -> None:
    """Documents come in any order; the highest variation is the record, and an older one later changes nothing."""
    put(tmp_path, "1.xml", order(variation=3, amount="30.00"), world)
    put(tmp_path, "2.xml", order(variation=2, amount="20.00"), world)
    assert read(world, tmp_path)["4500012"].net == 30
    world.advance(3 * 86400)
    put(tmp_path, "3.xml", order(variation=1, amount="10.00"), world)
    assert read(world, tmp_path, window=world.since(1)) == {}


def test_only_files_of_the_window_are_read_again(world: World, tmp_path: Path) -> None:
    """Files older than the window, less the overlap, are not opened."""
    put(tmp_path, "1.xml", order("1"), world)
    world.advance(3 * 86400)
    put(tmp_path, "2.xml", order("2"), world)
    assert list(read(world, tmp_path, window=world.since(1))) == ["2"]
    assert world.pulls[-1].rows == 1


# --- safety ---

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    f'<SyncPurchaseOrder xmlns="{NS}">&c;</SyncPurchaseOrder>'
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    f'<SyncPurchaseOrder xmlns="{NS}">&a;</SyncPurchaseOrder>'
)
BAD = {
    "an entity bomb": (BOMB, "refused"),
    "an outside entity": (OUTSIDE, "refused"),
    "a document type": ("<!DOCTYPE x><x/>", "refused"),
    "an unknown namespace": (envelope("PurchaseOrder", "<PurchaseOrder/>", namespace="urn:other"), "urn:other"),
    "no namespace": ("<SyncPurchaseOrder/>", "namespace"),
    "no XML": ("{}", "no XML"),
    "half a document": (order()[:400], "no XML"),
    "another verb": (f'<GetPurchaseOrder xmlns="{NS}"/>', "no document that is read"),
    "no data": (envelope("PurchaseOrder", ""), "0 times"),
    "two records": (envelope("PurchaseOrder", "<PurchaseOrder/><PurchaseOrder/>"), "2 times"),
    "too deep": (f'<SyncPurchaseOrder xmlns="{NS}">{"<a>" * 5000}{"</a>" * 5000}</SyncPurchaseOrder>', "deeper"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_document_that_is_not_safe_or_not_known_is_recorded_and_the_others_come(
    world: World, tmp_path: Path, name: str
) -> None:
    """What is refused is kept with its reason, and nothing else is lost."""
    text, words = BAD[name]
    put(tmp_path, "bad.xml", text, world)
    put(tmp_path, "good.xml", order(), world)
    found = read(world, tmp_path)
    assert set(found) == {"document bad.xml", "4500012"}
    assert isinstance(found["document bad.xml"], Unreadable)
    assert words in found["document bad.xml"].finding.message
    assert "root:" not in found["document bad.xml"].raw


def test_a_document_too_large_is_not_parsed() -> None:
    """More than eight million characters are refused before parsing."""
    with pytest.raises(ValueError, match="characters"):
        read_bod("<a>" + "x" * MAX_CHARACTERS)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("9250.00", "many", "no number"),
        ("9250.00", "NaN", "no number"),
        ("2026-02-20T00:00:00Z", "", "OrderDateTime"),
        ("2026-02-20T00:00:00Z", "20/02/2026", "isoformat"),
    ],
)
def test_a_document_whose_values_cannot_be_read_is_held(
    world: World, tmp_path: Path, old: str, new: str, words: str
) -> None:
    """A bad amount or date holds this record, under its own key."""
    put(tmp_path, "1.xml", order().replace(old, new), world)
    one = read(world, tmp_path)["4500012"]
    assert isinstance(one, Unreadable)
    assert words in one.finding.message


def test_a_missing_folder_is_a_setting_to_correct(world: World, tmp_path: Path) -> None:
    """A folder that this worker does not have is named."""
    with pytest.raises(ConfigurationError, match="nowhere"):
        read(world, tmp_path / "nowhere")


def test_a_kind_that_documents_do_not_carry_is_a_setting_to_correct(world: World, tmp_path: Path) -> None:
    """Receipts are not read from documents."""
    with pytest.raises(ConfigurationError, match="goods_receipt"):
        read(world, tmp_path, "goods_receipt")


def test_a_data_lake_of_many_pages_is_read_whole(world: World) -> None:
    """More documents than a page holds come, in whatever order the lake lists them."""
    world.set(bods=True, datalake_order="shuffled")
    line = {"PNLI": 1, "ITNO": "FREIGHT", "ORQA": "1", "PUPR": "1", "PUSL": "35", "PUST": "35"}
    world.seed("MPHEAD", *[{"PUNO": f"45{n:05}", "SUNO": "Y30001", "MPLINE": [line]} for n in range(120)])
    assert len(world.read("purchase_order", surface="bod")) == 120


class Counting:
    """A client whose Data Lake counts its documents as given; None leaves the count out."""

    def __init__(self, client: Client, count: Any) -> None:
        self.client, self.count = client, count

    def read(self, path: str, **given: Any) -> Any:
        answer = self.client.read(path, **given)
        if "payloads/list" in path:
            answer.data.pop("numFound")
            answer.data.update({} if self.count is None else {"numFound": self.count})
        return answer


def lake(world: World, documents: int, count: Any) -> dict[str, Any]:
    """What is read of orders in a Data Lake that counts so."""
    world.set(bods=True)
    line = {"PNLI": 1, "ITNO": "FREIGHT", "ORQA": "1", "PUPR": "1", "PUSL": "35", "PUST": "35"}
    world.seed("MPHEAD", *[{"PUNO": f"45{n:05}", "SUNO": "Y30001", "MPLINE": [line]} for n in range(documents)])
    adapter = world.adapter(Counting(world.client(), count), surface="bod")  # type: ignore[arg-type]
    return {one.key: one for one in adapter.read("purchase_order", Window(None, world.now()))}


@pytest.mark.parametrize(("documents", "count"), [(120, None), (120, "120"), (120, 100), (100, None), (0, None)])
def test_a_data_lake_is_read_on_while_full_pages_come(world: World, documents: int, count: Any) -> None:
    """A count that is missing, a text, or that of one page alone stops no reading."""
    assert len(lake(world, documents, count)) == documents


@pytest.mark.parametrize("count", ["many", -1, [], 3.5])
def test_a_count_that_cannot_be_read_is_refused(world: World, count: Any) -> None:
    """A Data Lake whose count is no number may have more than it lists."""
    with pytest.raises(ContractError, match="how many"):
        lake(world, 3, count)


def test_a_data_lake_that_lists_less_than_it_counts_is_refused(world: World) -> None:
    """A page without documents before all that are counted have come loses none in silence."""
    with pytest.raises(ContractError, match="counts 10 documents and lists 3"):
        lake(world, 3, 10)
