"""One session for all tasks: logged on once a cycle, kept sealed, renewed when it has ended, logged off at the end.

A second logon of an operator ends the first (https://github.com/trismegistus0/rectella-shopify-service), so the session
is shared by every task and worker, and only one of them logs on at a time.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import requests

from ml_connector.domain.errors import ContractError, SyncError
from ml_connector.systems.syspro import xml
from ml_connector.systems.syspro.connection import SysproSettings
from ml_connector.systems.syspro.dialect import EnetDialect, LogonDialect, TablesDialect
from ml_connector.transport.answer import Answer, Call
from ml_connector.transport.auth import Auth, HeaderKeys, MemoryTokenStore, Token, TokenAuth, TokenStore
from ml_connector.transport.client import Client
from ml_connector.transport.clock import Clock, SystemClock
from ml_connector.transport.rate import Unlimited
from ml_connector.transport.retry import Event

_log = logging.getLogger(__name__)
SESSION_HOURS = 8
"""After this long a kept session is not trusted any more; how long SYSPRO keeps one is not published."""
TRUSTED_SECONDS = 60.0
"""A session that has answered within this time is posted under without asking; it may end all the same."""
_LARGEST = 10 * 1024 * 1024
_PATIENCE_SECONDS = 20.0
"""How long a logon waits for a free seat, or for a server that is away, before the task's retry takes over."""
_TIMEOUTS = (10.0, 120.0)


@dataclass(frozen=True)
class Syspro:
    """The interfaces of one company.

    Args:
        queries: e.net calls that change nothing.
        postings: e.net calls that write.
        tables: the OData service, whose paths are tables; None where the site has none.
        logons: what logs on and off.
        company: the company ID.
        log_off: ends the shared session.
        has_session: whether there is a shared session, of a run perhaps.
    """

    queries: Client
    postings: Postings
    tables: Client | None
    logons: Client
    company: str
    log_off: Callable[[], None]
    has_session: Callable[[], bool]

    @contextmanager
    def visit(self) -> Iterator[None]:
        """Log off at the end, unless the session was there before: then it is a run's."""
        is_guest = self.has_session()
        try:
            yield
        finally:
            if not is_guest:
                self.log_off()

    def close(self) -> None:
        """Close the connections; the session serves the run's other tasks."""
        for client in (self.queries, self.postings.client, self.tables, self.logons):
            if client is not None:
                client.close()


class Operator(HeaderKeys):
    """The OData operator's own sign-in, with every call."""

    def renew(self, stamp: str) -> bool:  # noqa: ARG002 - the Protocol's signature
        """Return True: a refused read is worth one more try, since the service may just have been restarted."""
        return True


@dataclass
class Postings:
    """Sends each posting once, though SYSPRO takes postings as GET, under a session that has just answered.

    A posting that meets an ended session is answered ``ERROR…``, which leaves in doubt what was done: so a query goes
    before it, which may log on anew, unless the last posting went well less than `TRUSTED_SECONDS` ago.
    """

    client: Client
    queries: Client
    clock: Clock
    _trusted_until: float = float("-inf")

    def send(self, path: str, params: Mapping[str, str]) -> Answer:
        """Return the answer.

        Raises:
            AmbiguousWrite: the answer was lost, or begins with ERROR: look it up.
            RateLimited, VendorUnavailable, ConfigurationError, Refused: not carried out.
        """
        if self.clock.monotonic() >= self._trusted_until:
            self.queries.read("GetLogonProfile")
        self._trusted_until = float("-inf")
        answer = self.client.write(path, method="GET", params=params, headers={"Cache-Control": "no-store"})
        self._trusted_until = self.clock.monotonic() + TRUSTED_SECONDS
        return answer


