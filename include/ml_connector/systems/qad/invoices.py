"""Writing supplier invoices: recorded unmatched first, which pays nothing, then matched with their receipts.

QAD records an invoice without receipt and warns only of a reference that is there twice (EE Financials user guide,
https://www.qad.com/documentation), so both are looked for before anything is sent, and a warning of it stops the
matching. The entity's names are our convention after its `CInvoice` and `APMatching` objects.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ml_connector.domain.documents import DocumentStatus, InvoiceType, SupplierInvoice
from ml_connector.domain.errors import AmbiguousWrite, ConcurrentEdit, ConfigurationError, Refused
from ml_connector.domain.money import CENT, plain
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.systems.qad.allocation import Allocation
from ml_connector.systems.qad.endpoint import Endpoint, Record, half_made
from ml_connector.systems.qad.rates import rated
from ml_connector.systems.qad.translate import MARKER, invoice_fields, invoice_type, marked
from ml_connector.systems.qad.wire import day, number, same, text


@dataclass(frozen=True)
class QadInvoices:
    """The supplier invoices of one entity."""

    endpoint: Endpoint
    domain: str
    entity: str

    @property
    def allocation(self) -> Allocation:
        """What invoices are allocated to."""
        return Allocation(self.endpoint)

    def project(self, invoice: SupplierInvoice) -> dict[str, str]:
        """Return what QAD will show."""
        return invoice_fields(invoice)

    # --- looking ---

    def find(self, invoice: SupplierInvoice, marker: str) -> Found | None:
        """Return the invoice with our marker, else the one of the same supplier, type and reference.

        Of a void invoice only ours counts, of whatever supplier: its supplier's key is still Cin7's.

        Raises:
            Refused: several are there.
        """
        is_void = invoice.status is DocumentStatus.VOIDED
        rows = self._of_any_supplier(invoice) if is_void else self._same_reference(invoice)
        ours = [row for row in rows if marker in text(row, "description")]
        chosen = ours if is_void else ours or rows
        if len(chosen) > 1:
            names = ", ".join(_key(row) for row in chosen)
            said = f"QAD holds reference {invoice.number} of this supplier several times: {names}"
            raise Refused(said, reasons=(("number", said),))
        return self._found(chosen[0], marker) if chosen else None

    def read(self, ref: TargetRef) -> Found | None:
        """Return the invoice as it is now."""
        row = self._record(ref.key)
        return None if row is None else self._found(row, None)

    def present(self) -> Iterator[Found]:
        """Yield all invoices of the entity."""
        for row in self.endpoint.browse("invoices"):
            key = _browsed_key(row)
            dated = day(row, "CInvoice.CInvoiceDate")
            final = text(row, "CInvoice.tcReasonCode") in self.endpoint.options.final_statuses
            yield Found(
                ref=TargetRef(key=key, number=key.rpartition("/")[2]),
                status=TargetStatus.AUTHORISED if final else TargetStatus.DRAFT,
                fields={
                    "gross": plain(abs(number(row, "CInvoice.tdCInvoiceAmountTC"))),
                    "currency": text(row, "CInvoice.tcCurrencyCode"),
                    "supplier": text(row, "CInvoice.tcCreditorCode").upper(),
                    "number": text(row, "CInvoice.CInvoiceReference"),
                    "type": text(row, "CInvoice.CInvoiceType"),
                    "date": dated.isoformat() if dated else "",
                },
                ours=_is_marked(row),
                partial=True,
            )

    # --- writing ---

    def draft(
        self, invoice: SupplierInvoice, marker: str, ref: TargetRef | None, bind: Callable[[TargetRef], None]
    ) -> TargetRef:
        """Record the invoice unmatched; payment is locked and nothing is allocated.

        Raises:
            NotReady: its goods are not there, and the tenant holds such invoices back.
            AmbiguousWrite: the answer was lost.
            Refused: QAD said no.
        """
        if ref is not None:
            return ref
        if self.endpoint.options.unmatched_policy == "hold":
            self.allocation.check(invoice)
        found = self.find(invoice, marker)
        if found is not None and found.ours:
            bind(found.ref)
            return found.ref
        if found is not None:
            raise _duplicate(invoice, [found.ref.key])
        record = rated(self.endpoint, "invoice", self._new(invoice, marker), invoice.rate)
        made = self.endpoint.create("invoice", record)
        ref = _made(record, made)
        bind(ref)
        self._heed(made)
        return ref

    def _heed(self, made: Record) -> None:
        """Stop at QAD's warning of a reference that is there already; what was recorded stays unmatched and unpaid."""
        for warning in made["supplementaryMessages"]:
            said = text(warning, "message")
            about = f"{text(warning, 'fieldName')} {said}".casefold()
            if any(word.casefold() in about for word in self.endpoint.options.duplicate_warnings):
                whole = f"voucher {text(made, 'voucher')} was recorded unmatched, and QAD warns: {said}"
                raise Refused(whole, reasons=(("invoiceReference", whole),))

    def amend(self, invoice: SupplierInvoice, found: Found, fields: Collection[str]) -> None:
        """Change the due date of an invoice that is not matched yet; the rest was posted when it was recorded.

        Raises:
            Refused: anything else differs.
        """
        posted = sorted(set(fields) - {"due_date"})
        if posted:
            said = f"voucher {found.ref.number} was posted in QAD with another {', '.join(posted)}; reverse it there"
            raise Refused(said, reasons=tuple((name, said) for name in posted))
        row = self._record(found.ref.key)
        if row is None:
            raise ConcurrentEdit(f"voucher {found.ref.number} is gone from QAD")
        due = invoice.due_date.isoformat() if invoice.due_date else ""
        self.endpoint.update("invoice", {**row, "dueDate": due}, **_keys(found.ref.key))

    def authorise(self, invoice: SupplierInvoice, ref: TargetRef) -> None:
        """Match the invoice with its receipts, or allocate it to accounts where no order stands behind it.

        Raises:
            NotReady: its goods are not there.
            Refused: the reference is there twice, or QAD said no.
        """
        row = self._record(ref.key)
        if row is None:
            said = f"invoice {ref.number} is gone from QAD"
            raise Refused(said, reasons=(("", said),))
        if text(row, "invoiceStatusCode") in self.endpoint.options.final_statuses:
            return
        self._stop_duplicate(invoice, ref)
        allocated = {**row, **self.allocation.of(invoice)}
        try:
            self.endpoint.update("invoice", allocated, **_keys(ref.key))
        except Refused as error:
            what = "matched" if allocated["isReceiverMatching"] else "allocated"
            raise half_made(error, f"voucher {ref.number} is recorded and not {what}, its payment locked") from None

    def _stop_duplicate(self, invoice: SupplierInvoice, ref: TargetRef) -> None:
        keys = [_key(row) for row in self._same_reference(invoice)]
        if ref.key not in keys:
            raise ConfigurationError(
                f"QAD does not find voucher {ref.number} by its reference {invoice.number}, so a second entry would "
                f"not be noticed: correct options.qad.services.invoice"
            )
        if len(keys) > 1:
            raise _duplicate(invoice, [key for key in keys if key != ref.key])

    def _new(self, invoice: SupplierInvoice, marker: str) -> Record:
        options = self.endpoint.options
        credit = invoice.type is InvoiceType.CREDIT_MEMO
        orders = [{"domainCode": self.domain, "purchaseOrderNumber": invoice.order_key}] if invoice.order_key else []
        return {
            "entityCode": self.entity, "supplierCode": invoice.supplier_key, "invoiceType": invoice_type(invoice),
            "invoiceReference": invoice.number.strip(), "voucher": 0,
            "daybookCode": options.credit_daybook if credit else options.invoice_daybook,
            "invoiceDate": invoice.date.isoformat(), "postingDate": invoice.date.isoformat(),
            **({"dueDate": invoice.due_date.isoformat()} if invoice.due_date else {}),
            "currencyCode": invoice.currency, "exchangeRate": 0, "invoiceAmount": abs(invoice.gross),
            "creditTermsCode": invoice.terms, "invoiceStatusCode": options.invoice_status,
            "isInitialStatus": True, "isReceiverMatching": False, "supplierInvoicePOs": orders,
            "description": marked(marker, invoice.order_number or invoice.number),
        }  # fmt: skip

    # --- records ---

    def _same_reference(self, invoice: SupplierInvoice) -> list[Record]:
        wanted = {
            "entityCode": self.entity, "supplierCode": invoice.supplier_key, "invoiceType": invoice_type(invoice),
            "invoiceReference": invoice.number.strip(),
        }  # fmt: skip
        rows = self.endpoint.every("invoice", **wanted)
        return [row for row in rows if all(same(row.get(name), value) for name, value in wanted.items())]

    def _of_any_supplier(self, invoice: SupplierInvoice) -> list[Record]:
        """Return those with our mark and the invoice's reference, from the browse: the service asks for a supplier."""
        if not invoice.number.strip():
            return []
        rows = self.endpoint.browse("invoices", CInvoice__CInvoiceReference=invoice.number.strip())
        found = (self._record(_browsed_key(row)) for row in rows if _is_marked(row))
        return [row for row in found if row is not None]

    def _record(self, key: str) -> Record | None:
        return self.endpoint.get("invoice", **_keys(key))

    def _found(self, row: Record, marker: str | None) -> Found:
        held = MARKER.search(text(row, "description"))
        final = text(row, "invoiceStatusCode") in self.endpoint.options.final_statuses
        return Found(
            ref=TargetRef(key=_key(row), number=text(row, "voucher")),
            status=TargetStatus.AUTHORISED if final else TargetStatus.DRAFT,
            fields={**_shown(row), "unallocated": plain(_unallocated(row) if final and held else Decimal(0))},
            ours=held is not None and held.group(0) == (marker or held.group(0)),
            frozen=f"voucher {text(row, 'voucher')} is matched and posted in QAD." if final else "",
        )


