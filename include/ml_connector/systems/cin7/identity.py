"""Which books a connection and the options lead to."""

from __future__ import annotations

import uuid

from ml_connector.systems.cin7.connection import Cin7Settings
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.transport.address import described, host_of


def identity(settings: Cin7Settings, _options: Cin7Options) -> str:
    """Return the account: a company has one Account ID, whatever the keys, which are the secret part."""
    return described(host_of(settings.url), account=str(uuid.UUID(settings.account_id)))
