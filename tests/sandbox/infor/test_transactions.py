"""The MI protocol: how transactions are called and what their answers look like."""

from __future__ import annotations

from typing import Any

import pytest

SUPPLIERS, BASIC, ORDER = "CRS620MI/LstSuppliers", "CRS620MI/GetBasicData", "PPS200MI/GetHead"


def test_every_value_is_a_text(cloud: Any) -> None:
    """Numbers, flags and dates of a record are all texts."""
    row = cloud.row(BASIC, SUNO="Y30001")
    assert {type(value) for value in row.values()} == {str}
    assert (row["CONO"], row["SUTY"], row["STAT"]) == ("100", "0", "20")


def test_texts_are_padded_unless_trimmed(cloud: Any) -> None:
    """A text has blanks up to its length, numbers have none; with righttrim texts have none either."""
    padded = cloud.rows(BASIC, "", SUNO="Y30001")[0]
    assert (padded["SUNO"], padded["CSCD"], padded["CONO"]) == ("Y30001    ", "SE ", "100")
    assert cloud.rows(BASIC, ";righttrim=true", SUNO="Y30001")[0]["SUNO"] == "Y30001"
    assert cloud.rows(BASIC, "", SUNO="Y30001", righttrim="true")[0]["SUNO"] == "Y30001"
    cloud.set(pad_values=False)
    assert cloud.rows(BASIC, "", SUNO="Y30001")[0]["SUNO"] == "Y30001"


def test_no_date_is_zero_or_blank(cloud: Any) -> None:
    """A date that is not there is 0, or nothing where the tenant answers so."""
    assert cloud.row(SUPPLIERS, TOSU="Y30001")["LIDT"] == "0"
    cloud.set(empty_date="")
    assert cloud.row(SUPPLIERS, TOSU="Y30001")["LIDT"] == ""


def test_returncols_chooses_the_columns(cloud: Any) -> None:
    """With returncols a record has those columns alone; unknown ones are ignored."""
    rows = cloud.rows(SUPPLIERS, ";righttrim=true;returncols=SUNO,CUCD,NOPE")
    assert rows == [{"SUNO": "Y30001", "CUCD": "SEK"}, {"SUNO": "Y30007", "CUCD": "USD"}]


@pytest.mark.parametrize("name", ["excludempty", "excludeempty", "excludeEmptyValues"])
def test_empty_values_are_left_out_on_request(cloud: Any, name: str) -> None:
    """Each spelling of the option drops blank values, zeros stay."""
    row = cloud.rows(BASIC, f";{name}=true", SUNO="Y30001")[0]
    assert "PHN2" not in row
    assert row["SUTY"] == "0"
    assert "PHN2" in cloud.rows(BASIC, "", SUNO="Y30001")[0]


def test_a_list_is_cut_at_a_hundred_without_a_word(cloud: Any) -> None:
    """Without maxrecs a list has 100 records, with 0 all of them, and nothing tells that there are more."""
    cloud.seed("CIDMAS", *({"SUNO": f"S{number:04}"} for number in range(150)))
    assert len(cloud.rows(SUPPLIERS, "")) == 100
    assert len(cloud.rows(SUPPLIERS, ";maxrecs=0")) == 152
    assert len(cloud.rows(SUPPLIERS, ";maxrecs=7")) == 7


def test_maxrecs_must_be_a_number(cloud: Any) -> None:
    """A maxrecs that is no number is a bad request."""
    assert cloud.call(SUPPLIERS, ";maxrecs=many").status_code == 400


def test_the_answer_has_the_vendor_s_spelling(cloud: Any) -> None:
    """The counter of successes has a double l, and results name their transaction."""
    answer = cloud.call("GENERAL/GetCurrentUser").json()
    assert answer["nrOfSuccessfullTransactions"] == 1
    assert (answer["nrOfFailedTransactions"], answer["wasTerminated"]) == (0, False)
    assert answer["results"][0]["transaction"] == "GetCurrentUser"


def test_unknown_inputs_are_ignored(cloud: Any) -> None:
    """Inputs that the transaction does not have, the cache buster among them, change nothing."""
    assert cloud.rows(BASIC, SUNO="Y30001", _rid="12", NOPE="x") == cloud.rows(BASIC, SUNO="Y30001")


def test_input_names_are_upper_case(cloud: Any) -> None:
    """An input in small letters is not that input."""
    assert cloud.nok(BASIC, suno="Y30001")["errorType"] == "MandatoryInputFieldNotFound"


def test_a_mandatory_input_must_be_there(cloud: Any) -> None:
    """A missing or blank mandatory input fails inside a 200 and is named."""
    expected = {
        "transaction": "GetHead",
        "errorMessage": "Mandatory field PUNO missing",
        "errorType": "MandatoryInputFieldNotFound",
        "errorField": "PUNO",
    }
    assert cloud.nok(ORDER) == expected
    assert cloud.nok(ORDER, PUNO=" ") == expected


