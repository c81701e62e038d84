"""``ml-connector accounts``: how the two charts of accounts differ."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ml_connector.cli.database import opened
from ml_connector.store.codemap_csv import csv_text
from ml_connector.sync.accounts import AccountComparison, AccountDifference


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    accounts = commands.add_parser("accounts", help="how the two charts of accounts differ, as last compared")
    accounts.add_argument("deployment", help="DAG id, e.g. infor_cin7")
    accounts.add_argument("--csv", action="store_true", help="comma-separated values instead of a summary")
    accounts.set_defaults(command=_accounts)


def _accounts(asked: argparse.Namespace) -> int:
    noted = opened(asked).latest_note(asked.deployment, "gl_account", "accounts compared")
    if noted is None:
        print(f"ml-connector: the charts of accounts of {asked.deployment} were not compared yet", file=sys.stderr)
        return 1
    at, found = noted[0], AccountComparison.model_validate(noted[1])
    if asked.csv:
        print(csv_text([one.model_dump() for one in found.differences], list(AccountDifference.model_fields)), end="")
        return 0
    print(f"compared {at:%Y-%m-%d %H:%M} UTC: {found.partner} {found.partner_accounts}, cin7 {found.cin7_accounts}")
    for what, number in found.counts().items():
        print(f"{number:6} {what}")
    return 0
