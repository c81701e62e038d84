"""Reading: lists of moving rows read whole, details fetched once a version."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import ValidationError

from ml_connector.domain.errors import ContractError, Refused
from ml_connector.domain.finding import Finding, Reason
from ml_connector.sync.ports import Pull, RecordCache, Unreadable
from ml_connector.systems.cin7.wire import moment
from ml_connector.transport.client import Client
from ml_connector.transport.paging import PageNumber
from ml_connector.transport.retry import NotFound

Row = dict[str, Any]
MOST_SWEEPS = 5
"""How often a list is read again because rows left it between two pages."""
_WRONG_FAMILY = "does not support Advanced Purchase"


class Cin7Reader:
    """Reads lists and purchases of one account."""

    def __init__(
        self,
        client: Client,
        *,
        page_size: int,
        workers: int,
        record_pull: Callable[[Pull], None],
        cache: RecordCache | None,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._client, self._page_size, self._workers = client, page_size, workers
        self._record_pull, self._cache, self._now = record_pull, cache, now

    def rows(
        self, path: str, list_key: str, query: Mapping[str, str], key: str = "ID", *, record: bool = True
    ) -> list[Row]:
        """Return all rows of a list, each once; `record` False for the look-up of a single record.

        The list has no snapshot: a row that leaves it between two pages moves the next one onto a page that was
        read already. So a sweep in which the total changed downwards is read again, until nothing left.
        """
        started = self._now()
        found: dict[str, Row] = {}
        pages = 0
        for _ in range(MOST_SWEEPS):
            rows, first_total, least_total, read = self._sweep(path, list_key, query)
            pages += read
            found.update({str(row.get(key)).lower(): row for row in rows})
            if least_total >= first_total:
                break
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        if record:
            self._record_pull(Pull("cin7", path, asked, started, self._now(), len(found), pages))
        return list(found.values())

    def _sweep(self, path: str, list_key: str, query: Mapping[str, str]) -> tuple[list[Row], int, int, int]:
        pager = PageNumber(self._page_size)
        page: Mapping[str, str] | None = pager.first()
        rows: list[Row] = []
        totals: list[int] = []
        while page is not None:
            data = self._client.read(path, params={**query, **page}).data
            if not isinstance(data, dict) or not isinstance(data.get(list_key), list):
                msg = f"{path} answered without the list {list_key}"
                raise ContractError(msg, answer=json.dumps(data, default=str)[:2000])
            got: Sequence[Row] = data[list_key]
            totals.append(int(data.get("Total") or len(got)))
            rows += got
            page = pager.after(page, got, totals[-1]) if got else None
        return rows, totals[0], min(totals), len(totals)

    # --- purchases ---

    def purchases(self, rows: Sequence[Row]) -> Iterator[Row | Unreadable]:
        """Yield the purchases behind list rows, in their own shape; several are read at the same time."""
        with ThreadPoolExecutor(max_workers=self._workers) as pool:
            yield from pool.map(self._purchase_of_row, rows)

    def _purchase_of_row(self, row: Row) -> Row | Unreadable:
        record_id, version = str(row["ID"]).lower(), f"{row.get('Type', '')} {row.get('LastUpdatedDate', '')}"
        stored = self._cache.get("purchase", record_id, version) if self._cache else None
        if isinstance(stored, dict):
            return stored
        purchase = self.purchase(record_id, simple_first=str(row.get("Type", "")).startswith("Simple"))
        if purchase is None:
            return unreadable(record_id, str(row.get("LastUpdatedDate")), "it is listed but cannot be read", row)
        if self._cache:
            self._cache.put("purchase", record_id, version, purchase)
        return purchase

    def purchase(self, purchase_id: str, *, simple_first: bool = True) -> Row | None:
        """Return a purchase, whichever family it is of; None when it does not exist.

        A Simple one read as Advanced comes as an empty shell with 200, an Advanced one read as Simple is refused
        (https://github.com/asungtrading/asung-wms): both mean "the other family", since purchases are converted.
        """
        paths = ("purchase", "advanced-purchase")
        for path in paths if simple_first else reversed(paths):
            found = self._read_family(path, purchase_id)
            if found is not None and str((found.get("Order") or {}).get("Status") or ""):
                return found
        return None

    def _read_family(self, path: str, purchase_id: str) -> Row | None:
        params = {"ID": purchase_id, "CombineAdditionalCharges": "false"}
        try:
            data = self._client.read(path, params=params).data
        except NotFound:
            return None
        except Refused as error:
            if any(_WRONG_FAMILY in text for _, text in error.reasons):
                return None
            raise
        return data if isinstance(data, dict) else None


def unreadable(key: str, modified: str, why: str, raw: Any) -> Unreadable:
    """Return a record that could not be understood, with its reason and itself."""
    try:
        modified_at = moment(modified)
    except ValueError:
        modified_at = dt.datetime.fromtimestamp(0, dt.timezone.utc)
    finding = Finding(
        reason=Reason.UNREADABLE,
        message=f"Cin7 record {key}: {why}.",
        next_step="Correct the record in Cin7; if it is right there, report this message.",
    )
    return Unreadable(key, modified_at, finding, json.dumps(raw, default=str)[:20_000])


def problems(error: ValidationError | ValueError) -> str:
    """Return what is wrong with a record, in few words."""
    if isinstance(error, ValidationError):
        found = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:3]]
        return "; ".join(found)
    return str(error)
