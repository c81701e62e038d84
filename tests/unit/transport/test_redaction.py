"""No secret in any text that leaves a call."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from ml_connector.domain.errors import ConfigurationError, ContractError, Refused, SyncError
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import HeaderKeys, MemoryTokenStore, Token, TokenAuth
from ml_connector.transport.client import Client
from ml_connector.transport.redaction import Redactor, redact, redact_url
from ml_connector.transport.seal import seal, unseal

from .conftest import START, FakeClock, Vendor, cut, page, reply, reset

SECRET = "s3cr3t-Value+/="


@pytest.mark.parametrize(
    "text",
    [
        '{"access_token": "SECRET", "expires_in": 3600}',
        '{"refreshToken":"SEC\\"SECRET"}',
        '{\\"client_secret\\": \\"SECRET\\"}',
        '{"Password": {"value": "SECRET"}}',
        "{'password': 'SECRET'}",
        "Authorization: Bearer SECRET",
        "authorization=Basic SECRET",
        "the header Bearer SECRETSECRET was sent",
        "api-auth-applicationkey: SECRET",
        "grant_type=password&client_secret=SECRET&x=1",
        "x-api-key = SECRET",
        "Set-Cookie: SECRET",
        "GET https://user:SECRET@host/x?a=1",
        "https://host/x?token=SECRET&a=1",
        "https://host/x?key=SECRET",
    ],
)
def test_text_loses_what_stands_under_a_secret_name(text: str) -> None:
    """A value under a secret's name is hidden in JSON, headers, forms and addresses."""
    assert "SECRET" not in redact(text)
    assert redact(redact(text)) == redact(text)


def test_text_keeps_the_rest() -> None:
    """What is no secret is left as it is."""
    text = '{"message": "Account key 41200 cannot be found", "Page": 2, "url": "https://h/x?Page=2"}'
    assert redact(text) == text


def test_mappings_are_redacted_at_every_depth() -> None:
    """Headers and nested bodies lose their secrets, and the original stays as it was."""
    body = {"api-auth-accountid": "a", "lines": [{"apiKey": "b", "note": "Bearer abcdefgh", "qty": 2}]}
    assert redact(body) == {
        "api-auth-accountid": "***",
        "lines": [{"apiKey": "***", "note": "Bearer ***", "qty": 2}],
    }
    assert body["api-auth-accountid"] == "a"


def test_registered_values_are_hidden_in_every_spelling() -> None:
    """A known secret is hidden plain, in an address and in JSON."""
    redactor = Redactor([SECRET, "abc"])
    text = redactor.text(f"{SECRET} s3cr3t-Value%2B%2F%3D s3cr3t-Value%2B/%3D abc")
    assert "cr3t" not in text
    assert text.endswith("abc")
    assert SECRET not in repr(redactor)


def test_text_is_bounded() -> None:
    """Long texts are cut, and say how long they were."""
    assert redact("x" * 5000) == "x" * 2000 + "… (5000 characters)"
    assert len(Redactor(max_characters=10).text("y" * 100_000)) < 40


@pytest.mark.parametrize("text", ["a" * 200_000, "a." * 100_000, "token" * 40_000, '"token":"' * 20_000, "\\" * 99_999])
def test_redaction_is_quick_on_any_text(text: str) -> None:
    """No text makes the patterns run away."""
    started = time.process_time()
    redact(text)
    assert time.process_time() - started < 1


def test_addresses_lose_credentials() -> None:
    """An address keeps host, path and plain parameters."""
    assert redact_url("https://u:p@h:8/a?client_id=x&Page=2#f") == "https://h:8/a?client_id=***&Page=2"
    assert redact_url("http://[broken") == "***"


ECHO = {"message": f"the key {SECRET} is not valid", "Authorization": f"Bearer {SECRET}"}


@pytest.mark.parametrize(
    "trouble",
    [reply(s, ECHO) for s in (400, 401, 403, 404, 412, 429, 500)]
    + [
        page(200),
        reply(200, f"<p>{SECRET}".encode()),
        reset,
        cut,
        reply(302, Location=f"/{SECRET}?token={SECRET}"),
    ],
)
@pytest.mark.parametrize("is_write", [True, False])
def test_no_error_shows_a_secret(
    vendor: Vendor,
    connect: Callable[..., Client],
    caplog: pytest.LogCaptureFixture,
    trouble: Any,
    is_write: bool,
) -> None:
    """Whatever the vendor answers, no message, kept answer, trace, log line or report shows the key."""
    caplog.set_level(logging.INFO)
    calls: list[Call] = []
    vendor.script = [trouble]
    auth = HeaderKeys({"one": {"X-Whatever": SECRET}})
    client = connect(vendor.url, auth=auth, on_call=calls.append, retry_budget_seconds=0)
    with pytest.raises(SyncError) as caught:
        client.write(SECRET, params={"q": SECRET}) if is_write else client.read(SECRET, {"q": SECRET})
    shown = [
        *traceback.format_exception(caught.value),
        repr(caught.value),
        repr(client),
        repr(auth),
        caplog.text,
    ]
    if isinstance(caught.value, ContractError):
        shown.append(caught.value.answer)
    if isinstance(caught.value, Refused):
        shown.append(repr(caught.value.reasons))
    assert "cr3t" not in "".join(shown)
    assert "cr3t" not in repr(calls)


def test_no_repr_shows_a_token(clock: FakeClock) -> None:
    """A token and what holds it show no value."""
    token = Token(SECRET, SECRET, START)
    auth = TokenAuth("erp", MemoryTokenStore(), lambda _: token, clock=clock)
    assert "cr3t" not in repr(token) + repr(auth)


def test_an_answer_shows_no_body(vendor: Vendor, connect: Callable[..., Client]) -> None:
    """The answer of a token address does not show the token."""
    vendor.script = [reply(200, {"access_token": SECRET}, Set_Cookie=f"sid={SECRET}")]
    assert "cr3t" not in repr(connect(vendor.url).read("token"))


def test_what_is_sealed_opens_with_the_same_secret_only() -> None:
    """A sealed text shows nothing, opens with its secret, and with no other or altered one."""
    sealed = seal("connection password", SECRET)
    assert SECRET not in sealed
    assert sealed != seal("connection password", SECRET)
    assert unseal("connection password", sealed) == SECRET
    for secret, text in (
        ("other", sealed),
        ("connection password", sealed[:-6]),
        ("other", "é"),
        ("other", ""),
    ):
        with pytest.raises(ConfigurationError) as caught:
            unseal(secret, text)
        assert "password" not in str(caught.value)


def test_nothing_is_sealed_without_a_secret() -> None:
    """An empty password derives no key."""
    with pytest.raises(ConfigurationError):
        seal("", SECRET)
