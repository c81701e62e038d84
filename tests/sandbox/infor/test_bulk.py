"""Several transactions in one call."""

from __future__ import annotations

from typing import Any


def _body(*numbers: str, **members: Any) -> dict[str, Any]:
    calls = [{"transaction": "GetBasicData", "record": {"SUNO": number}} for number in numbers]
    return {"program": "CRS620MI", "transactions": calls, **members}


def test_results_keep_the_order_of_the_calls(cloud: Any) -> None:
    """Each call has its result in its place, and the counters count them."""
    answer = cloud.bulk(_body("Y30007", "Y30001")).json()
    assert [result["records"][0]["SUNO"] for result in answer["results"]] == ["Y30007", "Y30001"]
    assert (answer["nrOfSuccessfullTransactions"], answer["nrOfNotProcessedTransactions"]) == (2, 0)
    assert answer["bulkJobId"].startswith("b-")


def test_a_failure_stays_in_its_result(cloud: Any) -> None:
    """One call that fails leaves status 200 and the others as they are."""
    answer = cloud.bulk(_body("Y30001", "Y39999", "Y30007"))
    first, second, third = answer.json()["results"]
    assert answer.status_code == 200
    assert (second["errorCode"], "records" in second) == ("XRE0103", False)
    assert (first["records"][0]["SUNO"], third["records"][0]["SUNO"]) == ("Y30001", "Y30007")
    assert (answer.json()["nrOfSuccessfullTransactions"], answer.json()["nrOfFailedTransactions"]) == (2, 1)


def test_an_unauthorized_company_fails_inside_the_result(cloud: Any) -> None:
    """What is a 400 in a single call is a failed result in a bulk call."""
    answer = cloud.bulk(_body("Y30001"), "?cono=999")
    assert (answer.status_code, answer.json()["results"][0]["errorCode"]) == (200, "XAU0008")


def test_selected_columns_and_options_come_with_the_body(cloud: Any) -> None:
    """Columns are chosen per call; blanks, empty values and the number of records in the body."""
    body = _body("Y30001", excludeEmptyValues=True, rightTrim=True, maxReturnedRecords=1)
    body["transactions"][0]["selectedColumns"] = ["SUNO", "PHN2"]
    body["transactions"].append({"transaction": "LstSuppliers", "record": {}, "selectedColumns": ["SUNO"]})
    first, second = cloud.bulk(body, "").json()["results"]
    assert (first["records"], second["records"]) == ([{"SUNO": "Y30001"}], [{"SUNO": "Y30001"}])


def test_inputs_are_echoed_on_request(cloud: Any) -> None:
    """With extendedresult each result repeats its inputs."""
    (result,) = cloud.bulk(_body("Y30001"), "?extendedresult=true").json()["results"]
    assert result["parameters"] == {"SUNO": "Y30001"}
    assert "parameters" not in cloud.bulk(_body("Y30001"), "").json()["results"][0]


def test_numbers_in_a_record_are_taken_as_texts(cloud: Any) -> None:
    """An input may be a JSON number."""
    body = {"program": "CRS630MI", "transactions": [{"transaction": "LstAccountID", "record": {"AITP": 1}}]}
    assert cloud.bulk({**body, "cono": 100, "divi": "AAA"}).json()["nrOfSuccessfullTransactions"] == 1


def test_a_tenant_may_stop_at_the_first_failure(cloud: Any) -> None:
    """After a failure the rest is marked as not processed and counted."""
    cloud.set(bulk_stops=True)
    answer = cloud.bulk(_body("Y39999", "Y30001", "Y30007")).json()
    assert [result.get("notProcessed", False) for result in answer["results"]] == [False, True, True]
    assert answer["nrOfNotProcessedTransactions"] == 2


def test_a_bulk_call_may_be_terminated(cloud: Any) -> None:
    """Terminated, it has the results so far and the reason."""
    cloud.set(error_faces={"XRE0103": "terminated"})
    answer = cloud.bulk(_body("Y30001", "Y39999", "Y30007")).json()
    assert (len(answer["results"]), answer["wasTerminated"]) == (1, True)
    assert "Y39999" in answer["terminationReason"]


def test_calls_with_a_set_value_fail(cloud: Any) -> None:
    """A value that is set to fail fails its call alone."""
    cloud.set(failing_values=["Y30007"])
    answer = cloud.bulk(_body("Y30001", "Y30007")).json()
    assert [result.get("errorCode") for result in answer["results"]] == [None, "CPF9898"]


def test_a_body_that_cannot_be_read_is_a_bad_request(cloud: Any) -> None:
    """No JSON, no program, or more calls than the tenant takes is answered 400."""
    cloud.set(bulk_most=1)
    url = f"{cloud.url}/ACME_PRD/M3/m3api-rest/v2/execute"
    assert cloud.http.post(url, data="{", timeout=10).status_code == 400
    assert cloud.bulk({"transactions": []}).status_code == 400
    assert cloud.bulk({"program": "CRS620MI", "transactions": ["x"]}).status_code == 400
    assert cloud.bulk(_body("Y30001", "Y30007")).status_code == 400
