"""The browse service: paging, filters, columns."""

from __future__ import annotations

from typing import Any

import pytest

PO = "urn:browse:mfg:po012"


def _orders(erp: Any, count: int) -> None:
    erp.seed("purchaseOrderHeaders", *(
        {"purchaseOrderNumber": f"P{number:04}", "supplierCode": "HARB0017", "orderDate": f"2024-05-{number:02}"}
        for number in range(1, count + 1)
    ))  # fmt: skip


def _page(erp: Any, **params: Any) -> list[str]:
    rows = erp.ok("GET", "qracore/browses", browseId=PO, **params)["data"]
    return [row["po_mstr.po_nbr"] for row in rows]


def test_rows_are_keyed_by_table_and_field(erp: Any, supplier: str) -> None:
    """Keys are table.field, and no change stamp is among a standard browse's columns."""
    row = erp.rows("ad014")[0]
    assert (row["vd_mstr.vd_addr"], row["ad_mstr.ad_name"]) == (supplier, "Harbour Steel Ltd")
    assert all("." in name and not name.endswith("_mod_date") for name in row)


def test_pages_are_walked_with_first_and_next(erp: Any, supplier: str) -> None:
    """The first page needs page and pageAction=first, later ones next; a short page is the last."""
    _orders(erp, 5)
    assert _page(erp, page=1, pageSize=2, pageAction="first") == ["P0001", "P0002"]
    assert _page(erp, page=2, pageSize=2, pageAction="next") == ["P0003", "P0004"]
    assert _page(erp, page=3, pageSize=2, pageAction="next") == ["P0005"]


@pytest.mark.parametrize("params", [
    {}, {"page": 1}, {"pageAction": "first"}, {"page": 1, "pageAction": "next"}, {"page": 2, "pageAction": "first"},
    {"page": 0, "pageAction": "first"}, {"page": "one", "pageAction": "first"},
])  # fmt: skip
def test_wrong_paging_finds_nothing(erp: Any, supplier: str, params: dict[str, Any]) -> None:
    """A page asked for in another way is 200 without rows."""
    _orders(erp, 5)
    assert _page(erp, pageSize=2, **params) == []


def test_a_lenient_tenant_does_not_look_at_the_page_action(erp: Any, supplier: str) -> None:
    """Elsewhere page and pageAction may be left out; the page size is 200 then."""
    _orders(erp, 3)
    erp.set(page_action="lenient")
    assert _page(erp) == ["P0001", "P0002", "P0003"]
    assert _page(erp, page=2, pageSize=2) == ["P0003"]


def test_pages_may_be_smaller_than_asked_for(erp: Any, supplier: str) -> None:
    """A tenant may cap the page size."""
    _orders(erp, 3)
    erp.set(max_page_size=2)
    assert len(_page(erp, page=1, pageSize=999999, pageAction="first")) == 2


@pytest.mark.parametrize(("text", "found"), [
    ("po_mstr.po_nbr,eq,P0002,literal", 1), ("po_mstr.po_nbr,eq,p0002,", 1),
    ("po_mstr.po_ord_date,eq,2024-05-02T00:00:00.000Z,", 1), ("po_mstr.po_ord_date,eq,2024-05-02,literal", 1),
    ("po_mstr.po_confirm,eq,true,literal", 3), ("po_mstr.po_ex_rate,eq,1.0,literal", 3),
    ("po_mstr.po_nbr,eq,P0099,literal", 0), ("po_mstr.po_number,eq,P0002,literal", 0),
    ("po_nbr,eq,P0002,literal", 0), ("po_mstr.po_nbr,is,P0002,literal", 0), ("po_mstr.po_nbr,eq,P0002", 0),
    ("po_mstr.po_nbr,eq,P0002,text", 0), ("po_mstr.po_rmks,eq,a,b,literal", 0), ("", 0),
    ("po_mstr.po_ex_rate,eq,one,literal", 0), ("po_mstr.po_confirm,eq,maybe,literal", 0),
    ("po_mstr.po_nbr,startswith,P,literal", 0), ("po_mstr.po_ord_date,ge,2024-05-02,literal", 0),
    ("po_mstr.po_mod_date,eq,2024-05-02,literal", 0),
])  # fmt: skip
def test_a_filter_finds_rows_or_nothing(erp: Any, supplier: str, text: str, found: int) -> None:
    """Only eq works; whatever is wrong in a filter is 200 without rows."""
    _orders(erp, 3)
    assert len(erp.rows("po012", text)) == found


