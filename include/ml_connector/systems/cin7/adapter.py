"""Cin7 Core as a source of documents and a destination for suppliers, orders, receipts and bills."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterator
from typing import Any, Protocol

from ml_connector.domain.documents import Document, GoodsReceipt, InvoiceType, Supplier, SupplierInvoice
from ml_connector.domain.errors import ConfigurationError, Refused
from ml_connector.domain.reference import Reference
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.listing import EVER, Listed, listed
from ml_connector.sync.poison import BUGS, why_unreadable
from ml_connector.sync.ports import Fields, Found, Pull, RecordCache, TargetRef, Unreadable, Window
from ml_connector.systems.cin7.bills import Cin7Bills
from ml_connector.systems.cin7.books import Cin7Books
from ml_connector.systems.cin7.by_key import PurchasesByKey
from ml_connector.systems.cin7.credit_notes import Cin7CreditNotes
from ml_connector.systems.cin7.listing import may_hold
from ml_connector.systems.cin7.options import Cin7Options
from ml_connector.systems.cin7.preflight import Preflight
from ml_connector.systems.cin7.purchases import Cin7Purchases
from ml_connector.systems.cin7.reading import Cin7Reader, Row, key_of, unreadable
from ml_connector.systems.cin7.receipts import Cin7Receipts
from ml_connector.systems.cin7.suppliers import Cin7Suppliers
from ml_connector.systems.cin7.translate import documents_from, unknown_statuses
from ml_connector.systems.cin7.webhooks import Cin7Webhooks
from ml_connector.systems.cin7.whole import WholePurchases
from ml_connector.systems.cin7.wire import WirePurchase, moment, parameter
from ml_connector.transport.client import Client

log = logging.getLogger(__name__)
SETTLE_SECONDS = 20.0
"""How long a purchase or supplier just made may be missing from a list. Not documented: measured nowhere."""


class Cin7Adapter:
    """Implements `Source` and `Destination` for one account.

    Args:
        client: calls the account.
        options: what the deployment chose.
        record_pull: told of every list read.
        cache: purchases as last read; None reads every detail again.
        now: the clock; aware UTC.
    """

    system = "cin7"
    settle_seconds = SETTLE_SECONDS

    def __init__(
        self,
        client: Client,
        options: Cin7Options,
        *,
        record_pull: Callable[[Pull], None],
        cache: RecordCache | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc),
    ) -> None:
        self._client, self._options = client, options
        self._reader = Cin7Reader(
            client,
            page_size=options.page_size,
            workers=options.detail_workers,
            record_pull=record_pull,
            cache=cache,
            now=now,
        )
        self._webhooks = Cin7Webhooks(client)
        self._by_key = PurchasesByKey(self._reader)
        self._books = Cin7Books(client, self._reader, cache)
        self._suppliers = Cin7Suppliers(client, self._reader, self._books, options)
        preflight = Preflight(self._books, options)
        self._purchases = Cin7Purchases(client, self._reader, preflight, options, now)
        whole = WholePurchases(self._reader, simple_first=options.purchase_type == "Simple")
        self._receipts = Cin7Receipts(client, whole, preflight, options)
        self._bills = Cin7Bills(client, whole, self._purchases, preflight, options, self._currency_of)
        self._credit_notes = Cin7CreditNotes(client, whole, preflight)

    def check_setup(self) -> list[str]:
        """Return what is wrong with the account's set-up, in words: webhooks of ours that Cin7 has given up."""
        try:
            return list(self._webhooks.problems())
        except (ConfigurationError, Refused):  # an account without the Automation module has no webhooks
            return []

    # --- source ---

    def read(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        """Yield the documents of `kind` that changed within the window."""
        if kind == Supplier.kind:
            return self._read_suppliers(window)
        return self._read_purchases(kind, window)

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        """Yield the documents with these keys as they are now; a purchase's own ID stands for all it holds,
        since it is the key of one that was unreadable."""  # noqa: D205, D209
        wanted = {key.lower() for key in keys}
        if kind == Supplier.kind:
            for key in sorted(wanted):
                found = self._suppliers.read(key)
                if found is not None and found.document is not None:
                    yield found.document
            return
        for purchase_id in sorted({key.split("/")[0] for key in wanted}):
            row = self._by_key.get(kind, purchase_id)
            for one in self._documents(row, kind) if row is not None else ():
                if purchase_id in wanted or one.key.lower() in wanted or isinstance(one, Unreadable):
                    yield one

    def _read_suppliers(self, window: Window) -> Iterator[Document | Unreadable]:
        query = {"IncludeDeprecated": "true"}
        if window.start is not None:
            query["ModifiedSince"] = parameter(window.start)
        for row in self._reader.each("supplier", "SupplierList", query):
            try:
                supplier = self._suppliers.canonical(row)
            except BUGS as error:
                said = why_unreadable(error)
                yield unreadable(key_of(row), str(row.get("LastModifiedOn")), said, row)
                continue
            if window.holds(supplier.modified_at):
                yield supplier

    def _read_purchases(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        """Select by change stamp only: purchases are dated back by weeks, and rows are ordered by number."""
        query = {"UpdatedSince": parameter(window.start)} if window.start is not None else {}
        rows = self._reader.rows("purchaseList", "PurchaseList", query)
        within = [row for row in rows if _within(row, window)]
        for purchase in self._reader.purchases(within):
            if isinstance(purchase, Unreadable):
                yield purchase
            else:
                yield from self._documents(purchase, kind)

    def _documents(self, row: Row, kind: str) -> Iterator[Document | Unreadable]:
        from_stock = self._options.receipts_without_put_away == "stock_received"
        try:
            wire = WirePurchase.model_validate(row)
            strange = unknown_statuses(wire)
            if strange:
                log.warning("purchase %s has statuses not known here, read as not final: %s", wire.OrderNumber, strange)
            yield from documents_from(wire, kind, receipts_from_stock=from_stock)
        except BUGS as error:
            said = why_unreadable(error)
            yield unreadable(key_of(row), str(row.get("LastUpdatedDate")), said, row)

    def listing(self, kind: str, first_day: dt.date, last_day: dt.date) -> Iterator[Listed]:
        """Yield the documents dated on these days; of purchases that have not changed the copy kept is taken."""
        if kind == Supplier.kind:
            yield from (listed(one, has_stamps=True) for one in self._read_suppliers(EVER))
            return
        rows = [row for row in self._reader.every_purchase() if may_hold(row, kind, first_day, last_day)]
        for purchase in self._reader.purchases(rows):
            found = [purchase] if isinstance(purchase, Unreadable) else self._documents(purchase, kind)
            yield from (listed(one, has_stamps=True) for one in found)

    def keep_lists(self) -> None:
        """From now on list all purchases once: for a comparison, which is of one moment."""
        self._reader.keep_lists()

    # --- destination ---

    def reference(self, kinds: Collection[str]) -> Reference:
        """Return the books that checks of documents of these kinds need."""
        return self._books.reference(kinds)

    def suppliers(self) -> list[Supplier]:
        """Return all suppliers, deprecated ones too."""
        return [found.document for found in self._suppliers.present() if isinstance(found.document, Supplier)]

    def project(self, document: Document) -> Fields:
        """Return what Cin7 shows once the document is there."""
        return self._desk(document).project(document)

    def find(self, document: Document, marker: str) -> Found | None:
        """Look the document up by our marker, and by its code, name, number or content."""
        return self._desk(document).find(document, marker)

    def fetch(self, document: Document, ref: TargetRef) -> Found | None:
        """Return what stands at `ref` now."""
        return self._desk(document).fetch(document, ref)

    def draft(
        self, document: Document, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Create the document, but a supplier, as draft; complete the one begun."""
        with self._client.step():
            return self._desk(document).draft(document, marker, ref, bind)

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:
        """Change what differs; a draft gets its lines anew, and what is authorised stays as it is."""
        if isinstance(document, Supplier) or found.status is TargetStatus.DRAFT:
            self._desk(document).amend(document, found, fields)

    def authorise(self, document: Document, ref: TargetRef) -> None:
        """Authorise the document; suppliers have no such step."""
        with self._client.step():
            self._desk(document).authorise(document, ref)

    def present(self, kind: str) -> Iterator[Found]:
        """Yield what Cin7 holds of a kind; receipts and bills from whole purchases, as last read."""
        if kind == SupplierInvoice.kind:
            yield from self._bills.present()
            yield from self._credit_notes.present()
        else:
            desks: dict[str, _Desk] = {Supplier.kind: self._suppliers, GoodsReceipt.kind: self._receipts}
            yield from desks.get(kind, self._purchases).present()

    def _desk(self, document: Document) -> _Desk:
        """Return who writes documents of this kind."""
        if isinstance(document, Supplier):
            return self._suppliers
        if isinstance(document, GoodsReceipt):
            return self._receipts
        if isinstance(document, SupplierInvoice):
            return self._credit_notes if document.type is InvoiceType.CREDIT_MEMO else self._bills
        return self._purchases

    def _currency_of(self, supplier_key: str) -> str:
        found = self._suppliers.read(supplier_key)
        return found.document.currency if found is not None and isinstance(found.document, Supplier) else ""


class _Desk(Protocol):
    """Writes documents of one kind; each takes its own."""

    def project(self, document: Any, /) -> Fields: ...

    def find(self, document: Any, marker: str, /) -> Found | None: ...

    def fetch(self, document: Any, ref: TargetRef, /) -> Found | None: ...

    def draft(
        self, document: Any, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None], /
    ) -> TargetRef: ...

    def amend(self, document: Any, found: Found, fields: Collection[str], /) -> None: ...

    def authorise(self, document: Any, ref: TargetRef, /) -> None: ...

    def present(self) -> Iterator[Found]: ...


def _within(row: Row, window: Window) -> bool:
    """Tell whether a row's stamp lies in the window; one that cannot be read is looked at."""
    try:
        return window.holds(moment(str(row.get("LastUpdatedDate"))))
    except ValueError:
        return True
