"""``$batch``: several calls in one multipart body (https://docs.ifs.com/techdocs/23r2, 1000_supported_functionalities).

Each part is served by itself; a change set is not undone as a whole here, which OData demands and this simulator
leaves out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from .call import Call
from .errors import Refusal, malformed

Serve = Callable[[Call, list[str]], Response]
Refused = Callable[[Refusal], Response]


def run(call: Call, serve: Serve, refused: Refused) -> Response:
    """The multipart answer to a multipart body.

    Raises:
        Refusal: 400 for a body that is no multipart/mixed.
    """
    kind = call.request.headers.get("content-type", "")
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body)
    if not message.is_multipart():
        raise malformed("A batch request is multipart/mixed.", "ODP_BODY_ERROR")
    return _multipart([_answer(call, part, serve, refused) for part in _parts(message)])


def _parts(message: Message) -> list[Message]:
    """The single requests, change sets opened."""
    found: list[Message] = []
    for part in message.get_payload():
        assert isinstance(part, Message)
        found += _parts(part) if part.is_multipart() else [part]
    return found


def _answer(call: Call, part: Message, serve: Serve, refused: Refused) -> tuple[str | None, Response]:
    """The content id of a part and the answer to it."""
    try:
        inner, segments = _inner(call, part)
        return part["Content-ID"], serve(inner, segments)
    except Refusal as refusal:
        return part["Content-ID"], refused(refusal)


def _inner(call: Call, part: Message) -> tuple[Call, list[str]]:
    """The call that a part holds, and the segments of its path after the service's name."""
    payload = part.get_payload(decode=True)
    text = payload if isinstance(payload, bytes) else b""
    head, _, body = text.replace(b"\r\n", b"\n").lstrip().partition(b"\n\n")
    first, *lines = head.decode().split("\n")
    words = first.split(" ")
    if len(words) != 3:
        raise malformed("A part of the batch request cannot be read.", "ODP_BODY_ERROR")
    url = urlsplit(words[1])
    pairs = [line.partition(":") for line in lines]
    headers = [(name.strip().lower().encode(), value.strip().encode()) for name, _, value in pairs]
    scope = {**call.request.scope, "method": words[0], "query_string": url.query.encode(), "headers": headers}
    path = url.path.partition(".svc/")[2] or url.path
    inner = replace(call, request=Request(scope), body=body.strip())
    return inner, [unquote(segment) for segment in path.split("/") if segment]


def _multipart(answers: list[tuple[str | None, Response]]) -> Response:
    """The answers as one body."""
    boundary = f"batch_{uuid4()}"
    lines: list[bytes] = []
    for content_id, answer in answers:
        lines += [f"--{boundary}".encode(), b"Content-Type: application/http", b"Content-Transfer-Encoding: binary"]
        lines += [f"Content-ID: {content_id}".encode()] if content_id else []
        lines += [b"", f"HTTP/1.1 {answer.status_code} {HTTPStatus(answer.status_code).phrase}".encode()]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        lines += [b"", bytes(answer.body)]
    lines += [f"--{boundary}--".encode(), b""]
    return Response(b"\r\n".join(lines), media_type=f"multipart/mixed; boundary={boundary}")
