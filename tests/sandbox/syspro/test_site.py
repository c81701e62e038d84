"""The default company, the other queries, control routes, faults and keeping the state."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from ml_connector_sandbox.core.app import build, save
from ml_connector_sandbox.core.wire import read_json, write_json
from ml_connector_sandbox.syspro import simulator

READER = ("integ@acme.example", "sandbox-password")


def test_the_default_company_can_be_used_at_once(erp: Any) -> None:
    """It has ledger codes, terms, taxes, branches, warehouses, items and dimensions."""
    for table in ("GenMaster", "TblApTerms", "AdmTax", "ApBranch", "InvMaster", "InvWhControl", "TblCurrency"):
        assert erp.rows(table), table
    root = erp.call("Query/Query", "GENQCD", "<Query/>")
    assert [node.text for node in root.findall("Dimension/DimensionCode")] == ["CC100", "CC200"]


def test_ledger_codes_are_listed_by_type_and_group(erp: Any) -> None:
    """GENQ08 leaves out the types that were switched off, and filters by group."""
    options = "<Option><IncludeExpenses>N</IncludeExpenses></Option>"
    filters = '<Filter><GlGroup FilterType="S" FilterValue="10"/></Filter>'
    root = erp.call("Query/Query", "GENQ08", f"<Query>{options}{filters}</Query>")
    assert (root.tag, [node.text for node in root.findall("GlAccount/GlCode")]) == ("GlListOfAccounts", ["10-4000"])


def test_a_ledger_code_is_validated(erp: Any) -> None:
    """GENQGL answers the details of a code, and text for one that does not exist."""
    root = erp.call("Query/Query", "GENQGL", "<Query><key><LedgerCode>10-5100</LedgerCode></key></Query>")
    assert (root.tag, root.findtext("LedgerDetails/Description")) == ("GLStructureQuery", "Purchases")
    assert erp.text("Query/Query", "GENQGL", "<Query/>").startswith("ERROR:")


def test_operators_enabled_for_odata_are_listed_before_the_service_knows(erp: Any) -> None:
    """COMQOD shows who is enabled, though the service has not been restarted."""
    erp.sim("POST", "edit", {"entity": "operator", "id": "CLERK", "set": {"odata": True}})
    root = erp.call("Query/Query", "COMQOD", "<Query/>")
    assert [node.text for node in root.findall("Operator/UserName")] == ["integ@acme.example", "clerk@acme.example"]


def test_companies_are_apart(erp: Any) -> None:
    """A second company has its own operators, rows and ledger company; an existing one takes new operators."""
    body = {"name": "ACM2", "operators": {"ROBOT": "robot-password"}, "local_currency": "EUR"}
    assert erp.sim("POST", "accounts", body)["account"] == "ACM2"
    seeded = {"account": "ACM2", "records": {"ApSupplier": [{"Supplier": "ONLY2"}]}}
    assert erp.sim("POST", "seed", seeded) == {"ApSupplier": 1}
    url = f"{erp.url}/SYSPRO8Odata/SYSPROOData/ACM2/ApSupplier"
    rows = requests.get(url, auth=("ROBOT", "robot-password"), timeout=10).json()["value"]
    assert [(row["Supplier"], row["Currency"]) for row in rows] == [("ONLY2", "EUR")]
    assert requests.get(url, auth=READER, timeout=10).status_code == 401
    assert [row["Supplier"] for row in erp.rows("ApSupplier")] == ["BOLT"]
    erp.sim("POST", "tenants", {"name": "ACM2", "operators": {"ROBOT": "another"}})
    assert requests.get(url, auth=("ROBOT", "robot-password"), timeout=10).status_code == 401
    assert len(erp.sim("GET", "state", account="ACM2", entity="ApSupplier")["ApSupplier"]) == 1


def test_a_seed_fills_what_it_was_not_given(erp: Any) -> None:
    """Orders, lines, invoices, receipts and postings in any state have their defaults and keep what was given."""
    entry = {"TrnYear": 2024, "TrnMonth": 5, "Journal": 7, "EntryNumber": 1}
    invoice = {"Supplier": "BOLT", "Invoice": "I1"}
    order = {"PurchaseOrder": "P1", "Supplier": "BOLT", "OrderStatus": "4", "OrderEntryDate": "2024-04-11"}
    records = {
        "PorMasterDetail": [{"PurchaseOrder": "P1", "Line": 1, "MStockCode": "A100", "MForeignPrice": "2"}],
        "PorMasterHdr": [order],
        "GrnDetails": [{"Supplier": "BOLT", "Grn": "G1", "OrigGrnValue": "6", "MatchedValue": "2"}],
        "ApInvoice": [{**invoice, "OrigInvValue": 9, "InvoiceDate": "2024-04-30", "JournalDate": "2024-05-02"}],
        "ApJnlSummary": [{**invoice, "Journal": 7, "EntryNumber": 1, "TrnDate": "2024-05-02"}],
        "ApJnlDistrib": [{**entry, "SubEntry": 1, "DistrValue": "9"}],
        "GenJournalDetail": [{"Journal": 7, "EntryNumber": 1, "EntryDate": "2024-05-02", "EntryValue": "9"}],
    }
    erp.sim("POST", "seed", {"records": records})
    line, header = erp.stored("PorMasterDetail")[0], erp.stored("PorMasterHdr")[0]
    assert (line["MStockDes"], line["MPrice"], line["MLatestDueDate"]) == ("Bicycle frame", Decimal(2), "2024-04-11")
    assert (header["OrderStatus"], header["Currency"]) == ("4", "GBP")
    assert erp.stored("GrnDetails")[0]["CurGrnValue"] == 4
    stored = erp.stored("ApInvoice")[0]
    assert (stored["MthInvBal1"], stored["InvoiceMonth"]) == (Decimal(9), 5)
    assert (erp.stored("ApJnlSummary")[0]["TrnMonth"], erp.stored("GenJournalDetail")[0]["GlPeriod"]) == (5, 5)
    assert [row["PostDate"] for row in erp.rows("ApPosting")] == ["2024-05-02T00:00:00Z"]


def test_numbers_go_on_after_what_was_seeded(erp: Any) -> None:
    """A new order follows the highest number that was put in."""
    erp.seed("PorMasterHdr", {"PurchaseOrder": "000000000002291", "Supplier": "BOLT"})
    root = erp.order({"StockCode": "A100", "OrderQty": "1", "PriceMethod": "M", "Price": "1"})
    assert root.findtext("Order/Key/PurchaseOrder") == "000000000002292"


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("Nothing", {}),
        ("ApInvoice", {"Supplier": "B", "Invoice": "1", "PostDate": "2024-01-01"}),
        ("ApInvoice", {"Supplier": "B", "Invoice": "1", "OrigInvValue": "much"}),
        ("ApInvoice", {"Supplier": "B", "Invoice": "x" * 21}),
    ],
)
def test_a_wrong_seed_is_refused(erp: Any, table: str, row: dict[str, str]) -> None:
    """Unknown tables and columns, and values that do not fit, are 422."""
    answer = requests.post(f"{erp.url}/_sim/seed", json={"records": {table: [row]}}, timeout=10)
    assert answer.status_code == 422


def test_rows_are_edited_and_removed_by_key(erp: Any) -> None:
    """Parts of a key are split by slashes, the last may hold one; a changed key moves the row."""
    erp.seed("ApInvoice", {"Supplier": "BOLT", "Invoice": "2024/7"})
    edit = {"entity": "ApInvoice", "id": "BOLT/2024/7", "set": {"MthInvBal1": "3.00"}}
    assert erp.sim("POST", "edit", edit)["MthInvBal1"] == 3
    erp.sim("POST", "edit", {**edit, "set": {"Invoice": "NEW"}})
    assert [row["Invoice"] for row in erp.stored("ApInvoice")] == ["NEW"]
    erp.sim("DELETE", "record", {"entity": "ApInvoice", "id": "BOLT/NEW"})
    assert erp.stored("ApInvoice") == []
    answer = requests.post(f"{erp.url}/_sim/edit", json=edit, timeout=10)
    assert answer.status_code == 404


def test_who_is_logged_on_is_shown_without_secrets(erp: Any) -> None:
    """State has operators and sessions, and neither passwords nor session ids."""
    state = erp.sim("GET", "state")
    assert [row["operator"] for row in state["session"]] == ["INTEG"]
    text = str(state)
    assert "sandbox-password" not in text
    assert erp.session_id.strip() not in text
    erp.sim("DELETE", "record", {"entity": "operator", "id": "CLERK"})
    assert [row["code"] for row in erp.stored("operator")] == ["INTEG"]


def test_a_fault_meets_a_posting_after_it_was_done(erp: Any) -> None:
    """The connection drops, and the supplier is there."""
    erp.sim("POST", "faults", {"kind": "reset_after", "path": "Setup/Add"})
    fields = {"SupplierName": "Z", "Branch": "10", "TermsCode": "30", "Bank": "01", "Currency": "GBP"}
    with pytest.raises(requests.ConnectionError):
        erp.setup("Add", "ZINC9", **fields)
    assert [row["Supplier"] for row in erp.stored("ApSupplier")] == ["BOLT", "ZINC9"]


def test_a_row_changes_between_two_pages(erp: Any) -> None:
    """A touch just before the second page moves a row to where it is read again."""
    erp.seed("ApSupplier", *({"Supplier": f"S{n}"} for n in range(3)))
    touch = {"kind": "touch", "path": "ApSupplier", "entity": "ApSupplier", "id": "BOLT", "set": {"Supplier": "T1"}}
    erp.sim("POST", "faults", {**touch, "skip": 1, "account": "ACM1"})
    pages = [erp.rows("ApSupplier", orderby="Supplier", top="2", skip=skip) for skip in ("0", "2")]
    assert [row["Supplier"] for page in pages for row in page] == ["BOLT", "S0", "S2", "T1"]


def test_settings_are_known_by_name(erp: Any) -> None:
    """An unknown setting, or a value that is none, is 422; a reset gives the defaults back."""
    for body in ({"nothing": 1}, {"po_numbering": "maybe"}, {"seats": -1}):
        assert requests.patch(f"{erp.url}/_sim/settings", json=body, timeout=10).status_code == 422
    erp.set(seats=9)
    erp.sim("POST", "reset")
    assert erp.sim("GET", "settings")["seats"] == 3


def test_the_state_is_stored_and_taken_back(tmp_path: Path) -> None:
    """Rows, versions, counters, operators and settings survive; sessions do not."""
    site = simulator()
    site.add_account({"name": "ACM2", "operators": {"ROBOT": "robot-password"}, "password": "secret"})
    site.seed(None, {"PorMasterHdr": [{"PurchaseOrder": "7", "OrderEntryDate": "2024-04-11"}]})
    site.change_settings({"seats": 7})
    stored = tmp_path / "syspro.json"
    save(site, stored)
    again = simulator()
    build(again, stored)
    assert read_json(write_json(again.dump()).encode()) == read_json(stored.read_bytes())
    assert again.state(None, "PorMasterHdr") == site.state(None, "PorMasterHdr")
    assert again.companies["ACM2"].operators["ROBOT"].password == "robot-password"
    assert again.settings()["seats"] == 7


def test_a_page_of_a_thousand_rows_is_quick(erp: Any) -> None:
    """With 5,000 suppliers and 1,000 orders of four lines, a page of 1,000 rows takes well under half a second."""
    numbers = [f"{n:015}" for n in range(1, 1001)]
    erp.sim("POST", "seed", {"records": {
        "ApSupplier": [{"Supplier": f"S{n:05}"} for n in range(5000)],
        "PorMasterHdr": [{"PurchaseOrder": number, "Supplier": "S00001"} for number in numbers],
        "PorMasterDetail": [{"PurchaseOrder": number, "Line": n} for number in numbers for n in (1, 2, 3, 4)],
    }})  # fmt: skip
    for table in ("ApSupplier", "PorMasterDetail"):
        started = time.perf_counter()
        assert len(erp.rows(table, top="1000", orderby="TimeStamp")) == 1000
        assert time.perf_counter() - started < 0.5
