"""Two charts of accounts are compared, and every way in which they differ is told."""

from __future__ import annotations

import pytest
from fakes import TODAY
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.documents import GLAccount
from ml_connector.mapping.codemap import CodeMaps, Mapped
from ml_connector.sync.accounts import account_class, compare_accounts


def chart(*rows: tuple[str, str, str]) -> dict[str, GLAccount]:
    return {code: GLAccount(code=code, name=name, type=kind) for code, name, kind in rows}


def test_each_difference_is_named_with_both_sides() -> None:
    """Only here, only there, mapped to nothing, called otherwise, classed otherwise: one row each."""
    infor = chart(
        ("2440", "Accounts payable", "Liability"), ("4010", "Raw material", "Expense"), ("4020", "Freight", "Asset"),
        ("9000", "Statistics", ""), ("5999", "Old", "Expense"),
    )  # fmt: skip
    cin7 = chart(("800", "Accounts Payable ", "CURRLIAB"), ("4010", "Materials", "EXPENSE"),
                 ("512", "Freight", "EXPENSE"), ("200", "Sales", "SALES"))  # fmt: skip
    mapped = {"2440": "800", "4020": "512", "5999": "599"}
    maps = CodeMaps({"account": {code: [Mapped(target, 1)] for code, target in mapped.items()}}, today=TODAY)
    found = compare_accounts("infor", infor, cin7, maps)
    assert [(one.difference, one.partner_code, one.cin7_code) for one in found.differences] == [
        ("name differs", "4010", "4010"),
        ("type differs", "4020", "512"),
        ("mapped to a missing account", "5999", "599"),
        ("only in partner", "9000", ""),
        ("only in cin7", "", "200"),
    ]
    assert found.counts()["agree"] == 1


@pytest.mark.parametrize(
    ("word", "is_"),
    [
        ("CURRLIAB", "liability"),
        ("CURRENT", "asset"),
        ("Cost", "expense"),
        ("Income", "revenue"),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_vendors_words_for_a_class_of_accounts(word: str, is_: str) -> None:
    """Vendors name the five classes differently; a word nobody knows is never compared."""
    assert account_class(word) == is_


@given(st.dictionaries(st.text("abc", max_size=3), st.text("xyz", max_size=2), max_size=8), st.data())
def test_every_account_is_told_about_or_agrees(names: dict[str, str], data: st.DataObject) -> None:
    """No account of either side is passed over."""
    one = chart(*((code, name, "") for code, name in names.items()))
    other = {code: account for code, account in one.items() if data.draw(st.booleans())}
    found = compare_accounts("infor", one, other, CodeMaps({}, today=TODAY))
    told = {difference.partner_code for difference in found.differences}
    assert found.agree == len(other)
    assert told == set(one) - set(other)
