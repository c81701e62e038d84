"""Bodies of calls as they may be kept."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ml_connector.transport.answer import Call
from ml_connector.transport.bodies import MOST_CHARACTERS, readable
from ml_connector.transport.client import Client
from ml_connector.transport.redaction import Redactor

from .conftest import Vendor, reply

Connect = Callable[..., Client]

IBAN = "DE89 3704 0044 0532 0130 00"
NONE = Redactor()


def test_json_is_readable_without_secrets_and_bank_details() -> None:
    """By name at every depth and by value; codes, keys, accounts and digits of amounts stay."""
    told = {
        "Code": "6120", "key": "K1", "Account": "4010", "BankName": "Kiwibank",
        "Supplier": [{"IBAN": "x", "SwiftCode": "x", "BankAccountNumber": 1, "bankAccount": {"id": 1}, "SortCode": 1}],
        "api_token": "x", "Password": "x", "Note": f"pay to {IBAN}", "Terms": "DE12 3456 7890 1234 5678 90",
        "Memo": "s3cr3t-value", "Empty": {"iban": ""},
    }  # fmt: skip
    shown = readable(json.dumps(told).encode(), Redactor(["s3cr3t-value"]))
    made = json.loads(shown)
    assert (made["Code"], made["key"], made["Account"], made["BankName"]) == ("6120", "K1", "4010", "Kiwibank")
    assert made["Supplier"] == [dict.fromkeys(told["Supplier"][0], "***")]
    assert (made["api_token"], made["Password"], made["Note"], made["Memo"]) == ("***", "***", "pay to ***", "***")
    assert made["Terms"] == "DE12 3456 7890 1234 5678 90"  # no IBAN: its check digits are wrong
    assert made["Empty"] == {"iban": ""}
    assert '"net": 0.10' in readable('{"net": 0.10}', NONE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<a><Iban>x1</Iban><Code>6120</Code></a>", "<a><Iban>***</Iban><Code>6120</Code></a>"),
        ('<s:Password type="t">x1</s:Password>', '<s:Password type="t">***</s:Password>'),
        (f"transfer to {IBAN}.", "transfer to ***."),
        ("client_secret=x1&x=1", "client_secret=***&x=1"),
    ],
)
def test_xml_and_text_are_readable_too(text: str, shown: str) -> None:
    """Elements are hidden by their name, as fields are."""
    assert readable(text, NONE) == shown


def test_a_body_has_a_longest_length() -> None:
    """It is cut after the secrets are gone, and says how long it was; one of many megabytes costs no more."""
    long = json.dumps({"lines": [{"secret": "x1", "item": str(n)} for n in range(5000)]})
    shown = readable(long, NONE)
    assert len(shown) < MOST_CHARACTERS + 50
    assert shown.endswith(f"… ({len(long)} characters)")
    assert "x1" not in shown
    assert len(readable("[" + "1," * 20_000_000, NONE)) < MOST_CHARACTERS + 50


@pytest.mark.parametrize("body", [None, "", b"", b"\xff\xfe\x00"])
def test_no_body_and_no_text_are_nothing(body: str | bytes | None) -> None:
    """Bytes that are no text are not shown."""
    assert readable(body, NONE) == ""


def test_a_write_tells_its_bodies_and_a_good_read_does_not(vendor: Vendor, connect: Connect) -> None:
    """A read that goes wrong tells its answer; what it sent, a query or a log-in, is never told."""
    calls: list[Call] = []
    client = connect(vendor.url, on_call=calls.append, secrets=["s3cr3t-value"])
    vendor.script = [
        reply(200, {"Total": "1.10", "memo": "s3cr3t-value"}), reply(200, {"list": [1]}), reply(404, {"none": 1}),
        reply(400, {"error": "no such field"}),
    ]  # fmt: skip
    client.write("bills", json={"Number": "B1", "password": "x"})
    client.read("bills")
    for _ in range(2):
        with pytest.raises(Exception, match="bills"):
            client.read("bills", method="POST", json={"client_secret": "x"})
    assert [(call.sent, call.received) for call in calls] == [
        ('{"Number": "B1", "password": "***"}', '{"Total": "1.10", "memo": "***"}'),
        ("", ""), ("", ""), ("", '{"error": "no such field"}'),
    ]  # fmt: skip
