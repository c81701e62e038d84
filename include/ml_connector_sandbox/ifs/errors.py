"""Answers that are no success, in the shapes of the vendor.

Recorded at https://github.com/keboola/component-ex-ifs (``tests/functional/*/cassettes``): the body
``{"error": {"code", "message", "details"}}``, the message ``Malformed Request.`` with the text about an undefined
property, and ``Metadata not found.`` for an unknown service. The codes were masked there, so all but
``ODP_NOT_IMPLEMENTED`` and ``DATABASE_ERROR`` are conventions of this simulator, and so are the texts of 401, 403,
405, 412, 428 and 429, which no public page shows.
"""

from typing import Any


class Refusal(Exception):
    """The request is answered with this status and JSON body."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def _odp(status: int, code: str, message: str, details: list[dict[str, str]] | None = None) -> Refusal:
    """A refusal in the shape of the OData provider."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details is not None:
        error["details"] = details
    return Refusal(status, {"error": error})


def malformed(detail: str, code: str = "ODP_URI_ERROR") -> Refusal:
    """The 400 of a URL or body that cannot be understood."""
    return _odp(400, "ODP_BAD_REQUEST", "Malformed Request.", [{"code": code, "message": detail}])


def bad_body(detail: str) -> Refusal:
    """The 400 of a body that does not fit the entity type."""
    return malformed(detail, "ODP_BODY_ERROR")


def no_property(name: str, type_name: str) -> Refusal:
    """The recorded 400 of an unknown property in a query option."""
    return malformed(f"The property '{name}', used in a query expression, is not defined in type '{type_name}'.")


def database_error(number: int, text: str) -> Refusal:
    """The 400 of a business rule that the database refuses; its shape is inferred."""
    detail = {"code": str(number), "message": f"ORA-{number}: {text}"}
    return _odp(400, "DATABASE_ERROR", "Database error occurred.", [detail])


def unauthorized(text: str) -> Refusal:
    """The 401 of a missing, unknown or expired token."""
    refusal = _odp(401, "ODP_UNAUTHORIZED", text, [])
    refusal.headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return refusal


def forbidden(name: str) -> Refusal:
    """The 403 of a projection or an action that the user's permission sets do not grant."""
    return _odp(403, "ODP_FORBIDDEN", f"You are not authorized to access {name}.", [])


def no_service() -> Refusal:
    """The recorded 404 of an unknown service."""
    return _odp(404, "ODP_NOT_FOUND", "Metadata not found.")


def not_found(text: str = "The requested entity could not be found.") -> Refusal:
    """The 404 of an unknown set or a missing entity."""
    return _odp(404, "ODP_NOT_FOUND", text, [])


def not_allowed(method: str, name: str) -> Refusal:
    """The 405 of a method that the set does not have."""
    return _odp(405, "ODP_METHOD_NOT_ALLOWED", f"Invalid input: {method} is not allowed on {name}.", [])


def stale() -> Refusal:
    """The 412 of an ETag that is not the current one."""
    return _odp(412, "ODP_PRECONDITION_FAILED", "The object has been modified by another user.", [])


def etag_required() -> Refusal:
    """The 428 of a call that must carry ``If-Match`` and does not."""
    return _odp(428, "ODP_PRECONDITION_REQUIRED", "The If-Match header is required.", [])


def throttled(seconds: int, *, says_when: bool) -> Refusal:
    """The 429 of a tenant over its rate."""
    refusal = _odp(429, "ODP_TOO_MANY_REQUESTS", "Too many requests.", [])
    refusal.headers = {"Retry-After": str(seconds)} if says_when else {}
    return refusal


def not_implemented(detail: str) -> Refusal:
    """The 501 of what the OData provider does not do; the code was seen in the field, the detail is ours."""
    return _odp(501, "ODP_NOT_IMPLEMENTED", "Not implemented.", [{"code": "ODP_NOT_IMPLEMENTED", "message": detail}])
