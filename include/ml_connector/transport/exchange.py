"""One HTTP exchange with one host: what was sent, what came back, and what it means."""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from ml_connector.domain.errors import ConfigurationError
from ml_connector.transport.answer import MAX_SECONDS, Answer, NotJson, TooLarge, TooSlow, decode, read_bounded, text_of
from ml_connector.transport.clock import Clock
from ml_connector.transport.redaction import redact_url
from ml_connector.transport.retry import Dialect, Event, Verdict, retry_after

MAX_REDIRECTS = 3
MOST_AT_ONCE = 32
"""Calls under way at once: the most that options let an adapter read with."""
_FIRST_ERROR = 400
_WEB_PAGE = "answered with a web page: the address in the connection is probably wrong"


class _NoQueries(logging.Filter):
    """Leaves the query out of what urllib3 logs of an address: SYSPRO takes its passwords there, QAD may."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut the address, and let the record pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(_QUERY.sub("?…", one) if isinstance(one, str) else one for one in record.args)
        return True


_QUERY = re.compile(r"\?\S*")
logging.getLogger("urllib3.connectionpool").addFilter(_NoQueries())


@dataclass(frozen=True)
class End:
    """How one exchange ended; `note` says more and holds no secret."""

    verdict: Verdict
    answer: Answer | None = None
    note: str = ""
    retry_after_seconds: float | None = None


@dataclass(frozen=True)
class Exchange:
    """Sends prepared requests to one address and judges what comes back; never raises for a bad answer."""

    session: requests.Session
    base_url: str
    dialect: Dialect
    timeouts: tuple[float, float]
    clock: Clock
    max_bytes: int
    decode: Callable[[bytes], Any] = decode
    max_seconds: float = MAX_SECONDS
    _settings: dict[str, Any] = field(default_factory=dict, repr=False)

    def prepare(self, request: requests.Request) -> requests.PreparedRequest:
        """Return the request as it will be sent, without credentials.

        Raises:
            ConfigurationError: the address or a header cannot be sent.
        """
        try:
            return self.session.prepare_request(request)
        except (requests.RequestException, ValueError) as error:
            name = type(error).__name__
        raise ConfigurationError(f"{redact_url(request.url)} cannot be called: {name}")

    def send(self, request: requests.PreparedRequest, *, as_text: bool = False) -> End:
        """Send and read the whole answer, as data or as text; whatever goes wrong becomes an event."""
        started = self.clock.monotonic()
        try:
            with self._response(request) as response:
                body = read_bounded(response, self.max_bytes, self.max_seconds, self.clock.monotonic)
        except TooLarge:
            return End(Verdict(Event.CONTRACT), note=f"the answer is larger than {self.max_bytes} bytes")
        except TooSlow:
            return End(Verdict(Event.LOST), note=f"the answer is not there after {self.max_seconds:.0f} seconds")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return End(Verdict(event_of(error)), note=type(error).__name__)
        return self._judge(response, body, self.clock.monotonic() - started, as_text=as_text)

    @contextmanager
    def _response(self, request: requests.PreparedRequest) -> Iterator[requests.Response]:
        """Send; follow redirects of a GET on the same host, with the same credentials, a few times."""
        if not self._settings:  # once: one host has one proxy, and looking for it takes longer than the rest of a call
            chosen = None if self.session.verify is True else self.session.verify  # else the environment's would win
            self._settings.update(self.session.merge_environment_settings(request.url or "", {}, True, chosen, None))
        for redirects in range(MAX_REDIRECTS + 1):
            response = self.session.send(request, timeout=self.timeouts, allow_redirects=False, **self._settings)
            with closing(response):
                target = urljoin(request.url or "", response.headers.get("Location", ""))
                may_follow = request.method == "GET" and same_origin(target, self.base_url)
                if not response.is_redirect or not may_follow or redirects == MAX_REDIRECTS:
                    yield response
                    return
            request = request.copy()
            request.url = target

    def _judge(self, response: requests.Response, body: bytes, seconds: float, *, as_text: bool) -> End:
        text, status, headers = text_of(body), response.status_code, response.headers
        data, note = self._read(headers, body, text)
        if as_text and status < _FIRST_ERROR and "html" not in headers.get("Content-Type", "").lower():
            data, note = text, ""
        answer = Answer(status, headers, data, text, seconds, response.url)
        asked = retry_after(headers, self.clock.now())
        if response.is_redirect:
            note = f"redirected to {redact_url(headers['Location'])}, which is not followed"
            return End(Verdict(Event.CONTRACT), answer, note, asked)
        if note and status < _FIRST_ERROR:
            return End(Verdict(Event.CONTRACT), answer, note, asked)
        verdict = self.dialect.classify(status, headers, data, text)
        if note == _WEB_PAGE and verdict.event is Event.NOT_FOUND:
            verdict = Verdict(Event.NO_SUCH_ADDRESS)
        return End(verdict, answer, note, asked)

    def _read(self, headers: Mapping[str, str], body: bytes, text: str) -> tuple[Any, str]:
        """Return the body's data and what is wrong with it ("" when well)."""
        try:
            return self.decode(body), ""
        except NotJson:
            is_page = "html" in headers.get("Content-Type", "").lower() or text.lstrip().startswith("<")
            return None, _WEB_PAGE if is_page else "answered with something that is no JSON"


def same_origin(url: str, base_url: str) -> bool:
    """Tell whether both lie on the same scheme, host and port."""
    return _origin(url) == _origin(base_url)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port; no host when the address is no good."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80)


def check_address(base_url: str) -> None:
    """Accept a base address.

    Raises:
        ConfigurationError: it is no http(s) address, or holds credentials or a query.
    """
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or _origin(base_url)[1] is None:
        raise ConfigurationError(f"{redact_url(base_url)!r} is no address: https:// and a host are missing")
    if parts.username or parts.password or parts.query:
        raise ConfigurationError(f"{redact_url(base_url)}: an address holds no credentials and no query")


def check_session(session: requests.Session) -> None:
    """Accept a session that sends each call once.

    Raises:
        ConfigurationError: an adapter of it repeats calls, which could carry out a write twice.
    """
    for adapter in session.adapters.values():
        retries = getattr(adapter, "max_retries", None)
        if isinstance(retries, urllib3.Retry) and (retries.total or retries.total is None):
            raise ConfigurationError("the session repeats calls by itself, which could send a write twice")


def keep_open(session: requests.Session) -> None:
    """Let the session keep a connection for each call that may be under way at once.

    It keeps ten unless told, and opens any further one anew for every call.
    """
    for adapter in session.adapters.values():
        if isinstance(adapter, requests.adapters.HTTPAdapter) and getattr(adapter, "_pool_maxsize", 0) < MOST_AT_ONCE:
            adapter.init_poolmanager(MOST_AT_ONCE, MOST_AT_ONCE)


_NOT_OPENED = (
    requests.ConnectTimeout,
    requests.exceptions.ProxyError,  # raised only before the proxy has taken the connection
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
)


def event_of(error: Exception) -> Event:
    """Return how an attempt ended that got no whole answer."""
    chain = _chain(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain):
        return Event.UNTRUSTED
    if any(isinstance(cause, _NOT_OPENED) for cause in chain):
        return Event.UNREACHABLE
    return Event.LOST


def _chain(error: BaseException) -> list[BaseException]:
    """Return the error and all that it wraps, as argument or reason."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None)]
    return found
