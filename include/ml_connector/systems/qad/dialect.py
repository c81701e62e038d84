"""What QAD's answers mean: an answer with status 200 may be a refusal, and a refusal may come with any status.

Seen in public clients that load suppliers and orders, and in
https://github.com/DigvijayERP/ApexTransformJAVA (`captures`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.transport.retry import Event, Verdict

_STALE_FIELD = "concurrencyhash"
_STATUS = {
    401: Event.UNAUTHORISED,
    403: Event.FORBIDDEN,
    404: Event.NOT_FOUND,
    429: Event.RATE_LIMITED,
    **dict.fromkeys((502, 503, 504), Event.UNAVAILABLE),
}
"""Statuses that decide by themselves. 502 to 504 are the gateway's own, also with its bare ``errors``: what became of a
write is unknown then. Rejections have been seen with 200, 4xx and 500 only."""


class QadDialect:
    """The entity, browse and token services."""

    def classify(self, status: int, headers: Mapping[str, str], data: Any, text: str) -> Verdict:  # noqa: ARG002 - the Protocol's signature
        """Return what the answer means; warnings beside ``success: true`` are no refusal."""
        reasons, refused = reasons_of(data)
        if status in _STATUS:
            return Verdict(_STATUS[status], reasons)
        if refused:
            stale = any(field.lower() == _STALE_FIELD for field, _ in reasons)
            return Verdict(Event.STALE if stale else Event.REFUSED, reasons)
        if 200 <= status < 300:  # noqa: PLR2004 - the standard's class of success
            return Verdict(Event.OK)
        if 400 <= status < 500:  # noqa: PLR2004 - the standard's class of client errors
            return Verdict(Event.REFUSED, reasons)
        return Verdict(Event.UNAVAILABLE, reasons)


def reasons_of(data: Any) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Return the vendor's words as (field, text), and whether they are a refusal."""
    if not isinstance(data, Mapping):
        return (), False
    result = data.get("submitResult")
    if isinstance(result, Mapping):
        return _errors(result.get("errors")), not result.get("success", False)
    if isinstance(data.get("errors"), list):
        return _errors(data["errors"]), True
    if data.get("error_description"):  # https://www.rfc-editor.org/rfc/rfc6749#section-5.2
        return (("", f"{data.get('error')}: {data['error_description']}"),), False
    return (), False


def _errors(errors: Any) -> tuple[tuple[str, str], ...]:
    found = []
    for one in errors if isinstance(errors, list) else []:
        if isinstance(one, Mapping):
            value = f" (“{one['fieldValue']}”)" if one.get("fieldValue") not in (None, "") else ""
            code = f" [{one['code']}]" if one.get("code") else ""
            found.append((str(one.get("fieldName") or ""), f"{one.get('message') or 'refused'}{value}{code}"))
    return tuple(found)
