"""Which books a connection and the options lead to."""

from __future__ import annotations

from ml_connector.systems.qad.connection import QadSettings
from ml_connector.systems.qad.options import QadOptions
from ml_connector.transport.address import described, place_of


def identity(settings: QadSettings, _options: QadOptions) -> str:
    """Return the tenant with its domain, where orders and receipts are, and its entity, where invoices are."""
    return described(place_of(settings.url), domain=settings.domain, entity=settings.entity)
