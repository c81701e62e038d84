"""Lists, paging, filters, keys, the allowance, and addresses that are not there."""

from __future__ import annotations

from typing import Any

import pytest
import requests

LIMIT = "You have reached 60 calls per 60 seconds API limit."


def names(answer: Any) -> list[str]:
    """Order numbers of a list."""
    return [row["OrderNumber"] for row in answer["PurchaseList"]]


@pytest.fixture
def five(core: Any) -> list[str]:
    """Five purchases, changed a day apart, the oldest with the highest number."""
    numbers = [f"PO-{n:05}" for n in (5, 4, 3, 2, 1)]
    for day, number in enumerate(numbers, 1):
        core.seed("purchase", {"OrderNumber": number, "LastUpdatedDate": f"2026-03-0{day}T10:00:00.12Z",
                               "SupplierID": "5a000000-0000-4000-8000-000000000001",
                               "Order": {"Status": "AUTHORISED" if day < 4 else "DRAFT", "Lines": []}})  # fmt: skip
    return numbers


def test_the_list_is_ordered_by_number_and_paged(core: Any, five: list[str]) -> None:
    """Rows come by order number, in pages of Limit, with the total of the filter; after the last page is nothing."""
    pages = [core.get("purchaseList", Page=page, Limit=2) for page in (1, 2, 3, 4)]
    assert [names(page) for page in pages] == [["PO-00001", "PO-00002"], ["PO-00003", "PO-00004"], ["PO-00005"], []]
    assert {(page["Total"]) for page in pages} == {5}
    assert names(core.get("purchaseList", page=2, limit=2)) == ["PO-00003", "PO-00004"]


def test_a_page_holds_100_rows_and_at_most_1000(core: Any) -> None:
    """The default limit is 100, the largest 1000."""
    core.seed("product", *({"SKU": f"S-{n}", "Status": "Active"} for n in range(1001)))
    assert len(core.get("product")["Products"]) == 100
    assert len(core.get("product", Limit=5000)["Products"]) == 1000


def test_locations_are_cut_at_500_rows(core: Any) -> None:
    """A page of locations is shorter than asked for, though the total tells of more."""
    core.seed("location", *({"Name": f"Bin {n}"} for n in range(600)))
    answer = core.get("ref/location", Limit=1000)
    assert (len(answer["LocationList"]), answer["Total"]) == (500, 602)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"UpdatedSince": "2026-03-04T00:00:00"}, [1, 2]),
        ({"UpdatedSince": "2026-03-04T00:00:00Z"}, [1, 2]),
        ({"UpdatedUntil": "2026-03-02T00:00:00"}, [5]),
        ({"OrderStatus": "DRAFT"}, [1, 2]),
        ({"OrderStatus": "AUTHORISED", "UpdatedSince": "2026-03-02T00:00:00"}, [3, 4]),
        ({"OrderStatus": "DRAFT,AUTHORISED"}, []),
        ({"Search": "po-00003"}, [3]),
        ({"Search": "kestrel"}, [1, 2, 3, 4, 5]),
        ({"StockReceivedStatus": "AUTHORISED"}, []),
        ({"RestockReceivedStatus": "AUTHORISED"}, [1, 2, 3, 4, 5]),
        ({"Type": "Advanced Purchase", "OrderBy": "x"}, [1, 2, 3, 4, 5]),
    ],
)
def test_filters_apply_together_and_unknown_ones_are_ignored(
    core: Any, five: list[str], query: dict[str, str], expected: list[int]
) -> None:
    """Each filter takes one value, all are combined, and what the vendor does not know changes nothing."""
    assert names(core.get("purchaseList", **query)) == [f"PO-{n:05}" for n in expected]


def test_a_zone_in_a_parameter_is_refused_where_strict(core: Any, five: list[str]) -> None:
    """With the strict switch a Z in UpdatedSince is an error, and a time without it is none."""
    core.set(strict_updated_since=True)
    core.refused("GET", "purchaseList", UpdatedSince="2026-03-04T00:00:00Z")
    assert len(names(core.get("purchaseList", UpdatedSince="2026-03-04T00:00:00"))) == 2


def test_search_in_suppliers_is_ignored_and_returns_everybody(core: Any) -> None:
    """Suppliers have no Search; the name filters by beginning, and deprecated ones are left out unless asked for."""
    core.seed("supplier", {"Name": "Kestrel Two", "Status": "Deprecated"}, {"Name": "Other", "Status": "Active"})
    assert core.get("supplier", Search="Other")["Total"] == 2
    assert core.get("supplier", Name="kest")["Total"] == 1
    assert core.get("supplier", Name="kest", IncludeDeprecated="true")["Total"] == 2


def test_an_unknown_account_code_is_an_error(core: Any) -> None:
    """The look-up of an unknown account is 400, not an empty list."""
    assert core.get("ref/account", Code="630")["Total"] == 1
    assert core.refused("GET", "ref/account", Code="999") == "Account with specified ID not found"


def test_reference_books_answer_lists_and_locations_the_bare_object(core: Any) -> None:
    """A new payment term is answered as a list of one, a new location bare."""
    assert core.post("ref/paymentterm", {"Name": "7 days"})["PaymentTermList"][0]["ID"]
    assert core.post("ref/location", {"Name": "Yard"})["Name"] == "Yard"


