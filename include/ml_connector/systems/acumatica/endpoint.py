"""Calls on one endpoint: records by key, lists that lose no row, writes, and actions followed to their end."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ml_connector.domain.errors import AmbiguousWrite, ContractError, Refused, RetryableError
from ml_connector.sync.ports import Pull
from ml_connector.systems.acumatica.dialect import unexplained_as
from ml_connector.systems.acumatica.wire import unwrap, wrap
from ml_connector.transport.answer import Answer
from ml_connector.transport.client import Client
from ml_connector.transport.retry import Event, NotFound

Record = dict[str, Any]
_ACCEPTED = 202
_FIRST_POLL_SECONDS = 0.1
_LONGEST_POLL_SECONDS = 5.0


@dataclass(frozen=True)
class Listing:
    """What is asked of a list.

    Args:
        entity: e.g. ``Vendor``.
        key: the field that tells its records apart.
        select: fields, linked ones with a path.
        expand: linked records and rows.
        within: OData condition; together with `key` all its fields must lie on one screen view, or the answer
            is an empty list (https://github.com/kborovik/acumatica-cli, `docs/rest-api.md`).
        parent: key parts before `key`, e.g. ``("Normal",)``.
        page_size: records read at once; None for the endpoint's.
    """

    entity: str
    key: str
    select: Sequence[str]
    expand: Sequence[str] = ()
    within: str = ""
    parent: tuple[str, ...] = ()
    page_size: int | None = None


@dataclass
class Endpoint:
    """One endpoint version over a client.

    One call at a time: while an action runs, other requests of the session fail (Integration Development Guide,
    "Execution of an action", https://github.com/Acumatica/Acumatica-AI-Resources). How they fail is not documented. So
    from the start of an action until its end is seen, or another request succeeds, a refusal that is not understood
    means: wait and try again.
    """

    client: Client
    record_pull: Callable[[Pull], None]
    now: Callable[[], dt.datetime]
    page_size: int = 200
    sleep: Callable[[float], None] = time.sleep
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _may_run: bool = False
    """Whether an action that was started here may still run."""

    @contextmanager
    def _asking(self, unexplained: Event) -> Iterator[None]:
        """Hold the session for one request; `unexplained` is what a refusal means that is not understood."""
        with self._lock:
            with unexplained_as(Event.RATE_LIMITED if self._may_run else unexplained):
                yield
            self._may_run = False

    # --- reading ---

    def get(self, entity: str, keys: Sequence[str], **query: str) -> Record | None:
        """Return the record with these keys, or None when there is none.

        By key and not by filter, as the guide asks: such a read is never subject to list optimisation.
        """
        path = "/".join([entity, *(quote(key, safe="") for key in keys)])
        try:
            with self._asking(Event.UNAVAILABLE):
                answer = self.client.read(path, params=_dollar(query))
        except NotFound:
            return None
        return _record(answer)

    def find(self, entity: str, condition: str, **query: str) -> list[Record]:
        """Return the records that a filter on one screen view finds: few are expected."""
        return self._list(entity, {"filter": condition, **query})

    def all(self, listing: Listing) -> Iterator[Record]:
        """Yield every record of a listing, in any order, none lost however they move meanwhile.

        Lists have no order that a client may choose or rely on, so neither ``$skip`` nor "after the last key"
        is safe. A list that fits one page is complete as it is. Of a longer one the keys are read at once,
        without ``$top`` (documented: then all records come); cut into ranges of keys, which no edit moves a
        record out of; and what a range did not bring, changed or collated otherwise, is read by its key.
        """
        started, rows, pages = self.now(), 0, 0
        for page in self._pages(listing):
            pages += 1
            rows += len(page)
            yield from page
        self.record_pull(Pull("acumatica", listing.entity, listing.within, started, self.now(), rows, pages))

    def _pages(self, listing: Listing) -> Iterator[list[Record]]:
        size = listing.page_size or self.page_size
        first = self._page(listing, listing.within, top=size + 1)
        if len(first) <= size:
            yield first
            return
        rows = self._list(listing.entity, {"filter": listing.within, "select": listing.key})
        keys = sorted({_key(row, listing) for row in rows})
        for start in range(0, len(keys), size):
            yield self._range(listing, keys[start : start + size])

    def _range(self, listing: Listing, keys: Sequence[str]) -> list[Record]:
        """Return the records with these keys."""
        between = f"{listing.key} ge {literal(keys[0])} and {listing.key} le {literal(keys[-1])}"
        condition = f"{listing.within} and {between}" if listing.within else between
        wanted = set(keys)
        page = [row for row in self._page(listing, condition) if _key(row, listing) in wanted]
        missing = wanted - {_key(row, listing) for row in page}
        query = {"select": ",".join(listing.select), "expand": ",".join(listing.expand)}
        found = (self.get(listing.entity, (*listing.parent, key), **query) for key in sorted(missing))
        return page + [record for record in found if record is not None]

    def _page(self, listing: Listing, condition: str, top: int | None = None) -> list[Record]:
        query = {"filter": condition, "select": ",".join(listing.select), "expand": ",".join(listing.expand)}
        return self._list(listing.entity, {**query, "top": str(top) if top else ""})

    def _list(self, entity: str, query: dict[str, str]) -> list[Record]:
        with self._asking(Event.UNAVAILABLE):
            answer = self.client.read(entity, params=_dollar(query))
        rows = unwrap(answer.data)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ContractError(f"the list of {entity} is no list of records", answer=answer.text[:2000])
        return rows

    # --- writing ---

    def put(self, entity: str, fields: Record, *, is_new: bool, repeatable: bool = False, **query: str) -> Record:
        """Create or update a record and return it.

        ``If-None-Match: *`` and ``If-Match: *`` turn the wrong one of the two into 412 (guide, "Create a
        record", "Update a record").

        Raises:
            AmbiguousWrite, Refused, ConcurrentEdit: as `Client.write`.
        """
        headers = {"If-None-Match": "*"} if is_new else {"If-Match": "*"}
        with self._asking(Event.REFUSED):
            answer = self.client.write(
                entity,
                method="PUT",
                json=wrap(fields),
                params=_dollar(query),
                headers=headers,
                repeatable=repeatable,
            )
        if not isinstance(answer.data, dict):
            raise AmbiguousWrite(f"the answer to the change of {entity} holds no record")
        return _record(answer)

    def act(self, entity: str, action: str, keys: Record, *, deadline_seconds: float) -> None:
        """Run an action on a record and wait for its end.

        202 is polled at its Location until 204, in the same session; a Location on 204 is not polled
        (https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp, `ActionLocationTests`).

        Raises:
            Refused: the action failed.
            AmbiguousWrite: it had not ended by the deadline, or the answer was lost.
        """
        with self._lock:
            answer = self._start(f"{entity}/{action}", {"entity": wrap(keys)})
            if answer.status != _ACCEPTED:
                return
            if answer.location is None:
                raise AmbiguousWrite(f"{action} was accepted without an address to ask how it goes")
            self._follow(action, answer.location, deadline_seconds)

    def _start(self, path: str, body: Record) -> Answer:
        try:
            with self._asking(Event.REFUSED):
                answer = self.client.write(path, json=body)
        except AmbiguousWrite:
            self._may_run = True
            raise
        self._may_run = answer.status == _ACCEPTED
        return answer

    def _follow(self, action: str, location: str, deadline_seconds: float) -> None:
        end = self.now() + dt.timedelta(seconds=deadline_seconds)
        wait_seconds = _FIRST_POLL_SECONDS
        while self.now() < end:
            try:
                self._may_run = self.client.read(location).status == _ACCEPTED
            except Refused:
                self._may_run = False
                raise
            except (RetryableError, ContractError):  # how it goes stays unknown for now
                pass
            if not self._may_run:
                return
            self.sleep(wait_seconds)
            wait_seconds = min(_LONGEST_POLL_SECONDS, wait_seconds * 2)
        raise AmbiguousWrite(f"{action} has not ended after {deadline_seconds:.0f} s; it may still do so")


def _key(row: Record, listing: Listing) -> str:
    """Return a row's key without the spaces that pad segmented keys.

    Raises:
        ContractError: it has none.
    """
    key = str(row.get(listing.key) or "").strip()
    if not key:
        raise ContractError(f"a record of {listing.entity} has no {listing.key}")
    return key


def _record(answer: Answer) -> Record:
    """Return the record of an answer."""
    record = unwrap(answer.data)
    if not isinstance(record, dict):
        raise ContractError("the answer holds no record", answer=answer.text[:2000])
    return record


def _dollar(query: dict[str, str]) -> dict[str, str]:
    """Return the query options under their names, e.g. ``$filter``; empty ones left out."""
    return {f"${name}": value for name, value in query.items() if value}


def literal(text: str) -> str:
    """Return `text` as a literal of a filter."""
    return "'" + text.replace("'", "''") + "'"


def moment(time_stamp: dt.datetime) -> str:
    """Return an aware time as a literal of a filter, in UTC to the millisecond."""
    text = time_stamp.astimezone(dt.timezone.utc).isoformat(timespec="milliseconds")
    return f"datetimeoffset'{text}'"
