"""The ``.ionapi`` file, as the portal's Download Credentials hands it out (multi-tenant layout, version 1.1).

Its keys are those in github.com/cjrentier/ION-API-viaPostman and github.com/infor-cloud/ion-api-sdk.
"""

from __future__ import annotations

from typing import Any

from . import world
from .settings import Settings
from .tenant import Tenant

ON_PREMISES = "InforIntSTS"


def ionapi(tenant: Tenant, settings: Settings, url: str, *, service_account: bool = True, cloud: bool = True) -> Any:
    """Return the content of the file.

    Args:
        tenant: whose file it is.
        settings: its scopes.
        url: the gateway's address; without the tenant, as ``iu`` has it.
        service_account: False leaves out ``saak`` and ``sask``, as when none was created at the download.
        cloud: False gives the on-premises layout.
    """
    base = url.rstrip("/")
    made: dict[str, Any] = {"ti": tenant.name, "cn": world.APP_NAME, "dt": "12"}
    made |= {"ci": tenant.app.client_id, "cs": tenant.app.client_secret, "iu": base}
    if cloud:
        made |= {"pu": f"{base}/{tenant.name}/as/", "oa": "authorization.oauth2", "ot": "token.oauth2"}
        made |= {"or": "revoke_token.oauth2"}
    else:
        made |= {"pu": f"{base}/{ON_PREMISES}/", "oa": "connect/authorize", "ot": "connect/token"}
        made |= {"or": "connect/revocation"}
    if settings.scopes:
        made["sc"] = settings.scopes
    made |= {"ev": "A1234567890", "v": "1.1" if cloud else "1.0"}
    if service_account:
        made |= {"saak": tenant.app.access_key, "sask": tenant.app.secret_key}
    return made
