"""Logon, sessions, seats and the transport of e.net."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import requests

LOGON = {"Operator": "INTEG", "OperatorPassword": "sandbox-password", "CompanyId": "ACM1", "CompanyPassword": ""}
PROFILE = "GetLogonProfile"


@pytest.mark.parametrize("path", ["Logon", "logon", "Utilities/Logon", "utilities/LOGON"])
def test_a_logon_answers_34_characters_and_two_blanks(erp: Any, path: str) -> None:
    """Both spellings of the path, in any case, answer an octet stream of 32 hex digits, two digits and two blanks."""
    answer = erp.rest(path, **LOGON)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == "36"
    assert re.fullmatch(r"[0-9A-F]{32}\d\d  ", answer.text)


def test_the_session_is_taken_with_its_blanks_and_without(erp: Any) -> None:
    """A session works as it came and trimmed."""
    for user_id in (erp.session_id, erp.session_id.strip()):
        assert erp.rest(PROFILE, UserId=user_id).text.startswith("<?xml")


def test_a_site_may_answer_the_session_in_quotes_or_as_an_element(erp: Any) -> None:
    """Switched, the logon answers a JSON string or a ``<string>`` element around the same text."""
    erp.set(logon_answer="json")
    assert len(json.loads(erp.rest("Logon", **LOGON).text)) == 36
    erp.set(logon_answer="xml")
    assert len(str(ET.fromstring(erp.rest("Logon", **LOGON).text).text)) == 36


@pytest.mark.parametrize("missing", list(LOGON))
def test_all_four_parameters_must_be_sent(erp: Any, missing: str) -> None:
    """A logon without one of the four is refused, though an empty one is accepted."""
    given = {name: value for name, value in LOGON.items() if name != missing}
    assert erp.rest("Logon", **given).text.startswith("ERROR:")


def test_a_wrong_password_is_text_in_a_200(erp: Any) -> None:
    """A refused logon has status 200 and the recorded words."""
    answer = erp.rest("Logon", **{**LOGON, "OperatorPassword": "no"})
    assert (answer.status_code, answer.text) == (200, "ERROR: Invalid operator password")


@pytest.mark.parametrize("change", [{"Operator": "NOBODY"}, {"CompanyId": "ZZZ"}, {"CompanyPassword": "x"}])
def test_unknown_operators_and_companies_are_refused(erp: Any, change: dict[str, str]) -> None:
    """An unknown operator or company, or a wrong company password, is text beginning with ERROR."""
    assert erp.rest("Logon", **{**LOGON, **change}).text.startswith("ERROR:")


def test_a_second_logon_of_the_operator_ends_the_first(erp: Any) -> None:
    """The earlier session is refused from then on."""
    first = erp.session_id
    second = erp.log_on()
    assert erp.rest(PROFILE, UserId=first).text.startswith("ERROR:")
    assert erp.rest(PROFILE, UserId=second).text.startswith("<?xml")


def test_a_person_logging_in_ends_the_session_too(erp: Any) -> None:
    """A human who uses the integration's operator throws it out."""
    erp.sim("POST", "edit", {"entity": "operator", "id": "INTEG", "set": {"logon": True}})
    assert erp.rest(PROFILE, UserId=erp.session_id).text.startswith("ERROR:")


def test_the_same_operator_in_another_company_is_the_same_operator(erp: Any) -> None:
    """A logon to a second company ends the session of the first, unless operators belong to companies."""
    erp.sim("POST", "accounts", {"name": "ACM2"})
    first = erp.session_id
    erp.log_on(CompanyId="ACM2")
    assert erp.rest(PROFILE, UserId=first).text.startswith("ERROR:")
    erp.set(operator_scope="company")
    first = erp.log_on()
    erp.log_on(CompanyId="ACM2")
    assert erp.rest(PROFILE, UserId=first).text.startswith("<?xml")


def test_logons_beyond_the_seats_are_refused(erp: Any) -> None:
    """With one seat taken a second operator is refused until the first logs off."""
    erp.set(seats=1)
    clerk = {**LOGON, "Operator": "CLERK", "OperatorPassword": "clerk-password"}
    assert erp.rest("Logon", **clerk).text == "ERROR: No e.net licenses available"
    assert erp.rest("Logoff", UserId=erp.session_id).text == "0"
    assert len(erp.rest("Logon", **clerk).text) == 36


def test_an_orphan_holds_its_seat_until_it_has_idled_away(erp: Any) -> None:
    """A session that was never logged off frees its seat when the idle time is over."""
    erp.set(seats=1, session_idle_seconds=600)
    clerk = {**LOGON, "Operator": "CLERK", "OperatorPassword": "clerk-password"}
    erp.sim("POST", "clock", {"advance": 599})
    assert erp.rest("Logon", **clerk).text.startswith("ERROR:")
    erp.sim("POST", "clock", {"advance": 2})
    assert len(erp.rest("Logon", **clerk).text) == 36


def test_logoff_of_an_unknown_session_has_the_recorded_text(erp: Any) -> None:
    """An id that the service does not know is answered with the words about BaseDir8."""
    answer = erp.rest("Logoff", UserId="0" * 34)
    assert answer.text == "ERROR: Unable to read the SYSPRO base directory registry string BaseDir8"


