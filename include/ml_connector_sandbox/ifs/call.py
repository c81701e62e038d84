"""One call of a signed-in client, and the forms in which it wants to be answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from ml_connector_sandbox.core.wire import JsonAnswer, read_json

from .defaults import Moment
from .errors import bad_body
from .odata import Scope
from .resource import Sight, Target
from .schema import EntityType
from .services import Service
from .settings import Settings
from .store import Client, Tenant

if TYPE_CHECKING:
    from .site import Site


@dataclass
class Call:
    """A request of a client to a service; ``root`` is the URL of the service."""

    site: Site
    request: Request
    tenant: Tenant
    client: Client
    service: Service
    root: str
    body: bytes = b""

    @property
    def switches(self) -> Settings:
        """The settings of the site."""
        return self.site.switches

    @property
    def sight(self) -> Sight:
        """What the client may see."""
        return Sight(self.tenant, self.client)

    @property
    def at(self) -> Moment:
        """Now, as the tenant sees it."""
        return self.site.moment(self.tenant)

    @property
    def query(self) -> str:
        """The query string as it was sent."""
        return str(self.request.scope["query_string"].decode("latin-1"))

    @property
    def zone(self) -> tzinfo:
        """The zone of time stamps in this call: UTC when header and projection are aware of zones."""
        asks = self.request.headers.get("x-ifs-time-zone-aware-request", "").lower() == "true"
        is_aware = asks and self.service.name in self.switches.time_zone_aware
        return ZoneInfo("UTC" if is_aware else self.switches.time_zone)

    @property
    def accept(self) -> str:
        """The Accept header without blanks."""
        return self.request.headers.get("accept", "").replace(" ", "")

    @property
    def text_numbers(self) -> bool:
        """Whether decimals are wanted as text."""
        return "ieee754compatible=true" in self.accept.lower()

    @property
    def detail(self) -> str:
        """How much metadata is wanted: ``minimal``, ``full`` or ``none``."""
        found = [word for word in ("full", "none") if f"odata.metadata={word}" in self.accept]
        return found[0] if found else "minimal"

    def kind_of(self, kind: EntityType) -> EntityType:
        """A type as this site shows it: the order date is a date or a time stamp."""
        if kind.table == "PurchaseOrder" and self.switches.order_date == "timestamp":
            return kind.with_kind("OrderDate", "DayStamp")
        return kind

    def scope(self, target: Target) -> Scope:
        """What a filter is read against."""
        spaced, no_state = self.switches.blank_after_comma, self.switches.refuse_state_filter
        return Scope(self.kind_of(target.type), self.service.namespace, self.zone, spaced, no_state)

    def members(self) -> dict[str, Any]:
        """The JSON object of the body.

        Raises:
            Refusal: 400 when it is none.
        """
        try:
            body = read_json(self.body)
        except ValueError as error:
            raise bad_body("The request body is no JSON.") from error
        if not isinstance(body, dict):
            raise bad_body("The request body is no JSON object.")
        return body

    def json(self, content: Any, status: int = 200) -> Response:
        """An answer in the vendor's content type."""
        kind = f"application/json;odata.metadata={self.detail}"
        if self.text_numbers:
            kind += ";IEEE754Compatible=true"
        return JsonAnswer(content, status_code=status, media_type=kind)
