"""A scripted vendor on a real socket, and a clock that waits without waiting."""

from __future__ import annotations

import datetime as dt
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from ml_connector.transport.client import Client
from ml_connector.transport.rate import Unlimited
from ml_connector.transport.retry import PlainDialect

START = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.timezone.utc)


class FakeClock:
    """Time that moves only when somebody waits."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.seconds = 0.0

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.seconds)

    def epoch(self) -> float:
        return self.now().timestamp()

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


@dataclass(frozen=True)
class Seen:
    """One request as the vendor received it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Vendor:
    """Answers requests with `script`, in order; the last entry repeats."""

    url: str = ""
    script: list[Callable[[Handler], None]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)

    def next(self, seen: Seen) -> Callable[[Handler], None]:
        with self.lock:
            self.seen.append(seen)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]


class Handler(BaseHTTPRequestHandler):
    """Reads the request, then does what the script says."""

    protocol_version = "HTTP/1.1"
    server: Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(self.command, self.path, dict(self.headers.items()), body)
        self.server.vendor.next(seen)(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Stay quiet."""


class Server(ThreadingHTTPServer):
    """Carries the vendor to its handlers."""

    vendor: Vendor
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet: the tests hang up on purpose."""


def reply(status: int = 200, body: Any = None, **headers: str) -> Callable[[Handler], None]:
    """Answer with JSON (or the bytes given); headers as keywords, ``_`` for ``-``."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **{name.replace("_", "-"): v for name, v in headers.items()}}

    def act(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in sent.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    return act


def page(status: int = 200) -> Callable[[Handler], None]:
    """Answer with a web page."""
    return reply(status, b"<html><body>Page not found</body></html>", Content_Type="text/html; charset=utf-8")


def cut(handler: Handler) -> None:
    """Promise 100 bytes, send 10 and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b'{"total": 5')
    handler.close_connection = True


def reset(handler: Handler) -> None:
    """Take the request, then reset the connection without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def hang(handler: Handler) -> None:
    """Take the request and never answer it."""
    handler.server.vendor.released.wait(10)
    handler.close_connection = True


def _serve() -> tuple[Server, Vendor]:
    server = Server(("127.0.0.1", 0), Handler)
    server.vendor = Vendor(url=f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True).start()
    return server, server.vendor


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    server, vendor = _serve()
    yield vendor
    vendor.released.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def other_host() -> Iterator[Vendor]:
    server, vendor = _serve()
    yield vendor
    server.shutdown()
    server.server_close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def connect(clock: FakeClock) -> Iterator[Callable[..., Client]]:
    """Make clients that are closed at the end."""
    made: list[Client] = []

    def make(url: str, **settings: Any) -> Client:
        defaults = {"dialect": PlainDialect(), "budget": Unlimited(), "clock": clock, "timeouts": (1, 5)}
        made.append(Client(settings.pop("session", None) or requests.Session(), url, **{**defaults, **settings}))
        return made[-1]

    yield make
    for client in made:
        client.close()
