"""Invoices and postings: an invoice's lines come from the receipts it clears and from the payables journal.

`ApInvoice` names neither order nor account. Its order is found through the matched receipts, its accounts in the
journal's distribution, which is in the local currency
(https://github.com/dontlookaway/BlackBox, `UspUpdate_PurchaseOrderInvoiceMapping`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from ml_connector.domain.documents import (
    InvoiceType,
    JournalEntry,
    JournalLine,
    Line,
    SupplierInvoice,
)
from ml_connector.domain.money import CENT
from ml_connector.systems.syspro import wire
from ml_connector.systems.syspro.translate import SYSTEM, Site, plain_key

Match = tuple[wire.GrnMatching, wire.GrnDetails]


@dataclass(frozen=True)
class Posting:
    """All that belongs to one invoice.

    Args:
        expenses: its entry's distribution.
        matched: the receipts it clears, each with what they are of.
    """

    invoice: wire.ApInvoice
    expenses: Sequence[wire.ApJnlDistrib] = ()
    matched: Sequence[Match] = ()
    supplier_name: str = ""
    orders: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        named = {receipt.PurchaseOrder for _, receipt in self.matched if receipt.PurchaseOrder}
        object.__setattr__(self, "orders", tuple(sorted(named)))


def invoice_of(posting: Posting, site: Site) -> SupplierInvoice:
    """Return the canonical invoice, amounts in its own currency.

    Raises:
        ValueError: it bills several orders, which no single purchase can take, or has no date.
    """
    row = posting.invoice
    if len(posting.orders) > 1:
        named = ", ".join(plain_key(one) for one in posting.orders)
        raise ValueError(f"the invoice bills several orders: {named}")
    if row.InvoiceDate is None:
        raise ValueError("the invoice has no date")
    gross = row.OrigInvValue
    tax, lines = _amounts(posting, abs(gross), site)
    order = posting.orders[0] if posting.orders else ""
    return SupplierInvoice(
        source=SYSTEM,
        key=f"{row.Supplier}/{row.Invoice}",
        modified_at=site.seen_at,
        number=row.Invoice.strip(),
        supplier_key=row.Supplier,
        supplier_name=posting.supplier_name,
        date=row.InvoiceDate,
        due_date=row.DueDate,
        currency=site.currency(row.PostCurrency or row.Currency),
        company=site.company,
        type=InvoiceType.CREDIT_MEMO if gross < 0 else InvoiceType.INVOICE,
        order_key=order,
        order_number=plain_key(order) if order else "",
        rate=row.ConvRate or None,
        lines=lines,
        net=abs(gross) - tax,
        tax=tax,
        gross=abs(gross),
    )


def cleared(matches: Sequence[wire.GrnMatching], receipts: Sequence[wire.GrnDetails]) -> tuple[Match, ...]:
    """Return each match with the receipt row that it clears: that of its journal entry, else of its value.

    Raises:
        ValueError: it cannot be told which goods are billed.
    """
    left, found = list(dict.fromkeys(receipts)), []
    for match in matches:
        grn = (match.Supplier, match.Grn)
        rows = [row for row in left if (row.Supplier, row.Grn) == grn]
        exact = [row for row in rows if (row.Journal, row.JournalEntry) == (match.Journal, match.EntryNumber)]
        equal = [row for row in rows if row.OrigGrnValue == match.MatchedValue]
        billed = sum((one.Supplier, one.Grn, one.MatchedValue) == (*grn, match.MatchedValue) for one in matches)
        fitting = exact or (equal if len(equal) <= billed else []) or (rows if len(rows) == 1 else [])
        if not fitting:
            raise ValueError(f"it cannot be told which goods of GRN {plain_key(match.Grn)} it bills")
        left.remove(fitting[0])
        found.append((match, fitting[0]))
    return tuple(found)


def in_invoice_currency(local: Decimal, row: wire.ApInvoice) -> Decimal:
    """Return a local amount in the invoice's currency: local is value × rate with ``M``, value ÷ rate with ``D``."""
    if not row.ConvRate:
        return local
    return local / row.ConvRate if row.MulDiv.upper() == "M" else local * row.ConvRate


def _amounts(posting: Posting, gross: Decimal, site: Site) -> tuple[Decimal, tuple[Line, ...]]:
    """Return the tax and the lines; what the conversion rounded is put on the largest line."""
    row, options = posting.invoice, site.options
    sign = -1 if row.OrigInvValue < 0 else 1

    def converted(local: Decimal) -> Decimal:
        return in_invoice_currency(local, row).quantize(CENT, ROUND_HALF_UP)

    taxes = [one.DistrValue for one in posting.expenses if one.ExpenseGlCode in options.tax_accounts]
    tax = _unrounded(converted(sum(taxes, Decimal(0)) * sign), gross, posting, site) if taxes else Decimal(0)
    left = [one for one in posting.expenses if one.ExpenseGlCode not in options.tax_accounts]
    lines = []
    for match, receipt in posting.matched:
        expense = _expense_of(match, receipt, left)
        account, value = receipt.DebitRecGlCode, abs(match.MatchedValue)
        if expense is not None:
            left.remove(expense)
            value = expense.DistrValue * sign
            account = account if expense.ExpenseGlCode in options.grn_accounts else expense.ExpenseGlCode
        lines.append(_goods_line((match, receipt), account, converted(value), row, site))
    others = [one for one in left if not posting.matched or one.ExpenseGlCode not in options.grn_accounts]
    lines += [_charge_line(one, converted(one.DistrValue * sign), row, site) for one in others]
    return tax, _rounded(lines, gross - tax, row)


