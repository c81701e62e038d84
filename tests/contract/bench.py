"""What the contract suite asks of a vendor: its simulator over HTTP, its adapter, records, documents, a person's edits.

A new vendor is one module ``<vendor>_bench.py`` in this folder with one subclass of `Bench`; nothing else names it.
"""

from __future__ import annotations

import datetime as dt
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import requests

from ml_connector.domain.documents import Document
from ml_connector.sync.ports import Pull, Window
from ml_connector.transport.answer import Call
from ml_connector.transport.auth import MemoryTokenStore
from ml_connector_sandbox.core.simulator import Simulator
from ml_connector_sandbox.core.wire import write_json

START = dt.datetime(2026, 3, 18, 12, tzinfo=dt.timezone.utc)
"""The time on both sides when a test begins; it moves only when somebody waits."""
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Put:
    """A source record that was put in: the key of its document, and when it changed."""

    key: str
    at: dt.datetime


@dataclass(frozen=True)
class Move:
    """A change to the first record put in that makes it move in, or out of, the list while that is read.

    Args:
        entity: what the simulator calls it.
        set: the changed fields.
        stays: whether the record is still one of the window's.
    """

    entity: str
    set: dict[str, Any]
    stays: bool = True


@dataclass(frozen=True)
class Held:
    """A record as the simulator holds it, seen without the connector.

    Args:
        key: the simulator's ID of it, equal to `TargetRef.key`.
        authorised: whether it is in force.
        amount: its gross total; None for master data.
    """

    key: str
    authorised: bool
    amount: Decimal | None = None


