"""QAD as a destination of suppliers, purchase orders, goods receipts and supplier invoices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from functools import cached_property

from ml_connector.domain.documents import (
    Document,
    GLAccount,
    GoodsReceipt,
    Item,
    PurchaseOrder,
    Supplier,
    SupplierInvoice,
)
from ml_connector.domain.errors import ConfigurationError, Refused
from ml_connector.domain.reference import Reference
from ml_connector.sync.ports import Fields, Found, Pull, RecordCache, TargetRef, Unreadable, Window
from ml_connector.systems.qad import order_changes
from ml_connector.systems.qad.endpoint import Endpoint
from ml_connector.systems.qad.invoices import QadInvoices
from ml_connector.systems.qad.options import QadOptions
from ml_connector.systems.qad.orders import QadOrders
from ml_connector.systems.qad.receipts import QadReceipts
from ml_connector.systems.qad.setup import missing
from ml_connector.systems.qad.signin import Qad
from ml_connector.systems.qad.suppliers import QadSuppliers
from ml_connector.systems.qad.translate import SYSTEM, account_of, account_of_row, item_of_row


class QadAdapter:
    """One workspace: domain and entity.

    Args:
        client: the workspace (`signin.open_client`, `hook.QadHook.client`).
        options: what the deployment chose.
        record_pull: told of every list read.
        cache: not needed: QAD is no source.
        now: the clock; aware UTC.
    """

    system = SYSTEM

    def __init__(
        self,
        client: Qad,
        options: QadOptions,
        *,
        record_pull: Callable[[Pull], None],
        cache: RecordCache | None = None,  # noqa: ARG002 - every adapter's signature
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc),
    ) -> None:
        self.settle_seconds = options.settle_seconds
        self._endpoint = Endpoint(client.calls, options, record_pull, now)
        self._suppliers = QadSuppliers(self._endpoint, client.domain)
        self._orders = QadOrders(self._endpoint, client.domain)
        self._receipts = QadReceipts(self._endpoint, self._orders)
        self._invoices = QadInvoices(self._endpoint, client.domain, client.entity)

    def check_setup(self) -> list[str]:
        """Return what this tenant lacks of what is configured, in words; [] when all is there."""
        return missing(self._endpoint)

    # --- source ---

    def read(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:  # noqa: ARG002 - the Protocol's
        """Raise: nothing is read from QAD to be written elsewhere.

        Raises:
            ConfigurationError: always.
        """
        raise ConfigurationError(f"qad is no source of {kind}: correct the pair's flows")

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:  # noqa: ARG002
        """Raise, as `read`."""
        raise ConfigurationError(f"qad is no source of {kind}: correct the pair's flows")

    # --- destination ---

    def reference(self, kinds: Collection[str]) -> Reference:
        """Return accounts and items, as far as documents of these kinds need them."""
        trade = set(kinds) - {Supplier.kind}
        return Reference(
            accounts=self.accounts if trade - {PurchaseOrder.kind, GoodsReceipt.kind} else None,
            items=self._items if trade else None,
            max_lengths={"name": 36} if Supplier.kind in kinds else {},
        )

    @cached_property
    def accounts(self) -> dict[str, GLAccount]:
        """All GL accounts by code."""
        by_browse = "accounts" in self._endpoint.options.browses
        if by_browse:
            made = [account_of_row(row) for row in self._endpoint.browse("accounts")]
        else:
            made = [account_of(row) for row in self._endpoint.every("account")]
        if not made:
            where = "browses.accounts" if by_browse else "services.account, or name a browse of them: browses.accounts"
            raise ConfigurationError(f"QAD lists no GL accounts: correct options.qad.{where}")
        return {one.code: one for one in made}

    @cached_property
    def _items(self) -> dict[str, Item]:
        return {item.code: item for item in map(item_of_row, self._endpoint.browse("items"))}

    def suppliers(self) -> list[Supplier]:
        """Return all suppliers."""
        return self._suppliers.every()

    def project(self, document: Document) -> Fields:
        """Return what QAD shows once the document is there."""
        if isinstance(document, Supplier):
            return self._suppliers.project(document)
        if isinstance(document, PurchaseOrder):
            return self._orders.project(document)
        if isinstance(document, GoodsReceipt):
            return self._receipts.project(document)
        return self._invoices.project(_invoice(document))

    def find(self, document: Document, marker: str) -> Found | None:
        """Look the document up by our marker and by its natural key.

        Raises:
            Refused: several match.
        """
        if isinstance(document, Supplier):
            return self._suppliers.find(document)
        if isinstance(document, PurchaseOrder):
            return self._orders.find(document, marker)
        if isinstance(document, GoodsReceipt):
            return self._receipts.find(document, marker)
        return self._invoices.find(_invoice(document), marker)

    def fetch(self, document: Document, ref: TargetRef) -> Found | None:
        """Return what stands at `ref` now."""
        if isinstance(document, Supplier):
            return self._suppliers.read(ref.key, document)
        if isinstance(document, PurchaseOrder):
            return self._orders.read(ref.key)
        if isinstance(document, GoodsReceipt):
            return self._receipts.read(document, ref.key)
        return self._invoices.read(ref)

    def draft(
        self, document: Document, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Create the document as far as QAD has drafts; complete the one begun.

        Raises:
            AmbiguousWrite, Refused, NotReady: as `Destination.draft`.
        """
        with self._endpoint.client.step():
            if isinstance(document, Supplier):
                return self._suppliers.draft(document, ref, bind)
            if isinstance(document, PurchaseOrder):
                return self._orders.draft(document, marker, bind)
            if isinstance(document, GoodsReceipt):
                return ref or self._receipts.draft(document, marker, bind)
            return self._invoices.draft(_invoice(document), marker, ref, bind)

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:
        """Change what differs, as far as QAD allows it."""
        if isinstance(document, Supplier):
            self._suppliers.amend(document, found, fields)
        elif isinstance(document, PurchaseOrder):
            order_changes.amend(self._orders, document, found, fields)
        elif isinstance(document, SupplierInvoice):
            self._invoices.amend(document, found, fields)

    def authorise(self, document: Document, ref: TargetRef) -> None:
        """Confirm an order, match an invoice; suppliers and receipts have no such step."""
        if isinstance(document, PurchaseOrder):
            self._orders.authorise(ref)
        elif isinstance(document, SupplierInvoice):
            self._invoices.authorise(document, ref)

    def present(self, kind: str) -> Iterator[Found]:
        """Yield what QAD holds of a kind, from its browses."""
        lists = {
            Supplier.kind: self._suppliers.present,
            PurchaseOrder.kind: self._orders.present,
            GoodsReceipt.kind: self._receipts.present,
            SupplierInvoice.kind: self._invoices.present,
        }
        return lists[kind]()


def _invoice(document: Document) -> SupplierInvoice:
    if not isinstance(document, SupplierInvoice):
        raise Refused(f"QAD takes no {document.kind} from us", reasons=(("", "not supported"),))
    return document
