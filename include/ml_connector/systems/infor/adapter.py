"""Infor CloudSuite as a source of suppliers, orders and invoices, and a destination of orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from ml_connector.domain.documents import Document, PurchaseOrder, Supplier, SupplierInvoice
from ml_connector.domain.errors import ConfigurationError
from ml_connector.domain.reference import Reference
from ml_connector.sync.listing import Listed, days, listed
from ml_connector.sync.ports import Fields, Found, Pull, RecordCache, TargetRef, Unreadable, Window
from ml_connector.systems.infor.accounts import Books
from ml_connector.systems.infor.discovery import Discovery
from ml_connector.systems.infor.entry import Entry
from ml_connector.systems.infor.inbox import Inbox
from ml_connector.systems.infor.invoices import Invoices
from ml_connector.systems.infor.mi import M3
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.orders import Orders
from ml_connector.systems.infor.setup import missing
from ml_connector.systems.infor.suppliers import Names, Suppliers
from ml_connector.systems.infor.translate import SYSTEM
from ml_connector.transport.client import Client

ACCOUNTS = "gl_account"


class InforAdapter:
    """One company of one tenant.

    Args:
        client: signed in (`signin.open_client`, `hook.InforHook.client`).
        options: what the deployment chose.
        record_pull: told of every list read, with its filter.
        cache: what was seen before; None takes everything for changed.
        now: the clock; aware UTC.
    """

    system = SYSTEM

    def __init__(
        self,
        client: Client,
        options: InforOptions,
        *,
        record_pull: Callable[[Pull], None],
        cache: RecordCache | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc),
    ) -> None:
        self.settle_seconds, self._now = options.settle_seconds, now
        self._m3 = M3(client, options, record_pull, now, cache)
        self._books = Books(self._m3, now)
        self._inbox = Inbox(client, options, record_pull, cache, now) if options.surface == "bod" else None
        names = Names(self._m3)
        self._suppliers = Suppliers(self._m3, cache, now)
        orders = Orders(self._m3, cache, now, names)
        self._entry = Entry(self._m3, orders, Discovery(self._m3))
        self._sources: dict[str, Suppliers | Orders | Invoices] = {
            Supplier.kind: self._suppliers,
            PurchaseOrder.kind: orders,
            SupplierInvoice.kind: Invoices(self._m3, cache, now, names),
        }

    def check_setup(self, *, writes: bool = False) -> list[str]:
        """Return what this tenant's repository lacks of what is configured, in words; [] when all is there."""
        return missing(self._m3, writes=writes)

    # --- source ---

    def read(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        """Yield the documents of `kind` that were seen to change within the window.

        Raises:
            ConfigurationError: documents of this kind are not read from Infor.
        """
        if self._inbox is not None:
            return self._inbox.read(kind, window)
        return self._source(kind).changed(window)

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        """Yield the documents of `kind` with these keys as they are now."""
        if self._inbox is not None:
            return self._inbox.read_keys(kind, keys)
        return self._source(kind).by_keys(keys)

    def _source(self, kind: str) -> Suppliers | Orders | Invoices:
        if kind not in self._sources:
            raise ConfigurationError(f"infor is no source of {kind}: correct the pair's flows")
        return self._sources[kind]

    def listing(self, kind: str, first_day: dt.date, last_day: dt.date) -> Iterator[Listed]:
        """Yield the documents dated on these days: whole, since details come many in one request.

        BODs cannot be selected by the documents' dates, so all that are kept are read.
        """
        if self._inbox is not None:
            found = replace(self._inbox, cache=None).read(kind, Window(None, self._now()))
        else:
            found = replace(self._source(kind), cache=None).changed(days(first_day, last_day))
        return (listed(one, has_stamps=False) for one in found)

    # --- destination ---

    def reference(self, kinds: Collection[str]) -> Reference:
        """Return accounts for comparing charts, and items for orders.

        Orders carry no account in M3, so none is checked for them.
        """
        return Reference(
            accounts=self._books.accounts() if ACCOUNTS in kinds else None,
            items=self._books.items() if PurchaseOrder.kind in kinds else None,
        )

    def suppliers(self) -> list[Supplier]:
        """Return all suppliers, blocked ones too."""
        return self._suppliers.every()

    def project(self, document: Document) -> Fields:
        """Return what M3 will show once the order is there."""
        return self._entry.project(document)

    def find(self, document: Document, marker: str) -> Found | None:
        """Look the order up by our marker, else by supplier, day and number.

        Raises:
            Refused: several match, or the document is no order.
        """
        return self._entry.find(document, marker)

    def fetch(self, document: Document, ref: TargetRef) -> Found | None:
        """Return what stands at `ref` now; None when it is gone."""
        return self._entry.fetch(document, ref)

    def draft(
        self, document: Document, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Enter the order without finishing it, or complete the one begun.

        Raises:
            AmbiguousWrite, Refused: as `Destination.draft`.
        """
        return self._entry.draft(document, marker, ref, bind)

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:
        """Add the lines that an unfinished order lacks.

        Raises:
            AmbiguousWrite, Refused: as `draft`; anything else is changed in M3 only.
        """
        self._entry.amend(document, found, fields)

    def authorise(self, document: Document, ref: TargetRef) -> None:  # noqa: ARG002 - the reference suffices
        """Finish the entry; safe to repeat.

        Raises:
            AmbiguousWrite, Refused: as `draft`.
        """
        self._entry.authorise(ref)

    def present(self, kind: str) -> Iterator[Found]:
        """Yield all orders in M3; Infor is the target of nothing else."""
        return self._entry.present() if kind == PurchaseOrder.kind else iter(())
