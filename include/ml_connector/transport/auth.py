"""Credentials put on a call: static keys, renewed tokens, a cookie session.

All three are an `Auth`: `sign` puts the credentials on a request and returns a stamp (which credentials
they were, not to be shown); `renew` is asked once after a 401 and says whether to send again.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests

from ml_connector.domain.errors import (
    AmbiguousWrite,
    ConfigurationError,
    ContractError,
    Refused,
    SyncError,
    VendorUnavailable,
)
from ml_connector.transport.clock import Clock, SystemClock

_log = logging.getLogger(__name__)
_SKEW_SHARE = 1 / 6
_LONGEST_SKEW = dt.timedelta(minutes=10)
_DEFAULT_LIFETIME_SECONDS = 300


class Auth(Protocol):
    """Puts credentials on calls."""

    def sign(self, request: requests.PreparedRequest, key: str) -> str:
        """Put credentials on `request`; return a stamp that tells which. `key` is the budget's choice."""
        ...

    def renew(self, stamp: str) -> bool:
        """Replace the credentials with this stamp, after a 401; tell whether there are new ones now."""
        ...

    def secrets(self) -> Iterable[str]:
        """Return the values that no message may show."""
        ...

    def close(self) -> None:
        """Give back what the vendor counts."""
        ...


