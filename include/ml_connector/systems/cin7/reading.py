"""Reading: lists of moving rows read whole, details fetched once a version."""

from __future__ import annotations

import datetime as dt
import json
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import ValidationError

from ml_connector.domain.errors import ContractError, Refused, VendorUnavailable
from ml_connector.domain.finding import Finding, Reason
from ml_connector.sync.ports import Pull, RecordCache, Unreadable
from ml_connector.systems.cin7.wire import WirePurchase, moment
from ml_connector.transport.client import Client
from ml_connector.transport.paging import PageNumber
from ml_connector.transport.retry import NotFound

Row = dict[str, Any]
MOST_SWEEPS = 5
"""How often a list is read again because rows left it between two pages."""
CACHED_AFTER = dt.timedelta(minutes=1)
"""How long a purchase must have stood unchanged before it is kept."""
MOST_ROWS = {"ref/location": 500}
"""Lists whose pages are cut shorter than the limit asked for (https://github.com/asungtrading/asung-wms)."""
_PARTS = 64
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
        self._moment: dict[str, Row] | None = None
        self._every: list[Row] | None = None

    def keep_lists(self) -> None:
        """From now on list the purchases once, and read each once: for a comparison, which is of one moment."""
        self._moment = {}

    def rows(
        self, path: str, list_key: str, query: Mapping[str, str], key: str = "ID", *, record: bool = True
    ) -> list[Row]:
        """Return all rows of a list, each once, as `each` yields them."""
        found = self.each(path, list_key, query, key, record=record)
        return list({_identity(row, key): row for row in found}.values())

    def each(
        self, path: str, list_key: str, query: Mapping[str, str], key: str = "ID", *, record: bool = True
    ) -> Iterator[Row]:
        """Yield all rows of a list as its pages come; of one that comes twice the later counts.

        The list has no snapshot: a row that leaves it, or moves backwards in it, between two pages moves the next one
        onto a page that was read already. So a sweep that saw fewer rows than were told is read again. Of the rows
        that have been yielded only a few bytes each are kept.

        Args:
            path: below the account's address.
            list_key: where the answer holds the rows.
            query: beside page and limit.
            key: tells the rows apart.
            record: False for the look-up of a single record.

        Raises:
            VendorUnavailable: rows kept moving.
        """
        started, sweeps, pages = self._now(), list[_Seen](), 0
        for _ in range(MOST_SWEEPS):
            seen, totals, rows = _Seen(), list[int](), 0
            for got, told in self._sweep(path, list_key, query):
                rows += len(got)
                totals.append(rows if told is None else told)
                for row in got:
                    seen.add(_identity(row, key))
                yield from got
            sweeps.append(seen)
            pages += len(totals)
            if (min(totals) >= totals[0] and _distinct([seen]) >= totals[0]) or seen in sweeps[-2:-1]:
                break
        else:
            raise VendorUnavailable(f"{path}: rows moved between the pages in each of {MOST_SWEEPS} readings")
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        if record:
            self._record_pull(Pull("cin7", path, asked, started, self._now(), _distinct(sweeps), pages))

    def _sweep(self, path: str, list_key: str, query: Mapping[str, str]) -> Iterator[tuple[Sequence[Row], int | None]]:
        """Yield the rows of each page, and the total that it told."""
        pager = PageNumber(min(self._page_size, MOST_ROWS.get(path, self._page_size)))
        page: Mapping[str, str] | None = pager.first()
        while page is not None:
            data = self._client.read(path, params={**query, **page}).data
            got, told = _page(data, path, list_key)
            yield got, told
            page = pager.after(page, got, told) if got else None

    # --- purchases ---

    def every_purchase(self) -> list[Row]:
        """Return the list's rows of all purchases."""
        if self._moment is None or self._every is None:
            self._every = self.rows("purchaseList", "PurchaseList", {})
        return self._every

    def purchases(self, rows: Sequence[Row]) -> Iterator[Row | Unreadable]:
        """Yield the purchases behind list rows, in their own shape; several are read at the same time."""
        with ThreadPoolExecutor(max_workers=self._workers) as pool:
            yield from pool.map(self.purchase_of_row, rows)

    def purchase_of_row(self, row: Row) -> Row | Unreadable:
        """Return the purchase behind a list row: the copy kept of exactly this version, else read."""
        if not row.get("ID"):
            return unreadable("", str(row.get("LastUpdatedDate")), "it has no ID", row)
        record_id, version = key_of(row), f"{row.get('Type', '')} {row.get('LastUpdatedDate', '')}"
        stored = self._cache.get("purchase", record_id, version) if self._cache else None
        if stored is None and self._moment is not None:
            stored = self._moment.get(record_id)
        if isinstance(stored, dict):
            return stored
        purchase = self.purchase(record_id, simple_first=str(row.get("Type", "")).startswith("Simple"))
        if purchase is None:
            return unreadable(record_id, str(row.get("LastUpdatedDate")), "it is listed but cannot be read", row)
        if row.get("OrderDate") and not purchase.get("OrderDate"):
            purchase["OrderDate"] = row["OrderDate"]  # documented for the list and the Advanced family only
        if self._cache and self._has_settled(row, purchase):
            self._cache.put("purchase", record_id, version, purchase)
        elif self._moment is not None:
            self._moment[record_id] = purchase
        return purchase

    def _has_settled(self, row: Row, purchase: Row) -> bool:
        """Tell whether the purchase is what the row's stamp stands for; the stamp's resolution is not documented, so
        a second change may carry the stamp of the first."""  # noqa: D205, D209
        stamp = str(row.get("LastUpdatedDate"))
        try:
            return purchase.get("LastUpdatedDate") == stamp and moment(stamp) + CACHED_AFTER < self._now()
        except ValueError:
            return False

    def purchase(self, purchase_id: str, *, simple_first: bool = True) -> Row | None:
        """Return a purchase, whichever family it is of; None when it does not exist.

        A Simple one read as Advanced comes as an empty shell with 200, an Advanced one read as Simple is refused
        (https://github.com/asungtrading/asung-wms): both mean "the other family", since purchases are converted.
        """
        found = self._in_family(purchase_id, simple_first=simple_first)
        return found[1] if found else None

    def located(self, purchase_id: str) -> tuple[str, Row]:
        """Return the path that a purchase is read and written under, and the purchase.

        Raises:
            ContractError: there is no such purchase.
        """
        found = self._in_family(purchase_id, simple_first=True)
        if found is None:
            raise ContractError(f"purchase {purchase_id} is gone")
        return found

    def whole(self, purchase_id: str, *, simple_first: bool) -> tuple[WirePurchase, bool] | None:
        """Return a purchase read fresh, and whether it is a Simple one; None when it does not exist.

        Raises:
            ContractError: it has a shape that we do not know.
        """
        found = self._in_family(purchase_id, simple_first=simple_first)
        if found is None:
            return None
        try:
            wire = WirePurchase.model_validate(found[1])
        except ValidationError as error:
            raise ContractError(f"purchase {purchase_id}: {problems(error)}", answer=str(found[1])[:2000]) from None
        return wire, found[0] == "purchase" or wire.Type.casefold().startswith("simple")

    def _in_family(self, purchase_id: str, *, simple_first: bool) -> tuple[str, Row] | None:
        paths = ("purchase", "advanced-purchase")
        for path in paths if simple_first else reversed(paths):
            found = self._read_family(path, purchase_id)
            if found is not None and str((found.get("Order") or {}).get("Status") or ""):
                return path, found
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


