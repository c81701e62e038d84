"""SYSPRO as a source of suppliers, orders, receipts, invoices and postings, and a destination of suppliers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from ml_connector.domain.documents import Document, Supplier
from ml_connector.domain.reference import Reference
from ml_connector.sync.listing import Listed, days, listed
from ml_connector.sync.ports import Fields, Found, Pull, RecordCache, TargetRef, Unreadable, Window
from ml_connector.systems.syspro.books import Books
from ml_connector.systems.syspro.options import SysproOptions
from ml_connector.systems.syspro.reading import SysproReader
from ml_connector.systems.syspro.routes import FindRoute, OdataRoute
from ml_connector.systems.syspro.session import Syspro
from ml_connector.systems.syspro.setup import missing
from ml_connector.systems.syspro.suppliers import SysproSuppliers, supplier_of
from ml_connector.systems.syspro.tables import Tables
from ml_connector.systems.syspro.translate import SYSTEM


class SysproAdapter:
    """One company.

    Args:
        client: the clients of both interfaces (`session.open_client`, `hook.SysproHook.client`).
        options: what the deployment chose.
        record_pull: told of every table read.
        cache: what was seen before; None takes everything for changed.
        now: the clock; aware UTC.
    """

    system = SYSTEM
    settle_seconds = 5.0
    """SYSPRO's tables are its database: what is posted can be read at once. A margin for a posting still under way."""

    def __init__(
        self,
        client: Syspro,
        options: SysproOptions,
        *,
        record_pull: Callable[[Pull], None],
        cache: RecordCache | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc),
    ) -> None:
        by_odata = OdataRoute(client.tables, options.date_literal)
        tables = Tables(
            FindRoute(client.queries) if options.read_by == "comfnd" else by_odata, options, record_pull, now
        )
        self._client = client
        self._books = Books(tables, client.queries, options, options.company or client.company, now, cache)
        self._reader = SysproReader(self._books, cache, now)
        self._suppliers = SysproSuppliers(client.postings, self._reader, options)

    def check_setup(self) -> list[str]:
        """Return what this site lacks of all that is configured, in words; empty when nothing."""
        with self._client.visit():
            return missing(self._books)

    # --- source ---

    def read(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        """Yield the documents of `kind` that were seen to change within the window."""
        return self._reader.read(kind, window)

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        """Yield the documents with these keys as they are now."""
        return self._reader.read_keys(kind, keys)

    def listing(self, kind: str, first_day: dt.date, last_day: dt.date) -> Iterator[Listed]:
        """Yield the documents dated on these days: whole, since a table read by its date is one query."""
        unremembered = replace(self._reader, cache=None)
        return (listed(one, has_stamps=False) for one in unremembered.read(kind, days(first_day, last_day)))

    # --- destination ---

    def reference(self, kinds: Collection[str]) -> Reference:
        """Return the GL accounts, as far as documents of these kinds need them."""
        needed = set(kinds) - {Supplier.kind}
        return Reference(accounts=self._books.accounts() if needed else None, max_lengths={"name": 50})

    def suppliers(self) -> list[Supplier]:
        """Return all suppliers."""
        return self._suppliers.every()

    def project(self, document: Document) -> Fields:
        """Return what SYSPRO shows once the supplier is there."""
        return self._suppliers.project(supplier_of(document))

    def find(self, document: Document, marker: str) -> Found | None:  # noqa: ARG002 - the shared code is the marker
        """Look the supplier up by the shared code."""
        return self._suppliers.find(supplier_of(document))

    def fetch(self, document: Document, ref: TargetRef) -> Found | None:  # noqa: ARG002 - the key suffices
        """Return what stands at `ref` now."""
        return self._suppliers.read(ref.key)

    def draft(
        self,
        document: Document,
        marker: str,  # noqa: ARG002 - the shared code is the marker
        ref: TargetRef | None,
        bind: Callable[[TargetRef], None],
    ) -> TargetRef:
        """Create the supplier.

        Raises:
            AmbiguousWrite, Refused: as `Destination.draft`.
        """
        return self._suppliers.draft(supplier_of(document), ref, bind)

    def amend(self, document: Document, found: Found, fields: Collection[str]) -> None:
        """Change what differs."""
        self._suppliers.amend(supplier_of(document), found, fields)

    def authorise(self, document: Document, ref: TargetRef) -> None:
        """Do nothing: a supplier is in force once it is there."""

    def present(self, kind: str) -> Iterator[Found]:
        """Yield all suppliers; SYSPRO is the target of nothing else."""
        return self._suppliers.present() if kind == Supplier.kind else iter(())
