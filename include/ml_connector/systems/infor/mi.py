"""MI transactions over REST, version 2: one call, many in one request, lists read page by page.

Address, matrix parameters and shape of answers: `runtime.ts` of https://github.com/infor-cloud/m3-h5-sdk; all rows are
``maxrecs=0``, and without it 100 come and the rest is cut off in silence. There is no idempotency key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from ml_connector.domain.errors import ConfigurationError, ContractError, Refused, VendorUnavailable
from ml_connector.sync.ports import Pull, RecordCache
from ml_connector.sync.shared_lists import shared_list
from ml_connector.systems.infor.calls import WRITES, MiCall
from ml_connector.systems.infor.dialect import NOT_AUTHORISED, failure_event, failure_words, old_error
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.wire import Row, stamp, text
from ml_connector.transport.client import Client
from ml_connector.transport.retry import Event, NotFound

BASE = "M3/m3api-rest/v2/execute"
Inputs = Mapping[str, str]
_EMPTY = ("Get", "Lst", "List")
"""How the names of transactions begin whose "does not exist" means no rows (inferred); from an export or a search it
may be a wrong table or column, and is never "nothing changed"."""


@dataclass(frozen=True)
class M3:
    """The MI transactions of one company.

    Args:
        record_pull: told of every list read.
        now: the clock; aware UTC.
        cache: keeps the service account's company for the other tasks of the run.
    """

    client: Client
    options: InforOptions
    record_pull: Callable[[Pull], None]
    now: Callable[[], dt.datetime]
    cache: RecordCache | None = None

    @cached_property
    def company(self) -> str:
        """Return CONO: the one configured, else the service account's own.

        Raises:
            ConfigurationError: the service account has none.
        """
        if self.options.company:
            return self.options.company
        rows = shared_list(self.cache, "user", lambda: self._rows(self.options.call("user"), {}, matrix={}))
        found = text(rows[0], "CONO").strip() if rows else ""
        if not found:
            raise ConfigurationError("the service account has no company in M3: set options.infor.company")
        return found

    # --- reading ---

    def server_time(self) -> dt.datetime:
        """Return M3's own clock, as its time stamps have it."""
        call = self.options.call("server_time")
        rows = self._rows(call, {}, matrix={"cono": self.company})
        if not rows:
            raise ContractError(f"{call.name} tells no time")
        return stamp(rows[0], "LMTS")

    def listing(self, name: str, inputs: Inputs, *, query: str | None = None) -> list[Row]:
        """Return all rows of a list transaction, each once; none where M3 says that nothing exists.

        A list that can be positioned is read page by page: each begins with the last row of the one before, which is
        dropped, so rows that are added or removed meanwhile lose none.

        Args:
            name: as in `calls.CALLS`.
            inputs: by our names.
            query: what the audit trail shows as the filter; the inputs unless given.
        """
        call, started = self.options.call(name), self.now()
        rows, pages = self._pages(call, inputs) if call.start else (self._rows(call, inputs), 1)
        said = " and ".join(f"{key} = {value}" for key, value in inputs.items()) if query is None else query
        self.record_pull(Pull("infor", call.name, said, started, self.now(), len(rows), pages))
        return rows

    def _pages(self, call: MiCall, inputs: Inputs) -> tuple[list[Row], int]:
        key = _key_of(call)
        found: dict[str, Row] = {}
        last, pages = inputs.get(call.start, ""), 0
        while True:
            at = {call.start: last} if last else {}
            rows = self._rows(call, {**inputs, **at}, maxrecs=self.options.page_size)
            pages += 1
            found |= {text(row, key): row for row in rows}
            if len(rows) < self.options.page_size:
                return list(found.values()), pages
            before, last = last, text(rows[-1], key)
            if last == before:
                raise ContractError(f"{call.name}: the page from {before} ends with the same row")

    def rows(self, name: str, inputs: Inputs) -> list[Row]:
        """Return the rows of one call, without telling the audit trail."""
        return self._rows(self.options.call(name), inputs)

    def bulk(self, wanted: Sequence[tuple[str, Inputs]]) -> list[list[Row]]:
        """Return the rows of each of many transactions of one program, in the order asked for.

        Raises:
            ConfigurationError, Refused: one of them failed.
            ContractError: the answer does not belong to what was asked.
        """
        found: list[list[Row]] = []
        for start in range(0, len(wanted), self.options.bulk_size):
            found += self._bulk(wanted[start : start + self.options.bulk_size])
        return found

    def _bulk(self, wanted: Sequence[tuple[str, Inputs]]) -> list[list[Row]]:
        """Ask once; those that were skipped because another had failed are asked for by themselves."""
        calls = [self.options.call(name) for name, _ in wanted]
        assert len({call.program for call in calls}) == 1
        body = {
            "program": calls[0].program,
            "cono": int(self.company),
            "excludeEmptyValues": False,
            "rightTrim": True,
            "maxReturnedRecords": 0,
            "transactions": [
                {
                    "transaction": call.transaction,
                    "record": {call.field(key): value for key, value in inputs.items()},
                    "selectedColumns": [call.field(one) for one in call.returns],
                }
                for call, (_, inputs) in zip(calls, wanted, strict=True)
            ],
        }
        path = f"{BASE}?cono={self.company}&maxrecs=0&extendedresult=true&righttrim=true"
        results = _results(self.client.read(path, method="POST", json=body).data, calls[0].name)
        if len(results) != len(wanted):
            raise ContractError(f"{calls[0].program}: {len(wanted)} transactions were asked, {len(results)} came back")
        found = []
        for call, (name, inputs), result in zip(calls, wanted, results, strict=True):
            if result.get("notProcessed") is True:
                found.append(self._rows(self.options.call(name), inputs))
                continue
            _check_echo(call, inputs, result)
            found.append(_records(call, result))
        return found

    # --- writing ---

    def write(self, name: str, inputs: Inputs, *, repeatable: bool = False) -> Row:
        """Carry out a transaction that changes something; it is sent once. Return its record, {} when it has none.

        Raises:
            AmbiguousWrite: it may or may not have been carried out: nothing in M3 recognises a repetition.
            Refused: M3 said no.
            ConfigurationError: the transaction is none of those that may change something.
        """
        if name not in WRITES:
            raise ConfigurationError(f"{name} is no transaction that changes something")
        call = self.options.call(name)
        address = self._address(call, inputs, {"cono": self.company})
        answer = self.client.write(address, method="GET", repeatable=repeatable)
        results = _results(answer.data, call.name)
        rows = _records(call, results[0]) if results else []
        return rows[0] if rows else {}

    # --- one call ---

    def _rows(
        self, call: MiCall, inputs: Inputs, *, maxrecs: int = 0, matrix: Mapping[str, str] | None = None
    ) -> list[Row]:
        within = {"cono": self.company} if matrix is None else dict(matrix)
        columns = {"returncols": ",".join(call.field(one) for one in call.returns)} if call.returns else {}
        address = self._address(call, inputs, {"maxrecs": str(maxrecs), **within, **columns})
        try:
            results = _results(self.client.read(address).data, call.name)
        except NotFound:
            if not call.transaction.startswith(_EMPTY):
                raise
            return []
        return _records(call, results[0]) if results else []

    def _address(self, call: MiCall, inputs: Inputs, matrix: Mapping[str, str]) -> str:
        """Return path, matrix parameters and query; blanks are written %20."""
        within = "".join(f";{name}={quote(value, safe=',')}" for name, value in matrix.items())
        query = "&".join(f"{call.field(name)}={quote(value, safe='')}" for name, value in inputs.items())
        return f"{BASE}/{call.program}/{call.transaction}{within}{'?' if query else ''}{query}"


