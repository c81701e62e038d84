"""What Acumatica's answers mean.

Statuses and error bodies: Integration Development Guide in
https://github.com/Acumatica/Acumatica-AI-Resources and the published specification in
https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp (`EndpointDefinitions`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ml_connector.transport.retry import Event, Verdict

Reasons = tuple[tuple[str, str], ...]

LOGIN_LIMIT = "API Login Limit"
"""All licensed sessions are in use; on which status it comes is not documented, so the text counts
(https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp, `AuthApi`)."""
_BUSY = "previous operation has not been completed"
"""Another request of the same session while an action runs: it was not begun (guide, "Execution of an action"). With
which text and status it fails is not documented; this text is a guess, see `unexplained_as`."""
_unexplained = ContextVar("_unexplained", default=Event.REFUSED)
_NO_OPTIMISATION = "Optimization cannot be performed"
_NO_RECORD = "NoEntitySatisfiesTheCondition"
"""A look-up by key that finds nothing answers 500, not 404
(https://github.com/kborovik/acumatica-cli, `docs/rest-api.md`)."""
_DATABASE = ("System.Data.", "SqlException", "Timeout", "OutOfMemory", "PXDatabaseException", "PXLockViolation")
_DATABASE_TEXT = ("deadlock", "timeout expired")
_CHANGED = "another process has"
"""“Another process has updated the … record”: the ERP's own row version check."""

_STATUS: dict[int, Event] = {
    401: Event.UNAUTHORISED,
    403: Event.FORBIDDEN,
    404: Event.NO_SUCH_ADDRESS,  # never a missing record, see `_NO_RECORD`
    408: Event.UNAVAILABLE,
    412: Event.STALE,
    429: Event.RATE_LIMITED,
}
_HINTS: dict[int, str] = {
    403: "the API user has no rights to this form, or its feature is switched off in Acumatica (form CS100000)",
    404: "this endpoint has no such entity or action",
}


@contextmanager
def unexplained_as(event: Event) -> Iterator[None]:
    """Give refusals that are not understood another meaning than "refused" meanwhile.

    Args:
        event: `RATE_LIMITED` where an action may still run in the session, so that the request was not begun;
            `UNAVAILABLE` for a read, which has nothing to be refused for.
    """
    before = _unexplained.set(event)
    try:
        yield
    finally:
        _unexplained.reset(before)


class AcumaticaDialect:
    """The contract-based REST API."""

    def classify(self, status: int, headers: Mapping[str, str], data: Any, text: str) -> Verdict:  # noqa: ARG002 - the Protocol's signature
        """Return what the answer means.

        A 500 with the ERP's own exception is a definite no: it is how most business errors come. Any other 5xx
        (a gateway's page, no JSON, the database's time-out) leaves a write in doubt.
        """
        if 200 <= status < 300:  # noqa: PLR2004 - the standard's class of success
            return Verdict(Event.OK)
        reasons = reasons_of(data)
        if status in _HINTS:
            reasons = (*reasons, ("", _HINTS[status]))
        return Verdict(_event(status, data, text), reasons)


def _event(status: int, data: Any, text: str) -> Event:
    if status != 422 and LOGIN_LIMIT in text:  # noqa: PLR2004 - an echoed document may hold any text
        return Event.RATE_LIMITED
    if status == 500 and isinstance(data, dict):  # noqa: PLR2004 - an exception of the ERP
        return _exception(data)
    if status >= 500:  # noqa: PLR2004 - a gateway, or the site going down
        return Event.UNAVAILABLE
    if status < 400:  # noqa: PLR2004
        return Event.CONTRACT
    is_waiting = _unexplained.get() is Event.RATE_LIMITED and not list(field_errors(data))
    return _STATUS.get(status, Event.RATE_LIMITED if is_waiting else Event.REFUSED)


def _exception(data: Mapping[str, Any]) -> Event:
    """Return what an exception of the ERP, answered with 500, means."""
    kinds = " ".join(str(one.get("exceptionType") or "") for one in _chain(data))
    texts = " ".join(str(one.get("exceptionMessage") or "") for one in _chain(data))
    if _NO_RECORD in kinds:
        return Event.NOT_FOUND
    if _BUSY in texts:
        return Event.RATE_LIMITED
    if _CHANGED in texts.lower():
        return Event.STALE
    if _NO_OPTIMISATION in texts or "OData" in kinds:
        return Event.CONTRACT
    if any(mark in kinds for mark in _DATABASE) or any(mark in texts.lower() for mark in _DATABASE_TEXT):
        return Event.UNAVAILABLE
    return _unknown_exception(data, kinds)


def _unknown_exception(data: Mapping[str, Any], kinds: str) -> Event:
    """Return what an exception means that is none of the known: field errors explain it; without a type it is none."""
    if list(field_errors(data)):
        return Event.REFUSED
    return _unexplained.get() if kinds.strip() else Event.UNAVAILABLE


def reasons_of(data: Any) -> Reasons:
    """Return the vendor's own words in an error body, as (field, text); () when there are none."""
    if not isinstance(data, dict):
        return ()
    if data.get("error_description"):  # the token endpoint: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
        return (("", f"{data.get('error')}: {data['error_description']}"),)
    nested = tuple(field_errors(data))
    by_field = tuple(reason for reason in nested if reason[0])
    if by_field:  # the top-level text is generic: "… raised at least one error. Please review the errors."
        return by_field
    said = nested or tuple(_exception_texts(data)) or tuple(_model_state(data))
    return said or ((("", str(data["message"])),) if data.get("message") else ())


def field_errors(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every ``error`` of an echoed record with the path of its field, at any depth.

    The echo of a 422 carries them beside the values, also in detail rows
    (https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp, `ErrorMessagesTests`); that of an action nests
    it under ``entity``.
    """
    if isinstance(data, list):
        for index, row in enumerate(data):
            yield from field_errors(row, f"{path}[{index}]")
    if not isinstance(data, dict):
        return
    text = data.get("error")
    if isinstance(text, str) and text.strip():
        yield path, text.strip()
    for name, item in data.items():
        if name not in {"error", "value"}:
            inner = path if name == "entity" else f"{path}.{name}".lstrip(".")
            yield from field_errors(item, inner)


def _chain(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the error body and the inner exceptions in it."""
    inner: Any = data
    while isinstance(inner, dict):
        yield inner
        inner = inner.get("innerException")


def _exception_texts(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in _chain(data):
        if one.get("exceptionMessage"):
            yield "", str(one["exceptionMessage"])


def _model_state(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    state = data.get("modelState")
    for field, texts in state.items() if isinstance(state, dict) else ():
        for text in texts if isinstance(texts, list) else [texts]:
            yield str(field), str(text)
