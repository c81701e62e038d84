"""A vendor call over real sockets: repeated, refused, lost, redirected."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from ml_connector.domain.errors import (
    AmbiguousWrite,
    ConcurrentEdit,
    ConfigurationError,
    ContractError,
    RateLimited,
    Refused,
    SyncError,
    VendorUnavailable,
)
from ml_connector.transport.answer import Call
from ml_connector.transport.client import Client
from ml_connector.transport.exchange import event_of
from ml_connector.transport.retry import Event, NotFound, PlainDialect, Verdict

from .conftest import FakeClock, Vendor, cut, hang, page, reply, reset

Connect = Callable[..., Client]


def test_decimals_survive_both_ways(vendor: Vendor, connect: Connect) -> None:
    """Amounts leave and arrive digit for digit, as Decimal."""
    vendor.script = [reply(200, b'{"Total": 1234.10, "Qty": 2}')]
    answer = connect(vendor.url).write("bill", json={"Total": Decimal("0.10"), "Name": "Müller"})
    assert vendor.seen[0].body == '{"Total": 0.10, "Name": "Müller"}'.encode()
    assert str(answer.data["Total"]) == "1234.10"
    assert isinstance(answer.data["Total"], Decimal)


@pytest.mark.parametrize("body", [{"a": [1.5]}, {"a": {"b": Decimal("NaN")}}])
def test_a_float_is_never_sent(vendor: Vendor, connect: Connect, body: Any) -> None:
    """A float or an infinite decimal in a body is a programming error, found before the call."""
    with pytest.raises((TypeError, ValueError)):
        connect(vendor.url).write("bill", json=body)
    assert vendor.seen == []


@pytest.mark.parametrize("path", ["purchase", "/purchase"])
def test_a_path_lies_under_the_base_address(vendor: Vendor, connect: Connect, path: str) -> None:
    """Paths with and without a leading slash are below the base address."""
    vendor.script = [reply(200, [])]
    connect(f"{vendor.url}/api/v2/").read(path, {"Page": "1", "none": None})
    assert vendor.seen[0].path == "/api/v2/purchase?Page=1"


def test_a_connection_is_kept_for_each_call_under_way(vendor: Vendor, connect: Connect) -> None:
    """Sixteen threads call through sixteen connections, however often: none is opened anew for a later call."""
    together, ports = threading.Barrier(16), set()

    def act(handler: Any) -> None:
        ports.add(handler.client_address[1])
        together.wait(30)
        reply(200, [])(handler)

    vendor.script = [act]
    client = connect(vendor.url, timeouts=(30, 60))
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: client.read("x"), range(64)))
    assert len(ports) == 16


def test_a_form_is_sent_as_a_form(vendor: Vendor, connect: Connect) -> None:
    """A token address gets a form body."""
    vendor.script = [reply(200, {})]
    connect(vendor.url).read("token", method="POST", form={"grant_type": "password"})
    assert vendor.seen[0].body == b"grant_type=password"


def test_an_empty_body_is_none(vendor: Vendor, connect: Connect) -> None:
    """A 204 has no data, and a write without a body says that its length is 0."""
    vendor.script = [reply(204)]
    assert connect(vendor.url).write("logout").data is None
    assert vendor.seen[0].headers["Content-Length"] == "0"


@pytest.mark.parametrize("trouble", [reset, cut, reply(500), reply(503), reply(429)])
def test_a_read_is_repeated(vendor: Vendor, connect: Connect, clock: FakeClock, trouble: Any) -> None:
    """A read goes on after a reset, a truncated body, a server error and a rate limit."""
    vendor.script = [trouble, trouble, reply(200, {"ok": 1})]
    assert connect(vendor.url).read("x").data == {"ok": 1}
    assert len(vendor.seen) == 3
    assert 1 <= clock.waits[0] <= 2 <= clock.waits[1]


def test_a_read_that_times_out_is_repeated(vendor: Vendor, connect: Connect) -> None:
    """A read goes on after a time-out."""
    vendor.script = [hang, reply(200, {"ok": 1})]
    assert connect(vendor.url, timeouts=(1, 0.05)).read("x").data == {"ok": 1}


def test_a_read_gives_up_within_the_retry_budget(vendor: Vendor, connect: Connect, clock: FakeClock) -> None:
    """Past the retry budget the read ends as unavailable, and has not waited longer than that."""
    vendor.script = [reply(500)]
    with pytest.raises(VendorUnavailable):
        connect(vendor.url, retry_budget_seconds=20).read("x")
    assert sum(clock.waits) <= 20
    assert len(vendor.seen) == len(clock.waits) + 1 > 3


@pytest.mark.parametrize(
    "trouble",
    [reset, cut, reply(500), reply(502), reply(503), page(200), reply(200, b'{"broken": '), reply(302)],
)
def test_a_write_of_unknown_outcome_is_sent_once(
    vendor: Vendor, connect: Connect, clock: FakeClock, trouble: Any
) -> None:
    """A lost, truncated, unreadable or 5xx answer to a write is ambiguous, and nothing is repeated."""
    vendor.script = [trouble]
    with pytest.raises(AmbiguousWrite):
        connect(vendor.url).write("bill", json={})
    assert len(vendor.seen) == 1
    assert clock.waits == []


def test_a_write_that_times_out_is_ambiguous(vendor: Vendor, connect: Connect) -> None:
    """A write whose answer does not come in time is ambiguous."""
    vendor.script = [hang]
    with pytest.raises(AmbiguousWrite):
        connect(vendor.url, timeouts=(1, 0.05)).write("bill", json={})
    assert len(vendor.seen) == 1


def test_a_write_is_repeated_after_a_rate_limit(vendor: Vendor, connect: Connect, clock: FakeClock) -> None:
    """Too many calls means not carried out, so the write waits as long as asked and goes again."""
    vendor.script = [reply(429, Retry_After="7 Seconds"), reply(200, {"id": 1})]
    assert connect(vendor.url).write("bill", json={}).data == {"id": 1}
    assert 7 <= clock.waits[0] <= 12


def test_a_long_wait_is_left_to_airflow(vendor: Vendor, connect: Connect, clock: FakeClock) -> None:
    """A Retry-After beyond the budget is raised with the time to come back, not slept."""
    vendor.script = [reply(429, Retry_After="300")]
    with pytest.raises(RateLimited) as caught:
        connect(vendor.url).read("x")
    assert caught.value.retry_after_seconds is not None
    assert 300 <= caught.value.retry_after_seconds <= 305
    assert clock.waits == []


def test_a_write_that_never_left_is_unavailable(connect: Connect, clock: FakeClock, closed_port: int) -> None:
    """When no connection can be opened, the write was not carried out: it waits, then ends as unavailable."""
    with pytest.raises(VendorUnavailable):
        connect(f"http://127.0.0.1:{closed_port}").write("bill", json={})
    assert len(clock.waits) > 3


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, ConfigurationError),
        (403, ConfigurationError),
        (404, NotFound),
        (409, Refused),
        (412, ConcurrentEdit),
        (422, Refused),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_definite_no(vendor: Vendor, connect: Connect, status: int, error: type[SyncError], method: Any) -> None:
    """Client errors end a call at once, each with its own error."""
    vendor.script = [reply(status, {"message": "no"})]
    client = connect(vendor.url)
    with pytest.raises(error):
        client.read("x") if method == "GET" else client.write("x", method=method, json={})
    assert len(vendor.seen) == 1


class _Acumatica(PlainDialect):
    """Answers some refusals with 500 and a JSON exception type."""

    def classify(self, status: int, headers: Any, data: Any, text: str) -> Verdict:
        if status == 500 and isinstance(data, dict) and "exceptionType" in data:
            return Verdict(Event.REFUSED, (("", str(data["exceptionMessage"])),))
        return super().classify(status, headers, data, text)


def test_a_500_that_the_dialect_knows_is_a_refusal(vendor: Vendor, connect: Connect) -> None:
    """A server error that the vendor uses to say no is a refusal with the vendor's words."""
    body = {"exceptionType": "PXException", "exceptionMessage": "No entity satisfies the condition."}
    vendor.script = [reply(500, body)]
    with pytest.raises(Refused) as caught:
        connect(vendor.url, dialect=_Acumatica()).write("bill", json={})
    assert caught.value.reasons == (("", "No entity satisfies the condition."),)
    assert "No entity" in str(caught.value)


