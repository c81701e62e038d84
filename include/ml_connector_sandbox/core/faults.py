"""Trouble on order: what a test or a demo asks to go wrong with the next matching calls."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["reset_before", "reset_after", "status", "status_after", "html", "truncate", "delay", "timeout", "touch"]


class Fault(BaseModel):
    """One fault.

    Args:
        method, path, body, account: which calls it meets; `path` and `body` are regular expressions.
        skip: matching calls let through first; times: calls it meets then.
        kind: ``reset_before`` aborts the connection before the vendor does anything, ``reset_after`` after it
            has done it; ``status`` answers instead of the vendor, ``status_after`` after it has done it; ``html``
            is a gateway page with 200; ``truncate`` cuts the answer; ``delay`` answers late; ``timeout`` never
            answers (`after`: the vendor does it first); ``touch`` edits a record just before the call is served.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    method: str | None = None
    path: str = ""
    body: str | None = None
    account: str | None = None
    skip: int = Field(default=0, ge=0)
    times: int = Field(default=1, ge=1)
    status: int = 503
    headers: dict[str, str] = {}
    answer: Any = None
    seconds: float = 0.0
    after: bool = False
    entity: str = ""
    id: str = ""
    set: dict[str, Any] = {}

    def meets(self, method: str, path: str, body: str, account: str | None) -> bool:
        """Tell whether the call is one of those the fault is for."""
        return (
            (self.method is None or self.method.upper() == method)
            and re.search(self.path, path, re.IGNORECASE) is not None
            and (self.body is None or re.search(self.body, body) is not None)
            and (self.account is None or self.account == account)
        )

    @property
    def commits(self) -> bool:
        """Whether the vendor carries the call out."""
        return self.kind in {"reset_after", "status_after", "truncate", "delay", "touch"} or self.after


class Faults:
    """The faults still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def take(self, method: str, path: str, body: str, account: str | None) -> Fault | None:
        """Return the fault that this call meets, and use it up; None when it meets none."""
        for fault in self.waiting:
            if not fault.meets(method, path, body, account):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times == 0:
                self.waiting.remove(fault)
            return fault
        return None
