"""Logons: one session per operator, a seat each, an end that nobody announces.

A second logon of an operator ends the first: found on a live system by
https://github.com/trismegistus0/rectella-shopify-service (``docs/handover.md``). Form of the session: traffic recorded
by https://github.com/wildland/syspro-ruby (``test/cassettes``).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from ml_connector_sandbox.core.clock import Clock

from .company import Company
from .settings import Settings

NO_SEAT = "ERROR: No e.net licenses available"
"""Our wording; the real one is not published."""


@dataclass
class Session:
    """One operator logged on."""

    company: Company
    operator: str
    since: datetime
    used: datetime
    calls: int = 0
    is_person: bool = False


class Sessions:
    """The sessions of the whole site by their 34 characters."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.by_id: dict[str, Session] = {}

    def log_on(self, settings: Settings, company: Company, operator: str, *, is_person: bool = False) -> str | None:
        """Return a new session's id, None when all seats are taken; the operator's earlier session ends."""
        self._forget_idle(settings)
        for old_id, old in list(self.by_id.items()):
            if old.operator == operator and (settings.operator_scope == "site" or old.company is company):
                del self.by_id[old_id]
        if settings.seats and len(self.by_id) >= settings.seats:
            return None
        made, now = secrets.token_hex(16).upper() + "00", self._clock.now()
        self.by_id[made] = Session(company, operator, now, now, is_person=is_person)
        return made

    def use(self, settings: Settings, user_id: str) -> Session | None:
        """Return the live session of a call, blanks at its end being as good as none; count the call."""
        self._forget_idle(settings)
        key = user_id.strip()
        session = self.by_id.get(key)
        if session is None:
            return None
        if settings.session_calls and session.calls >= settings.session_calls:
            del self.by_id[key]
            return None
        session.calls, session.used = session.calls + 1, self._clock.now()
        return session

    def log_off(self, user_id: str) -> bool:
        """End a session; tell whether there was one."""
        return self.by_id.pop(user_id.strip(), None) is not None

    def end_of(self, operator: str) -> None:
        """End an operator's sessions as an administrator does; KeyError when there is none."""
        ended = [key for key, session in self.by_id.items() if session.operator == operator]
        if not ended:
            raise KeyError(operator)
        for key in ended:
            del self.by_id[key]

    def _forget_idle(self, settings: Settings) -> None:
        if not settings.session_idle_seconds:
            return
        limit = self._clock.now() - timedelta(seconds=settings.session_idle_seconds)
        for key, session in list(self.by_id.items()):
            if session.used < limit:
                del self.by_id[key]
