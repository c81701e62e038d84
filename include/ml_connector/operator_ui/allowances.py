"""The call allowances of the systems, for the first page: how much is used, who waits, what is closed."""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass

from ml_connector.domain.errors import RetryableError
from ml_connector.orchestration.wiring import rate_ledger
from ml_connector.store.database import Database
from ml_connector.transport.usage import KeyUsage, usage

log = logging.getLogger("ml_connector")


@dataclass(frozen=True)
class Allowance:
    """One connection's allowance as a person may see it.

    Args:
        pairs: the pairs that share it and that this person may see; `others` share it, too.
        waiting: calls that wait for their turn; `backfills` of them are backfills'.
    """

    system: str
    pairs: tuple[str, ...]
    others: int
    keys: tuple[KeyUsage, ...]
    waiting: int
    backfills: int


def allowances(database: Database, visible: Collection[str]) -> tuple[Allowance, ...]:
    """Return the allowances that the pairs in `visible` share; none while the ledger cannot be read."""
    try:
        with closing(rate_ledger(database)) as ledger:
            found = usage(ledger)
    except RetryableError as error:
        log.warning("pages: %s", error)
        return ()
    made = []
    for one in found:
        seen = tuple(name for name in one.deployments if name in visible)
        if seen:
            others = len(one.deployments) - len(seen)
            made.append(Allowance(one.system, seen, others, one.keys, one.waiting, one.backfills))
    return tuple(made)
