"""One vendor call, made so that it is never carried out twice by us and never ends silently."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection, Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal

import requests
from tenacity import RetryCallState, Retrying, retry_if_result

from ml_connector.domain.errors import (
    AmbiguousWrite,
    ContractError,
    RateLimited,
    Refused,
    RetryableError,
    SyncError,
)
from ml_connector.transport.answer import MAX_BYTES, MAX_SECONDS, Answer, Call, decode, encode
from ml_connector.transport.auth import Auth
from ml_connector.transport.bodies import readable
from ml_connector.transport.clock import Clock, SystemClock
from ml_connector.transport.exchange import End, Exchange, check_address, check_session, keep_open, same_origin
from ml_connector.transport.looks import Looks
from ml_connector.transport.rate import RateBudget
from ml_connector.transport.redaction import Redactor, redact_url
from ml_connector.transport.retry import (
    Dialect,
    Done,
    Event,
    Kind,
    NotFound,
    Wait,
    clock_ahead,
    decide,
    leaves_doubt,
    wait_before,
)

_log = logging.getLogger(__name__)
_MOST_TEXT = 256 * 1024
"""The largest answer that is kept for the next step, in characters: a record, and no page of a list."""


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave the request alone: keeps ~/.netrc and a session's own login from adding credentials."""
    return request


@dataclass
class _Flight:
    """One call on its way through its attempts."""

    kind: Kind
    request: requests.Request
    as_text: bool = False
    attempt: int = 0
    waited_seconds: float = 0.0
    in_doubt: bool = False


