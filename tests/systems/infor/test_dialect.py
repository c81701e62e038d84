"""What answers mean."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.systems.infor.dialect import InforDialect
from ml_connector.transport.retry import Event

NOK = {"errorMessage": "Supplier is locked      ", "errorType": "ServerReturnedNOK", "errorField": "SUNO"}


def event(status: int, data: Any = None, **headers: str) -> Event:
    return InforDialect().classify(status, headers, data, "").event


@pytest.mark.parametrize(
    ("status", "data", "expected"),
    [
        (200, {"results": []}, Event.OK),
        (200, {"results": [{"errorType": "ServerReturnedNOK"}], "nrOfFailedTransactions": 1}, Event.OK),
        (200, {"results": [], "wasTerminated": True, "terminationReason": "stopped"}, Event.UNAVAILABLE),
        (200, {"@type": "ServerReturnedNOK", "@code": "CPF9898", "Message": "no"}, Event.REFUSED),
        (200, {"MIRecord": [], "ErrorMessage": {"@type": "ServerReturnedNOK", "@code": "XAU0008"}}, Event.FORBIDDEN),
        (400, NOK, Event.REFUSED),
        (400, {**NOK, "errorCode": "XAU0008"}, Event.FORBIDDEN),
        (400, {"errorMessage": "x", "errorType": "TransactionNotFound"}, Event.FORBIDDEN),
        (400, {"errorMessage": "Order 1 does not exist   ", "errorType": "ServerReturnedNOK"}, Event.NOT_FOUND),
        (400, {"error": "Bad Request"}, Event.NO_SUCH_ADDRESS),
        (400, {"error": "invalid_grant", "error_description": "gone"}, Event.REFUSED),
        (400, None, Event.REFUSED),
        (401, None, Event.UNAUTHORISED),
        (403, None, Event.FORBIDDEN),
        (404, None, Event.NO_SUCH_ADDRESS),
        (429, None, Event.RATE_LIMITED),
        (500, None, Event.UNAVAILABLE),
        (503, None, Event.UNAVAILABLE),
        (302, None, Event.CONTRACT),
    ],
)
def test_an_answer_means_what_the_table_says(status: int, data: Any, expected: Event) -> None:
    """Each status and body has one meaning; a failure inside a 200 is left to who asked for several transactions."""
    assert event(status, data) is expected


def test_a_503_that_says_when_to_come_back_is_throttling() -> None:
    """With Retry-After a 503 was not carried out, so even a write may be sent again."""
    assert event(503, None, **{"retry-after": "5"}) is Event.RATE_LIMITED


def test_padding_is_taken_off_the_vendors_words() -> None:
    """The words of a failure come without the blanks they are padded with, and with the field."""
    verdict = InforDialect().classify(400, {}, {**NOK, "errorCode": "XIM0002"}, "")
    assert verdict.reasons == (("SUNO", "Supplier is locked (XIM0002)"),)


def test_a_failure_without_words_says_what_it_may_be() -> None:
    """A 400 with an empty body explains itself."""
    assert "program or transaction" in InforDialect().classify(400, {}, None, "").reasons[0][1]
