"""The entity and browse services of one tenant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.errors import AmbiguousWrite, ContractError
from ml_connector.sync.ports import Pull
from ml_connector.systems.qad.options import QadOptions, Service
from ml_connector.transport.client import Client
from ml_connector.transport.retry import NotFound

Record = dict[str, Any]
_MOST_PAGES = 10_000


@dataclass(frozen=True)
class Endpoint:
    """Calls of one workspace.

    Args:
        record_pull: told of every browse read.
        now: the clock; aware UTC.
    """

    client: Client
    options: QadOptions
    record_pull: Callable[[Pull], None]
    now: Callable[[], dt.datetime]

    # --- entities ---

    def get(self, name: str, **keys: Any) -> Record | None:
        """Return the record with these keys; None when there is none.

        Raises:
            ContractError: several records answer.
        """
        found = self.every(name, **keys)
        if len(found) > 1:
            raise ContractError(f"{self.options.service(name).path}: {len(found)} records for {keys}")
        return found[0] if found else None

    def every(self, name: str, **keys: Any) -> list[Record]:
        """Return all records with these fields."""
        service = self.options.service(name)
        try:
            data = self.client.read(f"api/erp/{service.path}", params=_query(service, keys)).data
        except NotFound:
            return []
        return _records(service.path, data)

    def create(self, name: str, record: Mapping[str, Any]) -> Record:
        """Create a record and return it as stored, with its warnings under ``supplementaryMessages``.

        Raises:
            AmbiguousWrite: the answer was lost, or holds no record.
            Refused: with QAD's words for each field.
        """
        service = self.options.service(name)
        sent = {**record, "dataOperation": "C", "concurrencyHash": ""}
        return self._post(service.path, service.path, _query(service, {}), sent)

    def update(self, name: str, record: Mapping[str, Any], **keys: Any) -> Record:
        """Send the whole record back; the ``concurrencyHash`` in it guards against changes since it was read.

        Raises:
            ConcurrentEdit: it changed since.
            AmbiguousWrite, Refused: as `create`.
        """
        service = self.options.service(name)
        return self._post(service.path, service.path, _query(service, keys), dict(record))

    def post(self, path: str, envelope: str, record: Mapping[str, Any], **query: Any) -> Record:
        """Send a record to a path of its own, such as a field change of a draft line."""
        return self._post(path, envelope, query, dict(record))

    def blank(self, path: str, envelope: str, **query: Any) -> Record:
        """Return a blank record with its defaults."""
        data = self.client.read(f"api/erp/{path}", params={"initialize": "true", **query}).data
        found = _records(envelope, data)
        if not found:
            raise ContractError(f"{path}: no blank record for {query}")
        return found[0]

    def _post(self, path: str, envelope: str, query: Record, record: Record) -> Record:
        data = self.client.write(f"api/erp/{path}", params=query, json={envelope: [record]}).data
        found = _records(envelope, data)
        if not found:
            raise AmbiguousWrite(f"{path}: the record was sent, but the answer does not hold it")
        return found[0]

    # --- browses ---

    def browse(self, name: str, **equal: Any) -> list[Record]:
        """Return all rows of a browse, filtered by equality on the server and again here.

        Args:
            name: as in `options.BROWSES`.
            equal: column (``table__field``) → value.

        Raises:
            ContractError: a page is no list of rows.
        """
        urn, started = self.options.browse(name), self.now()
        wanted = {column.replace("__", "."): value for column, value in equal.items()}
        filters = [f"{column},eq,{value},literal" for column, value in wanted.items()]
        rows: list[Record] = []
        for number in range(1, _MOST_PAGES):
            page = {
                "browseId": urn, "page": str(number), "pageSize": str(self.options.page_size),
                "pageAction": "first" if number == 1 else "next", "filter": filters,
            }  # fmt: skip
            data = self.client.read("api/qracore/browses", params=page).data
            found = data.get("data") if isinstance(data, dict) else None
            if not isinstance(found, list):
                raise ContractError(f"browse {urn}: the answer holds no rows", answer=str(data)[:2000])
            rows += found
            if len(found) < self.options.page_size:
                break
        query = " and ".join(filters)
        self.record_pull(Pull("qad", urn, query, started, self.now(), len(rows), number))
        return [row for row in rows if all(_same(row.get(column), value) for column, value in wanted.items())]


def _query(service: Service, keys: Mapping[str, Any]) -> Record:
    return {**{name: str(value) for name, value in keys.items()}, "viewUri": service.view_uri}


def _records(envelope: str, data: Any) -> list[Record]:
    inner = data.get("data", data) if isinstance(data, dict) else None
    rows = inner.get(envelope) if isinstance(inner, dict) else None
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ContractError(f"{envelope}: the answer holds no list of records", answer=str(data)[:2000])
    return rows


def _same(one: Any, other: Any) -> bool:
    """Compare as QAD does: its database takes upper and lower case for the same."""
    return str(one if one is not None else "").strip().casefold() == str(other).strip().casefold()