def _unrounded(tax: Decimal, gross: Decimal, posting: Posting, site: Site) -> Decimal:
    """Return the tax as its rate has it, where only the rounding of the conversion is between."""
    row = posting.invoice
    rate = site.options.tax_rates.get(row.FirstTaxCode)
    if rate is None or row.ConvRate in {0, 1}:
        return tax
    by_rate = (gross * rate / (100 + rate)).quantize(CENT, ROUND_HALF_UP)
    return by_rate if abs(by_rate - tax) <= _rounding(row) * len(posting.expenses) else tax


def _rounding(row: wire.ApInvoice) -> Decimal:
    """Return what a posting may be off: it is rounded to the local currency's cent, and here to the invoice's."""
    return CENT / 2 + in_invoice_currency(CENT / 2, row)


def _expense_of(
    match: wire.GrnMatching, receipt: wire.GrnDetails, expenses: Sequence[wire.ApJnlDistrib]
) -> wire.ApJnlDistrib | None:
    """Return the posting of a cleared receipt: one whose reference names it, of the same value if there is one."""
    grn = plain_key(receipt.Grn)
    named = [one for one in expenses if grn in map(plain_key, re.split(r"[\s,;:]+", one.Reference))]
    return next((one for one in named if one.DistrValue == match.MatchedValue), next(iter(named), None))


def _goods_line(matched: Match, account: str, net: Decimal, row: wire.ApInvoice, site: Site) -> Line:
    match, receipt = matched
    quantity = match.MatchedQty or receipt.QtyReceived
    return Line(
        item=receipt.StockCode or None,
        description=receipt.StockDescription,
        quantity=quantity,
        unit=receipt.QtyUom,
        unit_price=net / quantity if quantity else net,
        net=net,
        tax_rule=row.FirstTaxCode,
        account=account or None,
        cost_centre=site.cost_centre(account, row.Branch),
    )


def _charge_line(one: wire.ApJnlDistrib, net: Decimal, row: wire.ApInvoice, site: Site) -> Line:
    return Line(
        description=one.Reference or row.Reference or row.Invoice.strip(),
        quantity=Decimal(1),
        unit_price=net,
        net=net,
        tax_rule=row.FirstTaxCode,
        account=one.ExpenseGlCode or None,
        cost_centre=site.cost_centre(one.ExpenseGlCode, row.Branch),
    )


def _rounded(lines: Sequence[Line], net: Decimal, row: wire.ApInvoice) -> tuple[Line, ...]:
    """Return the lines so that they come to `net`, if no more than the rounding of the conversion is between."""
    off = net - sum((line.net for line in lines), Decimal(0))
    if not lines or not off or abs(off) > _rounding(row) * (len(lines) + 1):
        return tuple(lines)
    largest = max(range(len(lines)), key=lambda index: lines[index].net)
    changed = lines[largest].net + off
    update = {"net": changed, "unit_price": changed / (lines[largest].quantity or 1)}
    return tuple(line.model_copy(update=update) if n == largest else line for n, line in enumerate(lines))


def with_tax(invoice: SupplierInvoice) -> SupplierInvoice:
    """Return the invoice with its tax shared out over its lines by their net; the last takes the rest."""
    if not invoice.tax or not invoice.lines or not invoice.net:
        return invoice
    shares = [(invoice.tax * line.net / invoice.net).quantize(CENT, ROUND_HALF_UP) for line in invoice.lines]
    shares[-1] += invoice.tax - sum(shares, Decimal(0))
    lines = [line.model_copy(update={"tax": share}) for line, share in zip(invoice.lines, shares, strict=True)]
    return invoice.model_copy(update={"lines": tuple(lines)})


def journal_of(entry: wire.ApJnlSummary, expenses: Sequence[wire.ApJnlDistrib], site: Site) -> JournalEntry:
    """Return an entry of the payables journal with its accounts, in the local currency.

    Raises:
        ValueError: it has no date.
    """
    if entry.TrnDate is None:
        raise ValueError("the entry has no date")
    number = "/".join(map(str, entry.entry))
    common = {"reference": entry.Invoice, "supplier_key": entry.Supplier}
    lines = [
        JournalLine(account=one.ExpenseGlCode, text=one.Reference, amount=one.DistrValue, **common) for one in expenses
    ]
    if entry.SupplierGlCode:
        lines.append(JournalLine(account=entry.SupplierGlCode, amount=-entry.InvoiceValue, **common))
    return JournalEntry(
        source=SYSTEM,
        key=number,
        modified_at=site.seen_at,
        number=number,
        date=entry.TrnDate,
        company=site.company,
        lines=tuple(lines),
    )
