"""A day's read from one end to the other, with the answers whole."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def day(cloud: Any) -> None:
    """2 March 2026, a quarter past ten, with one changed supplier, one order and one invoice."""
    cloud.sim("POST", "clock", {"set": "2026-03-02T10:15:44Z", "speed": 0})
    cloud.seed("CIDMAS", {"SUNO": "Y30009", "SUNM": "Tide AB", "LMTS": "1772400000000"})
    line = {"ITNO": "FAST-M6-25", "ORQA": 5000, "PUPR": "1.85", "CODT": "20260316"}
    head = {"PUNO": "4500012", "SUNO": "Y30001", "PUSL": "35", "PUST": "35", "PUDT": "20260220", "LMDT": "20260301"}
    cloud.seed("MPHEAD", {**head, "DWDT": "20260315", "MPLINE": [line]})


def test_changed_suppliers_are_read_as_one_json_line(cloud: Any) -> None:
    """The answer of a list is the vendor's to the letter."""
    matrix = ";maxrecs=0;excludempty=false;righttrim=true;cono=100;returncols=CONO,SUNO,SUNM,CUCD,TEPY,PRSU,TINO"
    answer = cloud.call("CRS620MI/LstSuppliers", matrix, LMTS="1772323200000", FRSU="Y30009", _rid="12")
    record = {"CONO": "100", "SUNO": "Y30009", "SUNM": "Tide AB", "CUCD": "SEK", "TEPY": "30D", "TINO": ""}
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert json.loads(answer.text) == {
        "results": [{"transaction": "LstSuppliers", "records": [{**record, "PRSU": "Y30009"}]}],
        "wasTerminated": False,
        "nrOfSuccessfullTransactions": 1,
        "nrOfFailedTransactions": 0,
    }


def test_an_order_is_discovered_and_read(cloud: Any) -> None:
    """From the export's key to head and lines, the values are those of the order."""
    query = "IAPUNO,IASUNO,IAPUSL,IAPUST,IALMDT,IADIVI from MPHEAD where IACONO = 100 and IALMDT >= 20260301"
    assert cloud.exported(query, HDRS="1")[1:] == ["4500012|Y30001|35|35|20260301|AAA"]
    head = cloud.row("PPS001MI/GetHeadBasic", PUNO="4500012")
    assert (head["FACI"], head["WHLO"], head["ORTY"], head["TEDL"]) == ("A01", "001", "P10", "DAP")
    (line,) = cloud.rows("PPS200MI/LstLine", PUNO="4500012")
    expected = {"PNLI": "1", "PNLS": "0", "ITNO": "FAST-M6-25", "PUPR": "1.85", "PUCD": "1", "LNAM": "9250.00"}
    expected |= {"DWDT": "20260315", "CODT": "20260316", "ORQA": "5000", "CFQA": "5000", "RVQA": "0", "IVQA": "0"}
    assert {name: line[name] for name in expected} == expected


def test_details_of_several_suppliers_come_in_one_call(cloud: Any) -> None:
    """A bulk call with one supplier that does not exist is answered as a whole."""
    calls = [
        {
            "transaction": "GetBasicData",
            "record": {"CONO": "100", "SUNO": "Y30001"},
            "selectedColumns": ["SUNO", "STAT"],
        },
        {"transaction": "LstAddresses", "record": {"SUNO": "Y30001"}, "selectedColumns": ["ADTE", "ADR1", "ADR2"]},
        {"transaction": "GetBasicData", "record": {"CONO": "100", "SUNO": "Y39999"}},
    ]
    body = {"program": "CRS620MI", "cono": 100, "divi": "", "excludeEmptyValues": True, "rightTrim": True}
    answer = cloud.bulk({**body, "maxReturnedRecords": 0, "transactions": calls}, "?extendedresult=true").json()
    first, second, third = answer["results"]
    assert first == {
        "transaction": "GetBasicData",
        "parameters": {"CONO": "100", "SUNO": "Y30001"},
        "records": [{"SUNO": "Y30001", "STAT": "20"}],
    }
    assert second["records"] == [{"ADTE": "1", "ADR1": "Hamngatan 4"}]
    assert third == {
        "transaction": "GetBasicData",
        "parameters": {"CONO": "100", "SUNO": "Y39999"},
        "errorMessage": "Supplier number Y39999 does not exist".ljust(50),
        "errorType": "ServerReturnedNOK",
        "errorCode": "XRE0103",
        "errorField": "SUNO",
    }
    assert (answer["nrOfSuccessfullTransactions"], answer["nrOfFailedTransactions"]) == (2, 1)
