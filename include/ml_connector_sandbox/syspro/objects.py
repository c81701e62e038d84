"""The business objects that this site has installed, by class and code."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from . import find
from .call import Call

Handler = Callable[[Call], Response]

OBJECTS: dict[tuple[str, str], Handler] = {
    ("Query", "COMFND"): find.find,
    ("Fetch", "COMFCH"): find.fetch,
}