def test_a_repeatable_write_is_repeated(vendor: Vendor, connect: Connect) -> None:
    """A write that the vendor carries out once however often it comes goes on after a reset."""
    vendor.script = [reset, reply(503), reply(204)]
    assert connect(vendor.url).write("release", repeatable=True).status == 204


@pytest.mark.parametrize("trouble", [reply(400, {"message": "already released"}), reply(401), reply(500)])
def test_a_repeated_write_that_ends_badly_is_ambiguous(vendor: Vendor, connect: Connect, trouble: Any) -> None:
    """After a lost attempt a refusal does not mean that nothing was changed."""
    vendor.script = [reset, trouble]
    with pytest.raises(AmbiguousWrite):
        connect(vendor.url).write("release", repeatable=True)


@pytest.mark.parametrize("trouble", [page(200), page(404), reply(200, b"\xff\xfe\xff"), reply(200, b'{"a": NaN}')])
def test_a_read_answered_with_no_json_is_a_contract_error(vendor: Vendor, connect: Connect, trouble: Any) -> None:
    """A web page or broken JSON is not repeated and not taken for "no rows"."""
    vendor.script = [trouble]
    with pytest.raises(ContractError):
        connect(vendor.url).read("x")
    assert len(vendor.seen) == 1


def test_a_web_page_points_at_the_address(vendor: Vendor, connect: Connect) -> None:
    """The message says that the address is probably wrong, and the page is kept."""
    vendor.script = [page(200)]
    with pytest.raises(ContractError, match="address in the connection is probably wrong") as caught:
        connect(vendor.url).read("x")
    assert "Page not found" in caught.value.answer


