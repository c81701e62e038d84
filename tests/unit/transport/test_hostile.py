"""Answers that never end, come by drops, unpack to far more than was sent, or want the credentials elsewhere."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from ml_connector.domain.errors import AmbiguousWrite, ContractError, Refused, SyncError, VendorUnavailable
from ml_connector.transport.client import Client
from ml_connector.transport.clock import SystemClock

from .conftest import Handler, Vendor, reply

Connect = Callable[..., Client]
MEGABYTE = 1024 * 1024
SECRET = {"Authorization": "Bearer mlcmark-abcdefgh", "Cookie": "session=mlcmark-abcdefgh"}


def begin(handler: Handler, **headers: str) -> Callable[[bytes], None]:
    """Begin a chunked answer and return what sends a part of it."""
    handler.send_response(200)
    for name, value in {"Content-Type": "application/json", "Transfer-Encoding": "chunked", **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.close_connection = True
    return lambda part: handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n") and None


def endless(handler: Handler) -> None:
    """Send for as long as somebody reads."""
    send = begin(handler)
    while True:
        send(b" " * 65536)


def drip(handler: Handler) -> None:
    """Send a byte now and then, for as long as somebody reads."""
    send = begin(handler)
    while True:
        send(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def bomb(handler: Handler, times: int) -> None:
    """Send little that unpacks to much: 64 MB as 64 kB, or that packed once more."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(pack.compress(b" " * MEGABYTE) for _ in range(64)) + pack.flush()
    for _ in range(times - 1):
        body = gzip.compress(body, 9)
    reply(200, body, Content_Encoding=", ".join(["gzip"] * times))(handler)


def test_an_endless_answer_ends_at_the_limit(vendor: Vendor, connect: Connect) -> None:
    """What is read of one answer is bounded in bytes, whatever the vendor announces."""
    vendor.script = [endless]
    with pytest.raises(ContractError, match="larger than 1048576 bytes"):
        connect(vendor.url, max_bytes=MEGABYTE).read("x")


@pytest.mark.parametrize("verb", ["read", "write"])
def test_an_answer_by_drops_ends_in_time(vendor: Vendor, connect: Connect, verb: str) -> None:
    """A byte now and then keeps no task busy for ever; a write so answered may have been carried out."""
    vendor.script = [drip]
    client = connect(vendor.url, clock=SystemClock(), max_seconds=0.5, retry_budget_seconds=0)
    started = time.monotonic()
    with pytest.raises(VendorUnavailable if verb == "read" else AmbiguousWrite, match="not there after"):
        getattr(client, verb)("x")
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("times", [1, 2])
def test_a_packed_answer_is_measured_unpacked(vendor: Vendor, connect: Connect, times: int) -> None:
    """A small answer that unpacks to 64 MB is given up at the limit, without having been unpacked whole."""
    vendor.script = [lambda handler: bomb(handler, times)]
    client = connect(vendor.url, max_bytes=MEGABYTE)
    tracemalloc.start()
    try:
        with pytest.raises(ContractError, match="larger than 1048576 bytes"):
            client.read("x")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 64 * MEGABYTE, "the vendor of the test itself holds a megabyte of blanks"


def test_a_packed_answer_of_common_size_is_read(vendor: Vendor, connect: Connect) -> None:
    """Packed answers are read as ever."""
    vendor.script = [reply(200, gzip.compress(b'{"total": 1.10}'), Content_Encoding="gzip")]
    assert str(connect(vendor.url).read("x").data["total"]) == "1.10"


@pytest.mark.parametrize("broken", [b"no gzip at all", gzip.compress(str(list(range(9999))).encode())[:-99]])
def test_a_packed_answer_that_is_broken_is_lost(vendor: Vendor, connect: Connect, broken: bytes) -> None:
    """What cannot be unpacked ends as one of our errors."""
    vendor.script = [reply(200, broken, Content_Encoding="gzip")]
    with pytest.raises(SyncError):
        connect(vendor.url, retry_budget_seconds=0).read("x")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("verb", ["read", "write"])
def test_no_redirect_takes_credentials_elsewhere(
    vendor: Vendor, other_host: Vendor, connect: Connect, status: int, verb: str
) -> None:
    """Neither a read nor a write follows to another host, port or scheme."""
    other_host.script = [reply(200, {})]
    port = other_host.url.rpartition(":")[2]
    for place in (other_host.url, f"//127.0.0.1:{port}/x", f"http://{vendor.url[7:]}@127.0.0.1:{port}/"):
        vendor.script = [reply(status, Location=place)]
        with pytest.raises((ContractError, AmbiguousWrite, Refused)):
            getattr(connect(vendor.url, retry_budget_seconds=0), verb)("x", headers=SECRET)
    assert other_host.seen == []


@pytest.mark.parametrize("where", ["Location", "next link"])
def test_no_address_in_an_answer_is_called_elsewhere(
    vendor: Vendor, other_host: Vendor, connect: Connect, where: str
) -> None:
    """An address that a vendor hands out, to ask on or to page, is called at the vendor only."""
    other_host.script = [reply(200, {})]
    vendor.script = [reply(202, {"next": f"{other_host.url}/p2"}, Location=f"{other_host.url}/status")]
    client = connect(vendor.url)
    answer: Any = client.write("action", json={}, headers=SECRET)
    with pytest.raises(ContractError, match="not called"):
        client.read(answer.location if where == "Location" else answer.data["next"], headers=SECRET)
    assert other_host.seen == []


def test_urllib3_logs_no_query(vendor: Vendor, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """There are vendors that take passwords in the query: at DEBUG urllib3 logs the path alone, in any encoding."""
    vendor.script = [reply(200, {})]
    with caplog.at_level("DEBUG"):
        connect(vendor.url).read("Logon", {"OperatorPassword": "mlcmark/é+=Z9"})
    assert vendor.seen[0].path.startswith("/Logon?OperatorPassword=mlcmark")
    assert "/Logon?…" in caplog.text
    assert "mlcmark" not in caplog.text


@pytest.mark.parametrize("half", [b'"Caf\\ud83d"', b'"Caf\xed\xa0\xbd"', b'{"Caf\\uDE00": [{"a": "\\ud83dx"}]}'])
def test_half_a_character_is_replaced(vendor: Vendor, connect: Connect, half: bytes) -> None:
    """A text cut within an emoji is read with a replacement character: a half one could not be stored or sent on."""
    vendor.script = [reply(200, half)]
    found = str(connect(vendor.url).read("x").data)
    assert "\ufffd" in found
    assert found.encode()


def test_whole_characters_stay(vendor: Vendor, connect: Connect) -> None:
    """An emoji is two halves in JSON's notation, and one character here."""
    vendor.script = [reply(200, b'{"a": "\\ud83d\\ude00"}')]
    assert connect(vendor.url).read("x").data == {"a": "\U0001f600"}


def test_a_session_cookie_stays_with_its_host(vendor: Vendor, other_host: Vendor, connect: Connect) -> None:
    """A cookie that one system set, on 127.0.0.1 as both are, is sent to no session of another."""
    vendor.script = [reply(200, {}, Set_Cookie="session=mlcmark-abcdefgh; Path=/")]
    other_host.script = [reply(200, {})]
    connect(vendor.url).read("x")
    connect(other_host.url).read("x")
    assert "mlcmark" not in str(other_host.seen)