def test_a_session_ends_in_the_middle_of_a_pull(erp: Any) -> None:
    """After the allowed calls the session is refused with status 200, and a new logon goes on."""
    erp.set(session_calls=2)
    erp.log_on()
    answers = [erp.rest(PROFILE, UserId=erp.session_id).text for _ in range(3)]
    assert [answer.startswith("<?xml") for answer in answers] == [True, True, False]
    assert answers[2].startswith("ERROR:")
    assert erp.rest(PROFILE, UserId=erp.log_on()).text.startswith("<?xml")


def test_an_idle_session_ends_and_a_used_one_does_not(erp: Any) -> None:
    """Each call moves the end of the session."""
    for _ in range(3):
        erp.sim("POST", "clock", {"advance": 1000})
        assert erp.rest(PROFILE, UserId=erp.session_id).text.startswith("<?xml")
    erp.sim("POST", "clock", {"advance": 1300})
    assert erp.rest(PROFILE, UserId=erp.session_id).text.startswith("ERROR:")


def test_an_administrator_may_end_a_session(erp: Any) -> None:
    """Removing the operator's session makes the next call fail."""
    erp.sim("DELETE", "record", {"entity": "session", "id": "INTEG"})
    assert erp.text("Query/Query", "COMFND", "<Query/>").startswith("ERROR:")


def test_the_profile_tells_the_local_currency(erp: Any) -> None:
    """GetLogonProfile answers XML with operator and currency."""
    root = ET.fromstring(erp.rest(PROFILE, UserId=erp.session_id).content)
    assert (root.findtext("OperatorCode"), root.findtext("LocalCurrencyCode")) == ("INTEG", "GBP")


def test_the_version_needs_no_session(erp: Any) -> None:
    """GetVersion answers plain text to anybody."""
    assert re.fullmatch(r"[\d.]+", erp.rest("getversion").text)


@pytest.mark.parametrize("code", ["NOSUCH", "apstin"])
def test_a_missing_business_object_answers_100000(erp: Any, code: str) -> None:
    """A business object that is unknown, or not licensed, is an e.net exception in a 200."""
    erp.set(unlicensed=["APSTIN"])
    text = erp.text("Transaction/Post", code, "<PostApInvoice/>")
    assert text == "ERROR: e.net exception raised: 100000"


def test_what_is_no_xml_is_refused_as_text(erp: Any) -> None:
    """A broken document, or one with a document type, is text beginning with ERROR."""
    for document in ("<Query>", "", "<!DOCTYPE a><Query/>"):
        assert erp.text("Query/Query", "COMFND", document).startswith("ERROR:")


def test_a_post_to_a_get_route_is_not_served(erp: Any) -> None:
    """The classic operations exist as GET alone; unknown routes are a page with 404."""
    url = f"{erp.url}/SYSPROWCFService/Rest/"
    assert requests.post(f"{url}Query/Query", timeout=10).status_code == 405
    unknown = requests.get(f"{url}Nothing", timeout=10)
    assert (unknown.status_code, "html" in unknown.headers["content-type"]) == (404, True)


def test_a_long_request_line_never_reaches_syspro(erp: Any) -> None:
    """A GET above HTTP.sys' limit is refused with 414, or 400 where switched."""
    long = {"UserId": erp.session_id, "BusinessObject": "COMFND", "XmlIn": f"<Query>{'x' * 17000}</Query>"}
    assert erp.rest("Query/Query", **long).status_code == 414
    erp.set(long_url_status=400)
    assert erp.rest("Query/Query", **long).status_code == 400


def test_a_large_document_goes_by_post(erp: Any) -> None:
    """PostLD takes session, business object and documents from one XML body."""
    item = "<Item><Supplier>BOLT</Supplier><Invoice>A1</Invoice><InvoiceValue>5.00</InvoiceValue></Item>"
    body = (
        '<TransactionPostLD xmlns="http://SYSPROWcfService">'
        f"<UserId>{erp.session_id}</UserId><BusinessObject>APSTRI</BusinessObject>"
        f"<XmlParameters><![CDATA[<P/>]]></XmlParameters><XmlIn><![CDATA[<R>{item}</R>]]></XmlIn></TransactionPostLD>"
    )
    url = f"{erp.url}/SYSPROWCFService/Rest/Transaction/PostLD"
    answer = requests.post(url, data=body, headers={"Content-Type": "application/xml"}, timeout=10)
    assert "<ItemsProcessed>1</ItemsProcessed>" in answer.text
    assert [row["Invoice"] for row in erp.stored("ApRegInvoice")] == ["A1"]


def test_a_proxy_may_limit_the_requests(erp: Any) -> None:
    """Where one stands before the site, requests over its limit get a page with 429 or 503 and Retry-After."""
    erp.set(requests_per_minute=2)
    answers = [erp.rest("GetVersion") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "30"
    erp.set(throttle_status=503)
    assert erp.odata("ACM1/ApSupplier").status_code == 503
    erp.sim("POST", "clock", {"advance": 61})
    assert erp.rest("GetVersion").status_code == 200
