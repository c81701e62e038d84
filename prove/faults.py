"""Which fault can happen at which boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["http", "commit", "variable", "task"]
HOURS = 3 * 3600.0
"""A long outage: longer than all retries of a task."""
MOMENT = 90.0
"""A short outage, in seconds: a task's retries outlast it."""
UNKNOWN: dict[str, Any] = {"message": "Unauthorized"}
REFUSED: dict[str, Any] = {"message": "Too many requests"}


@dataclass(frozen=True)
class Boundary:
    """A place where a sync can be cut off.

    Args:
        step: the task, e.g. ``suppliers.load``.
        number: counted from 0 among those of its kind in an undisturbed attempt of the task.
        what: for a person, e.g. ``qad POST /api/…``.
        system: whose call it is; "" when it is none.
        writes: whether the vendor may change something.
        signs_in: whether the call asks for a token or a session.
    """

    step: str
    number: int
    kind: Kind
    what: str
    system: str = ""
    writes: bool = False
    signs_in: bool = False

    @property
    def sort(self) -> str:
        """The sort of boundary it is, for the short sample."""
        if self.kind != "http":
            return self.kind
        return "sign-in" if self.signs_in else "write" if self.writes else "read"


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong at a boundary.

    Args:
        gateway: the simulator's own fault, as ``/_sim/faults`` takes it.
        lasts: seconds for which the trouble goes on.
        kills: the process ends by SIGKILL.
        writes_only: it differs from its twin only where the vendor may have carried the call out.
        recoveries: how it is recovered from: Airflow's ``retry`` of the task, ``clear`` by a person, the ``next`` run
            alone, or by a worker ``elsewhere``, which cannot see that the other is dead.
    """

    name: str
    kind: Kind
    gateway: dict[str, Any] | None = None
    lasts: float = 0.0
    kills: bool = False
    writes_only: bool = False
    recoveries: tuple[str, ...] = ("",)


def _status(status: int, answer: Any = None, *, after: bool = False, **headers: str) -> dict[str, Any]:
    kind = "status_after" if after else "status"
    return {
        "kind": kind,
        "status": status,
        "answer": answer,
        "headers": {k.replace("_", "-"): v for k, v in headers.items()},
    }


FAULTS = (
    Fault("reset_before", "http", {"kind": "reset_before"}),
    Fault("reset_after", "http", {"kind": "reset_after"}, writes_only=True),
    Fault("no_connection", "http"),
    Fault("timeout_before", "http"),
    Fault("timeout_after", "http", writes_only=True),
    Fault("429_seconds", "http", _status(429, REFUSED, Retry_After="7")),
    Fault("429_date", "http", _status(429, REFUSED, Retry_After="DATE")),
    Fault("429_text", "http", _status(429, REFUSED, Retry_After="60 Seconds")),
    Fault("429_none", "http", _status(429, REFUSED)),
    Fault("500_before", "http", _status(500, "Internal Server Error")),
    Fault("500_after", "http", _status(500, "Internal Server Error", after=True), writes_only=True),
    Fault("truncated", "http", {"kind": "truncate"}),
    Fault("html_before", "http", {"kind": "html"}),
    Fault("html_after", "http", {"kind": "html", "after": True}, writes_only=True),
    Fault("401", "http", _status(401, UNKNOWN)),
    Fault("token_down", "http", _status(401, UNKNOWN), lasts=MOMENT),
    Fault("token_down_long", "http", _status(401, UNKNOWN), lasts=HOURS, recoveries=("clear", "next")),
    Fault("outage", "http", {"kind": "reset_after"}, lasts=MOMENT),
    Fault("outage_long", "http", {"kind": "reset_after"}, lasts=HOURS, recoveries=("clear", "next")),
    Fault("killed_before", "http", kills=True),
    Fault("killed_after", "http", kills=True, recoveries=("retry", "next", "elsewhere")),
    Fault("commit_fails", "commit"),
    Fault("commit_unheard", "commit"),
    Fault("database_gone", "commit", lasts=MOMENT),
    Fault("database_gone_long", "commit", lasts=HOURS, recoveries=("clear", "next")),
    Fault("disk_full", "commit", lasts=HOURS, recoveries=("clear", "next")),
    Fault("killed_before", "commit", kills=True),
    Fault("killed_after", "commit", kills=True, recoveries=("retry", "next", "elsewhere")),
    Fault("variable_fails", "variable"),
    Fault("variable_unheard", "variable"),
    Fault("killed_before", "variable", kills=True, recoveries=("retry", "next")),
    Fault("killed_after", "variable", kills=True, recoveries=("retry", "next")),
    Fault("cleared", "task"),
    Fault("abandoned", "task"),
    Fault("a_day_later", "task"),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One fault at one boundary of an act, and how it is recovered from."""

    act: str
    boundary: Boundary
    fault: Fault
    recovery: str

    @property
    def name(self) -> str:
        """The name to repeat it by, within its pair: ``first/suppliers.load/http-17/reset_after/clear``."""
        place = f"{self.boundary.step}/{self.boundary.kind}-{self.boundary.number}"
        return f"{self.act}/{place}/{self.fault.name}/{self.recovery}"


def cases_at(act: str, boundary: Boundary, *, has_tokens: bool) -> list[Case]:
    """Return the cases of a boundary: each fault that can happen there, with each way to recover."""
    return [
        Case(act, boundary, fault, recovery or ("clear" if boundary.number % 2 else "next"))
        for fault in FAULTS
        if fault.kind == boundary.kind and _can_happen(fault, boundary, has_tokens=has_tokens)
        for recovery in fault.recoveries
    ]


def _can_happen(fault: Fault, boundary: Boundary, *, has_tokens: bool) -> bool:
    if fault.name.startswith("token_down"):
        return has_tokens and not boundary.signs_in
    return boundary.writes or not fault.writes_only
