"""Which books a connection and the options lead to."""

from __future__ import annotations

from ml_connector.systems.acumatica.connection import AcumaticaSettings
from ml_connector.systems.acumatica.options import AcumaticaOptions
from ml_connector.transport.address import described, place_of


def identity(settings: AcumaticaSettings, _options: AcumaticaOptions) -> str:
    """Return the instance with its tenant, and the branch that documents belong to.

    With OAuth the tenant is what stands behind the ``@`` of the Client ID.
    """
    by_cookie = settings.grant == "cookie"
    tenant = settings.tenant if by_cookie else settings.client_id.partition("@")[2]
    return described(place_of(settings.url), tenant=tenant, branch=settings.branch)