def open_client(
    settings: SysproSettings,
    make_session: Callable[[], requests.Session],
    *,
    token_store: TokenStore | None = None,
    on_call: Callable[[Call], None] | None = None,
    clock: Clock | None = None,
) -> Syspro:
    """Return the clients of both interfaces; nobody logs on before the first call that needs it."""
    clock, store = clock or SystemClock(), token_store or MemoryTokenStore()
    common: dict[str, Any] = {
        "budget": Unlimited(), "timeouts": _TIMEOUTS, "clock": clock, "on_call": on_call, "secrets": settings.secrets,
    }  # fmt: skip
    as_text: dict[str, Any] = {**common, "decode": xml.decoded, "max_bytes": _LARGEST}
    unsigned = Client(
        make_session(), settings.url, dialect=LogonDialect(), retry_budget_seconds=_PATIENCE_SECONDS, **as_text
    )

    def signed(put: Callable[[requests.PreparedRequest, str], None]) -> TokenAuth:
        log_on = partial(_log_on, unsigned, settings, clock)
        return TokenAuth(settings.session_name, store, lambda _last: log_on(), clock=clock, put=put)

    one_session = signed(put_session)

    def enet(error_means: Event) -> Client:
        dialect = EnetDialect(error_means)
        return Client(make_session(), settings.url, dialect=dialect, auth=one_session, **as_text)

    def odata() -> Client | None:
        auth: Auth = Operator({"operator": {"Authorization": _basic(settings)}})
        if settings.odata_auth == "session":
            auth = signed(partial(put_session, header=settings.odata_session_header))
        if not settings.odata_url:
            return None
        return Client(make_session(), settings.tables_url, dialect=TablesDialect(), auth=auth, **common)

    queries = enet(Event.UNAUTHORISED)
    return Syspro(
        queries=queries,
        postings=Postings(enet(Event.CONTRACT), queries, clock),
        tables=odata(),
        logons=unsigned,
        company=settings.company_id,
        log_off=partial(_log_off, unsigned, settings, store),
        has_session=lambda: store.load(settings.session_name) is not None,
    )


def _basic(settings: SysproSettings) -> str:
    pair = f"{settings.odata_user}:{settings.odata_password.get_secret_value()}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def put_session(request: requests.PreparedRequest, session: str, header: str = "") -> None:
    """Put the session into the query, or a header where one is named, in place of one that has ended."""
    if header:
        request.headers[header] = session
        return
    parts = urlsplit(request.url or "")
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "UserId"]
    text = urlencode([("UserId", session), *query], quote_via=quote)
    request.url = urlunsplit(parts._replace(query=text))


def session_of(text: str) -> str:
    """Return the session in a logon's answer: raw, as JSON string or as XML string, with or without blanks.

    Raises:
        ContractError: there is none.
    """
    said = text.strip()
    if said.startswith('"'):
        said = str(json.loads(said)).strip()
    wrapped = re.fullmatch(r"<string[^>]*>(.*)</string>", said, re.DOTALL)
    said = wrapped.group(1).strip() if wrapped else said
    if not said or "<" in said or len(said) > 200:  # noqa: PLR2004 - 34 characters on all sites seen
        raise ContractError("the logon's answer holds no session")
    return said


def _log_on(unsigned: Client, settings: SysproSettings, clock: Clock) -> Token:
    """Log on; all four parameters are sent, since a missing one is refused and an empty one is not."""
    answer = unsigned.read(
        settings.logon_path,
        params={
            "Operator": settings.login,
            "OperatorPassword": settings.password.get_secret_value(),
            "CompanyId": settings.company_id,
            "CompanyPassword": settings.company_password.get_secret_value(),
        },
    )
    now = clock.now()
    return Token(session_of(answer.text), None, now + dt.timedelta(hours=SESSION_HOURS), now)


def _log_off(unsigned: Client, settings: SysproSettings, store: TokenStore) -> None:
    """End the shared session and forget it, so that it holds no seat; a failure is logged and no more."""
    with store.locked(settings.session_name):
        token = store.load(settings.session_name)
        if token is None:
            return
        store.forget(settings.session_name)
        try:
            unsigned.read(settings.logoff_path, params={"UserId": token.access_token})
        except SyncError as error:
            _log.warning("logging off from SYSPRO failed; the session may hold a seat for a while: %s", error)
