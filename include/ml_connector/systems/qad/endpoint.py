"""The entity services of one tenant: whole records in an envelope of their name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ml_connector.domain.errors import AmbiguousWrite, ContractError, Refused
from ml_connector.sync.ports import Pull
from ml_connector.systems.qad.browses import Browses
from ml_connector.systems.qad.options import QadOptions, Service
from ml_connector.transport.client import Client
from ml_connector.transport.retry import NotFound

Record = dict[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """Calls of one workspace.

    Args:
        record_pull: told of every list read whole.
        now: the clock; aware UTC.
    """

    client: Client
    options: QadOptions
    record_pull: Callable[[Pull], None]
    now: Callable[[], dt.datetime]

    @cached_property
    def browses(self) -> Browses:
        """The browses of the workspace."""
        return Browses(self.client, self.options, self.record_pull, self.now)

    def browse(self, name: str, **equal: Any) -> list[Record]:
        """Return all rows of a browse; see `Browses.rows`."""
        return self.browses.rows(name, **equal)

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
        return [service.ours(row) for row in _records(service.named, data)]

    def create(self, name: str, record: Mapping[str, Any]) -> Record:
        """Create a record and return it as stored, with QAD's warnings under ``supplementaryMessages``.

        Raises:
            AmbiguousWrite: the answer was lost, or holds no record.
            Refused: with QAD's words for each field.
        """
        service = self.options.service(name)
        sent = {**record, "dataOperation": "C", "concurrencyHash": ""}
        return service.ours(self._post(service.path, service.named, _query(service, {}), service.theirs(sent)))

    def update(self, name: str, record: Mapping[str, Any], **keys: Any) -> Record:
        """Send the whole record back; the ``concurrencyHash`` in it guards against changes since it was read.

        Raises:
            ConcurrentEdit: it changed since.
            AmbiguousWrite, Refused: as `create`.
        """
        service = self.options.service(name)
        return service.ours(self._post(service.path, service.named, _query(service, keys), service.theirs(record)))

    def changed(self, name: str, record: Mapping[str, Any], field: str) -> Record:
        """Return a record as QAD fills it once a field has been entered; nothing is stored.

        Raises:
            Refused: QAD does not take the field's value.
        """
        service = self.options.service(name)
        path = f"api/erp/{service.path}/fieldChangeV2"
        query = {"fieldName": service.fields.get(field, field)}
        body = {service.named: [service.theirs(record)]}
        data = self.client.read(path, params=query, method="POST", json=body).data
        found = _records(service.named, data)
        return {**record, **service.ours(found[0])} if found else dict(record)

    def post(self, path: str, envelope: str, record: Mapping[str, Any], **query: Any) -> Record:
        """Send a record to a path of its own, such as the grid of order lines."""
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
        return {**found[0], "supplementaryMessages": _warnings(found[0], data)}


def half_made(error: Refused, said: str) -> Refused:
    """Return a refusal half-way with QAD's words, and what exists and what is missing in ours."""
    return Refused(f"{error}; {said}", reasons=(*error.reasons, ("", said)))


def _query(service: Service, keys: Mapping[str, Any]) -> Record:
    named = service.theirs({name: str(value) for name, value in keys.items()})
    return {**named, "viewUri": service.view_uri}


def _records(envelope: str, data: Any) -> list[Record]:
    inner = data.get("data", data) if isinstance(data, dict) else None
    rows = inner.get(envelope) if isinstance(inner, dict) else None
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ContractError(f"{envelope}: the answer holds no list of records", answer=str(data)[:2000])
    return rows


def _warnings(record: Record, data: Mapping[str, Any]) -> list[Record]:
    """Return the warnings of a success: with the record, or among the errors beside ``success: true``."""
    beside = (data.get("submitResult") or {}).get("errors") or []
    return [one for one in [*(record.get("supplementaryMessages") or []), *beside] if isinstance(one, dict)]