def test_what_a_book_does_not_know_is_ignored(core: Any) -> None:
    """Unknown keys and an ID of the caller's own are left out with 200; a change keeps to the known ones too."""
    made = core.post("ref/location", {"Name": "Yard", "ID": "mine", "Colour": "red", "IsDefault": False})
    assert (made["ID"] != "mine", made["IsDefault"], "Colour" in made) == (True, False, False)
    changed = core.ok("PUT", "ref/location", {"ID": made["ID"], "Name": "Yard 2", "Colour": "red"})
    assert (changed["ID"], changed["Name"], "Colour" in changed) == (made["ID"], "Yard 2", False)


def test_empty_texts_are_null_in_some_records(core: Any) -> None:
    """The same empty field is null in one record and "" in another, unless switched off."""
    body = {"SKU": "HP-CLAMP-50", "Comment": "", "Total": 1}
    for digit in ("2", "3"):
        core.seed("purchase", {"ID": f"00000000-0000-4000-8000-00000000000{digit}", "SupplierID": None,
                               "Order": {"Status": "DRAFT", "Lines": [body]}})  # fmt: skip
    shown = [core.get("purchase", ID=f"00000000-0000-4000-8000-00000000000{digit}") for digit in ("2", "3")]
    assert [one["Order"]["Lines"][0]["Comment"] for one in shown] == [None, ""]
    core.set(mix_null=False)
    same = core.get("purchase", ID="00000000-0000-4000-8000-000000000002")
    assert same["Order"]["Lines"][0]["Comment"] == ""


# --- keys, addresses ---


@pytest.mark.parametrize("header", ["api-auth-accountid", "api-auth-applicationkey"])
def test_both_keys_are_needed(core: Any, header: str) -> None:
    """A wrong or missing key is 403 with an error array."""
    good = core.http.headers[header]
    core.http.headers[header] = "33333333-3333-4333-8333-333333333333"
    core.refused("GET", "me", status=403)
    del core.http.headers[header]
    core.refused("GET", "me", status=403)
    core.http.headers[header] = good.upper()
    core.get("me")


def test_an_unknown_address_is_a_web_page(core: Any) -> None:
    """A wrong path is HTML with 200, or with 404 where the reference is followed; letters' case does not matter."""
    page = core.call("GET", "Suppliers")
    assert (page.status_code, page.headers["Content-Type"].split(";")[0]) == (200, "text/html")
    core.set(unknown_route="404")
    assert core.call("GET", "Suppliers").status_code == 404
    assert core.call("GET", "PURCHASELIST").status_code == 200


def test_a_body_that_is_no_json_is_500(core: Any) -> None:
    """A body that cannot be parsed is a server error with an error array."""
    answer = core.http.post(f"{core.url}/ExternalApi/v2/purchase", data=b"{", timeout=10)
    assert (answer.status_code, answer.json()[0]["ErrorCode"]) == (500, 500)


# --- the allowance ---


@pytest.mark.parametrize(
    ("dialect", "status", "retry_after"),
    [
        ("429_seconds", 429, "60"),
        ("429_text", 429, "60 Seconds"),
        ("429_bare", 429, None),
        ("503", 503, None),
        ("400", 400, None),
    ],
)
def test_the_61st_call_is_refused_in_each_dialect(core: Any, dialect: str, status: int, retry_after: str) -> None:
    """Sixty calls in any sixty seconds pass; the next is refused as the dialect has it, and later passes again."""
    core.sim("POST", "clock", {"speed": 0})
    core.set(rate_limit=60, rate_dialect=dialect)
    for _ in range(60):
        core.get("me")
    answer = core.call("GET", "me")
    assert (answer.status_code, answer.json()) == (status, [{"ErrorCode": status, "Exception": LIMIT}])
    assert answer.headers.get("Retry-After") == retry_after
    core.sim("POST", "clock", {"advance": 59})
    assert core.call("GET", "me").status_code == status
    core.sim("POST", "clock", {"advance": 2})
    core.get("me")
    core.sim("POST", "clock", {"reset": True})


@pytest.mark.parametrize(("scope", "status"), [("key", 200), ("account", 429)])
def test_the_allowance_counts_by_key_or_account(core: Any, scope: str, status: int) -> None:
    """A second key has an allowance of its own, unless the account's is what counts."""
    keys = ["22222222-2222-4222-8222-222222222222", "44444444-4444-4444-8444-444444444444"]
    core.sim("POST", "accounts", {"account_id": core.http.headers["api-auth-accountid"], "keys": keys})
    core.set(rate_limit=1, rate_scope=scope)
    core.get("me")
    assert core.call("GET", "me").status_code == 429
    core.http.headers["api-auth-applicationkey"] = keys[1]
    assert core.call("GET", "me").status_code == status


def test_a_refused_call_changes_nothing(core: Any) -> None:
    """A POST that is refused for the allowance creates nothing."""
    core.set(rate_limit=1)
    core.get("me")
    body = {"SupplierID": "5a000000-0000-4000-8000-000000000001", "Approach": "STOCK", "Location": "Main Warehouse"}
    assert core.call("POST", "purchase", body).status_code == 429
    assert core.sim("GET", "state", entity="purchase") == {"purchase": []}


def test_accounts_are_apart(core: Any) -> None:
    """What one account holds another does not see."""
    other = core.sim("POST", "accounts", {})
    headers = {"api-auth-accountid": other["account_id"], "api-auth-applicationkey": other["keys"][0]}
    rows = requests.get(f"{core.url}/ExternalApi/v2/supplier", headers=headers, timeout=10).json()
    assert rows["Total"] == 0
