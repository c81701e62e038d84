"""IFS Cloud as a source of suppliers, orders, receipts, invoices and vouchers, and a destination of suppliers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from ml_connector.domain.documents import (
    Document,
    GoodsReceipt,
    JournalEntry,
    PurchaseOrder,
    Supplier,
    SupplierInvoice,
)
from ml_connector.domain.errors import ConfigurationError, Refused
from ml_connector.domain.reference import Reference
from ml_connector.sync.listing import Listed, days, listed
from ml_connector.sync.ports import Fields, Found, Pull, RecordCache, TargetRef, Unreadable, Window
from ml_connector.sync.seen import changed
from ml_connector.systems.ifs.endpoint import Endpoint
from ml_connector.systems.ifs.finance import IfsFinance
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.reading import IfsReader
from ml_connector.systems.ifs.receipt_keys import ReceiptKeys
from ml_connector.systems.ifs.setup import missing, without_company
from ml_connector.systems.ifs.supplier_writing import IfsSupplierWriter
from ml_connector.systems.ifs.suppliers import IfsSuppliers
from ml_connector.systems.ifs.translate import SYSTEM, wanted_fields
from ml_connector.transport.client import Client

A = TypeVar("A")
Read = Iterable[Document | Unreadable]


class IfsAdapter:
    """One tenant.

    Args:
        client: signed in (`signin.open_client`, `hook.IfsHook.client`).
        options: what the deployment chose.
        record_pull: told of every list read, with its filter.
        cache: what was seen before; None takes everything for changed.
        now: the clock; aware UTC.
    """

    system = SYSTEM
    settle_seconds = 10.0
    """What was written is in IFS's database; a margin for a request still under way. Not documented."""

    def __init__(
        self,
        client: Client,
        options: IfsOptions,
        *,
        record_pull: Callable[[Pull], None],
        cache: RecordCache | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc),
    ) -> None:
        self._client, self._options, self._cache, self._now = client, options, cache, now
        self._endpoint = Endpoint(client, options, record_pull, now)
        self._suppliers = IfsSuppliers(self._endpoint, options, cache, now)
        self._writer = IfsSupplierWriter(self._suppliers, self._endpoint, options)
        self._reader = IfsReader(self._endpoint, self._suppliers, options, cache, ReceiptKeys(cache), now)
        finance = IfsFinance(self._reader)
        self._changed = _changed(self._suppliers, self._reader)
        self._by_keys: dict[str, Callable[[Collection[str]], Read]] = {
            Supplier.kind: self._suppliers.by_keys,
            PurchaseOrder.kind: self._reader.orders,
            GoodsReceipt.kind: self._reader.receipts,
            SupplierInvoice.kind: finance.invoices,
            JournalEntry.kind: finance.vouchers,
        }

    def check_setup(self) -> list[str]:
        """Return what this tenant lacks of what is configured, in words; [] when all is there."""
        return missing(self._client, self._options) + without_company(self._endpoint)

    # --- source ---

    def read(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        """Yield the documents of `kind` whose content was first seen within the window, dated by that moment.

        Raises:
            ConfigurationError: documents of this kind are not read from IFS.
        """
        return changed(self._cache, kind, _of(self._changed, kind)(window), window, self._now())

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        """Yield the documents with these keys as they are now; an order's number stands for all its documents.

        Raises:
            ConfigurationError: documents of this kind are not read from IFS.
        """
        return iter(_of(self._by_keys, kind)(keys))

    def listing(self, kind: str, first_day: dt.date, last_day: dt.date) -> Iterator[Listed]:
        """Yield the documents dated on these days: invoices from their headers, the rest whole, from lists alone."""
        window, reader = days(first_day, last_day), replace(self._reader, cache=None)
        if kind == SupplierInvoice.kind and self._options.invoice_source != "voucher_rows":
            yield from IfsFinance(reader).listed_invoices(window)
            return
        for one in _of(_changed(self._suppliers, reader), kind)(window):
            yield listed(one, has_stamps=False)

    # --- destination ---

    def reference(self, kinds: Collection[str]) -> Reference:
        """Return the accounts, as far as documents of these kinds need them."""
        needed = set(kinds) - {Supplier.kind}
        return Reference(accounts=self._reader.accounts() if needed else None, max_lengths={"name": 100})

    def suppliers(self) -> list[Supplier]:
        """Return all suppliers."""
        return self._suppliers.every()

    def project(self, document: Document) -> Fields:
        """Return what IFS shows once the supplier is there."""
        return wanted_fields(_supplier(document))

    def find(self, document: Document, marker: str) -> Found | None:  # noqa: ARG002 - the shared code is the marker
        """Look the supplier up by the shared code."""
        return self._writer.find(_supplier(document))

    def fetch(self, document: Document, ref: TargetRef) -> Found | None:  # noqa: ARG002 - the key suffices
        """Return what stands at `ref` now."""
        return self._writer.read(ref.key)

    def draft(
        self,
        document: Document,
        marker: str,  # noqa: ARG002 - the shared code is the marker
        ref: TargetRef | None,
        bind: Callable[[TargetRef], None],
    ) -> TargetRef:
        """Create the supplier, or complete the one begun.

        Raises:
            AmbiguousWrite, Refused: as `Destination.draft`.
        """
        with self._client.step():
            return self._writer.draft(_supplier(document), ref, bind)

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:
        """Change what differs, under the ETags."""
        self._writer.amend(_supplier(document), found, fields)

    def authorise(self, document: Document, ref: TargetRef) -> None:
        """Do nothing: a supplier is in force once it is there."""

    def present(self, kind: str) -> Iterator[Found]:
        """Yield all suppliers; IFS is the target of nothing else."""
        return self._writer.present() if kind == Supplier.kind else iter(())


def _changed(suppliers: IfsSuppliers, reader: IfsReader) -> dict[str, Callable[[Window], Read]]:
    """Return kind → what reads the documents of a window."""
    finance = IfsFinance(reader)
    return {
        Supplier.kind: suppliers.changed,
        PurchaseOrder.kind: reader.changed_orders,
        GoodsReceipt.kind: reader.changed_receipts,
        SupplierInvoice.kind: finance.changed_invoices,
        JournalEntry.kind: finance.changed_vouchers,
    }


def _of(readers: Mapping[str, A], kind: str) -> A:
    if kind not in readers:
        raise ConfigurationError(f"ifs is no source of {kind}: correct the pair's flows")
    return readers[kind]


def _supplier(document: Document) -> Supplier:
    if not isinstance(document, Supplier):
        raise Refused(f"IFS takes no {document.kind} from us", reasons=(("", "not supported"),))
    return document
