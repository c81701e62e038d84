"""What SYSPRO's answers mean: an error comes with status 200, as text or inside the XML.

Recorded answers: https://github.com/wildland/syspro-ruby (`test/cassettes`); a live SYSPRO 8:
https://github.com/trismegistus0/rectella-shopify-service (`internal/syspro`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from ml_connector.transport.retry import Event, PlainDialect, Verdict

NO_LICENCE = "exception raised: 100000"
"""The business object is not installed or not licensed."""
_TOO_LONG = {400, 414}
"""HTTP.sys refuses a request line that is too long before SYSPRO sees it."""

_STATUS = {
    401: Event.UNAUTHORISED,
    403: Event.FORBIDDEN,
    404: Event.NO_SUCH_ADDRESS,
    429: Event.RATE_LIMITED,
}


class EnetDialect:
    """The e.net REST interface.

    Args:
        error_means: what a text that begins with ERROR is: the words for an ended session are not published, so for
            a query any of them asks for one new logon; for a posting it leaves in doubt what was done.
    """

    def __init__(self, error_means: Event) -> None:
        self._error_means = error_means

    def classify(self, status: int, headers: Mapping[str, str], data: Any, text: str) -> Verdict:  # noqa: ARG002
        """Return what the answer means; `data` is what `xml.decoded` makes of it."""
        said = data.strip().strip('"').strip() if isinstance(data, str) else ""
        if status in _TOO_LONG:
            return Verdict(Event.REFUSED, (("", f"the web server refuses the request ({status}): too long?"),))
        if not 200 <= status < 300:  # noqa: PLR2004 - the standard's class of success
            return Verdict(_STATUS.get(status, Event.UNAVAILABLE))
        if NO_LICENCE in said:
            hint = "the business object is not in this installation's licence; see your SYSPRO administrator"
            return Verdict(Event.FORBIDDEN, (("", said[:200]), ("", hint)))
        if said[:5].upper() == "ERROR":
            return Verdict(self._error_means, (("", said[:300]),))
        return Verdict(Event.OK if self._is_known(data) else Event.CONTRACT)

    def _is_known(self, data: Any) -> bool:
        """Every answer of a business object is XML; a gateway's page may be, too."""
        return isinstance(data, ET.Element) and data.tag.lower() != "html"


class LogonDialect(EnetDialect):
    """The logon: refused for good by wrong credentials, for a while by a lack of free seats."""

    def __init__(self) -> None:
        super().__init__(Event.REFUSED)

    def classify(self, status: int, headers: Mapping[str, str], data: Any, text: str) -> Verdict:
        """Return what the answer means; the words for a lack of seats are not published, but name the licence."""
        verdict = super().classify(status, headers, data, text)
        if verdict.event is Event.REFUSED and "licen" in text.lower():
            return Verdict(Event.RATE_LIMITED, verdict.reasons)
        return verdict

    def _is_known(self, data: Any) -> bool:
        """A session comes as plain text, or as one element."""
        if isinstance(data, ET.Element):
            return not len(data) and data.tag.lower().endswith("string")
        return "<" not in data


class TablesDialect(PlainDialect):
    """The OData service: read-only, plain HTTP."""

    def classify(self, status: int, headers: Mapping[str, str], data: Any, text: str) -> Verdict:
        """Return what the answer means; the service's own message where there is one."""
        verdict = super().classify(status, headers, data, text)
        if verdict.event is Event.OK:
            return verdict
        error = data.get("error") if isinstance(data, dict) else None
        said = str(error.get("message") or "") if isinstance(error, dict) else ""
        if status == 404:  # noqa: PLR2004 - no record is ever addressed, only tables
            hint = "the OData service has no such company or table"
            return Verdict(Event.NO_SUCH_ADDRESS, (("", said or hint),))
        return Verdict(verdict.event, (("", said),) if said else ())
