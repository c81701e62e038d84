"""Compare two charts of accounts: what only one side has, what is called or classed differently. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ml_connector.domain.documents import GLAccount
from ml_connector.mapping.codemap import CodeMaps, normalised_code

Difference = Literal["only in partner", "only in cin7", "mapped to a missing account", "name differs", "type differs"]
_CLASSES = {
    "asset": ("asset", "bank", "current", "fixed", "inventory", "prepayment"),
    "liability": ("liab", "payable"),
    "equity": ("equity", "capital"),
    "revenue": ("revenue", "income", "sales"),
    "expense": ("expense", "cost", "directcosts", "overhead"),
}
"""Class of accounts → how vendors' words for it begin."""


class AccountDifference(BaseModel):
    """One account that does not agree; the other side's fields are "" where it has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    difference: Difference
    partner_code: str = ""
    partner_name: str = ""
    partner_type: str = ""
    cin7_code: str = ""
    cin7_name: str = ""
    cin7_type: str = ""


class AccountComparison(BaseModel):
    """What comparing the charts found.

    Args:
        agree: accounts that are on both sides with the same name and class.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    partner: str
    partner_accounts: int
    cin7_accounts: int
    agree: int
    differences: tuple[AccountDifference, ...]

    def counts(self) -> dict[str, int]:
        """Return how many accounts agree, and how many differ in which way."""
        found = {"agree": self.agree}
        for one in self.differences:
            found[one.difference] = found.get(one.difference, 0) + 1
        return found


def compare_accounts(
    partner: str, partner_accounts: Mapping[str, GLAccount], cin7_accounts: Mapping[str, GLAccount], maps: CodeMaps
) -> AccountComparison:
    """Return how the partner's chart differs from Cin7's.

    Args:
        partner: the partner's name.
        partner_accounts: by code.
        cin7_accounts: by code.
        maps: code maps from the partner to Cin7; an account without entry is the one of the same code.
    """
    differences, met, agree = [], set(), 0
    for code in sorted(partner_accounts):
        account = partner_accounts[code]
        mapped = maps.find("account", code, None)
        there = cin7_accounts.get(mapped or code)
        met.add(mapped or code)
        if there is None:
            kind: Difference = "mapped to a missing account" if mapped else "only in partner"
            differences.append(_difference(kind, account, None, mapped or ""))
            continue
        found = [_difference(one, account, there) for one in _unlike(account, there)]
        differences += found
        agree += not found
    for code in sorted(set(cin7_accounts) - met):
        differences.append(_difference("only in cin7", None, cin7_accounts[code]))
    return AccountComparison(
        partner=partner,
        partner_accounts=len(partner_accounts),
        cin7_accounts=len(cin7_accounts),
        agree=agree,
        differences=tuple(differences),
    )


def _unlike(one: GLAccount, other: GLAccount) -> Iterator[Difference]:
    if normalised_code(one.name) != normalised_code(other.name):
        yield "name differs"
    classes = account_class(one.type), account_class(other.type)
    if all(classes) and classes[0] != classes[1]:
        yield "type differs"


def account_class(text: str) -> str:
    """Return ``asset``, ``liability``, ``equity``, ``revenue`` or ``expense`` for a vendor's word; "" if unknown."""
    word = normalised_code(text).replace(" ", "")
    if "liab" in word:  # Cin7's CURRLIAB, TERMLIAB
        return "liability"
    return next((name for name, starts in _CLASSES.items() if word.startswith(starts)), "")


def _difference(
    kind: Difference, partner: GLAccount | None, cin7: GLAccount | None, code: str = ""
) -> AccountDifference:
    return AccountDifference(
        difference=kind,
        partner_code=partner.code if partner else "",
        partner_name=partner.name if partner else "",
        partner_type=partner.type if partner else "",
        cin7_code=cin7.code if cin7 else code,
        cin7_name=cin7.name if cin7 else "",
        cin7_type=cin7.type if cin7 else "",
    )
