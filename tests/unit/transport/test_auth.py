"""Credentials: static keys, tokens renewed once for all, cookie sessions that are closed."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from ml_connector.domain.errors import (
    AmbiguousWrite,
    ConfigurationError,
    ContractError,
    Refused,
    VendorUnavailable,
)
from ml_connector.transport.auth import CookieSession, HeaderKeys, MemoryTokenStore, Token, TokenAuth
from ml_connector.transport.client import Client

from .conftest import START, FakeClock, Handler, Vendor, reply

Connect = Callable[..., Client]


def token(name: str, seconds: float = 3600, refresh: str | None = "refresh-0") -> Token:
    return Token(f"access-{name}", refresh, START + dt.timedelta(seconds=seconds), START)


class Issuer:
    """Hands out numbered tokens, and remembers what it was asked with."""

    def __init__(self, clock: FakeClock, seconds: float = 3600, *, is_slow: bool = False) -> None:
        self.asked: list[Token | None] = []
        self.clock, self.seconds, self.is_slow = clock, seconds, is_slow
        self.company = threading.Barrier(2)

    def fetch(self, last: Token | None) -> Token:
        self.asked.append(last)
        number = len(self.asked)
        if self.is_slow:
            with contextlib.suppress(threading.BrokenBarrierError):
                self.company.wait(0.1)  # until another thread asks too, which it must not
        data = {
            "access_token": f"access-{number}",
            "refresh_token": f"refresh-{number}",
            "expires_in": self.seconds,
        }
        return Token.from_answer(data, self.clock.now(), last)


def accept(good: str, status: int = 200) -> Callable[[Handler], None]:
    """Answer only calls that carry this bearer token, others with 401."""

    def act(handler: Handler) -> None:
        is_good = handler.headers["Authorization"] == f"Bearer {good}"
        reply(status, {"ok": 1})(handler) if is_good else reply(401, {"message": "expired"})(handler)

    return act


def sign(auth: TokenAuth) -> str:
    request = requests.Request("GET", "http://x").prepare()
    auth.sign(request, "")
    return request.headers["Authorization"]


@pytest.mark.parametrize(("life", "early"), [(180, 30), (3600, 600), (7200, 600), (86400, 600)])
def test_a_token_is_renewed_a_sixth_of_its_life_early(clock: FakeClock, life: float, early: float) -> None:
    """A token is replaced a sixth of its life before its end, at most ten minutes before."""
    issuer = Issuer(clock, life)
    auth = TokenAuth("erp", MemoryTokenStore(), issuer.fetch, clock=clock)
    assert sign(auth) == "Bearer access-1"
    clock.seconds = life - early - 1
    assert sign(auth) == "Bearer access-1"
    clock.seconds = life - early
    assert sign(auth) == "Bearer access-2"


def test_a_401_renews_once_for_eight_threads(vendor: Vendor, connect: Connect, clock: FakeClock) -> None:
    """Eight threads whose token has died renew it once together, and every call succeeds."""
    store, issuer = MemoryTokenStore(), Issuer(clock, is_slow=True)
    store.save("erp", token("dead"))
    vendor.script = [accept("access-1")]
    client = connect(vendor.url, auth=TokenAuth("erp", store, issuer.fetch, clock=clock))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: client.read(f"x/{n}").data, range(16)))
    assert answers == [{"ok": 1}] * 16
    assert len(issuer.asked) == 1
    assert issuer.asked[0] == token("dead")


def test_two_processes_share_one_renewal(clock: FakeClock) -> None:
    """Another process finds the renewed token in the store and asks for none."""
    store, issuer = MemoryTokenStore(), Issuer(clock)
    one, other = (TokenAuth("erp", store, issuer.fetch, clock=clock) for _ in range(2))
    assert sign(one) == sign(other) == "Bearer access-1"
    one.renew("access-1")
    other.renew("access-1")
    assert sign(one) == sign(other) == "Bearer access-2"
    assert len(issuer.asked) == 2


def test_a_write_is_sent_again_after_a_401(vendor: Vendor, connect: Connect, clock: FakeClock) -> None:
    """A 401 means not carried out, so the write goes again with a new token."""
    store = MemoryTokenStore()
    store.save("erp", token("dead"))
    vendor.script = [accept("access-1", 201)]
    auth = TokenAuth("erp", store, Issuer(clock).fetch, clock=clock)
    assert connect(vendor.url, auth=auth).write("bill", json={"n": 1}).status == 201
    assert [seen.body for seen in vendor.seen] == [b'{"n": 1}'] * 2


def test_a_second_401_is_a_configuration_error(vendor: Vendor, connect: Connect, clock: FakeClock) -> None:
    """When the new token is rejected too, a person has to look."""
    vendor.script = [reply(401)]
    auth = TokenAuth("erp", MemoryTokenStore(), Issuer(clock).fetch, clock=clock)
    with pytest.raises(ConfigurationError):
        connect(vendor.url, auth=auth).read("x")
    assert len(vendor.seen) == 2


def test_a_token_is_stored_before_its_first_use(vendor: Vendor, connect: Connect, clock: FakeClock) -> None:
    """When the new token cannot be stored it is not used."""

    class Broken(MemoryTokenStore):
        def save(self, name: str, token: Token) -> None:
            raise OSError(name)

    vendor.script = [reply(200)]
    client = connect(vendor.url, auth=TokenAuth("erp", Broken(), Issuer(clock).fetch, clock=clock))
    for _ in range(2):
        with pytest.raises(OSError, match="erp"):
            client.read("x")
    assert vendor.seen == []


def test_a_refused_refresh_token_leads_to_a_new_sign_in(clock: FakeClock) -> None:
    """When the refresh chain has ended the connector signs in anew, once."""
    store, issuer = MemoryTokenStore(), Issuer(clock)
    store.save("erp", token("old", 0))

    def fetch(last: Token | None) -> Token:
        fetched = issuer.fetch(last)
        if last is not None:
            raise Refused("invalid_grant")
        return fetched

    assert sign(TokenAuth("erp", store, fetch, clock=clock)) == "Bearer access-2"
    assert issuer.asked == [token("old", 0), None]


@pytest.mark.parametrize(
    ("raised", "error"),
    [(Refused("no"), ConfigurationError), (AmbiguousWrite("lost"), VendorUnavailable)],
)
def test_a_failed_sign_in_says_so(clock: FakeClock, raised: Exception, error: type[Exception]) -> None:
    """A refused sign-in is for a person; a lost one is tried again later."""

    def fetch(last: Token | None) -> Token:
        raise raised

    with pytest.raises(error, match="sign-in"):
        sign(TokenAuth("erp", MemoryTokenStore(), fetch, clock=clock))


def test_a_token_survives_storing() -> None:
    """A token comes back from its text as it was."""
    full, bare = token("1"), Token("a", None, START)
    assert Token.from_json(full.to_json()) == full
    assert Token.from_json(bare.to_json()) == bare
    assert bare.renew_at() == START - dt.timedelta(seconds=30)


def test_an_answer_without_a_new_refresh_token_keeps_the_old_one() -> None:
    """A vendor that does not rotate refresh tokens leaves the old one valid."""
    assert Token.from_answer({"access_token": "b"}, START, token("1")).refresh_token == "refresh-0"


@pytest.mark.parametrize("data", [None, [], {}, {"access_token": "a", "expires_in": "soon"}])
def test_an_unknown_token_answer_is_a_contract_error(data: object) -> None:
    """An answer without a token or with an unreadable life time is not guessed at."""
    with pytest.raises(ContractError):
        Token.from_answer(data, START)


def test_the_key_is_the_one_the_budget_chose(vendor: Vendor, connect: Connect) -> None:
    """With several keys the call allowance says which is sent; a single one needs no name."""
    keys = HeaderKeys({"one": {"api-auth-applicationkey": "k-1"}, "two": {"api-auth-applicationkey": "k-2"}})
    request = requests.Request("GET", "http://x").prepare()
    keys.sign(request, "two")
    assert request.headers["api-auth-applicationkey"] == "k-2"
    with pytest.raises(ConfigurationError):
        keys.sign(request, "three")
    vendor.script = [reply(200)]
    connect(vendor.url, auth=HeaderKeys({"only": {"api-auth-applicationkey": "k-1"}})).read("x")
    assert vendor.seen[0].headers["api-auth-applicationkey"] == "k-1"


def test_a_rejected_static_key_is_not_sent_twice(vendor: Vendor, connect: Connect) -> None:
    """There is nothing to renew in a static key."""
    vendor.script = [reply(401)]
    with pytest.raises(ConfigurationError):
        connect(vendor.url, auth=HeaderKeys({"k": {"X": "1"}})).read("x")
    assert len(vendor.seen) == 1


def test_no_keys_is_a_configuration_error() -> None:
    """A connection without a key is refused at once."""
    with pytest.raises(ConfigurationError):
        HeaderKeys({})


def test_a_sessions_own_login_is_not_sent_beside_ours(vendor: Vendor, connect: Connect) -> None:
    """A user name and password that a hook has put on the session do not reach the vendor."""
    session = requests.Session()
    session.auth = ("user", "password")
    vendor.script = [reply(200)]
    connect(vendor.url, session=session, auth=HeaderKeys({"k": {"X-Key": "1"}})).read("x")
    assert "Authorization" not in vendor.seen[0].headers


class Portal:
    """A vendor with cookie sessions: the newest login is the only valid one."""

    def __init__(self, vendor: Vendor) -> None:
        self.logins = 0
        vendor.script = [self]

    def __call__(self, handler: Handler) -> None:
        if handler.path == "/login":
            self.logins += 1
            reply(204, Set_Cookie=f"sid=session-{self.logins}; Path=/")(handler)
        elif f"sid=session-{self.logins}" in (handler.headers["Cookie"] or ""):
            reply(204 if handler.path == "/logout" else 200)(handler)
        else:
            reply(401)(handler)


@pytest.fixture
def cookies(vendor: Vendor, connect: Connect) -> tuple[Portal, Client]:
    portal, session = Portal(vendor), requests.Session()
    plain = connect(vendor.url, session=session)
    auth = CookieSession(session, lambda: void(plain.write("login", json={})), lambda: void(plain.write("logout")))
    return portal, connect(vendor.url, session=session, auth=auth)


def void(answer: object) -> None:
    """Drop the answer."""


def paths(vendor: Vendor) -> list[str]:
    return [seen.path for seen in vendor.seen]


def test_a_cookie_session_is_opened_once_and_closed(vendor: Vendor, cookies: tuple[Portal, Client]) -> None:
    """Two calls share one login, and closing the client logs out once."""
    _, client = cookies
    client.read("a")
    client.read("b")
    client.close()
    client.close()
    assert paths(vendor) == ["/login", "/a", "/b", "/logout"]


def test_an_ended_cookie_session_is_opened_again_once(vendor: Vendor, cookies: tuple[Portal, Client]) -> None:
    """A 401 leads to one new login for all threads, and the calls go again."""
    portal, client = cookies
    client.read("a")
    portal.logins = 5  # the vendor has forgotten our session
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: client.write(f"b/{n}").status, range(4)))
    assert answers == [200] * 4
    assert paths(vendor).count("/login") == 2


def test_an_unused_cookie_session_logs_in_nowhere(vendor: Vendor, cookies: tuple[Portal, Client]) -> None:
    """A client that made no call has no session to give back."""
    cookies[1].close()
    assert vendor.seen == []


def test_a_failed_logout_does_not_hide_the_work(
    vendor: Vendor, cookies: tuple[Portal, Client], caplog: pytest.LogCaptureFixture
) -> None:
    """A logout that fails is a warning, not an error."""
    cookies[1].read("a")
    vendor.script = [reply(500)]
    cookies[1].close()
    assert "logout failed" in caplog.text


def test_a_refused_login_is_a_configuration_error(vendor: Vendor, cookies: tuple[Portal, Client]) -> None:
    """Wrong credentials at a login are for a person to mend."""
    vendor.script = [reply(400, {"message": "Invalid credentials"})]
    with pytest.raises(ConfigurationError, match="Invalid credentials"):
        cookies[1].write("bill", json={})
    assert paths(vendor) == ["/login"]