def test_too_large_an_answer_is_not_read(vendor: Vendor, connect: Connect) -> None:
    """An answer beyond the size limit ends the call."""
    vendor.script = [reply(200, b'"' + b"x" * 5000 + b'"')]
    client = connect(vendor.url, max_bytes=1000)
    with pytest.raises(ContractError, match="larger than 1000 bytes"):
        client.read("x")
    with pytest.raises(AmbiguousWrite):
        client.write("x", json={})


def test_a_redirect_to_another_host_is_not_followed(vendor: Vendor, other_host: Vendor, connect: Connect) -> None:
    """Credentials and calls never go to another host."""
    vendor.script = [reply(302, Location=f"{other_host.url}/x")]
    other_host.script = [reply(200, {})]
    with pytest.raises(ContractError, match="not followed"):
        connect(vendor.url).read("x", headers={"Authorization": "Bearer abcdefgh"})
    assert other_host.seen == []


def test_a_redirect_on_the_same_host_is_followed_for_a_read(vendor: Vendor, connect: Connect) -> None:
    """A GET follows a redirect within the host and keeps its headers."""
    vendor.script = [reply(301, Location="/y?a=1"), reply(200, {"ok": 1})]
    assert connect(vendor.url).read("x", headers={"X-Key": "1"}).data == {"ok": 1}
    assert vendor.seen[1].path == "/y?a=1"
    assert vendor.seen[1].headers["X-Key"] == "1"


def test_a_redirect_loop_ends(vendor: Vendor, connect: Connect) -> None:
    """A redirect loop ends after three redirects."""
    vendor.script = [reply(302, Location="/x")]
    with pytest.raises(ContractError):
        connect(vendor.url).read("x")
    assert len(vendor.seen) == 4


def test_a_full_address_is_called_only_on_the_same_host(vendor: Vendor, other_host: Vendor, connect: Connect) -> None:
    """The Location of an accepted action can be read as it is; another host's is not called."""
    vendor.script = [reply(202, Location="/status/1"), reply(204)]
    client = connect(f"{vendor.url}/api")
    location = client.write("action", json={}).location
    assert location == f"{vendor.url}/status/1"
    assert client.read(location).status == 204
    with pytest.raises(ContractError, match="not called"):
        client.read(f"{other_host.url}/x")
    assert other_host.seen == []


def test_every_attempt_is_reported(vendor: Vendor, connect: Connect) -> None:
    """The observer sees each attempt with status and error, and no secret."""
    calls: list[Call] = []
    vendor.script = [reset, reply(503), reply(200, {})]
    connect(vendor.url, on_call=calls.append).read("x", {"token": "s3cr3t-value", "Page": 1})
    assert [(call.status, call.attempt, bool(call.error)) for call in calls] == [
        (None, 1, True),
        (503, 2, True),
        (200, 3, False),
    ]
    assert calls[0].url == f"{vendor.url}/x?token=***&Page=1"


def test_a_failing_observer_does_not_lose_the_answer(vendor: Vendor, connect: Connect) -> None:
    """When a call cannot be noted its answer still comes back."""

    def fail(call: Call) -> None:
        raise OSError(call.url)

    vendor.script = [reply(200, {"id": 7})]
    assert connect(vendor.url, on_call=fail).write("bill", json={}).data == {"id": 7}


def test_a_session_that_repeats_by_itself_is_refused(connect: Connect) -> None:
    """A session with retries of its own could send a write twice, so it is not accepted."""
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=urllib3.Retry(3)))
    with pytest.raises(ConfigurationError, match="repeats"):
        connect("http://127.0.0.1", session=session)


@pytest.mark.parametrize("url", ["", "example.com", "ftp://x", "http://u:p4ssw0rd@x", "http://x:nan", "https://x?k=1"])
def test_a_bad_address_is_a_configuration_error(connect: Connect, url: str) -> None:
    """An address that is none, or that holds credentials, is refused without showing them."""
    with pytest.raises(ConfigurationError) as caught:
        connect(url)
    assert "p4ssw0rd" not in str(caught.value)


def test_a_header_that_cannot_be_sent_is_a_configuration_error(vendor: Vendor, connect: Connect) -> None:
    """A line break in a header is refused before the call, without showing the value."""
    with pytest.raises(ConfigurationError) as caught:
        connect(vendor.url).read("x", headers={"X-Key": "s3cr3t\nvalue"})
    assert "s3cr3t" not in str(caught.value)


def test_an_untrusted_certificate_is_a_configuration_error() -> None:
    """A certificate that is not trusted is told from a lost connection."""
    cause = ssl.SSLCertVerificationError("self-signed certificate")
    error = requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(None, "/", cause))  # type: ignore[arg-type]
    assert event_of(error) is Event.UNTRUSTED
    assert event_of(requests.exceptions.SSLError("EOF occurred in violation of protocol")) is Event.LOST
