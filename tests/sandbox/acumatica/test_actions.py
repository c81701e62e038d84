"""Releasing and the other actions, as long-running operations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests


@pytest.fixture
def bill(erp: Any, vendor: str) -> dict[str, Any]:
    """A balanced bill of 100."""
    line = {"Account": "61500", "ExtendedCost": 100}
    made: dict[str, Any] = erp.made(
        "Bill", {"Vendor": vendor, "VendorRef": "INV-1", "Date": "2026-03-18", "Hold": False, "Details": [line]}
    )
    return made


def _act(erp: Any, action: str, record: dict[str, Any]) -> requests.Response:
    answer: requests.Response = erp.call("POST", action, {"entity": {"id": record["id"]}})
    return answer


def _poll(erp: Any, answer: requests.Response) -> requests.Response:
    polled: requests.Response = erp.http.get(erp.url + answer.headers["Location"], timeout=10)
    return polled


def _status(erp: Any, record: dict[str, Any]) -> str:
    return str(next(b for b in erp.sim("GET", "state?entity=Bill")["Bill"] if b["id"] == record["id"])["Status"])


def test_an_operation_takes_effect_when_its_polls_are_used_up(erp: Any, bill: dict[str, Any]) -> None:
    """The bill is open only once the status has answered 204."""
    erp.set(action_polls=1)
    answer = _act(erp, "Bill/ReleaseBill", bill)
    assert _poll(erp, answer).status_code == 202
    assert _status(erp, bill) == "Balanced"
    assert _poll(erp, answer).status_code == 204
    assert _status(erp, bill) == "Open"


def test_an_operation_that_nobody_polls_finishes(erp: Any, bill: dict[str, Any]) -> None:
    """A client that goes away does not stop the release."""
    _act(erp, "Bill/ReleaseBill", bill)
    erp.sim("POST", "clock", {"advance": 11})
    assert _status(erp, bill) == "Open"


def test_the_session_is_busy_while_an_operation_runs(erp: Any, bill: dict[str, Any]) -> None:
    """Other requests of the session fail until it ends; another session is served."""
    answer = _act(erp, "Bill/ReleaseBill", bill)
    assert "has not been completed" in erp.fault_text("Account")
    token = erp.http.headers["Authorization"]
    erp.sign_in()
    assert erp.call("GET", "Account").status_code == 200
    erp.http.headers["Authorization"] = token
    for _ in range(3):
        _poll(erp, answer)
    assert erp.call("GET", "Account").status_code == 200


def test_an_action_may_finish_at_once_with_a_decoy_location(erp: Any, bill: dict[str, Any]) -> None:
    """In immediate mode the answer is 204 and its Location is the record, not a status."""
    erp.set(action_mode="immediate")
    answer = _act(erp, "Bill/ReleaseBill", bill)
    assert answer.status_code == 204
    assert answer.headers["Location"].endswith(f"/Bill/{bill['id']}")
    assert _status(erp, bill) == "Open"


@pytest.mark.parametrize("status", [422, 500])
def test_an_operation_may_fail_while_it_is_polled(erp: Any, bill: dict[str, Any], status: int) -> None:
    """The failure comes with the poll, with the configured status, and the bill is unchanged."""
    erp.set(action_polls=0, action_failure="Batch is out of balance.", action_failure_status=status)
    answer = _act(erp, "Bill/ReleaseBill", bill)
    assert answer.status_code == 202
    polled = _poll(erp, answer)
    assert polled.status_code == status
    assert "Batch is out of balance." in polled.text
    assert _status(erp, bill) == "Balanced"


def test_a_bill_on_hold_cannot_be_released(erp: Any, vendor: str) -> None:
    """ReleaseBill of a bill on hold is refused at once."""
    line = {"Account": "61500", "ExtendedCost": 1}
    made = erp.made("Bill", {"Vendor": vendor, "Hold": True, "Details": [line]})
    answer = _act(erp, "Bill/ReleaseBill", made)
    assert (answer.status_code, answer.json()["exceptionType"]) == (500, "PX.Data.PXException")
    assert _status(erp, made) == "On Hold"


def test_a_second_release_is_refused(erp: Any, bill: dict[str, Any]) -> None:
    """An open bill cannot be released again."""
    erp.set(action_mode="immediate")
    _act(erp, "Bill/ReleaseBill", bill)
    assert _act(erp, "Bill/ReleaseBill", bill).status_code == 500


def test_a_period_closed_before_the_release_fails_it(erp: Any, bill: dict[str, Any]) -> None:
    """The release checks the period again and answers the entity with the error on PostPeriod."""
    erp.set(action_mode="immediate")
    year = erp.sim("GET", "state?entity=FinancialPeriod")["FinancialPeriod"][2]
    year["Details"][2]["ClosedInAP"] = True
    erp.sim("POST", "edit", {"entity": "FinancialPeriod", "id": "2026", "set": {"Details": year["Details"]}})
    answer = _act(erp, "Bill/ReleaseBill", bill)
    assert answer.status_code == 422
    assert "inactive" in answer.json()["entity"]["PostPeriod"]["error"]


def test_a_released_bill_is_frozen(erp: Any, bill: dict[str, Any]) -> None:
    """Amounts and dates of an open bill cannot be changed, nor can it be deleted; equal values pass."""
    erp.set(action_mode="immediate")
    _act(erp, "Bill/ReleaseBill", bill)
    assert "cannot be changed" in erp.refused("Bill", {"id": bill["id"], "VendorRef": "INV-2"})["VendorRef"]["error"]
    assert erp.put("Bill", {"id": bill["id"], "Details": [{"Account": "61500"}]}).status_code == 422
    assert erp.call("DELETE", f"Bill/{bill['id']}").status_code == 500
    same = erp.made("Bill", {"id": bill["id"], "VendorRef": "INV-1"})
    assert (same["Status"], same["Amount"]) == ({"value": "Open"}, {"value": Decimal("100.0")})


def test_reversing_makes_a_debit_adjustment_with_the_same_number(erp: Any, bill: dict[str, Any]) -> None:
    """ReverseBill leaves the bill open and adds a debit adjustment on hold with its lines and VendorRef."""
    erp.set(action_mode="immediate")
    _act(erp, "Bill/ReleaseBill", bill)
    assert _act(erp, "Bill/ReverseBill", bill).status_code == 204
    (made,) = erp.rows("Bill", filter="Type eq 'Debit Adj.'")
    assert (made["VendorRef"], made["Status"]) == ({"value": "INV-1"}, {"value": "On Hold"})
    assert made["Amount"] == {"value": Decimal("100.0")}
    assert _status(erp, bill) == "Open"


def test_approval_stands_between_hold_and_balanced(erp: Any, vendor: str) -> None:
    """With approvals a bill off hold is pending, cannot be released, and Approve balances it."""
    erp.set(bill_approval=True, action_mode="immediate")
    line = {"Account": "61500", "ExtendedCost": 1}
    made = erp.made("Bill", {"Vendor": vendor, "Hold": False, "Details": [line]})
    assert made["Status"] == {"value": "Pending Approval"}
    assert _act(erp, "Bill/ReleaseBill", made).status_code == 500
    assert _act(erp, "Bill/Approve", made).status_code == 204
    assert _status(erp, made) == "Balanced"


def test_unknown_actions_and_operations_answer_404(erp: Any, bill: dict[str, Any]) -> None:
    """An action name or an operation id that does not exist is not found."""
    assert _act(erp, "Bill/Explode", bill).status_code == 404
    path = "Bill/ReleaseBill/status/9bab77d3-61dd-488a-ba84-d6820f06d114"
    assert erp.call("GET", path).status_code == 404


def test_an_action_needs_its_entity(erp: Any) -> None:
    """A body without entity is a bad request, and a key that finds nothing a server exception."""
    assert erp.call("POST", "Bill/ReleaseBill", {"parameters": {}}).status_code == 400
    entity = {"Type": {"value": "Bill"}, "ReferenceNbr": {"value": "NOPE"}}
    answer = erp.call("POST", "Bill/ReleaseBill", {"entity": entity})
    assert answer.json()["exceptionType"].endswith("NoEntitySatisfiesTheConditionException")


def test_a_payment_closes_the_bill(erp: Any, bill: dict[str, Any], vendor: str) -> None:
    """A released check that pays a bill in full closes it with a balance of zero."""
    erp.set(action_mode="immediate")
    _act(erp, "Bill/ReleaseBill", bill)
    check = erp.made(
        "Check",
        {
            "Vendor": vendor,
            "CashAccount": "10100",
            "Hold": False,
            "Details": [{"DocType": "Bill", "ReferenceNbr": bill["ReferenceNbr"]["value"]}],
        },
    )
    assert check["PaymentAmount"] == {"value": Decimal("100.0")}
    assert _act(erp, "Check/ReleaseCheck", check).status_code == 204
    paid = erp.call("GET", f"Bill/{bill['id']}").json()
    assert (paid["Status"], paid["Balance"]) == ({"value": "Closed"}, {"value": 0.0})


def test_another_session_does_not_find_the_operation(erp: Any, bill: dict[str, Any]) -> None:
    """The status is told in the session of the action only, and a foreign look does not move it on."""
    erp.set(action_polls=1)
    answer = _act(erp, "Bill/ReleaseBill", bill)
    token = erp.http.headers["Authorization"]
    erp.sign_in()
    for _ in range(3):
        assert _poll(erp, answer).status_code == 404
    erp.http.headers["Authorization"] = token
    assert [_poll(erp, answer).status_code for _ in range(2)] == [202, 204]


@pytest.mark.parametrize(("status", "member"), [(500, "exceptionMessage"), (409, "message")])
def test_how_a_busy_session_answers_is_a_switch(erp: Any, bill: dict[str, Any], status: int, member: str) -> None:
    """Nobody documents status and text, so a test may choose them."""
    erp.set(session_busy_status=status, session_busy_text="Try later.")
    _act(erp, "Bill/ReleaseBill", bill)
    answer = erp.call("GET", "Account")
    assert (answer.status_code, answer.json()[member]) == (status, "Try later.")