class Client:
    """Calls one vendor at one address.

    Args:
        session: connected as the deployer wants (proxies, certificates); it must not repeat calls by itself.
        base_url: every path lies under it; credentials never go to another host.
        dialect: what the vendor's answers mean.
        budget: the call allowance.
        auth: puts the credentials on; None for a vendor's public addresses.
        timeouts: seconds to connect and between two bytes of an answer.
        retry_budget_seconds: how long one call may wait between its attempts in all.
        clock: tells the time and waits.
        on_call: told of every attempt; an error in it is logged and does not end the call.
        secrets: further values that no message may show.
        max_bytes: the largest body that is read, decompressed.
        max_seconds: the longest that a body may take, however steadily it comes.
        decode: body → `Answer.data`; JSON unless the vendor answers with something else.
    """

    def __init__(
        self,
        session: requests.Session,
        base_url: str,
        *,
        dialect: Dialect,
        budget: RateBudget,
        auth: Auth | None = None,
        timeouts: tuple[float, float] = (10, 180),
        retry_budget_seconds: float = 60.0,
        clock: Clock | None = None,
        on_call: Callable[[Call], None] | None = None,
        secrets: Collection[str] = (),
        max_bytes: int = MAX_BYTES,
        max_seconds: float = MAX_SECONDS,
        decode: Callable[[bytes], Any] = decode,
    ) -> None:
        self._base_url = base_url.rstrip("/") + "/"
        check_address(self._base_url)
        check_session(session)
        keep_open(session)
        self._clock = clock or SystemClock()
        self._exchange = Exchange(
            session, self._base_url, dialect, timeouts, self._clock, max_bytes, decode, max_seconds
        )
        self._session, self._budget, self._auth = session, budget, auth
        self._retry_budget_seconds = retry_budget_seconds
        self._on_call, self._secrets = on_call, tuple(secrets)
        self._looks: Looks[Answer | NotFound] = Looks(self._clock.monotonic)

    def __repr__(self) -> str:
        return f"Client({redact_url(self._base_url)})"

    def close(self) -> None:
        """Log out where the vendor counts sessions, and close the connections."""
        try:
            if self._auth is not None:
                self._auth.close()
        finally:
            self._session.close()

    def step(self) -> AbstractContextManager[None]:
        """Return the context of a step that follows a look: a record read just before it is not read again.

        It holds for this thread, for each answer once, for seconds, and until the next write (`Looks`).
        """
        return self._looks.step()

    def read(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        method: str = "GET",
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        as_text: bool = False,
    ) -> Answer:
        """Return the answer to a call that changes nothing; it is repeated while that may help.

        Args:
            path: below the base address, with or without a leading slash; or a full address on the same host.
            params: the query.
            method: POST for vendors that query so, and for token addresses.
            json: the body.
            form: the body, form-encoded, instead of `json`.
            headers: beside the usual ones.
            as_text: the answer is no data but a text, such as a schema.

        Raises:
            VendorUnavailable: unreachable, timed out or 5xx, longer than the retry budget.
            RateLimited: the wait would be longer than the retry budget.
            ConfigurationError: the credentials or the certificate are not accepted.
            Refused: the vendor says no; `NotFound` when it has no such record.
            ContractError: the answer is not what this vendor's answers are.
        """
        request = self._request(method, path, params=params, headers=headers, json=json, form=form)
        if method != "GET" or as_text:
            return self._run(_Flight(Kind.READ, request, as_text))
        question = _question(request)
        known = self._looks.take(question)
        if known is None:
            return self._asked(question, request)
        if isinstance(known, NotFound):
            raise known.with_traceback(None)
        return known

    def _asked(self, question: Hashable, request: requests.Request) -> Answer:
        try:
            answer = self._run(_Flight(Kind.READ, request))
        except NotFound as error:
            self._looks.keep(question, error)
            raise
        if len(answer.text) <= _MOST_TEXT:
            self._looks.keep(question, answer)
        return answer

    def write(
        self,
        path: str,
        *,
        method: Literal["POST", "PUT", "PATCH", "DELETE", "GET"] = "POST",
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """Return the answer to a write, which is sent once.

        It is sent again only when it certainly was not carried out: the connection could not be opened, the
        vendor said "too many calls", or "not signed in".

        Args:
            path: as `read`.
            method: the HTTP method; there are vendors that post by GET.
            json: the body.
            content: the body as it is, instead of `json`.
            params: the query.
            headers: beside the usual ones.
            repeatable: the vendor carries it out once however often it comes; so it is repeated like a read.

        Raises:
            AmbiguousWrite: it may or may not have been carried out: look it up.
            Refused: the vendor says no and changed nothing; `NotFound` when it has no such record.
            ConcurrentEdit: the record changed since it was read.
            RateLimited, VendorUnavailable, ConfigurationError: not carried out.
        """
        request = self._request(method, path, params=params, headers=headers, json=json, content=content)
        self._looks.forget()
        try:
            return self._run(_Flight(Kind.REPEATABLE if repeatable else Kind.WRITE, request))
        finally:
            self._looks.forget()

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> requests.Request:
        sent = {"Accept": "application/json", **(headers or {})}
        body: Any = dict(form) if form is not None else content
        if json is not None:
            body = encode(json)
            sent.setdefault("Content-Type", "application/json; charset=utf-8")
        auth = _no_auth if self._auth is not None else None
        url = self._address(path)
        return requests.Request(method, url, params=dict(params or {}), data=body, headers=sent, auth=auth)

    def _address(self, path: str) -> str:
        if not path.lower().startswith(("http://", "https://")):
            return self._base_url + path.lstrip("/")
        if not same_origin(path, self._base_url):
            raise ContractError(f"{redact_url(path)} is not at {redact_url(self._base_url)}: not called")
        return path

    def _run(self, flight: _Flight) -> Answer:
        repeat = Retrying(
            retry=retry_if_result(lambda result: isinstance(result, Wait)),
            wait=_asked_wait,
            sleep=self._clock.sleep,
        )
        try:
            answer = repeat(self._attempt, flight)
        except SyncError as error:
            if not flight.in_doubt:
                raise
            message = f"{error}; an earlier attempt of this call may have been carried out"
        else:
            assert isinstance(answer, Answer)
            return answer
        raise AmbiguousWrite(message)

    def _attempt(self, flight: _Flight) -> Answer | Wait:
        """Send once (twice after a 401) and return the answer, or how long to wait; else raise."""
        flight.attempt += 1
        end, key = self._send_signed(flight)
        event = end.verdict.event
        wait_seconds = wait_before(flight.attempt, end.retry_after_seconds, random.random())  # noqa: S311 - jitter
        if event is Event.RATE_LIMITED:
            wait_seconds = self._budget.penalise(key, wait_seconds)
        step = decide(
            flight.kind,
            event,
            attempt=flight.attempt,
            wait_seconds=wait_seconds,
            waited_seconds=flight.waited_seconds,
            budget_seconds=self._retry_budget_seconds,
        )
        if isinstance(step, Wait):
            flight.waited_seconds += step.seconds
            flight.in_doubt = flight.in_doubt or leaves_doubt(flight.kind, event)
            return step
        if isinstance(step, Done) and end.answer is not None:
            return end.answer
        assert not isinstance(step, Done)
        raise self._error(step.error, flight.request, end, wait_seconds)

    def _send_signed(self, flight: _Flight) -> tuple[End, str]:
        """Send; after a 401, which was not carried out, renew the credentials and send once more."""
        end, key, stamp = self._send(flight)
        if end.verdict.event is Event.UNAUTHORISED and self._auth is not None and self._auth.renew(stamp):
            end, key, _ = self._send(flight)
        return end, key

    def _send(self, flight: _Flight) -> tuple[End, str, str]:
        """Return how it ended, the key used and the stamp of the credentials."""
        key = self._budget.acquire()
        request = self._exchange.prepare(flight.request)
        stamp = self._auth.sign(request, key) if self._auth is not None else ""
        started = self._clock.monotonic()
        end = self._exchange.send(request, as_text=flight.as_text)
        self._report(flight, request, end, self._clock.monotonic() - started)
        return end, key, stamp

    def _report(self, flight: _Flight, request: requests.PreparedRequest, end: End, seconds: float) -> None:
        if self._on_call is None:
            return
        status = end.answer.status if end.answer else None
        error = "" if end.verdict.event is Event.OK else f"{end.verdict.event.value}: {end.note}".rstrip(": ")
        redactor = self._redactor()
        url = redactor.text(redact_url(request.url or ""))
        ahead = clock_ahead(end.answer.headers, self._clock.now()) if end.answer else None
        try:
            sent, received = _bodies(flight.kind, request, end, redactor)
            told = (request.method or "", url, status, seconds, flight.attempt, redactor.text(error), ahead)
            self._on_call(Call(*told, sent=sent, received=received))
        except Exception:  # noqa: BLE001 - a write's answer must not be lost because it could not be noted
            _log.warning("the call observer failed", exc_info=True)

    def _redactor(self) -> Redactor:
        return Redactor([*self._secrets, *(self._auth.secrets() if self._auth is not None else ())])

    def _error(self, error: type[SyncError], request: requests.Request, end: End, wait_seconds: float) -> SyncError:
        """Return the error to raise, with the vendor's words and no secret."""
        redactor = self._redactor()
        reasons = tuple((field, redactor.text(text)) for field, text in end.verdict.reasons)
        words = "; ".join(f"{field}: {text}" if field else text for field, text in reasons) or end.note
        status = f" ({end.answer.status})" if end.answer else ""
        start = f"{request.method} {redact_url(request.url)}: {end.verdict.event.value}{status}"
        message = redactor.text(f"{start}: {words}" if words else start)
        if issubclass(error, Refused):
            return error(message, reasons=reasons)
        if issubclass(error, RetryableError):
            asked = wait_seconds if error is RateLimited else end.retry_after_seconds
            return error(message, retry_after_seconds=asked)
        if issubclass(error, ContractError):
            return error(message, answer=redactor.text(end.answer.text) if end.answer else "")
        return error(message)


def _bodies(kind: Kind, request: requests.PreparedRequest, end: End, redactor: Redactor) -> tuple[str, str]:
    """Return what is worth keeping: both bodies of a write, and the answer to a read that went wrong."""
    is_write = kind is not Kind.READ
    if not is_write and end.verdict.event in {Event.OK, Event.NOT_FOUND}:
        return "", ""
    sent = request.body if isinstance(request.body, (str, bytes)) else None
    return readable(sent, redactor) if is_write else "", readable(end.answer.text if end.answer else "", redactor)


def _question(request: requests.Request) -> Hashable:
    """Return what is asked: address, query and headers, in any order."""
    named = [sorted((name, str(value)) for name, value in part.items()) for part in (request.params, request.headers)]
    return request.url, *map(tuple, named)


def _asked_wait(state: RetryCallState) -> float:
    result = state.outcome.result() if state.outcome else None
    return result.seconds if isinstance(result, Wait) else 0.0
