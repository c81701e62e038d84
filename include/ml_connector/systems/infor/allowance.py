"""Our own limit of calls: the tenant's administrator sets quota and throttling, and Infor publishes no number."""

from __future__ import annotations

from ml_connector.systems.infor.connection import InforSettings
from ml_connector.transport.rate import Rate


def allowance(settings: InforSettings) -> tuple[str, list[Rate], list[str]]:
    """Return the scope the calls are counted in, the rates, and the name of the one key."""
    return f"infor {settings.url}", [Rate(settings.calls_per_second, 1.0)], ["tenant"]
