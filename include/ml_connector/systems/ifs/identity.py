"""Which books a connection and the options lead to."""

from __future__ import annotations

from ml_connector.systems.ifs.connection import IfsSettings
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.transport.address import host_of


def identity(settings: IfsSettings, _options: IfsOptions) -> str:
    """Return the system alone.

    `IfsOptions.companies` and `sites` say what of it is read and may grow: suppliers and orders are numbered for all
    companies of a system, and an invoice's key begins with its company's.
    """
    return host_of(settings.url)
