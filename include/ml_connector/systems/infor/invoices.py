"""Reads posted supplier invoices: the ledger's entry, its voucher, and the invoice batch it was entered in."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from ml_connector.domain.documents import SupplierInvoice
from ml_connector.sync.poison import BUGS
from ml_connector.sync.ports import RecordCache, Unreadable, Window
from ml_connector.sync.seen import changed
from ml_connector.systems.infor.discovery import Discovery, InvoiceKey
from ml_connector.systems.infor.mi import M3
from ml_connector.systems.infor.suppliers import Names
from ml_connector.systems.infor.translate_invoices import InvoiceRows, invoice_of
from ml_connector.systems.infor.unreadable import unreadable
from ml_connector.systems.infor.wire import Row, text

_BETWEEN = "|"
_Batch = tuple[Row, list[Row]]


def key_text(key: InvoiceKey) -> str:
    """Return our key of an invoice, e.g. ``AAA|Y30007|Y30007|2026|INV-88213``; the number may hold any sign."""
    return _BETWEEN.join(key)


def key_of(text_: str) -> InvoiceKey | None:
    """Return the parts of our key of an invoice; None when it is none."""
    parts = text_.split(_BETWEEN, 4)
    if len(parts) != 5:  # noqa: PLR2004 - division, payee, supplier, year, number
        return None
    return parts[0], parts[1], parts[2], parts[3], parts[4]


@dataclass
class Invoices:
    """The posted supplier invoices of one company."""

    m3: M3
    cache: RecordCache | None
    now: Callable[[], dt.datetime]
    names: Names

    def changed(self, window: Window) -> Iterator[SupplierInvoice | Unreadable]:
        """Yield the invoices that were seen to change within the window; a payment changes none."""
        made = self._read(Discovery(self.m3).invoices(window))
        return changed(self.cache, SupplierInvoice.kind, made, window, self.now())

    def by_keys(self, keys: Collection[str]) -> Iterator[SupplierInvoice | Unreadable]:
        """Yield the invoices with these keys as they are now."""
        return self._read([key for key in map(key_of, keys) if key is not None])

    def _read(self, keys: Sequence[InvoiceKey]) -> Iterator[SupplierInvoice | Unreadable]:
        wanted = [key for key in keys if self.m3.options.has_division(key[0])]
        found = self._rows(wanted)
        self.names.learn(text(rows.header, "SUNO") for rows in found)
        for rows in found:
            yield self._made(rows)

    def _made(self, rows: InvoiceRows) -> SupplierInvoice | Unreadable:
        try:
            name = self.names.of(text(rows.header, "SUNO"))
            return invoice_of(rows, name, self.m3.company, self.m3.options, self.now())
        except BUGS as error:
            number = text(rows.header, "SINO")
            return unreadable("bill", rows.key, error, rows.header, seen_at=self.now(), name=number)

    def _rows(self, keys: Sequence[InvoiceKey]) -> list[InvoiceRows]:
        named = ("DIVI", "SPYN", "SUNO", "INYR", "SINO")
        wanted = [("invoice", dict(zip(named, key, strict=True))) for key in keys]
        found = self.m3.bulk(wanted) if wanted else []
        headers = [(key, rows[0]) for key, rows in zip(keys, found, strict=True) if rows]
        vouchers = self._vouchers(headers)
        batches = self._batches(headers) if self.m3.options.batch_link else {}
        made = []
        for (key, header), postings in zip(headers, vouchers, strict=True):
            batch, lines = batches.get(key, (None, []))
            made.append(InvoiceRows(key_text(key), key[0], header, postings, batch, lines))
        return made

    def _vouchers(self, headers: Sequence[tuple[InvoiceKey, Row]]) -> list[list[Row]]:
        """Return the postings of each invoice's voucher."""
        names = ("YEA4", "VONO", "VSER")
        wanted = [
            ("voucher_lines", {"DIVI": key[0], **{name: text(header, name).strip() for name in names}})
            for key, header in headers
        ]
        return self.m3.bulk(wanted) if wanted else []

    # --- invoice batches ---

    def _batches(self, headers: Sequence[tuple[InvoiceKey, Row]]) -> dict[InvoiceKey, _Batch]:
        """Return the batch of each invoice that has exactly one with its number, supplier and voucher or year."""
        candidates = self._candidates([key for key, _ in headers])
        places = [(key, batch) for key, _ in headers for batch in candidates.get(key, [])]
        inputs = [{"DIVI": key[0], "INBN": batch} for key, batch in places]
        found = self.m3.bulk([(name, one) for one in inputs for name in ("batch_head", "batch_lines")])
        of: dict[InvoiceKey, list[_Batch]] = defaultdict(list)
        for at, (key, _) in enumerate(places):
            if found[2 * at]:
                of[key].append((found[2 * at][0], found[2 * at + 1]))
        chosen = {key: [one for one in of[key] if _is_of(one[0], key, header)] for key, header in headers}
        return {key: batches[0] for key, batches in chosen.items() if len(batches) == 1}

    def _candidates(self, keys: Sequence[InvoiceKey]) -> dict[InvoiceKey, list[str]]:
        """Return the numbers of the batches that hold an invoice of this number and supplier."""
        payees = sorted({key[:3] for key in keys})
        wanted = [("batch_numbers", {"DIVI": one[0], "SPYN": one[1], "SUNO": one[2]}) for one in payees]
        found = dict(zip(payees, self.m3.bulk(wanted), strict=True))
        return {
            key: [text(row, "INBN").strip() for row in found[key[:3]] if text(row, "SINO") == key[4]] for key in keys
        }


def _is_of(batch: Row, key: InvoiceKey, header: Row) -> bool:
    """Tell whether a batch became this invoice: by the voucher it was given, before that by the invoice's year."""
    voucher = text(batch, "VONO").strip().lstrip("0")
    if voucher:
        return voucher == text(header, "VONO").strip().lstrip("0")
    return text(batch, "IVDT").strip()[:4] in {key[3], text(header, "IVDT").strip()[:4]}
