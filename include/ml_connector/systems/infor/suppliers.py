"""Reads suppliers: those that M3 says changed since a time, with addresses and contact persons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from ml_connector.domain.documents import Supplier
from ml_connector.sync.poison import BUGS
from ml_connector.sync.ports import RecordCache, Unreadable, Window
from ml_connector.sync.seen import changed
from ml_connector.systems.infor.mi import M3
from ml_connector.systems.infor.translate import SupplierRows, supplier_of
from ml_connector.systems.infor.unreadable import unreadable
from ml_connector.systems.infor.wire import MILLISECOND, Row, stamp_text, text

_SWEEP = "supplier sweep"


@dataclass
class Suppliers:
    """The suppliers of one company; the list shows neither status nor addresses."""

    m3: M3
    cache: RecordCache | None
    now: Callable[[], dt.datetime]

    def changed(self, window: Window) -> Iterator[Supplier | Unreadable]:
        """Yield the suppliers that changed within the window.

        Where M3's clock is behind ours, what it calls a time stamp is translated from ours by their difference.
        A span that a person gave ends at its end: what changed again after it belongs to a later one.
        """
        now = self.now()
        sweeps = self._is_sweep_due(window, now)
        listed = self._listed(None if sweeps else window.start)
        if window.by_document_date and window.end < now:
            later = {text(row, "SUNO") for row in self._listed(window.end)}
            listed = [row for row in listed if text(row, "SUNO") not in later]
        yield from changed(self.cache, Supplier.kind, self._made(listed), window, now)
        if sweeps and self.cache is not None:
            self.cache.put(_SWEEP, self.m3.company, now.isoformat(), None)

    def _is_sweep_due(self, window: Window, now: dt.datetime) -> bool:
        """Tell whether all are to be read: a change of an address may not move the supplier's own time stamp."""
        if window.start is None or self.cache is None or window.by_document_date:
            return window.start is None
        _, swept_at = self.cache.versions(_SWEEP).get(self.m3.company, ("", None))
        return swept_at is None or now - swept_at >= dt.timedelta(hours=self.m3.options.detail_sweep_hours)

    def by_keys(self, keys: Collection[str]) -> Iterator[Supplier | Unreadable]:
        """Yield the suppliers with these numbers as they are now."""
        return self._made([{"SUNO": key} for key in keys])

    def every(self) -> list[Supplier]:
        """Return all suppliers that can be read."""
        return [one for one in self._made(self._listed(None)) if isinstance(one, Supplier)]

    def _listed(self, since: dt.datetime | None) -> list[Row]:
        """Return the suppliers changed at `since` or later: M3 lists those changed after a time stamp."""
        if since is None:
            return self.m3.listing("supplier_list", {})
        skew = min(self.m3.server_time() - self.now(), dt.timedelta(0))
        return self.m3.listing("supplier_list", {"LMTS": stamp_text(since + skew - MILLISECOND)})

    def _made(self, listed: Iterable[Row]) -> Iterator[Supplier | Unreadable]:
        rows = list(listed)
        for row, whole in zip(rows, self._whole([text(row, "SUNO") for row in rows]), strict=True):
            if not whole.root:
                continue
            try:
                made = supplier_of(whole, self.m3.options, self.now())
            except BUGS as error:
                yield unreadable("supplier", text(row, "SUNO"), error, {**row, **whole.root}, seen_at=self.now())
                continue
            if made is not None:
                yield made

    def _whole(self, numbers: list[str]) -> list[SupplierRows]:
        """Return each supplier with its addresses and contact persons, many in one request."""
        calls = ("supplier", "supplier_addresses", "supplier_references")
        found = self.m3.bulk([(name, {"SUNO": number}) for number in numbers for name in calls])
        return [
            SupplierRows(root=found[at][0] if found[at] else {}, addresses=found[at + 1], references=found[at + 2])
            for at in range(0, len(found), len(calls))
        ]


@dataclass
class Names:
    """Names of suppliers, asked for only of those that documents name."""

    m3: M3

    def __post_init__(self) -> None:
        self._known: dict[str, str] = {}

    def learn(self, numbers: Iterable[str]) -> None:
        """Ask for the names of these suppliers that are not known yet, many in one request."""
        new = sorted({number for number in numbers if number} - set(self._known))
        found = self.m3.bulk([("supplier", {"SUNO": number}) for number in new]) if new else []
        for number, rows in zip(new, found, strict=True):
            self._known[number] = text(rows[0], "SUNM").strip() if rows else number

    def of(self, number: str) -> str:
        """Return a supplier's name, or its number where M3 does not know it."""
        return self._known.get(number) or number
