"""What the answers of the ION API gateway and of M3's REST interface mean.

Gateway and token service: https://github.com/infor-cloud/ion-api-sdk. M3: `runtime.ts` and `types.ts` of
https://github.com/infor-cloud/m3-h5-sdk (`m3-odin/projects/infor-up/m3-odin/src/lib/mi`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ml_connector.transport.retry import Event, Verdict

Reasons = tuple[tuple[str, str], ...]

NOT_AUTHORISED = "XAU0008"
_MISSING_CODE = re.compile(r"[A-Z]{3}0103")
"""M3's message ids that end so say that something does not exist; inferred, so the text counts as well."""
_HINTS = {
    400: "the gateway cannot route the call, or M3 does not know the program or transaction",
    403: "the authorized app lacks the scope or the endpoint: see Infor OS Portal, API Gateway, Authorized Apps",
    404: "the suite or endpoint is not published for this app: see Infor OS Portal, API Gateway, Available APIs",
}
_STATUS: dict[int, Event] = {
    401: Event.UNAUTHORISED,
    403: Event.FORBIDDEN,
    404: Event.NO_SUCH_ADDRESS,
    408: Event.UNAVAILABLE,
    429: Event.RATE_LIMITED,
}


class InforDialect:
    """The gateway, and M3 behind it."""

    def classify(self, status: int, headers: Mapping[str, str], data: Any, text: str) -> Verdict:  # noqa: ARG002 - the Protocol's signature
        """Return what the answer means.

        A transaction that failed inside an answer with status 200 is left to the caller, since a call may hold many.
        A 503 that says when to come back is the gateway's throttling; another may come from behind it.
        """
        if 200 <= status < 300:  # noqa: PLR2004 - the standard's class of success
            return _success(data)
        reasons = reasons_of(data)
        if status == 400:  # noqa: PLR2004 - M3's business errors
            return Verdict(_bad_request(data), reasons or (("", _HINTS[400]),))
        if status in _HINTS:
            reasons = (*reasons, ("", _HINTS[status]))
        if status == 503 and any(name.lower() == "retry-after" for name in headers):  # noqa: PLR2004
            return Verdict(Event.RATE_LIMITED, reasons)
        if status >= 500:  # noqa: PLR2004 - the standard's class of server errors
            return Verdict(Event.UNAVAILABLE, reasons)
        return Verdict(_STATUS.get(status, Event.REFUSED if status >= 400 else Event.CONTRACT), reasons)  # noqa: PLR2004


def _success(data: Any) -> Verdict:
    """Return what a 200 means: the whole request may have been stopped, and the old protocol's errors come so."""
    if isinstance(data, Mapping):
        if data.get("wasTerminated") is True:
            words = f"M3 stopped the request: {_clean(data.get('terminationReason')) or 'no reason given'}"
            return Verdict(Event.UNAVAILABLE, (("", words),))
        if old_error(data):
            return Verdict(failure_event(old_error(data)), reasons_of(data))
    return Verdict(Event.OK)


def _bad_request(data: Any) -> Event:
    if not isinstance(data, Mapping) or not data:
        return Event.REFUSED
    if data.get("error_description") or (data.get("error") and data.get("error") != "Bad Request"):
        return Event.REFUSED  # the token service
    return failure_event(data) if data.get("errorMessage") or data.get("errorType") else Event.NO_SUCH_ADDRESS


def failure_event(failure: Mapping[str, Any]) -> Event:
    """Return what a failed transaction means: its members are `errorType`, `errorCode`, `errorMessage`."""
    code, kind = _clean(failure.get("errorCode")), _clean(failure.get("errorType"))
    if code == NOT_AUTHORISED or kind == "TransactionNotFound":
        return Event.FORBIDDEN
    if _MISSING_CODE.fullmatch(code) or "does not exist" in _clean(failure.get("errorMessage")):
        return Event.NOT_FOUND
    return Event.REFUSED


def old_error(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an error in the old protocol's shape as the new one has it, or {}; it may sit under `ErrorMessage`."""
    inner = data.get("ErrorMessage")
    found = inner if isinstance(inner, Mapping) else data
    if found.get("@type") != "ServerReturnedNOK":
        return {}
    named = {"errorType": "@type", "errorCode": "@code", "errorField": "@field", "errorMessage": "Message"}
    return {ours: found.get(theirs) for ours, theirs in named.items()}


def reasons_of(data: Any) -> Reasons:
    """Return the vendor's own words in an error body, as (field, text); () when there are none."""
    if not isinstance(data, Mapping):
        return ()
    if data.get("error"):  # the token service, https://www.rfc-editor.org/rfc/rfc6749#section-5.2, and the gateway
        return (("", ": ".join(filter(None, [_clean(data["error"]), _clean(data.get("error_description"))]))),)
    failure = old_error(data) or data
    words = failure_words(failure)
    return ((_clean(failure.get("errorField")), words),) if words else ()


def failure_words(failure: Mapping[str, Any]) -> str:
    """Return what a failed transaction says, without padding and repeated code."""
    code, message = _clean(failure.get("errorCode")), _clean(failure.get("errorMessage"))
    kind = _clean(failure.get("errorType"))
    said = message or kind
    return f"{said} ({code})" if code and code not in said else said


def _clean(value: Any) -> str:
    return " ".join(str(value).split()) if value is not None else ""
