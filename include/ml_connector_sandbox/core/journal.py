"""Every request and what became of it, so that a test can see what really went over the wire."""

from __future__ import annotations

import re
from collections import deque
from typing import Any

MOST = 100_000
BODY = 64 * 1024


class Journal:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._rows: deque[dict[str, Any]] = deque(maxlen=MOST)
        self._next = 1

    def add(self, **row: Any) -> None:
        """Record one request; bodies are cut at 64 KiB."""
        for name in ("request", "answer"):
            row[name] = str(row.get(name, ""))[:BODY]
        self._rows.append({"seq": self._next, **row})
        self._next += 1

    def clear(self) -> None:
        """Forget all requests; the numbers go on."""
        self._rows.clear()

    def find(
        self, *, method: str = "", path: str = "", account: str = "", since: int = 0, limit: int = 1000
    ) -> list[dict[str, Any]]:
        """Return matching requests after number `since`; `method` may be several, split by commas."""
        methods = {name.strip().upper() for name in method.split(",") if name.strip()}
        found = []
        for row in self._rows:
            if row["seq"] <= since or (methods and row["method"] not in methods):
                continue
            if (path and not re.search(path, row["path"], re.IGNORECASE)) or (account and row["account"] != account):
                continue
            found.append(row)
            if len(found) >= limit:
                break
        return found
