"""Cin7's call allowance: sixty calls in any sixty seconds for each application key, unless granted more."""

from __future__ import annotations

from ml_connector.systems.cin7.connection import Cin7Settings
from ml_connector.transport.rate import Rate

WINDOW_SECONDS = 61.0
"""A second more than stated, since calls are counted where they arrive."""


def allowance(settings: Cin7Settings) -> tuple[str, list[Rate], list[str]]:
    """Return the scope the calls are counted in, the rates, and the names of the keys that share the load.

    Where a second key buys nothing (`rate_scope` account) all keys but the first are left alone.
    """
    keys = list(settings.headers())
    names = keys if settings.rate_scope == "key" else keys[:1]
    return f"cin7 {settings.account_id}", [Rate(settings.requests_per_minute, WINDOW_SECONDS)], names
