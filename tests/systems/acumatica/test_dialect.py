"""What Acumatica's answers mean: one table of published and recorded shapes."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.systems.acumatica.dialect import AcumaticaDialect
from ml_connector.transport.retry import Event

# recorded: https://github.com/Jetbuilt/acumatica, spec/cassettes
BAD_LOGIN = {
    "message": "An error has occurred.",
    "exceptionMessage": "Error: Invalid credentials. Please try again.",
    "exceptionType": "PX.Data.PXException",
    "stackTrace": "",
}
# https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp, RESTClientTests/ErrorMessagesTests.cs
BAD_PROJECT = {
    "error": "Inserting  'AP Transactions' record raised at least one error. Please review the errors.",
    "ReferenceNbr": {"value": "<NEW>"},
    "Details": [{"Project": {"value": "TES2323T", "error": "Project 'TES2323T  ' cannot be found in the system."}}],
}


def exception(text: str, kind: str = "PX.Data.PXException") -> dict[str, Any]:
    return {"message": "An error has occurred.", "exceptionMessage": text, "exceptionType": kind}


CASES = [
    (200, [], "[]", Event.OK),
    (202, None, "", Event.OK),
    (204, None, "", Event.OK),
    (400, {"message": "The request is invalid."}, "", Event.REFUSED),
    (401, {"message": "…"}, "", Event.UNAUTHORISED),
    (403, {"message": "…"}, "", Event.FORBIDDEN),
    (404, {"message": "…"}, "", Event.NO_SUCH_ADDRESS),
    (411, None, "", Event.REFUSED),
    (412, {"message": "…"}, "", Event.STALE),
    (422, BAD_PROJECT, "", Event.REFUSED),
    (422, {"Description": {"value": "about the API Login Limit", "error": "no"}}, "API Login Limit", Event.REFUSED),
    (429, None, "", Event.RATE_LIMITED),
    (500, exception("API Login Limit"), "API Login Limit", Event.RATE_LIMITED),
    (400, {"error": "invalid_grant"}, '"API Login Limit"', Event.RATE_LIMITED),
    (500, BAD_LOGIN, "", Event.REFUSED),
    (500, exception("No entity…", "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException"), "", Event.NOT_FOUND),
    (500, exception("Optimization cannot be performed. …"), "", Event.CONTRACT),
    (500, exception("incompatible types", "Microsoft.Data.OData.ODataException"), "", Event.CONTRACT),
    (500, exception("The previous operation has not been completed yet."), "", Event.RATE_LIMITED),
    (500, exception("Another process has updated the 'APInvoice' record."), "", Event.STALE),
    (500, exception("Timeout expired.", "System.Data.SqlClient.SqlException"), "", Event.UNAVAILABLE),
    (500, exception("… was deadlocked on lock resources"), "", Event.UNAVAILABLE),
    (500, {"message": "An error has occurred."}, "", Event.UNAVAILABLE),
    (500, None, "<html>Runtime Error</html>", Event.UNAVAILABLE),
    (502, None, "<html>Bad gateway</html>", Event.UNAVAILABLE),
    (503, exception("x"), "", Event.UNAVAILABLE),
    (504, None, "", Event.UNAVAILABLE),
    (302, None, "", Event.CONTRACT),
]


@pytest.mark.parametrize(("status", "data", "text", "event"), CASES)
def test_an_answer_means(status: int, data: Any, text: str, event: Event) -> None:
    """Every status and body that is published or recorded has one meaning."""
    assert AcumaticaDialect().classify(status, {}, data, text).event is event


def reasons(data: Any, status: int = 422) -> tuple[tuple[str, str], ...]:
    return AcumaticaDialect().classify(status, {}, data, "").reasons


def test_the_cause_of_a_422_is_in_the_fields_not_in_the_generic_text() -> None:
    """Nested errors are collected with their path, and the generic sentence above them is left out."""
    assert reasons(BAD_PROJECT) == (("Details[0].Project", "Project 'TES2323T  ' cannot be found in the system."),)


def test_an_actions_422_nests_the_echo_under_entity() -> None:
    """The echo of a failed action is read through its ``entity`` member."""
    assert reasons({"entity": BAD_PROJECT, "exceptionType": "PX.Api…"}) == reasons(BAD_PROJECT)


def test_a_422_with_nothing_but_the_top_error_keeps_it() -> None:
    """Without field errors the top-level error is the reason."""
    assert reasons({"error": "The document has no lines."}) == (("", "The document has no lines."),)


def test_inner_exceptions_are_told_too() -> None:
    """The words of inner exceptions follow those of the outer one."""
    body = {**exception("outer"), "innerException": exception("inner")}
    assert reasons(body, 500) == (("", "outer"), ("", "inner"))


def test_a_malformed_request_names_its_fields() -> None:
    """The fields of ``modelState`` are reasons."""
    body = {"message": "The request is invalid.", "modelState": {"entity": ["is missing"]}}
    assert reasons(body, 400) == (("entity", "is missing"),)


def test_an_oauth_error_is_told() -> None:
    """The token endpoint's error and its description are the reason."""
    body = {"error": "invalid_grant", "error_description": "invalid_username_or_password"}
    assert reasons(body, 400) == (("", "invalid_grant: invalid_username_or_password"),)
