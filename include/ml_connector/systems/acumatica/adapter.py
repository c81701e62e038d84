"""Acumatica as a source of suppliers and a destination of suppliers, purchase orders and bills."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ml_connector.domain.documents import (
    Document,
    GLAccount,
    Item,
    PurchaseOrder,
    Supplier,
    SupplierInvoice,
)
from ml_connector.domain.errors import ConfigurationError, ContractError
from ml_connector.domain.reference import Reference
from ml_connector.sync.ports import Found, Pull, RecordCache, TargetRef, Unreadable, Window
from ml_connector.sync.shared_lists import shared_list
from ml_connector.systems.acumatica import wire
from ml_connector.systems.acumatica.bills import Bills
from ml_connector.systems.acumatica.endpoint import Endpoint, Listing
from ml_connector.systems.acumatica.options import AcumaticaOptions
from ml_connector.systems.acumatica.orders import Orders
from ml_connector.systems.acumatica.signin import AcumaticaClient
from ml_connector.systems.acumatica.suppliers import Vendors
from ml_connector.systems.acumatica.translate import SYSTEM, account_of, active_currencies, item_of

Model = TypeVar("Model", bound=BaseModel)
_NARROW_PAGE = 5000
_NAME_LENGTH = 255
_NUMBER_LENGTH = 40
_log = logging.getLogger(__name__)


class AcumaticaAdapter:
    """One instance, endpoint version and user.

    Args:
        client: its paths are entities (`signin.open_client`, `hook.AcumaticaHook.client`).
        options: what the deployment chose.
        record_pull: told of every list read.
        cache: keeps the books for the other tasks of the run; documents need none: a list brings whole records.
        now: the clock; aware UTC.
        sleep: waits that many seconds between two looks at a running release.
    """

    system = SYSTEM

    def __init__(
        self,
        client: AcumaticaClient,
        options: AcumaticaOptions,
        *,
        record_pull: Callable[[Pull], None],
        cache: RecordCache | None,
        now: Callable[[], dt.datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settle_seconds = options.settle_seconds
        self._client, self._cache = client, cache
        self._endpoint = Endpoint(client, record_pull, now, options.page_size, sleep)
        self._vendors = Vendors(self._endpoint, options, now)
        self._kinds: dict[str, Vendors | Orders | Bills] = {
            Supplier.kind: self._vendors,
            PurchaseOrder.kind: Orders(self._endpoint, options, client.branch),
            SupplierInvoice.kind: Bills(self._endpoint, options, client.branch),
        }

    # --- source ---

    def read(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        """Yield the documents of `kind` that changed within the window.

        Raises:
            ConfigurationError: documents of this kind are not read from Acumatica.
        """
        return self._source(kind).changed(window)

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        """Yield the documents of `kind` with these keys as they are now."""
        return self._source(kind).by_keys(keys)

    def _source(self, kind: str) -> Vendors:
        if kind != Supplier.kind:
            raise ConfigurationError(f"acumatica is no source of {kind}: correct the pair's flows")
        return self._vendors

    # --- destination ---

    def reference(self, kinds: Collection[str]) -> Reference:
        """Return accounts, items and currencies as far as documents of these kinds need them.

        Terms cannot be listed: the Default endpoint has no entity for them
        (https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp, `EndpointDefinitions`). A bill's lines
        post to accounts, so items are needed for orders only.
        """
        needs_items = PurchaseOrder.kind in kinds
        needs_accounts = needs_items or SupplierInvoice.kind in kinds
        return Reference(
            accounts=self.accounts() if needs_accounts else None,
            items=self._items() if needs_items else None,
            currencies=self._currencies(),
            max_lengths={"name": _NAME_LENGTH, "number": _NUMBER_LENGTH},
        )

    def accounts(self) -> dict[str, GLAccount]:
        """Return all ledger accounts by code."""
        select = tuple(name for name in wire.Account.model_fields if name != "id")
        rows = self._rows("Account", "AccountCD", select, wire.Account)
        return {row.AccountCD: account_of(row) for row in rows}

    def suppliers(self) -> list[Supplier]:
        """Return all vendors, inactive ones too."""
        return self._vendors.every()

    def project(self, document: Document) -> Mapping[str, str]:
        """Return what Acumatica will show once the document is there."""
        return self._kind(document.kind).project(document)

    def find(self, document: Document, marker: str) -> Found | None:
        """Look the document up by marker and natural key.

        Raises:
            Refused: several match.
        """
        return self._kind(document.kind).find(document, marker)

    def fetch(self, document: Document, ref: TargetRef) -> Found | None:
        """Return what stands at `ref` now; None when it is gone."""
        return self._kind(document.kind).read(document, ref)

    def draft(
        self, document: Document, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Create the document as a draft, or complete the one begun.

        Raises:
            AmbiguousWrite: the answer to a create was lost.
            Refused: Acumatica said no.
        """
        with self._client.step():
            return self._kind(document.kind).draft(document, marker, ref, bind)

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:
        """Bring what stands at `found` to what the document says.

        Raises:
            AmbiguousWrite, Refused: as `draft`.
        """
        self._kind(document.kind).amend(document, found, fields)

    def authorise(self, document: Document, ref: TargetRef) -> None:
        """Take the draft off hold, and release a bill; safe to repeat from any state.

        Raises:
            AmbiguousWrite, Refused: as `draft`.
        """
        with self._client.step():
            self._kind(document.kind).authorise(document, ref)

    def present(self, kind: str) -> Iterator[Found]:
        """Yield every document of `kind` that Acumatica holds."""
        return self._kind(kind).present()

    # --- books ---

    def _kind(self, kind: str) -> Vendors | Orders | Bills:
        if kind not in self._kinds:
            raise ConfigurationError(f"acumatica takes no {kind}: correct the pair's flows")
        return self._kinds[kind]

    def _items(self) -> dict[str, Item]:
        names = ("InventoryID", "Description", "ItemStatus")
        stock = self._rows("StockItem", "InventoryID", (*names, "PurchaseUOM"), wire.Item)
        others = self._rows("NonStockItem", "InventoryID", (*names, "PurchaseUnit"), wire.Item)
        items = [item_of(row, stocked=True) for row in stock]
        items += [item_of(row, stocked=False) for row in others]
        return {item.code: item for item in items}

    def _currencies(self) -> frozenset[str] | None:
        """Return the active currencies; None where the form is switched off, as without multicurrency."""
        try:
            rows = list(self._rows("Currency", "CurrencyID", ("CurrencyID", "Active"), wire.Currency))
        except ConfigurationError as error:
            _log.warning("currencies are not checked before writing, Acumatica does not list them: %s", error)
            return None
        return active_currencies(rows)

    def _rows(self, entity: str, key: str, select: Sequence[str], model: type[Model]) -> Iterator[Model]:
        listing = Listing(entity, key, select, page_size=_NARROW_PAGE)
        for record in shared_list(self._cache, entity, lambda: list(self._endpoint.all(listing))):
            try:
                yield model.model_validate(record)
            except ValidationError as error:
                fields = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
                message = f"{entity} {record.get(key)} cannot be understood: {fields}"
            else:
                continue
            raise ContractError(message)
