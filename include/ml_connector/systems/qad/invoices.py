"""Writing supplier invoices: recorded unmatched first, which pays nothing, then matched with their receipts.

QAD records an invoice without receipt and warns only of a reference that is there twice (EE Financials user guide,
https://www.qad.com/documentation), so both are looked for before anything is sent, and a warning of it stops the
matching. The entity's names are our convention after its `CInvoice` and `APMatching` objects.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ml_connector.domain.documents import InvoiceType, Line, SupplierInvoice
from ml_connector.domain.errors import ConcurrentEdit, NotReady, Refused
from ml_connector.domain.money import CENT, plain
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.systems.qad.endpoint import Endpoint, Record
from ml_connector.systems.qad.translate import MARKER, invoice_fields, invoice_type, unit_cost
from ml_connector.systems.qad.wire import day, number, text

RECEIVER = "07"
"""Type of a pending invoice that a receipt of an order opened (`pvo_internal_ref_type`)."""


@dataclass(frozen=True)
class Open:
    """Goods of an order's line that were received and not invoiced yet."""

    pending_id: int
    pending_line: int
    receiver: str
    order_line: int
    item: str
    quantity: Decimal


@dataclass(frozen=True)
class QadInvoices:
    """The supplier invoices of one entity."""

    endpoint: Endpoint
    domain: str
    entity: str

    def project(self, invoice: SupplierInvoice) -> dict[str, str]:
        """Return what QAD will show."""
        return invoice_fields(invoice)

    # --- looking ---

    def find(self, invoice: SupplierInvoice, marker: str) -> Found | None:
        """Return the invoice with our marker, else the one of the same supplier, type and reference.

        Raises:
            Refused: several are there.
        """
        rows = self._same_reference(invoice)
        ours = [row for row in rows if marker in text(row, "description")]
        chosen = ours or rows
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
            at = ("tcCompanyCode", "CInvoicePostingYear", "tcJournalCode", "CInvoiceVoucher")
            key = "/".join(text(row, f"CInvoice.{name}") for name in at)
            final = text(row, "CInvoice.tcReasonCode") in self.endpoint.options.final_statuses
            yield Found(
                ref=TargetRef(key=key, number=key.rpartition("/")[2]),
                status=TargetStatus.AUTHORISED if final else TargetStatus.DRAFT,
                fields={
                    "gross": plain(abs(number(row, "CInvoice.tdCInvoiceAmountTC"))),
                    "currency": text(row, "CInvoice.tcCurrencyCode"),
                    "supplier": text(row, "CInvoice.tcCreditorCode").upper(),
                },
                ours=MARKER.search(text(row, "CInvoice.CInvoiceDescription")) is not None,
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
        if self._needs_receipts(invoice) and self.endpoint.options.unmatched_policy == "hold":
            self._matching(invoice)
        found = self.find(invoice, marker)
        if found is None or not found.ours:
            made = self.endpoint.create("invoice", self._new(invoice, marker))
            ref = TargetRef(key=_key(made), number=text(made, "voucher"))
        else:
            ref = found.ref
        bind(ref)
        return ref

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
        self.endpoint.update("invoice", {**row, **self._allocation(invoice)}, **_keys(ref.key))

    def _stop_duplicate(self, invoice: SupplierInvoice, ref: TargetRef) -> None:
        others = [_key(row) for row in self._same_reference(invoice) if _key(row) != ref.key]
        if others:
            said = f"reference {invoice.number} of this supplier is in QAD already: {', '.join(others)}"
            raise Refused(said, reasons=(("number", said),))

    def _allocation(self, invoice: SupplierInvoice) -> Record:
        options = self.endpoint.options
        goods = self._goods(invoice)
        charges = [line for line in invoice.lines if line not in goods]
        ledger = [self._ledger_line(line) for line in charges]
        if invoice.tax:
            ledger.append(self._tax_line(invoice))
        if not goods:
            return {
                "invoiceStatusCode": options.gl_status, "isInitialStatus": False, "isReceiverMatching": False,
                "supplierInvoiceGLLines": ledger,
            }  # fmt: skip
        matching = {"daybookCode": options.matching_daybook, "isStatusFinal": True, "lines": self._matching(invoice)}
        return {"isReceiverMatching": True, "supplierInvoiceGLLines": ledger, "receiverMatching": matching}

    def _needs_receipts(self, invoice: SupplierInvoice) -> bool:
        return bool(self._goods(invoice))

    def _goods(self, invoice: SupplierInvoice) -> list[Line]:
        """Return the lines that are matched: items of an order, of an invoice that is owed by us."""
        if not invoice.order_key or invoice.type is InvoiceType.CREDIT_MEMO:
            return []
        return [line for line in invoice.lines if line.item]

    def _matching(self, invoice: SupplierInvoice) -> list[Record]:
        """Return the matching's lines.

        Raises:
            NotReady: less is open than the invoice bills.
        """
        open_rows = self._open(invoice.order_key)
        lines: list[Record] = []
        for line in self._goods(invoice):
            left = line.quantity
            for index, row in enumerate(open_rows):
                part = min(left, row.quantity) if row.item.casefold() == (line.item or "").casefold() else Decimal(0)
                if part <= 0:
                    continue
                lines.append(_match(row, invoice, part, unit_cost(line, self.endpoint.options)))
                open_rows[index] = Open(**{**vars(row), "quantity": row.quantity - part})
                left -= part
            if left > 0:
                there = plain(line.quantity - left)
                raise NotReady(
                    f"it bills {plain(line.quantity)} of {line.item}, and only {there} have been received and not "
                    f"invoiced on order {invoice.order_number}"
                )
        return lines

    def _open(self, order: str) -> list[Open]:
        found = []
        for row in self.endpoint.browse("pending", pvo_mstr__pvo_order=order):
            left = number(row, "pvod_det.pvod_trans_qty") - number(row, "pvod_det.pvod_vouchered_qty")
            if (
                text(row, "pvo_mstr.pvo_internal_ref_type") == RECEIVER
                and left > 0
                and not text(row, "pvo_mstr.pvo_lc_charge")
            ):
                found.append(
                    Open(
                        pending_id=int(number(row, "pvo_mstr.pvo_id")),
                        pending_line=int(number(row, "pvod_det.pvod_id_line")) or 1,
                        receiver=text(row, "pvo_mstr.pvo_internal_ref"),
                        order_line=int(number(row, "pvo_mstr.pvo_line")),
                        item=text(row, "pvo_mstr.pvo_part"),
                        quantity=left,
                    )
                )
        return sorted(found, key=lambda one: one.pending_id)

    def _ledger_line(self, line: Line) -> Record:
        if not line.account:
            said = f"line “{line.description}” has no GL account"
            raise Refused(said, reasons=(("lines", said),))
        return {
            "glAccountCode": line.account, "costCenterCode": line.cost_centre, "subAccountCode": "",
            "projectCode": "", "amount": line.net, "taxCode": "", "description": line.description[:40],
        }  # fmt: skip

    def _tax_line(self, invoice: SupplierInvoice) -> Record:
        account = self.endpoint.options.tax_account
        if not account:
            said = "the invoice has tax, and no account for it is set (options.qad.tax_account)"
            raise Refused(said, reasons=(("tax", said),))
        return {"glAccountCode": account, "costCenterCode": "", "subAccountCode": "", "projectCode": "",
                "amount": invoice.tax, "taxCode": "", "description": "Tax"}  # fmt: skip

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
            "currencyCode": invoice.currency, "exchangeRate": 1, "invoiceAmount": abs(invoice.gross),
            "creditTermsCode": invoice.terms, "invoiceStatusCode": options.invoice_status,
            "isInitialStatus": True, "isReceiverMatching": False, "supplierInvoicePOs": orders,
            "description": f"CIN7 {invoice.order_number or invoice.number} {marker}",
        }  # fmt: skip

    # --- records ---

    def _same_reference(self, invoice: SupplierInvoice) -> list[Record]:
        return self.endpoint.every(
            "invoice",
            entityCode=self.entity,
            supplierCode=invoice.supplier_key,
            invoiceType=invoice_type(invoice),
            invoiceReference=invoice.number.strip(),
        )

    def _record(self, key: str) -> Record | None:
        return self.endpoint.get("invoice", **_keys(key))

    def _found(self, row: Record, marker: str | None) -> Found:
        held = MARKER.search(text(row, "description"))
        final = text(row, "invoiceStatusCode") in self.endpoint.options.final_statuses
        return Found(
            ref=TargetRef(key=_key(row), number=text(row, "voucher")),
            status=TargetStatus.AUTHORISED if final else TargetStatus.DRAFT,
            fields=_shown(row),
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


def _match(row: Open, invoice: SupplierInvoice, quantity: Decimal, price: Decimal) -> Record:
    return {
        "receiverNumber": row.receiver, "purchaseOrderNumber": invoice.order_key,
        "purchaseOrderLine": row.order_line, "pendingInvoiceId": row.pending_id,
        "pendingInvoiceLine": row.pending_line, "matchedQuantity": quantity, "matchedUnitPrice": price,
        "isFinished": quantity == row.quantity,
    }  # fmt: skip


def _key(row: Record) -> str:
    names = ("entityCode", "postingYear", "daybookCode", "voucher")
    return "/".join(text(row, name) for name in names)


def _keys(key: str) -> dict[str, str]:
    names = ("entityCode", "postingYear", "daybookCode", "voucher")
    return dict(zip(names, key.split("/"), strict=True))
