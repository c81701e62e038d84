"""``ml-connector accounts``: how the two charts of accounts differ."""

from __future__ import annotations

import argparse
from typing import Any

from ml_connector.cli.command import Exit, add, print_json, takes_pair
from ml_connector.cli.database import opened_for
from ml_connector.domain.errors import ConfigurationError
from ml_connector.store.codemap_csv import csv_text
from ml_connector.sync.accounts import AccountComparison, AccountDifference

_MOST = 20
"""Differences of one kind that the summary lists."""


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    accounts = add(
        commands, "accounts", _accounts,
        text="how the two charts of accounts differ, as last compared",
        json="one object: at, partner, partner_accounts, cin7_accounts, counts, and all differences",
    )  # fmt: skip
    takes_pair(accounts)
    accounts.add_argument("--csv", action="store_true", help="all differences as comma-separated values")


def _accounts(asked: argparse.Namespace) -> Exit:
    noted = opened_for(asked).latest_note(asked.deployment, "gl_account", "accounts compared")
    if noted is None:
        raise ConfigurationError(f"the charts of accounts of {asked.deployment} were not compared yet")
    at, found = noted[0], AccountComparison.model_validate(noted[1])
    if asked.csv:
        print(csv_text([one.model_dump() for one in found.differences], list(AccountDifference.model_fields)), end="")
        return Exit.DONE
    if asked.json:
        print_json({"at": at, **found.model_dump(), "counts": found.counts()})
        return Exit.DONE
    print(f"compared {at:%Y-%m-%d %H:%M} UTC: {found.partner} {found.partner_accounts}, cin7 {found.cin7_accounts}")
    for what, number in found.counts().items():
        print(f"{number:6} {what.replace('partner', found.partner)}")
        some = [one for one in found.differences if one.difference == what]
        for one in some[:_MOST]:
            print(f"       - {_words(one)}")
        if len(some) > _MOST:
            print(f"       - and {len(some) - _MOST} more: all with --csv")
    return Exit.DONE


def _words(one: AccountDifference) -> str:
    """Return one difference as a clerk reads it."""
    partner = f"{one.partner_code} {one.partner_name}".strip()
    cin7 = f"{one.cin7_code} {one.cin7_name}".strip()
    if one.difference == "type differs":
        return f"{partner} ({one.partner_type}) is {cin7} ({one.cin7_type}) in cin7"
    if one.difference == "name differs":
        return f"{partner} is {cin7} in cin7"
    if one.difference == "mapped to a missing account":
        return f"{partner} is mapped to {cin7}"
    return partner or cin7
