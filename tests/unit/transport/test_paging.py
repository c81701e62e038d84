"""The next page's parameters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.errors import ContractError
from ml_connector.transport.paging import KeyAfter, PageNumber, Params


@given(st.integers(0, 50), st.integers(1, 10), st.booleans())
def test_numbered_pages_bring_every_row_once(rows: int, page_size: int, tells_total: bool) -> None:
    """All rows are read once, in order, with and without a total."""
    pager, stock, got = PageNumber(page_size), list(range(rows)), list[int]()
    page: Params | None = pager.first()
    while page is not None:
        start = (int(page["Page"]) - 1) * page_size
        part = stock[start : start + int(page["Limit"])]
        got += part
        page = pager.after(page, part, rows if tells_total else None)
    assert got == stock


def test_a_page_shorter_than_told_is_a_contract_error() -> None:
    """A vendor that caps the page size below what was asked would lose rows, so it is an error."""
    pager = PageNumber(100)
    with pytest.raises(ContractError, match="50 of 100"):
        pager.after(pager.first(), [0] * 50, 150)


@given(st.lists(st.text("ab'c", min_size=1, max_size=3), unique=True), st.integers(1, 4), st.booleans())
def test_keyset_pages_bring_every_row_once(keys: list[str], page_size: int, short_page_ends: bool) -> None:
    """All rows are read once, each page beginning after the last key."""
    pager = KeyAfter("Id", page_size, condition=lambda _, last: str(last), short_page_ends=short_page_ends)
    stock, got = sorted(keys), list[str]()
    page: Params | None = pager.first()
    while page is not None:
        part = [key for key in stock if key > page.get("$filter", "")][:page_size]
        got += part
        page = pager.after([{"Id": key} for key in part])
    assert got == stock


def test_the_filter_is_odata_and_keeps_the_base_filter() -> None:
    """The next filter quotes the key and is added to the filter of every page."""
    row: dict[str, Any] = {"Nbr": {"value": "O'Neil"}}
    pager = KeyAfter("Nbr", 1, "Type eq 'Bill'", key=lambda r: r["Nbr"]["value"])
    assert pager.first() == {"$top": "1", "$orderby": "Nbr", "$filter": "Type eq 'Bill'"}
    after = pager.after([row])
    assert after is not None
    assert after["$filter"] == "(Type eq 'Bill') and Nbr gt 'O''Neil'"
