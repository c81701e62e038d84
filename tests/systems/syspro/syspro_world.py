"""A running simulator of SYSPRO, and adapters over real clients of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import requests

from ml_connector.sync.ports import Pull, RecordCache, Unreadable, Window
from ml_connector.systems.syspro.adapter import SysproAdapter
from ml_connector.systems.syspro.connection import SysproSettings, read_settings
from ml_connector.systems.syspro.options import SysproOptions
from ml_connector.systems.syspro.session import Syspro, open_client
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import MemoryTokenStore
from ml_connector_sandbox.core.wire import write_json
from ml_connector_sandbox.syspro import world

NOW = dt.datetime(2026, 10, 20, 12, tzinfo=dt.timezone.utc)
DAY = "2026-10-01"
OPTIONS: dict[str, Any] = {"local_currency": "GBP", "tax_accounts": ["00-2210"], "branch": "10", "bank": "01"}


@dataclass
class Clock:
    """The connector's time; waiting makes it pass."""

    seconds: float = 0.0

    def now(self) -> dt.datetime:
        return NOW + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class World:
    """The simulator, and what is opened to it."""

    url: str
    store: MemoryTokenStore = field(default_factory=MemoryTokenStore)
    clock: Clock = field(default_factory=Clock)
    calls: list[Call] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    opened: list[Syspro] = field(default_factory=list)

    # --- the simulator ---

    def sim(self, verb: str, route: str, body: Any = None, **query: str) -> Any:
        data = None if body is None else write_json(body).encode()
        answer = requests.request(verb, f"{self.url}/_sim/{route}", data=data, params=query, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def set(self, **settings: Any) -> None:
        self.sim("PATCH", "settings", settings)

    def seed(self, **tables: list[dict[str, Any]]) -> None:
        self.sim("POST", "seed", {"records": tables})

    def state(self, entity: str) -> list[dict[str, Any]]:
        return list(self.sim("GET", "state", entity=entity)[entity])

    def edit(self, entity: str, key: str, **changes: Any) -> None:
        self.sim("POST", "edit", {"entity": entity, "id": key, "set": changes})

    def person_logs_on(self) -> None:
        """Let a person log on as the connector's operator."""
        self.edit("operator", world.OPERATOR, logon=True)

    def paths(self, name: str) -> list[str]:
        """Return the calls whose path ends in `name`."""
        return [call.url for call in self.calls if call.url.partition("?")[0].lower().endswith(name.lower())]

    # --- the connector ---

    def settings(self, **extra: str) -> SysproSettings:
        fields = {
            "company_id": world.COMPANY, "odata_url": self.url + world.ODATA, "odata_user": world.ODATA_USER,
            "odata_password": world.OPERATOR_PASSWORD, **extra,
        }  # fmt: skip
        return read_settings(
            "syspro_default", host=self.url + world.REST, login=world.OPERATOR, password=world.OPERATOR_PASSWORD,
            extra=fields,
        )  # fmt: skip

    def client(self, store: MemoryTokenStore | None = None, **extra: str) -> Syspro:
        made = open_client(
            self.settings(**extra), requests.Session, token_store=store or self.store, on_call=self.calls.append,
            clock=self.clock,
        )  # fmt: skip
        self.opened.append(made)
        return made

    def adapter(self, client: Syspro | None = None, cache: RecordCache | None = None, **options: Any) -> SysproAdapter:
        chosen = SysproOptions(**{**OPTIONS, **options})
        return SysproAdapter(
            client or self.client(), chosen, record_pull=self.pulls.append, cache=cache, now=self.clock.now
        )

    def read(self, kind: str, start: dt.datetime | None = None, **options: Any) -> list[Any]:
        """Return the readable documents of a kind; there must be no others."""
        found = list(self.adapter(**options).read(kind, Window(start, NOW)))
        assert not [one for one in found if isinstance(one, Unreadable)], found
        return found

    def close(self) -> None:
        for one in self.opened:
            one.close()
