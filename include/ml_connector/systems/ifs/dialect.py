"""What IFS Cloud's answers mean.

Bodies as recorded by https://github.com/keboola/component-ex-ifs (`tests/functional`); statuses of the API explorer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.transport.retry import Event, PlainDialect, Verdict

_NOT_IMPLEMENTED = 501
_HINTS = {
    403: "the service user's permission sets do not grant this projection or action",
    404: "there is no such projection, entity set or record at this tenant",
    501: "this tenant's projection does not implement what was asked for",
}


class IfsDialect(PlainDialect):
    """Projections, entity services and the token endpoint."""

    def classify(self, status: int, headers: Mapping[str, str], data: Any, text: str) -> Verdict:
        """Return what the answer means, with IFS's own words."""
        event = super().classify(status, headers, data, text).event
        if event is Event.OK:
            return Verdict(event)
        if status == _NOT_IMPLEMENTED:
            event = Event.REFUSED
        hint = (("", _HINTS[status]),) if status in _HINTS else ()
        return Verdict(event, (*reasons_of(data), *hint))


def reasons_of(data: Any) -> tuple[tuple[str, str], ...]:
    """Return the words in an error body; a business rule's are in the details, its code being the database's."""
    if not isinstance(data, Mapping):
        return ()
    if data.get("error_description"):  # Keycloak: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
        return (("", f"{data.get('error')}: {data['error_description']}"),)
    error = data.get("error")
    if not isinstance(error, Mapping):
        return (("", str(error)),) if error else ()
    details = error.get("details")
    found = [_words(one) for one in details if isinstance(one, Mapping)] if isinstance(details, list) else []
    said = [text for text in found if text] or [_words(error)]
    return tuple(("", text) for text in said if text)


def _words(error: Mapping[str, Any]) -> str:
    message = error.get("message")
    if isinstance(message, Mapping):
        message = message.get("value")
    return str(message or error.get("code") or "").strip()
