"""The simulated vendors of the demo, as processes, and their control routes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

from ml_connector_sandbox.core.wire import write_json
from ml_connector_sandbox.demo.airflow_server import clean_environment
from ml_connector_sandbox.demo.places import REPOSITORY, Place
from ml_connector_sandbox.demo.processes import Children, DemoError
from ml_connector_sandbox.scenarios.scenario import Scenario

CIN7_LIMITS: dict[str, Any] = {"rate_limit": 100_000}
"""What the demo makes quicker than Cin7 is."""
_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Simulator:
    """One simulator's control routes; `account` is the account or tenant the pair uses."""

    system: str
    url: str
    account: str | None

    def call(self, verb: str, path: str, body: Any = None, **query: Any) -> Any:
        """Return the answer of a control route; numbers with a point are Decimals.

        Raises:
            DemoError: the simulator refused.
        """
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                verb,
                f"{self.url}/_sim/{path}",
                data=None if body is None else write_json(body).encode(),
                params=query,
                timeout=_TIMEOUT_SECONDS,
            )
        if not answer.ok:
            raise DemoError(f"{self.system}: {verb} /_sim/{path} → {answer.status_code}: {answer.text[:1000]}")
        return json.loads(answer.text, parse_float=Decimal)

    def is_up(self) -> bool:
        """Tell whether it answers."""
        with suppress(requests.RequestException):
            return bool(self.call("GET", "health")["status"] == "ok")
        return False

    def state(self, entity: str) -> list[dict[str, Any]]:
        """Return all records of an entity."""
        query = {"account": self.account} if self.account else {}
        found: list[dict[str, Any]] = self.call("GET", "state", entity=entity, **query)[entity]
        return found

    def edit(self, entity: str, record_id: str, **changes: Any) -> None:
        """Change a record as a person would."""
        self.call("POST", "edit", {"account": self.account, "entity": entity, "id": record_id, "set": changes})

    def fault(self, **fault: Any) -> None:
        """Let something go wrong with the next matching calls."""
        self.call("POST", "faults", fault)

    def repair(self) -> None:
        """Let nothing go wrong any more."""
        self.call("DELETE", "faults")

    def last_request(self) -> int:
        """Return the number of the last request."""
        return max((row["seq"] for row in self.call("GET", "journal", limit=10**9)), default=0)

    def requests(self, since: int = 0, method: str = "") -> Iterator[dict[str, Any]]:
        """Yield the requests after number `since`."""
        yield from self.call("GET", "journal", since=since, method=method, limit=10**9)

    def writes(self, since: int = 0) -> tuple[int, int]:
        """Return how many requests wrote, and how many would have but were refused; signing in is neither."""
        methods = "" if self.system in {"infor", "syspro"} else "POST,PUT,PATCH,DELETE"
        found = [row for row in self.requests(since, methods) if _writes(row["method"], row["path"])]
        refused = sum(1 for row in found if 400 <= row["status"] < 500)
        return len(found) - refused, refused


def _writes(method: str, path: str) -> bool:
    """Tell whether a request is one that changes records; M3 tells by the program, SYSPRO by the class."""
    if "/m3api-rest/" in path:
        return "/PPS370MI/" in path
    if "/SYSPROWCFService/" in path:
        return "/Setup/" in path or "/Transaction/" in path
    return method != "GET" and not _signs_in(path)


def _signs_in(path: str) -> bool:
    signs = ("/connect/token", "/as/token.oauth2", "/as/revoke_token.oauth2")
    return any(one in path for one in signs) or path.rstrip("/").endswith(("/auth/login", "/auth/logout"))


def start(place: Place, ports: dict[str, int], systems: Iterable[str], children: Children) -> dict[str, str]:
    """Start the simulators; return system → URL. They are not up yet."""
    made = {}
    env = {**clean_environment(), "PYTHONPATH": str(REPOSITORY / "include")}
    for system in systems:
        command = [sys.executable, "-m", "ml_connector_sandbox", system, "--port", str(ports[system])]
        children.start(system, [*command, "--data", str(place.state / f"{system}.json")], env)
        made[system] = f"http://127.0.0.1:{ports[system]}"
    return made


def of_scenario(urls: dict[str, str], scenario: Scenario) -> dict[str, Simulator]:
    """Return a scenario's systems, each with the account that the scenario uses."""
    return {
        system: Simulator(system, urls[system], scenario.accounts.get(system, {}).get("account_id"))
        for system in scenario.records
    }


def seed(simulators: dict[str, Simulator], scenario: Scenario) -> None:
    """Fill both systems with the scenario."""
    for system, simulator in simulators.items():
        if system in scenario.accounts:
            simulator.call("POST", "accounts", scenario.accounts[system])
        body = {"account": simulator.account, "records": scenario.records[system]}
        simulator.call("POST", "seed", body)
        simulator.call("POST", "save")
