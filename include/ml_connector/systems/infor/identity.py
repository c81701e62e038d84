"""Which books a connection and the options lead to."""

from __future__ import annotations

from ml_connector.systems.infor.connection import InforSettings
from ml_connector.systems.infor.options import InforOptions
from ml_connector.transport.address import described, place_of


def identity(settings: InforSettings, options: InforOptions) -> str:
    """Return the tenant with its company, and the folder that BODs are read from.

    `InforOptions.divisions` say what of the company is read and may grow: numbers are the company's.
    """
    inbox = options.inbox if options.surface == "bod" else ""
    return described(place_of(settings.url), company=options.company, inbox=inbox)