@pytest.mark.parametrize(("name", "value", "found"), [
    ("ne", "P0002", 2), ("gt", "P0002", 1), ("ge", "P0002", 2), ("lt", "P0002", 1), ("le", "P0002", 2),
    ("contains", "000", 3), ("startswith", "p", 3),
])  # fmt: skip
def test_other_operators_are_a_switch(erp: Any, supplier: str, name: str, value: str, found: int) -> None:
    """Tenants where more than eq works compare as one expects."""
    _orders(erp, 3)
    erp.set(browse_operators=["eq", name])
    assert len(erp.rows("po012", f"po_mstr.po_nbr,{name},{value},literal")) == found


def test_dates_are_compared_where_operators_work(erp: Any, supplier: str) -> None:
    """A date with midnight in UTC is compared with the stored day."""
    _orders(erp, 3)
    erp.set(browse_operators=["eq", "ge"])
    assert len(erp.rows("po012", "po_mstr.po_ord_date,ge,2024-05-02T00:00:00.000Z,")) == 2


def test_repeated_filters_are_anded_or_find_nothing(erp: Any, supplier: str) -> None:
    """Two filters narrow each other, or are not understood."""
    _orders(erp, 3)
    both = ("po_mstr.po_vend,eq,HARB0017,literal", "po_mstr.po_nbr,eq,P0003,literal")
    assert [row["po_mstr.po_nbr"] for row in erp.rows("po012", *both)] == ["P0003"]
    erp.set(repeated_filters="empty")
    assert erp.rows("po012", *both) == []


def test_an_unknown_browse_is_empty_or_an_error(erp: Any) -> None:
    """A browse that does not exist has no rows, or is 500 at other tenants."""
    assert erp.rows("zz999") == []
    erp.set(unknown_browse="error")
    assert erp.call("GET", "qracore/browses", browseId="urn:browse:mfg:zz999").status_code == 500


def test_another_method_is_a_server_error(erp: Any) -> None:
    """Browses are read only."""
    assert erp.call("POST", "qracore/browses", {}).status_code == 500


def test_a_customer_may_have_taken_columns_away(erp: Any, supplier: str) -> None:
    """A browse shows the columns that are left, and filters on the others find nothing."""
    _orders(erp, 2)
    erp.set(browse_columns={"po012": ["po_mstr.po_nbr"]})
    assert erp.rows("po012") == [{"po_mstr.po_nbr": "P0001"}, {"po_mstr.po_nbr": "P0002"}]
    assert erp.rows("po012", "po_mstr.po_vend,eq,HARB0017,literal") == []


def test_a_customers_own_browse_can_show_change_stamps(erp: Any, supplier: str) -> None:
    """A browse built for polling has the day of the last change."""
    columns = ["vd_mstr.vd_addr", "vd_mstr.vd_mod_date"]
    erp.set(custom_browses={"xxvd01": {"rows": "suppliers", "columns": columns}})
    erp.sim("POST", "clock", {"set": "2024-06-03T10:00:00Z", "speed": 0})
    erp.edit("supplierV2s", f"SUPSS.{supplier}", city="Akron")
    row = {"vd_mstr.vd_addr": supplier, "vd_mstr.vd_mod_date": "2024-06-03"}
    assert erp.rows("xxvd01", "vd_mstr.vd_mod_date,eq,2024-06-03T00:00:00.000Z,") == [row]


def test_changed_rows_move_behind_the_others(erp: Any, supplier: str) -> None:
    """By default a row changed between two pages moves to the end; other orders are a switch."""
    _orders(erp, 4)
    assert _page(erp, page=1, pageSize=2, pageAction="first") == ["P0001", "P0002"]
    erp.edit("purchaseOrderHeaders", "10USA.P0001", remarks="x")
    assert _page(erp, page=2, pageSize=2, pageAction="next") == ["P0004", "P0001"]
    for order in ("key", "insertion"):
        erp.set(browse_order=order)
        assert _page(erp, page=1, pageSize=2, pageAction="first") == ["P0001", "P0002"]
    erp.set(browse_order="shuffled")
    assert sorted(_page(erp, page=1, pageSize=9, pageAction="first")) == ["P0001", "P0002", "P0003", "P0004"]


