"""Which books a connection and the options lead to."""

from __future__ import annotations

from ml_connector.systems.syspro.connection import SysproSettings
from ml_connector.systems.syspro.options import SysproOptions
from ml_connector.transport.address import described, place_of


def identity(settings: SysproSettings, options: SysproOptions) -> str:
    """Return the e.net service with its company, and where the tables are read by OData, those."""
    tables = place_of(settings.tables_url) if options.read_by == "odata" and settings.odata_url else ""
    return described(place_of(settings.url), company=settings.company_id, tables=tables)