class HeaderKeys:
    """Static headers, one set for each key; with several, the call allowance chooses.

    Args:
        keys: key name → headers. The names are shown, the values never.
    """

    def __init__(self, keys: Mapping[str, Mapping[str, str]]) -> None:
        if not keys:
            raise ConfigurationError("the connection has no key")
        self._keys = {name: dict(headers) for name, headers in keys.items()}

    def __repr__(self) -> str:
        return f"HeaderKeys({', '.join(self._keys)})"

    def sign(self, request: requests.PreparedRequest, key: str) -> str:
        """Set the headers of `key`, or of the only key there is when the budget names none.

        Raises:
            ConfigurationError: there is no such key.
        """
        if key not in self._keys and len(self._keys) == 1:
            key = next(iter(self._keys))
        if key not in self._keys:
            raise ConfigurationError(f"no key named {key!r} among {', '.join(self._keys)}")
        request.headers.update(self._keys[key])
        return key

    def renew(self, stamp: str) -> bool:  # noqa: ARG002 - the Protocol's signature
        """Return False: a rejected key stays rejected."""
        return False

    def secrets(self) -> Iterable[str]:
        """Return the values of all headers."""
        return [value for headers in self._keys.values() for value in headers.values()]

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Token:
    """An access token; its values are never shown.

    Args:
        access_token: what signs a call.
        refresh_token: what asks for the next one; None when there is none.
        expires_at: aware UTC.
        issued_at: aware UTC; None when unknown.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: dt.datetime
    issued_at: dt.datetime | None = None

    def renew_at(self) -> dt.datetime:
        """Return when to replace it: a sixth of its life before the end, at most ten minutes: at 50 of 60 minutes."""
        if self.issued_at is None:
            return self.expires_at - dt.timedelta(seconds=30)
        return self.expires_at - min(_LONGEST_SKEW, (self.expires_at - self.issued_at) * _SKEW_SHARE)

    def to_json(self) -> str:
        """Return all of it as text, to be sealed and stored."""
        issued = self.issued_at.isoformat() if self.issued_at else None
        fields = (self.access_token, self.refresh_token, self.expires_at.isoformat(), issued)
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> Token:
        """Return what `to_json` wrote."""
        access_token, refresh_token, expires, issued = json.loads(text)
        issued_at = dt.datetime.fromisoformat(issued) if issued else None
        return cls(access_token, refresh_token, dt.datetime.fromisoformat(expires), issued_at)

    @classmethod
    def from_answer(cls, data: Any, now: dt.datetime, previous: Token | None = None) -> Token:
        """Return the token in an OAuth answer (https://www.rfc-editor.org/rfc/rfc6749#section-5.1).

        Args:
            data: the JSON of the answer.
            now: when it was asked for, aware UTC.
            previous: whose refresh token stays valid when the answer brings none.

        Raises:
            ContractError: there is no access token, or no readable life time.
        """
        if not isinstance(data, Mapping) or not data.get("access_token"):
            raise ContractError("the token answer holds no access_token")
        try:
            seconds = float(data.get("expires_in") or _DEFAULT_LIFETIME_SECONDS)
        except (TypeError, ValueError):
            raise ContractError("the token answer's expires_in is no number") from None
        refresh_token = data.get("refresh_token") or (previous.refresh_token if previous else None)
        return cls(str(data["access_token"]), refresh_token, now + dt.timedelta(seconds=seconds), now)


class TokenStore(Protocol):
    """Where tokens outlive a task; implemented over the connector's database."""

    def load(self, name: str) -> Token | None:
        """Return the token, or None when there is none (or it cannot be opened any more)."""
        ...

    def save(self, name: str, token: Token) -> None:
        """Keep the token; on disk when this returns."""
        ...

    def forget(self, name: str) -> None:
        """Remove the token; none there is no error."""
        ...

    def locked(self, name: str) -> AbstractContextManager[None]:
        """Hold `name` against all other threads and processes until left."""
        ...


class MemoryTokenStore:
    """Tokens of one process."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._lock = threading.Lock()

    def load(self, name: str) -> Token | None:
        """Return the token or None."""
        return self._tokens.get(name)

    def save(self, name: str, token: Token) -> None:
        """Keep the token."""
        self._tokens[name] = token

    def forget(self, name: str) -> None:
        """Remove the token; none there is no error."""
        self._tokens.pop(name, None)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:  # noqa: ARG002 - one lock for all names will do
        """Hold the store until left."""
        with self._lock:
            yield


Fetch = Callable[[Token | None], Token]
"""Asks the vendor for a token: with the last one (for its refresh token), or with None to sign in anew."""


def bearer(request: requests.PreparedRequest, token: str) -> None:
    """Put a bearer token on a request (https://www.rfc-editor.org/rfc/rfc6750#section-2.1)."""
    request.headers["Authorization"] = f"Bearer {token}"


class TokenAuth:
    """A bearer token, renewed early, after a 401, once for all who share the store.

    Args:
        name: which token in the store.
        store: shared by all processes of the deployment.
        fetch: asks the vendor; it must not use a client signed by this very object.
        clock: tells when a token is old.
        put: puts a token on a request; as a bearer token unless the vendor wants it elsewhere.
    """

    def __init__(
        self,
        name: str,
        store: TokenStore,
        fetch: Fetch,
        *,
        clock: Clock | None = None,
        put: Callable[[requests.PreparedRequest, str], None] = bearer,
    ) -> None:
        self._name, self._store, self._fetch, self._put = name, store, fetch, put
        self._clock = clock or SystemClock()
        self._token: Token | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"TokenAuth({self._name})"

    def sign(self, request: requests.PreparedRequest, key: str) -> str:  # noqa: ARG002 - one identity
        """Put a token on `request` that is good for a while.

        Raises:
            ConfigurationError: the vendor refuses to give one.
            VendorUnavailable: the vendor cannot be asked now.
        """
        token = self._token
        if token is None or not self._is_fresh(token):
            token = self._renewed(rejected="")
        self._put(request, token.access_token)
        return token.access_token

    def renew(self, stamp: str) -> bool:
        """Replace the token that was rejected, unless another thread or process has done so."""
        self._renewed(rejected=stamp)
        return True

    def secrets(self) -> Iterable[str]:
        """Return the token's values."""
        token = self._token
        return [value for value in (token.access_token, token.refresh_token) if value] if token else []

    def close(self) -> None:
        """Do nothing: the token serves the next run."""

    def _is_fresh(self, token: Token) -> bool:
        return self._clock.now() < token.renew_at()

    def _renewed(self, rejected: str) -> Token:
        with self._lock, self._store.locked(self._name):
            token = self._store.load(self._name)
            if token is None or token.access_token == rejected or not self._is_fresh(token):
                token = self._ask(token)
                self._store.save(self._name, token)  # before its first use: the old refresh token is dead
            self._token = token
            return token

    def _ask(self, last: Token | None) -> Token:
        """Return a new token; when the refresh token is refused, sign in anew once."""
        if last is not None and last.refresh_token:
            try:
                return self._ask_once(last)
            except ConfigurationError:
                _log.warning("%s: the refresh token is refused; signing in anew", self._name)
        return self._ask_once(None)

    def _ask_once(self, last: Token | None) -> Token:
        try:
            return self._fetch(last)
        except Refused as error:
            message = f"{self._name}: sign-in refused, check the connection's credentials: {error}"
        except AmbiguousWrite as error:
            raise VendorUnavailable(f"{self._name}: sign-in got no answer: {error}") from None
        raise ConfigurationError(message)


class CookieSession:
    """A session that the vendor keeps by cookies: log in when first needed, log out at the end.

    Args:
        session: the session whose cookies are sent; `login` and `logout` call through it.
        login: signs in; the cookies of its answer stay in the session.
        logout: signs out.
    """

    def __init__(self, session: requests.Session, login: Callable[[], None], logout: Callable[[], None]) -> None:
        self._session, self._login, self._logout = session, login, logout
        self._logins = 0
        self._is_open = False
        self._values: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"CookieSession({self._logins} logins)"

    def sign(self, request: requests.PreparedRequest, key: str) -> str:  # noqa: ARG002 - one identity
        """Log in if need be and put the session's cookies on `request`.

        Raises:
            SyncError: the login failed; a refused one is a ConfigurationError.
        """
        with self._lock:
            if not self._is_open:
                self._enter()
            request.headers.pop("Cookie", None)
            request.prepare_cookies(self._session.cookies)
            return str(self._logins)

    def renew(self, stamp: str) -> bool:
        """Log in again, unless another thread has done so since."""
        with self._lock:
            if stamp == str(self._logins):
                self._session.cookies.clear()
                self._enter()
        return True

    def secrets(self) -> Iterable[str]:
        """Return the values of the cookies."""
        return self._values

    def close(self) -> None:
        """Log out; a failure is logged and no more, so that it does not hide the work's own end."""
        with self._lock:
            if not self._is_open:
                return
            self._is_open = False
            try:
                self._logout()
            except SyncError as error:
                _log.warning("logout failed, the vendor counts the session until it times out: %s", error)

    def _enter(self) -> None:
        self._is_open = False
        try:
            self._login()
        except Refused as error:
            message = f"sign-in refused, check the connection's credentials: {error}"
        except AmbiguousWrite as error:
            raise VendorUnavailable(f"sign-in got no answer: {error}") from None
        else:
            self._is_open, self._logins = True, self._logins + 1
            self._values = tuple(self._session.cookies.values())
            return
        raise ConfigurationError(message)
