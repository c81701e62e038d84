"""The OData service: who may read, what a list looks like, and how it is paged."""

from __future__ import annotations

from typing import Any

import pytest
import requests


def _get(erp: Any, path: str, **kwargs: Any) -> requests.Response:
    return requests.get(f"{erp.url}/SYSPRO8Odata/SYSPROOData/{path}", timeout=10, **kwargs)


def test_every_request_needs_basic_authentication(erp: Any) -> None:
    """Without, with a wrong password, and with an e.net session instead, the answer is 401 without a body."""
    for kwargs in ({}, {"auth": ("INTEG", "no")}, {"headers": {"UserId": erp.session_id}}):
        answer = _get(erp, "ACM1/ApSupplier", **kwargs)
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_the_user_is_the_mail_address_or_the_code(erp: Any) -> None:
    """Either name signs in; switched, only the one."""
    names = ("INTEG", "integ@acme.example")
    assert [_get(erp, "ACM1", auth=(name, "sandbox-password")).status_code for name in names] == [200, 200]
    erp.set(odata_user="email")
    assert [_get(erp, "ACM1", auth=(name, "sandbox-password")).status_code for name in names] == [401, 200]


def test_a_newly_enabled_operator_works_after_a_restart_of_the_service(erp: Any) -> None:
    """Not enabled is 403, and stays so until the service reads its operators again."""
    clerk = ("CLERK", "clerk-password")
    assert _get(erp, "ACM1/ApSupplier", auth=clerk).status_code == 403
    erp.sim("POST", "edit", {"entity": "operator", "id": "CLERK", "set": {"odata": True}})
    assert _get(erp, "ACM1/ApSupplier", auth=clerk).status_code == 403
    erp.sim("POST", "edit", {"entity": "service", "id": "odata", "set": {"restart": True}})
    assert _get(erp, "ACM1/ApSupplier", auth=clerk).status_code == 200


def test_sql_permissions_decide_what_is_seen(erp: Any) -> None:
    """A table denied to the operator's SQL login is 403, another is read."""
    erp.sim("POST", "edit", {"entity": "operator", "id": "INTEG", "set": {"denied_tables": ["ApInvoice"]}})
    assert erp.odata("ACM1/ApInvoice").status_code == 403
    assert erp.odata("ACM1/ApSupplier").status_code == 200


def test_unknown_companies_and_tables_are_404(erp: Any) -> None:
    """So is a table in another case, and the seed's view where the site has not built it."""
    for path in ("ZZZ/ApSupplier", "ACM1/Nothing", "ACM1/apsupplier"):
        assert erp.odata(path).status_code == 404
    assert erp.odata("ACM1/ApPosting").status_code == 200
    erp.set(ap_posting_view=False)
    assert erp.odata("ACM1/ApPosting").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(erp: Any, method: str) -> None:
    """The service is read-only."""
    url = f"{erp.url}/SYSPRO8Odata/SYSPROOData/ACM1/ApSupplier"
    answer = requests.request(method, url, json={}, auth=("INTEG", "sandbox-password"), timeout=10)
    assert answer.status_code == 405


def test_a_list_has_its_context_and_values(erp: Any) -> None:
    """Numbers are numbers, dates moments in UTC, missing dates null, and there is no next link at the end."""
    erp.seed("ApInvoice", {"Supplier": "BOLT", "Invoice": "I1", "InvoiceDate": "2024-05-01", "OrigInvValue": "12.5"})
    answer = erp.odata("ACM1/ApInvoice", select="Invoice,InvoiceDate,OrigInvValue,Journal,ManualChqDate")
    body = answer.json()
    assert body["@odata.context"].endswith("/SYSPROOData/ACM1/$metadata#ApInvoice")
    assert "@odata.nextLink" not in body
    assert body["value"] == [
        {
            "Invoice": "I1",
            "InvoiceDate": "2024-05-01T00:00:00Z",
            "OrigInvValue": 12.5,
            "Journal": 0,
            "ManualChqDate": None,
        }
    ]


@pytest.mark.parametrize(
    ("style", "text"),
    [("date", "2024-05-01"), ("local", "2024-05-01T00:00:00"), ("offset", "2024-05-01T00:00:00+00:00")],
)
def test_dates_come_in_several_forms(erp: Any, style: str, text: str) -> None:
    """Switched, dates are written without zone, with an offset, or without time."""
    erp.seed("ApInvoice", {"Supplier": "BOLT", "Invoice": "I1", "InvoiceDate": "2024-05-01"})
    erp.rows("ApInvoice")
    erp.set(odata_dates=style)
    assert erp.rows("ApInvoice")[0]["InvoiceDate"] == text


def test_numbers_may_come_as_text(erp: Any) -> None:
    """Switched, integers and decimals are strings."""
    erp.set(odata_numbers="text")
    erp.seed("ApInvoice", {"Supplier": "BOLT", "Invoice": "I1", "OrigInvValue": "12.5", "Journal": 7})
    row = erp.rows("ApInvoice")[0]
    assert (row["OrigInvValue"], row["Journal"]) == ("12.50", "7")


def test_columns_of_fixed_width_carry_blanks(erp: Any) -> None:
    """An empty flag is a blank; varchar columns, and all where switched, come without."""
    erp.seed("PorMasterHdr", {"PurchaseOrder": "P1", "Supplier": "BOLT", "PaymentTerms": "7"})
    row = erp.rows("PorMasterHdr")[0]
    assert (row["CancelledFlag"], row["PaymentTerms"], row["Supplier"]) == (" ", "7  ", "BOLT")
    erp.set(char_padding=False)
    assert erp.rows("PorMasterHdr")[0]["CancelledFlag"] == ""


