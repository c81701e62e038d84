"""Systems behind a private certificate authority, over real TLS, by each of the hooks."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme

from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration import catalog
from ml_connector.transport.client import Client
from ml_connector.transport.clock import SystemClock
from ml_connector.transport.rate import Unlimited
from ml_connector.transport.retry import PlainDialect

SYSTEMS = ("cin7", "acumatica", "ifs", "infor", "qad", "syspro")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Stay quiet."""


@dataclass
class Site:
    """A server with a certificate for ``localhost``, and the authority that issued it."""

    port: int
    authority: Path
    other_authority: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("tls")
    ours, other = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("localhost").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # refused handshakes are meant
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for authority, name in ((ours, "ours.pem"), (other, "other.pem")):
        authority.cert_pem.write_to_path(str(folder / name))
    yield Site(server.server_address[1], folder / "ours.pem", folder / "other.pem")
    server.shutdown()
    server.server_close()


def session_of(system: str, monkeypatch: pytest.MonkeyPatch, **extra: Any) -> requests.Session:
    """Return the session that the system's hook makes of a connection with these extra fields."""
    parts = catalog.SYSTEMS[system]
    made = {"conn_type": "http", "host": "localhost", "login": "x", "password": "y", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_PRIVATE", json.dumps(made))
    session: requests.Session = catalog.load(parts.hook)("private")._session()
    return session


def call(session: requests.Session, host: str, port: int) -> int:
    """Return the status of a read."""
    client = Client(
        session, f"https://{host}:{port}", dialect=PlainDialect(), budget=Unlimited(), clock=SystemClock(),
        timeouts=(5, 5), retry_budget_seconds=0,
    )  # fmt: skip
    try:
        return client.read("x").status
    finally:
        client.close()


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_connection_names_the_authority(system: str, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` in the connection's extra is the authority's file; without it the certificate is refused."""
    assert call(session_of(system, monkeypatch, verify=str(site.authority)), "localhost", site.port) == 200
    with pytest.raises(ConfigurationError, match="certificate"):
        call(session_of(system, monkeypatch), "localhost", site.port)


def test_the_environment_names_the_authority(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """REQUESTS_CA_BUNDLE does for all connections that name none."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(site.authority))
    assert call(session_of("syspro", monkeypatch), "localhost", site.port) == 200


def test_the_connection_goes_before_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection's own authority counts where the environment names another, and the other way round."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(site.other_authority))
    assert call(session_of("syspro", monkeypatch, verify=str(site.authority)), "localhost", site.port) == 200
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(site.authority))
    with pytest.raises(ConfigurationError, match="certificate"):
        call(session_of("syspro", monkeypatch, verify=str(site.other_authority)), "localhost", site.port)


def test_the_name_must_be_the_certificates(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate of the right authority for another name is refused."""
    with pytest.raises(ConfigurationError, match="certificate"):
        call(session_of("ifs", monkeypatch, verify=str(site.authority)), "127.0.0.1", site.port)