def test_a_value_must_fit(cloud: Any) -> None:
    """A value longer than its field is answered 400 with the error at the top level."""
    answer = cloud.call(BASIC, SUNO="Y3000100000")
    assert (answer.status_code, answer.json()["errorType"]) == (400, "InputFieldTooLong")
    assert answer.json()["errorField"] == "SUNO"


def test_a_number_and_a_date_must_be_ones(cloud: Any) -> None:
    """A text in a numeric field or an impossible date fails with the generic code."""
    assert cloud.nok("CRS630MI/LstAccountID", AITP="x")["errorCode"] == "CPF9898"
    assert cloud.nok("GLS200MI/LstVouchersByDt", FRDT="20260231", TODT="20260301")["errorField"] == "FRDT"


def test_a_date_is_written_without_signs(cloud: Any) -> None:
    """Dates are yyyyMMdd and nothing else; records are seeded with JSON's, too."""
    for text in ("2026-03-01", "202603-01", "2026301"):
        assert cloud.nok("GLS200MI/LstVouchersByDt", FRDT=text, TODT="20260301")["errorField"] == "FRDT"
    cloud.seed("MPHEAD", {"PUNO": "1", "SUNO": "Y30001", "PUDT": "2026-03-01"})
    assert cloud.row("PPS001MI/GetHeadBasic", PUNO="1")["PUDT"] == "20260301"


def test_an_unknown_transaction_is_answered_400(cloud: Any) -> None:
    """An unknown program or transaction is TransactionNotFound with status 400."""
    for path in ("PPS200MI/Nothing", "ABC123MI/Get"):
        answer = cloud.call(path)
        assert (answer.status_code, answer.json()["errorType"]) == (400, "TransactionNotFound")


def test_another_company_is_not_authorized(cloud: Any) -> None:
    """A company that is not the user's is refused, in the matrix as in the input."""
    for answer in (cloud.call(ORDER, ";cono=999", PUNO="1"), cloud.call(ORDER, PUNO="1", CONO="999")):
        assert answer.status_code == 400
        assert answer.json() == {
            "errorMessage": "Not authorized for company 999".ljust(50),
            "errorType": "ServerReturnedNOK",
            "errorCode": "XAU0008",
            "errorField": "CONO",
        }


def test_what_does_not_exist_fails_inside_a_200(cloud: Any) -> None:
    """A Get of something unknown answers 200 with the error, whose text is padded with blanks."""
    error = cloud.nok(BASIC, SUNO="Y39999")
    assert error["errorMessage"] == "Supplier number Y39999 does not exist".ljust(50)
    assert (error["errorType"], error["errorCode"], error["errorField"]) == ("ServerReturnedNOK", "XRE0103", "SUNO")
    assert "records" not in error


def test_an_error_may_carry_code_and_field_in_its_text(cloud: Any) -> None:
    """Where the tenant answers so, the message repeats code and field."""
    cloud.set(message_has_code=True)
    assert cloud.nok(BASIC, SUNO="Y39999")["errorMessage"].endswith("XRE0103 SUNO")


def test_an_error_comes_in_the_face_that_is_set(cloud: Any) -> None:
    """The same error may come as 400, as 400 without a body, terminated, or in the old protocol's form."""
    found = []
    for face in ("400", "empty", "terminated", "v1"):
        cloud.set(error_faces={"XRE0103": face})
        found.append(cloud.call(BASIC, SUNO="Y39999"))
    plain, empty, terminated, old = found
    assert (plain.status_code, plain.json()["errorCode"]) == (400, "XRE0103")
    assert (empty.status_code, empty.content) == (400, b"")
    assert (terminated.status_code, terminated.json()["wasTerminated"]) == (200, True)
    assert terminated.json()["terminationErrorType"] == "ServerReturnedNOK"
    assert (old.status_code, old.json()["@type"], old.json()["@code"]) == (200, "ServerReturnedNOK", "XRE0103")


def test_an_empty_list_has_no_records(cloud: Any) -> None:
    """A list that finds nothing has empty records, or none where the tenant answers so."""
    assert cloud.rows("CRS620MI/LstAddresses", SUNO="NOBODY") == []
    cloud.set(omit_empty_records=True)
    result = cloud.call("CRS620MI/LstAddresses", SUNO="NOBODY").json()["results"][0]
    assert result == {"transaction": "LstAddresses"}


def test_some_lists_fail_when_they_find_nothing(cloud: Any) -> None:
    """A list among those set answers that the record does not exist."""
    assert "does not exist" in cloud.nok("PPS320MI/LstReceivedPO", PUNO="1")["errorMessage"]
    cloud.set(nok_when_empty=[])
    assert cloud.rows("PPS320MI/LstReceivedPO", PUNO="1") == []


