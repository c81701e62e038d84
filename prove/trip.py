"""What stands between the connector and the world: every call, commit and Variable write passes here.

An attempt of a task runs with a `Trip`: it notes each boundary, and lets the case's fault happen at one of them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import re
import signal
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

import requests
import urllib3

from ml_connector_sandbox.core.faults import Fault as GatewayFault
from prove.clock import CLOCK
from prove.faults import Boundary, Case, Kind

SIGN_IN = re.compile(r"token|/auth/|logon|logout|login", re.IGNORECASE)
FULL = "database or disk is full"


class VariablesDown(Exception):
    """Airflow's API server did not take a Variable."""


@dataclass
class Trip:
    """One attempt of a task.

    Args:
        step: the task.
        case: what goes wrong in this attempt; None for nothing.
        trouble: outages that go on, shared by the attempts of a case.
        gateways: system → the faults of its simulator.
        look: system → its books, where it is to be found out which calls change them: not every vendor writes by POST.
    """

    step: str
    case: Case | None
    trouble: Trouble
    gateways: dict[str, list[GatewayFault]]
    noted: list[Boundary] = field(default_factory=list)
    happened: bool = False
    look: Callable[[str], str] | None = None
    _alone: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def call(
        self, system: str, request: requests.PreparedRequest, go: Callable[[], requests.Response]
    ) -> requests.Response:
        """Send a call, or not."""
        path = (request.path_url or "").partition("?")[0]
        signs_in = SIGN_IN.search(path) is not None
        CLOCK.sleep(0.01)
        self.trouble.meet(system, signs_in=signs_in)
        what = f"{system} {request.method} {path}"
        if not self._is_due("http", what, system=system, writes=request.method != "GET", signs_in=signs_in):
            return go() if self.look is None else self._looked(system, len(self.noted) - 1, go, self.look)
        assert self.case is not None
        return self._disturbed(self.case, system, go)

    def _looked(
        self, system: str, place: int, go: Callable[[], requests.Response], look: Callable[[str], str]
    ) -> requests.Response:
        before = look(system)
        answer = go()
        if look(system) != before:
            self.noted[place] = dataclasses.replace(self.noted[place], writes=True)
        return answer

    def _disturbed(self, case: Case, system: str, go: Callable[[], requests.Response]) -> requests.Response:
        name = case.fault.name
        self._kill(name, "killed_before")
        if name == "no_connection":
            raise requests.ConnectTimeout(urllib3.exceptions.NewConnectionError(None, "refused"))  # type: ignore[arg-type]
        if name == "timeout_before":
            raise requests.ReadTimeout("read timed out")
        if case.fault.gateway is not None:
            self.gateways[system].append(_dated(case.fault.gateway))
        if case.fault.lasts:
            what = "token" if name.startswith("token") else "system"
            self.trouble.begin(what, system, case.fault.lasts)
        answer = go()
        self._kill(name, "killed_after")
        if name == "timeout_after":
            answer.close()
            raise requests.ReadTimeout("read timed out")
        return answer

    def commit(self, what: str, go: Callable[[], None]) -> None:
        """Commit a transaction of the connector's database, or not."""
        if not self._is_due("commit", f"commit {what}"):
            go()
            return
        assert self.case is not None
        name = self.case.fault.name
        self._kill(name, "killed_before")
        if self.case.fault.lasts:
            self.trouble.begin("disk" if name == "disk_full" else "database", "", self.case.fault.lasts)
            raise sqlite3.OperationalError(FULL if name == "disk_full" else "disk I/O error")
        if name == "commit_fails":
            raise sqlite3.OperationalError("disk I/O error")
        go()
        self._kill(name, "killed_after")
        if name == "commit_unheard":
            raise sqlite3.OperationalError("disk I/O error")

    def variable(self, what: str, go: Callable[[], None]) -> None:
        """Write a Variable, or not."""
        if not self._is_due("variable", what):
            go()
            return
        assert self.case is not None
        self._kill(self.case.fault.name, "killed_before")
        if self.case.fault.name == "variable_fails":
            raise VariablesDown
        go()
        self._kill(self.case.fault.name, "killed_after")
        if self.case.fault.name == "variable_unheard":
            raise VariablesDown

    def _is_due(self, kind: Kind, what: str, **more: Any) -> bool:
        """Note a boundary; tell whether the fault is due."""
        with self._alone:
            number = sum(one.kind == kind for one in self.noted)
            self.noted.append(Boundary(self.step, number, kind, what, **more))
        due = self.case.boundary if self.case is not None else None
        if due is None or (due.number, due.kind) != (number, kind):
            return False
        self.happened = True
        return True

    def _kill(self, name: str, when: str) -> None:
        if name == when:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Trouble:
    """What is down, and until when."""

    until: dict[tuple[str, str], float] = field(default_factory=dict)

    def begin(self, what: str, system: str, seconds: float) -> None:
        """Let it go on from now."""
        self.until[what, system] = CLOCK.seconds + seconds

    def is_on(self, what: str, system: str = "") -> bool:
        """Tell whether it still goes on."""
        return self.until.get((what, system), 0.0) > CLOCK.seconds

    def lasting(self) -> list[tuple[tuple[str, str], float]]:
        """Return what still goes on, and for how many seconds."""
        return sorted((what, until - CLOCK.seconds) for what, until in self.until.items() if until > CLOCK.seconds)

    def meet(self, system: str, *, signs_in: bool) -> None:
        """Fail as a call to a system that is down does."""
        if self.is_on("system", system) or (signs_in and self.is_on("token", system)):
            raise requests.ConnectionError(urllib3.exceptions.NewConnectionError(None, "refused"))  # type: ignore[arg-type]


def _dated(gateway: dict[str, Any]) -> GatewayFault:
    headers = dict(gateway.get("headers", {}))
    if headers.get("Retry-After") == "DATE":
        headers["Retry-After"] = format_datetime(CLOCK.now() + dt.timedelta(seconds=9), usegmt=True)
    return GatewayFault(**{**gateway, "headers": headers})


class Switch:
    """Holds the trip of the attempt that runs now."""

    trip: Trip | None = None
