"""JSON as the vendors write and read it: decimals in, decimals out, no float in between."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import simplejson
from starlette.responses import Response


def read_json(body: bytes) -> Any:
    """Return the JSON value of `body`, numbers with a point as Decimal; ValueError when it is none."""
    return json.loads(body, parse_float=Decimal)


def write_json(value: Any) -> str:
    """Return `value` as JSON text; Decimals become numbers as they are written."""
    return str(simplejson.dumps(value, use_decimal=True, ensure_ascii=False, default=_other))


def _other(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    msg = f"{type(value).__name__} is no JSON value"
    raise TypeError(msg)


class JsonAnswer(Response):
    """A JSON answer with decimals."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the body."""
        return write_json(content).encode()