def test_a_change_is_seen_at_once(erp: Any, supplier: str) -> None:
    """A browse read before and after a change shows both states."""
    _orders(erp, 1)
    assert erp.rows("po012")[0]["po_mstr.po_rmks"] == ""
    erp.edit("purchaseOrderHeaders", "10USA.P0001", remarks="x")
    assert erp.rows("po012")[0]["po_mstr.po_rmks"] == "x"


def test_accounts_and_cost_centres_have_browses_that_a_customer_names(erp: Any) -> None:
    """No public list has them, so their ids are a setting; closed ones are there and say so."""
    active = {row["ac_mstr.ac_code"]: row["ac_mstr.ac_active"] for row in erp.rows("xxgl01")}
    assert (active["6200"], active["6500"]) == (True, False)
    erp.set(cost_centers_browse="urn:browse:mfg:xk001")
    assert [row["cc_mstr.cc_ctr"] for row in erp.rows("xk001")] == ["0100", "0110", "0200", "0900"]
    assert erp.rows("xxcc01") == []


def test_order_lines_come_with_their_header(erp: Any, order: str) -> None:
    """The order browses join line and header; orders of another domain are not shown."""
    row = erp.rows("po033")[0]
    assert (row["po_mstr.po_nbr"], row["po_mstr.po_rmks"], row["pod_det.pod_line"]) == (order, "CIN7 PO-2292", 1)
    assert (row["pod_det.pod_qty_ord"], row["pod_det.pod_qty_rcvd"], row["ad_mstr.ad_name"]) == (
        200, 0, "Harbour Steel Ltd",
    )  # fmt: skip
    erp.http.headers["x-qad-workspace-id"] = "20UK_20UKCO"
    assert erp.rows("po033") == []


def test_invoices_can_be_looked_up_by_reference(erp: Any, supplier: str, invoice_body: dict[str, Any]) -> None:
    """The invoice browse answers the duplicates question; invoices of another entity are not shown."""
    erp.made("supplierInvoices", invoice_body)
    row = erp.rows("ap001", "CInvoice.CInvoiceReference,eq,hs-5521,literal")[0]
    assert (row["CInvoice.tcCreditorCode"], row["CInvoice.CInvoiceVoucher"]) == (supplier, 1)
    assert (row["CInvoice.tcReasonCode"], row["CInvoice.tdCInvoiceAmountTC"]) == ("AP-INITIAL", 800)
    erp.http.headers["x-qad-workspace-id"] = "20UK_20UKCO"
    assert erp.rows("ap001") == []


def test_items_have_a_browse(erp: Any) -> None:
    """Items of the working domain with description and unit."""
    row = erp.rows("pp100", "pt_mstr.pt_part,eq,PK-010,literal")[0]
    assert (row["pt_mstr.pt_desc1"], row["pt_mstr.pt_um"], row["pt_mstr.pt_domain"]) == (
        "Packing carton",
        "BX",
        "10USA",
    )


@pytest.mark.parametrize(
    ("code", "column"),
    [("po033", "pod_det.pod_nbr"), ("po501", "prh_hist.prh_nbr"), ("po005", "pvo_mstr.pvo_order"),
     ("ap007", "pvo_mstr.pvo_order")],
)  # fmt: skip
@pytest.mark.parametrize("number", ["P0002", "p0002", "P0009"])
def test_the_rows_of_one_order_are_those_of_all_with_its_number(
    erp: Any, supplier: str, code: str, column: str, number: str
) -> None:
    """Asking for an order's rows gives exactly what a list of all shows of it, in the same order, whatever the case."""
    for order in ("P0001", "P0002", "P0003"):
        lines = [{"itemCode": "ST-200", "quantityOrdered": 5}, {"itemCode": "BR-100", "quantityOrdered": 5}]
        erp.seed("purchaseOrderHeaders", {"purchaseOrderNumber": order, "supplierCode": supplier,
                                          "purchaseOrderLines": lines})  # fmt: skip
        goods = [{"purchaseOrderLine": n, "quantityReceived": 2} for n in (1, 2)]
        erp.seed("purchaseOrderReceipts", {"purchaseOrderNumber": order, "purchaseOrderReceiptLines": goods})
    wanted = [row for row in erp.rows(code) if row[column] == number.upper()]
    assert erp.rows(code, f"{column},eq,{number},literal") == wanted
    assert len(wanted) == (0 if number == "P0009" else 2)
