"""What protects the pages: security headers, a limit on what is sent, and forms that only our own pages can send."""

from __future__ import annotations

import hashlib
import hmac

from fastapi import HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ml_connector.operator_ui.desk import desk_of, visitor_of

MOST_BYTES = 1_500_000
"""Longest request body: a CSV file of some 30,000 mappings, twice encoded."""
FORM_SECONDS = 12 * 3600
"""How long a page may lie open before its forms are refused."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'self'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
TOO_LARGE = b"That is more than these pages take at once: split the file."


class Headers:
    """Puts the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers added."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class Limit:
    """Refuses a request body that is longer than it may be, whatever its header says of it."""

    def __init__(self, app: ASGIApp, most_bytes: int = MOST_BYTES) -> None:
        self.app, self.most_bytes = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to the limit, then let the application have it."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        body = await self._read(receive)
        if body is None:
            await send({"type": "http.response.start", "status": 413, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": TOO_LARGE})
            return
        await self.app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return b""
            body += message.get("body", b"")
            if len(body) > self.most_bytes:
                return None
            more = message.get("more_body", False)
        return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def once() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


def form_token(request: Request) -> str:
    """Return the token that each form of this person's pages carries."""
    desk = desk_of(request)
    until = int(desk.now().timestamp()) + FORM_SECONDS
    return f"{until}.{_signed(desk.secret, visitor_of(request).name, until)}"


def check_form(request: Request, token: str) -> None:
    """Return when the form came from one of our pages, sent by the person whom it was made for.

    Raises:
        HTTPException: 403 when it did not, or has lain open for too long.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403, "This form was sent from another site.")
    desk, name = desk_of(request), visitor_of(request).name
    until, _, signature = token.partition(".")
    known = until.isascii() and until.isdigit() and len(until) < 12  # noqa: PLR2004 - digits of a time stamp
    wanted = _signed(desk.secret, name, int(until)) if known else ""
    if not wanted or not hmac.compare_digest(signature.encode(), wanted.encode()):
        raise HTTPException(403, "This form does not come from these pages, or was made for somebody else.")
    if int(until) < desk.now().timestamp():
        raise HTTPException(403, "This page has been open for too long: open it again, then send the form.")


def _signed(secret: bytes, name: str, until: int) -> str:
    text = f"ml-connector form\n{until}\n{name}".encode()
    return hmac.new(secret, text, hashlib.sha256).hexdigest()