def test_a_blocked_program_may_not_be_run(cloud: Any) -> None:
    """A program that the user may not run fails with the generic code."""
    cloud.set(blocked_programs=["EXPORTMI"])
    assert cloud.nok("EXPORTMI/Select", QERY="IDSUNO from CIDMAS")["errorCode"] == "CPF9898"


def test_layouts_differ_by_release(cloud: Any) -> None:
    """A field or transaction that the release lacks is missing in answers and in the repository."""
    cloud.set(missing_fields={BASIC: ["VRNO"]}, missing_transactions=["PPS200MI/GetLine"])
    assert "VRNO" not in cloud.row(BASIC, SUNO="Y30001")
    fields = cloud.rows("MRS001MI/LstAdtFieldInf", MINM="CRS620MI", TRNM="GetBasicData", TRTP="O")
    assert "VRNO" not in {row["FLNM"] for row in fields}
    assert cloud.call("PPS200MI/GetLine", PUNO="1", PNLI="1").json()["errorType"] == "TransactionNotFound"
    assert cloud.rows("MRS001MI/LstAdtFieldInf", MINM="PPS200MI", TRNM="GetLine") == []


def test_the_repository_tells_types_and_lengths(cloud: Any) -> None:
    """MRS001MI describes inputs and outputs: type, length, decimals and whether it is mandatory."""
    fields = cloud.rows("MRS001MI/LstAdtFieldInf", MINM="PPS200MI", TRNM="LstLine")
    outputs = {row["FLNM"]: row for row in fields if row["TRTP"] == "O"}
    assert (outputs["DWDT"]["TYPE"], outputs["DWDT"]["LENG"]) == ("D", "10")
    assert (outputs["LNAM"]["TYPE"], outputs["LNAM"]["LENG"], outputs["LNAM"]["FLDP"]) == ("N", "17", "2")
    inputs = {row["FLNM"]: row["MAND"] for row in fields if row["TRTP"] == "I"}
    assert inputs == {"PUNO": "1", "CONO": "0"}


def test_a_program_is_described_as_swagger(cloud: Any) -> None:
    """The metadata route serves Swagger of a program and 404 for an unknown one."""
    paths = cloud.get("M3/m3api-rest/v2/metadata/PPS200MI").json()["paths"]
    (puno, _cono) = paths["/PPS200MI/LstLine"]["get"]["parameters"]
    assert (puno["name"], puno["required"], puno["maxLength"]) == ("PUNO", True, 10)
    assert cloud.get("M3/m3api-rest/v2/metadata/ABC123MI").status_code == 404


def test_server_time_is_date_time_and_stamp(cloud: Any) -> None:
    """The server tells its date, its time without leading zeros, and milliseconds since 1970."""
    cloud.sim("POST", "clock", {"set": "2026-03-02T09:05:04Z", "speed": 0})
    row = cloud.row("GENERAL/GetServerTime")
    assert (row["DATE"], row["TIME"]) == ("20260302", "90504")
    assert row["LMTS"].startswith("1772442304")
    cloud.set(time_zone="Pacific/Auckland")
    assert cloud.row("GENERAL/GetServerTime")["DATE"] == "20260302"
    assert cloud.row("GENERAL/GetServerTime")["TIME"] == "220504"


def test_user_company_and_divisions_can_be_asked(cloud: Any) -> None:
    """The service account's defaults, the companies and their divisions are listed."""
    assert cloud.rows("MNS150MI/GetUserData")[0]["DIVI"] == "AAA"
    assert [row["DIVI"] for row in cloud.rows("MNS150MI/LstCmpDivi")] == ["AAA", "BBB"]
    assert [row["CONO"] for row in cloud.rows("MNS095MI/Lst")] == ["100"]
    assert [row["DIVI"] for row in cloud.rows("MNS100MI/LstDivisions", CONO="100")] == ["", "AAA", "BBB"]
    assert cloud.row("MNS100MI/GetBasicData", CONO="100", DIVI="BBB")["LOCD"] == "USD"
    assert cloud.row("GENERAL/GetUserInfo")["USID"] == "MLCONN"


def test_items_and_customers_are_read_by_change(cloud: Any) -> None:
    """Items are listed by change date, customers by stamp."""
    cloud.seed("MITMAS", {"ITNO": "NEW-ITEM", "LMDT": "20990101"})
    assert [row["ITNO"] for row in cloud.rows("MMS200MI/LstItmByChgDate", FLMD="20981231")] == ["NEW-ITEM"]
    assert cloud.row("MMS200MI/GetItmBasic", ITNO="STEEL-2MM")["UNMS"] == "KG"
    (customer,) = cloud.rows("CRS610MI/LstByNumber")
    assert cloud.rows("CRS610MI/LstByNumber", LMTS=customer["LMTS"]) == []