class _Seen:
    """Which rows a sweep has met: eight bytes a row, since lists have up to millions of them.

    Two rows of the same hash count as one, which at worst makes a list be read once more.
    """

    def __init__(self) -> None:
        self.parts = [array("q") for _ in range(_PARTS)]

    def add(self, identity: str) -> None:
        """Note a row."""
        number = hash(identity)
        self.parts[number % _PARTS].append(number)

    def __eq__(self, other: object) -> bool:
        """Tell whether both have met the same rows."""
        return isinstance(other, _Seen) and all(set(a) == set(b) for a, b in zip(self.parts, other.parts, strict=True))

    __hash__ = None  # type: ignore[assignment]  # it grows


def _distinct(sweeps: Sequence[_Seen]) -> int:
    """Return how many different rows were met; a part at a time, so that few are in memory at once."""
    return sum(len(set().union(*(sweep.parts[part] for sweep in sweeps))) for part in range(_PARTS))


def _page(data: Any, path: str, list_key: str) -> tuple[list[Row], int | None]:
    """Return the rows of a page and the total that it tells.

    Raises:
        ContractError: it is no such page.
    """
    rows, told = (data.get(list_key), data.get("Total")) if isinstance(data, dict) else (None, None)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        what = f"{path} answered without the list {list_key}"
    elif not (told is None or str(told).isdecimal()):
        what = f"{path} tells {str(told)[:50]!r} as the number of its records"
    else:
        return rows, None if told is None else int(told)
    raise ContractError(what, answer=json.dumps(data, default=str)[:2000])


def key_of(row: Row) -> str:
    """Return a record's ID, "" where it has none."""
    return str(row.get("ID") or "").strip().lower()


def _identity(row: Row, key: str) -> str:
    value = row.get(key)
    return str(value).lower() if value else json.dumps(row, default=str, sort_keys=True)


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
