"""Answers that are no success: the vendor's error bodies and the exception that carries one.

Shapes recorded or documented: ``HttpError`` with ``message``, ``exceptionMessage``, ``exceptionType``,
``stackTrace`` (https://github.com/Jetbuilt/acumatica, ``spec/cassettes``), the 400 of an empty body (the same), the
exception type names (https://github.com/kborovik/acumatica-cli, ``docs/rest-api.md``). The texts of 401, 403, 404
and 412 are inferred: no public recording shows them.
"""

from typing import Any


class Refusal(Exception):
    """The request is answered with this status and JSON body."""

    def __init__(self, status: int, body: dict[str, Any] | None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


def server_error(text: str, kind: str = "PX.Data.PXException") -> Refusal:
    """The 500 of a server exception, which the vendor also uses for business errors."""
    return Refusal(
        500,
        {
            "message": "An error has occurred.",
            "exceptionMessage": text,
            "exceptionType": kind,
            "stackTrace": "   at PX.Api.ContractBased.EntityService.Process()",
        },
    )


def busy(status: int, text: str) -> Refusal:
    """The answer to another request of a session in which an operation runs; status and text are not documented."""
    return server_error(text) if status == 500 else Refusal(status, {"message": text})


def no_such_record() -> Refusal:
    """The answer to a look-up by key or id that finds nothing: 500, not 404."""
    return server_error(
        "No entity satisfies the condition.", "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException"
    )


def cannot_optimize(names: list[str]) -> Refusal:
    """The answer to a list with fields that one database query cannot give."""
    return server_error(
        f"Optimization cannot be performed. The following fields cause the error: {', '.join(names)}",
        "PX.Api.ContractBased.OptimizedExport.CannotOptimizeException",
    )


def bad_request(text: str, member: str = "") -> Refusal:
    """The 400 of a body that cannot be read."""
    return Refusal(400, {"message": "The request is invalid.", "modelState": {member: [text]}})


def not_signed_in() -> Refusal:
    """The 401 of a missing or expired token or cookie."""
    return Refusal(401, {"message": "The user is not signed in to the system."})


def forbidden(entity: str) -> Refusal:
    """The 403 of a form without access rights, or of a feature that is switched off."""
    return Refusal(403, {"message": f"You have insufficient rights to access the object ({entity})."})


def not_found(path: str) -> Refusal:
    """The 404 of an unknown endpoint, version, entity or action."""
    return Refusal(404, {"message": f"No HTTP resource was found that matches the request URI '{path}'."})


def precondition_failed(text: str) -> Refusal:
    """The 412 of ``If-Match: *`` or ``If-None-Match: *``."""
    return Refusal(412, {"message": text})


def method_not_allowed(method: str) -> Refusal:
    """The 405 of a verb that the endpoint version does not have."""
    return Refusal(405, {"message": f"The requested resource does not support http method '{method}'."})