def _suppliers(erp: Any, count: int) -> None:
    erp.seed("ApSupplier", *({"Supplier": f"S{index:04}", "Branch": "10"} for index in range(count)))


def test_pages_with_the_whole_key_hold_each_row_once(erp: Any) -> None:
    """With ``$orderby`` of the key, ``$skip`` goes through all rows."""
    _suppliers(erp, 24)
    found = [
        row["Supplier"]
        for skip in range(0, 30, 10)
        for row in erp.rows("ApSupplier", orderby="Supplier", top="10", skip=str(skip))
    ]
    assert found == sorted(found)
    assert len(found) == 25


def test_pages_without_order_are_unstable(erp: Any) -> None:
    """SQL has no order of its own: rows that the order leaves equal move between two requests."""
    _suppliers(erp, 50)
    lists = [[row["Supplier"] for row in erp.rows("ApSupplier", orderby="Branch")] for _ in range(2)]
    assert lists[0] != lists[1]
    assert sorted(lists[0]) == sorted(lists[1])
    erp.set(odata_shuffle=False)
    assert erp.rows("ApSupplier") == erp.rows("ApSupplier")


def test_a_descending_order_and_a_second_column(erp: Any) -> None:
    """``desc`` turns one column of the order, the next one sorts within."""
    _suppliers(erp, 3)
    erp.seed("ApSupplier", {"Supplier": "A1", "Branch": "20"}, {"Supplier": "A2", "Branch": "20"})
    found = [row["Supplier"] for row in erp.rows("ApSupplier", orderby="Branch desc, Supplier")]
    assert found == ["A1", "A2", "BOLT", "S0000", "S0001", "S0002"]


def test_no_answer_has_more_than_the_most_rows(erp: Any) -> None:
    """A cut answer links to the rest, which has the same options and ends without a link."""
    _suppliers(erp, 24)
    erp.set(odata_max_rows=10)
    url, found, links = f"{erp.url}/SYSPRO8Odata/SYSPROOData/ACM1/ApSupplier?$orderby=Supplier&$top=23", [], 0
    while url:
        body = requests.get(url, auth=("INTEG", "sandbox-password"), timeout=10).json()
        found += [row["Supplier"] for row in body["value"]]
        url, links = body.get("@odata.nextLink"), links + 1
    assert (len(found), len(set(found)), links) == (23, 23, 3)
    erp.set(odata_next_link=False)
    assert "@odata.nextLink" not in erp.odata("ACM1/ApSupplier").json()


def test_the_usual_limit_is_5000(erp: Any) -> None:
    """Of 5,001 suppliers a request without ``$top`` returns 5,000."""
    _suppliers(erp, 5000)
    assert len(erp.rows("ApSupplier", select="Supplier")) == 5000
    assert len(erp.rows("ApSupplier", select="Supplier", top="9000")) == 5000


def test_a_count_is_told_when_asked(erp: Any) -> None:
    """``$count`` counts all rows that the filter leaves, not those of the page."""
    _suppliers(erp, 9)
    assert erp.odata("ACM1/ApSupplier", count="true", top="2", filter="Supplier ne 'BOLT'").json()["@odata.count"] == 9


@pytest.mark.parametrize(
    "options",
    [
        {"top": "x"},
        {"skip": "-1"},
        {"expand": "Lines"},
        {"select": "Nothing"},
        {"orderby": "Nothing"},
        {"orderby": "Supplier up"},
    ],
)
def test_bad_options_are_400(erp: Any, options: dict[str, str]) -> None:
    """An option that cannot be served is refused with a message."""
    assert erp.refused("ApSupplier", **options)


def test_what_the_business_object_alone_keeps_is_no_column(erp: Any) -> None:
    """A supplier's cheque name is set up through APSSSP and not in the table."""
    assert "Could not find a property named 'SupplierChName'" in erp.refused("ApSupplier", select="SupplierChName")


def test_the_service_lists_its_tables_and_their_types(erp: Any) -> None:
    """The service document names the tables; the metadata their columns."""
    names = {row["name"] for row in erp.odata("ACM1").json()["value"]}
    assert {"ApSupplier", "ApInvoice", "ApPosting", "PorMasterHdr", "PorMasterDetail", "GenMaster"} <= names
    assert '<Property Name="InvoiceDate" Type="Edm.DateTimeOffset"/>' in erp.odata("ACM1/$metadata").text


def test_a_site_may_take_the_session_instead(erp: Any) -> None:
    """Switched, the e.net session is the key, in a header or a parameter, and Basic is not."""
    erp.set(odata_auth="session", odata_session_name="X-Session")
    assert erp.odata("ACM1/ApSupplier").status_code == 401
    assert _get(erp, "ACM1/ApSupplier", headers={"X-Session": erp.session_id.strip()}).status_code == 200
    assert _get(erp, "ACM1/ApSupplier", params={"X-Session": erp.session_id}).status_code == 200
    erp.log_on()
    assert _get(erp, "ACM1/ApSupplier", params={"X-Session": "0" * 34}).status_code == 401


def test_every_change_of_a_row_moves_its_version(erp: Any) -> None:
    """There is no modified date; the binary TimeStamp is another one after an edit, and is kept when seeded."""
    before = erp.rows("ApSupplier")[0]["TimeStamp"]
    erp.sim("POST", "edit", {"entity": "ApSupplier", "id": "BOLT", "set": {"OnHold": "Y"}})
    assert erp.rows("ApSupplier")[0]["TimeStamp"] != before
    erp.seed("ApSupplier", {"Supplier": "BOLT", "TimeStamp": "AAAAAAAAB9E="})
    assert erp.rows("ApSupplier")[0]["TimeStamp"] == "AAAAAAAAB9E="