def _shown(row: Record) -> dict[str, str]:
    dated, due = day(row, "invoiceDate"), day(row, "dueDate")
    orders = row.get("supplierInvoicePOs") or []
    return {
        "number": text(row, "invoiceReference"),
        "supplier": text(row, "supplierCode").upper(),
        "type": text(row, "invoiceType"),
        "date": dated.isoformat() if dated else "",
        "due_date": due.isoformat() if due else "",
        "currency": text(row, "currencyCode"),
        "gross": plain(abs(number(row, "invoiceAmount")).quantize(CENT, ROUND_HALF_UP)),
        "order": text(orders[0], "purchaseOrderNumber") if orders else "",
    }


def _unallocated(row: Record) -> Decimal:
    """Return what goods matched and GL lines beside them leave of the amount; 0 where no goods are matched.

    No published field tells it. Whether GL lines may stand beside a matching is our convention: a tenant that passes
    over them would leave their amount on Unmatched Supplier Invoices, behind a status that unlocks the payment.
    """
    matched = (row.get("receiverMatching") or {}).get("lines") or []
    if not matched:
        return Decimal(0)
    goods = (number(line, "matchedQuantity") * number(line, "matchedUnitPrice") for line in matched)
    booked = (number(line, "amount") for line in row.get("supplierInvoiceGLLines") or [])
    done = sum((amount.quantize(CENT, ROUND_HALF_UP) for amount in (*goods, *booked)), Decimal(0))
    return abs(number(row, "invoiceAmount")) - abs(done)


