"""The client of a running simulator's control routes."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import requests

from ml_connector_sandbox.core.wire import write_json
from ml_connector_sandbox.demo.processes import Failed

Record = dict[str, Any]
TIMEOUT_SECONDS = 60.0


class Simulator:
    """One simulator, reached over HTTP as everybody else reaches it.

    Args:
        url: its address.
        account: the account (tenant) that the demo uses; None for the one there is.
    """

    def __init__(self, url: str, account: str | None = None) -> None:
        self.url, self.account = url, account
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, verb: str, route: str, body: Any = None, /, **asked: str) -> Any:
        """Call a control route and return its answer, amounts as Decimal.

        Raises:
            Failed: it refuses.
        """
        answer = self._session.request(
            verb, f"{self.url}/_sim/{route}", params=asked, timeout=TIMEOUT_SECONDS,
            data=None if body is None else write_json(body).encode(),
        )  # fmt: skip
        if not answer.ok:
            raise Failed(f"simulator {self.url}/_sim/{route} answers {answer.status_code}: {answer.text[:500]}")
        return json.loads(answer.text, parse_float=Decimal)

    def is_up(self) -> bool:
        """Tell whether it answers."""
        try:
            return bool(self.call("GET", "health")["status"] == "ok")
        except (requests.RequestException, Failed):
            return False

    def held(self, entity: str) -> list[Record]:
        """Return the account's records of an entity."""
        asked = {"entity": entity, **({"account": self.account} if self.account else {})}
        return list(self.call("GET", "state", **asked)[entity])

    def seed(self, records: dict[str, list[Record]]) -> None:
        """Put records into the account."""
        self.call("POST", "seed", {"account": self.account, "records": records})

    def edit(self, entity: str, record_id: str, **changes: Any) -> None:
        """Change a record as a person would."""
        self.call("POST", "edit", {"account": self.account, "entity": entity, "id": record_id, "set": changes})

    def set(self, **settings: Any) -> None:
        """Change switches."""
        self.call("PATCH", "settings", settings)

    def fault(self, kind: str, path: str, method: str | None = None, **more: Any) -> None:
        """Order trouble for the next calls."""
        self.call("POST", "faults", [{"kind": kind, "path": path, "method": method, **more}])

    def calls(self, method: str = "", path: str = "", since: int = 0) -> list[Record]:
        """Return the requests it has had after number `since`."""
        asked = {"method": method, "path": path, "since": str(since), "limit": "100000"}
        return list(self.call("GET", "journal", **asked))

    def writes(self, since: int = 0) -> list[Record]:
        """Return the requests that could change something: all but reading and signing in or out."""
        found = self.calls("POST,PUT,PATCH,DELETE", since=since)
        return [row for row in found if not any(word in row["path"] for word in ("/identity/", "/entity/auth/"))]

    def last_call(self) -> int:
        """Return the number of its latest request, 0 when it had none."""
        return max((int(row["seq"]) for row in self.calls()), default=0)