def _key_of(call: MiCall) -> str:
    """Return the output by which a positioned list is ordered: FRSU positions to SUNO, AITM to AITM."""
    return {"FRSU": "SUNO"}.get(call.start, call.start)


def _results(data: Any, what: str) -> list[dict[str, Any]]:
    results = data.get("results") if isinstance(data, dict) else None
    if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
        raise ContractError(f"{what}: the answer holds no results", answer=str(data)[:2000])
    return results


def _check_echo(call: MiCall, inputs: Inputs, result: Mapping[str, Any]) -> None:
    """Accept a result of a request of many as the answer to this one of them.

    Raises:
        ContractError: it names another transaction, or other inputs.
    """
    named, echo = result.get("transaction"), result.get("parameters")
    different = [
        key
        for key, value in inputs.items()
        if isinstance(echo, dict) and call.field(key) in echo and str(echo[call.field(key)]).strip() != value.strip()
    ]
    if named not in (None, call.transaction) or different:
        raise ContractError(f"{call.name}: the answer is to {named} with {echo}, asked was {dict(inputs)}")


def _records(call: MiCall, result: Mapping[str, Any]) -> list[Row]:
    """Return the rows of one result under our names; none where M3 says that nothing exists.

    Raises:
        ConfigurationError: the transaction, or the company, is not open to the service account.
        Refused: it failed, inside an answer with status 200.
    """
    failure = old_error(result) or result
    if failure.get("errorMessage") or failure.get("errorType") or failure.get("errorCode"):
        _fail(call, failure)
        return []
    if result.get("notProcessed") is True:
        raise VendorUnavailable(f"{call.name}: M3 did not process the transaction")
    records = result.get("records") or []
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise ContractError(f"{call.name}: the records are no rows", answer=str(result)[:2000])
    theirs = {call.field(name): name for name in (*call.returns, *call.fields)}
    return [{theirs.get(name, name): value for name, value in record.items()} for record in records]


def _fail(call: MiCall, failure: Mapping[str, Any]) -> None:
    words = failure_words(failure)
    event = failure_event(failure)
    field = str(failure.get("errorField") or "").strip()
    if event is Event.FORBIDDEN:
        code = str(failure.get("errorCode") or "").strip()
        hint = "correct options.infor.company" if code == NOT_AUTHORISED else "correct options.infor.calls"
        raise ConfigurationError(f"{call.name}: {words}; {hint}, or give the service account's user the right in M3")
    if event is Event.NOT_FOUND and call.transaction.startswith(_EMPTY):
        return
    raise Refused(f"{call.name}: {words}", reasons=((field, words),))