def _duplicate(invoice: SupplierInvoice, keys: list[str]) -> Refused:
    said = f"reference {invoice.number} of this supplier is in QAD already: {', '.join(keys)}"
    return Refused(said, reasons=(("number", said),))


def _made(sent: Record, answer: Record) -> TargetRef:
    """Return the reference of what was just recorded; the answer tells number and year, not the rest of the key.

    Raises:
        AmbiguousWrite: it does not tell them.
    """
    voucher = text(answer, "voucher")
    if not voucher or not text(answer, "postingYear"):
        raise AmbiguousWrite("the invoice was sent, but the answer does not tell its voucher and year")
    return TargetRef(key=_key({**sent, **answer}), number=voucher)


def _key(row: Record) -> str:
    names = ("entityCode", "postingYear", "daybookCode", "voucher")
    return "/".join(text(row, name) for name in names)


def _browsed_key(row: Record) -> str:
    names = ("tcCompanyCode", "CInvoicePostingYear", "tcJournalCode", "CInvoiceVoucher")
    return "/".join(text(row, f"CInvoice.{name}") for name in names)


def _is_marked(row: Record) -> bool:
    return MARKER.search(text(row, "CInvoice.CInvoiceDescription")) is not None


def _keys(key: str) -> dict[str, str]:
    names = ("entityCode", "postingYear", "daybookCode", "voucher")
    return dict(zip(names, key.split("/"), strict=True))
