"""The outermost layer: faults, journal and the `Date` header around a vendor's app."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ml_connector_sandbox.core.faults import Fault, Faults
from ml_connector_sandbox.core.journal import Journal
from ml_connector_sandbox.core.simulator import Simulator
from ml_connector_sandbox.core.wire import write_json

HTML = b"<!DOCTYPE html><html><head><title>Service</title></head><body>Please try again later</body></html>"
HANG_SECONDS = 600.0


@dataclass
class Answer:
    """An answer caught before it is sent."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def catch(self, message: Message) -> None:
        """Take the place of `send`."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class Gateway:
    """ASGI app: the control routes, and the vendor's app behind faults and journal."""

    def __init__(self, simulator: Simulator, control: ASGIApp, faults: Faults, journal: Journal) -> None:
        self.simulator, self.control, self.faults, self.journal = simulator, control, faults, journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http" or scope["path"].startswith("/_sim"):
            await self.control(scope, receive, send)
            return
        body = await _whole_body(receive)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        account = self.simulator.account_of(headers)
        fault = self.faults.take(scope["method"], scope["path"], body.decode("utf-8", "replace"), account)
        answer = await self._answer(scope, body, fault)
        self._record(scope, body, account, fault, answer)
        await _send(answer, fault, receive, send, format_datetime(self.simulator.clock.now(), usegmt=True))

    async def _answer(self, scope: Scope, body: bytes, fault: Fault | None) -> Answer:
        if fault is not None and fault.kind == "touch":
            self.simulator.edit(fault.account, fault.entity, fault.id, fault.set)
        answer = Answer()
        if fault is None or fault.commits:
            await self.simulator.app(scope, _replay(body), answer.catch)
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind in {"status", "status_after"}:
            return _instead(fault)
        if fault is not None and fault.kind == "html":
            return Answer(200, [(b"content-type", b"text/html; charset=utf-8")], HTML)
        return answer

    def _record(self, scope: Scope, body: bytes, account: str | None, fault: Fault | None, answer: Answer) -> None:
        secret = _signs_in(scope["path"])
        self.journal.add(
            at=self.simulator.clock.now().isoformat(),
            method=scope["method"],
            path=scope["path"],
            query="" if secret else scope["query_string"].decode("latin-1"),
            account=account or "",
            status=answer.status,
            fault=fault.kind if fault else "",
            request="" if secret else body.decode("utf-8", "replace"),
            answer="" if secret else answer.body.decode("utf-8", "replace"),
        )


def _signs_in(path: str) -> bool:
    """Tell whether a call's query, body or answer may hold credentials: they are not kept in the journal."""
    return any(word in path.lower() for word in ("token", "auth/login", "revo", "/logout", "/logon"))


def _instead(fault: Fault) -> Answer:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fault.headers.items()]
    if isinstance(fault.answer, str):
        return Answer(fault.status, [*headers, (b"content-type", b"text/plain; charset=utf-8")], fault.answer.encode())
    body = b"" if fault.answer is None else write_json(fault.answer).encode()
    return Answer(fault.status, [*headers, (b"content-type", b"application/json")], body)


async def _whole_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _replay(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send(answer: Answer, fault: Fault | None, receive: Receive, send: Send, date: str) -> None:
    kind = fault.kind if fault else ""
    if kind in {"reset_before", "reset_after"}:
        _abort(receive)
        return
    if kind == "timeout":
        await asyncio.wait({asyncio.ensure_future(receive())}, timeout=HANG_SECONDS)
        return
    headers = [pair for pair in answer.headers if pair[0].lower() != b"date"]
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [*headers, (b"date", date.encode())],
        }
    )
    if kind == "truncate":
        await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
        _abort(receive, soon=True)
        await asyncio.sleep(0.05)
        return
    await send({"type": "http.response.body", "body": answer.body})


def _abort(receive: Receive, *, soon: bool = False) -> None:
    """Drop the TCP connection: uvicorn's `receive` is bound to the request's cycle, which knows its transport."""
    cycle: Any = receive.__self__  # type: ignore[attr-defined]
    if soon:
        asyncio.get_running_loop().call_later(0.02, cycle.transport.abort)
    else:
        cycle.transport.abort()