class Clock:
    """The connector's time; waiting lets the simulator's time pass, too."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.seconds, self.waits = bench, 0.0, [0.0]

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds
        self.bench.sim("POST", "clock", {"advance": seconds})


class Bench(ABC):
    """One vendor on the bench; `fresh` begins every test.

    Class attributes declare what is supported; only the methods of declared kinds are called.

    Args:
        url: where the simulator answers.
    """

    system: ClassVar[str]
    name: ClassVar[str] = ""
    """Tells a variant of a vendor's bench from the vendor's own; it is spared the longest test."""
    secrets: ClassVar[tuple[str, ...]]
    """What no error, call or pull may show."""

    # --- as a source ---
    sources: ClassVar[tuple[str, ...]] = ()
    by_document_date: ClassVar[bool] = False
    """The vendor has no change stamps: `Put.at` is the midnight of a document's own date."""
    list_path: ClassVar[Mapping[str, str]] = {}
    """Kind → regular expression of the path under which its list is read."""
    spoil_path: ClassVar[Mapping[str, str]] = {}
    """Kind → the path of the answer that holds a whole record, where that is not the list."""
    moves: ClassVar[Mapping[str, tuple[Move, ...]]] = {}
    missing: ClassVar[Mapping[str, str]] = {}
    """Kind → a well-formed key that nothing has."""
    token_seconds: ClassVar[float | None] = None
    """How long a token is good for; None where keys do not expire."""

    too_many: ClassVar[Mapping[str, Any]] = {"status": 429}
    """Status and answer of the vendor's refusal of too many calls."""

    # --- as a destination ---
    destinations: ClassVar[tuple[str, ...]] = ()
    with_drafts: ClassVar[tuple[str, ...]] = ()
    """Kinds that are drafted and then authorised; the others are in force once created."""
    with_natural_keys: ClassVar[tuple[str, ...]] = ()
    """Kinds of which a record keyed by hand is found, and adopted where it is equal."""
    frozen: ClassVar[tuple[str, ...]] = ()
    """Kinds that cannot be changed once they are authorised."""
    shown_otherwise: ClassVar[tuple[str, ...]] = ()
    """Kinds of which the vendor may take a document and show something else, without a refusal."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.control = requests.Session()
        self.control.trust_env = False
        self.begin()

    def begin(self) -> None:
        """Forget what an earlier test left on the connector's side."""
        self.clock = Clock(self)
        self.tokens = MemoryTokenStore()
        self.calls: list[Call] = []
        self.pulls: list[Pull] = []

    def fresh(self) -> None:
        """Empty the simulator, stop its clock at `START`, and put in what every test needs."""
        self.begin()
        self.sim("POST", "reset")
        self.sim("POST", "clock", {"set": START.isoformat(), "speed": 0})
        self.prepare()

    # --- the simulator ---

    @staticmethod
    @abstractmethod
    def simulator() -> Simulator:
        """Return the vendor's simulator."""

    @abstractmethod
    def prepare(self) -> None:
        """Put in what documents refer to (a supplier, books), stamped before all that `put` puts in."""

    @abstractmethod
    def adapter(self, session: requests.Session, page_size: int | None = None) -> Any:
        """Return an adapter as a new worker opens it: calls through `session`, keeps tokens in `tokens`, tells `calls`
        and `pulls`, has the clock `clock`, and an empty record cache of its own."""  # noqa: D205, D209

    def sim(self, verb: str, route: str, body: Any = None, /, **query: str) -> Any:
        """Return what a control route of the simulator answers."""
        data = None if body is None else write_json(body).encode()
        answer = self.control.request(verb, f"{self.url}/_sim/{route}", data=data, params=query, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def seed(self, entity: str, *records: dict[str, Any]) -> None:
        self.sim("POST", "seed", {"records": {entity: list(records)}})

    def state(self, entity: str) -> list[dict[str, Any]]:
        return list(self.sim("GET", "state", entity=entity)[entity])

    def edit(self, entity: str, key: str, **changes: Any) -> None:
        self.sim("POST", "edit", {"entity": entity, "id": key, "set": changes})

    def fault(self, kind: str, path: str = "", **more: Any) -> None:
        self.sim("POST", "faults", [{"kind": kind, "path": path, **more}])

    def answered(self, path: str) -> str:
        """Return the body of the first answer given under this path."""
        return str(self.sim("GET", "journal", path=path)[0]["answer"])

    # --- as a source ---

    def put(self, kind: str, count: int) -> list[Put]:
        """Put in records, changed one after another in the hours before `START`; return their documents' keys."""
        raise NotImplementedError

    def move(self, move: Move, put: Put) -> dict[str, Any]:
        """Return the members of a `touch` fault that carries out the move."""
        return {"entity": move.entity, "id": put.key.split("/")[0], "set": move.set}

    def rows(self, data: Any) -> list[Any]:
        """Return the rows in a list's answer, to be changed in place."""
        raise NotImplementedError

    def doubled(self, kind: str, body: str) -> Any:
        """Return the list's answer with its first row twice."""
        data = json.loads(body)
        rows = self.rows(data)
        rows.append(rows[0])
        return data

    def spoilt(self, kind: str, body: str) -> Any:
        """Return the answer with its first record in a shape that cannot be understood."""
        raise NotImplementedError

    def window(self, start: dt.datetime | None, end: dt.datetime) -> Window:
        return Window(start, end, self.by_document_date)

    # --- as a destination ---

    def document(self, kind: str) -> Document:
        """Return a document in the target's codes; it is delivered as it is, the code maps being the identity."""
        raise NotImplementedError

    def changed(self, kind: str) -> Document:
        """Return the same document after a change at its source that the target shows."""
        raise NotImplementedError

    def before(self, kind: str) -> tuple[Document, ...]:
        """Return the documents that have to be delivered first, in order, e.g. the order of a receipt."""
        return ()

    def refused(self, kind: str) -> tuple[Document, str]:
        """Return a document that the vendor refuses, and a part of its words."""
        raise NotImplementedError

    def otherwise(self, kind: str) -> tuple[Document, str]:
        """Return a document that the vendor takes but shows otherwise than meant, and the field."""
        raise NotImplementedError

    def held(self, kind: str) -> list[Held]:
        """Return what the simulator holds of this kind, without what `prepare` put in."""
        raise NotImplementedError

    def tamper(self, kind: str, key: str) -> None:
        """Change a field that the target shows, as a person would."""
        raise NotImplementedError

    def disown(self, kind: str, key: str) -> None:
        """Take the connector's marks off a record, so that it is as if a person had keyed it."""
        raise NotImplementedError

    reading: ClassVar[Mapping[str, str]] = {"method": "GET"}
    """What tells a fault the calls that only read."""

    def is_read(self, method: str, path: str) -> bool:
        """Tell whether a call is one of those that `reading` names."""
        return method == "GET"

    def is_write(self, method: str, path: str) -> bool:
        """Tell whether a call changes something in the vendor's books."""
        return method != "GET" and "token" not in path
