"""Our own limit of calls: IFS makes the customer responsible for not blocking processes, and publishes no number."""

from __future__ import annotations

from ml_connector.systems.ifs.connection import IfsSettings
from ml_connector.transport.rate import Rate


def allowance(settings: IfsSettings) -> tuple[str, list[Rate], list[str]]:
    """Return the scope the calls are counted in, the rates, and the name of the one key."""
    return f"ifs {settings.url}", [Rate(settings.requests_per_minute, 60.0)], ["tenant"]
