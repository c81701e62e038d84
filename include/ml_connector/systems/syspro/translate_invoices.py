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
_RATE_DIGITS = Decimal("1e-10")


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
        rate=_rate(row),
        lines=lines,
        net=abs(gross) - tax,
        tax=tax,
        gross=abs(gross),
    )


def cleared(
    invoice: wire.ApInvoice, matches: Sequence[wire.GrnMatching], receipts: Sequence[wire.GrnDetails]
) -> tuple[Match, ...]:
    """Return each match with the receipt row that it clears: that of its journal entry, else of its value.

    Whether a match names the receipt's journal entry or the invoice's own is not published
    (https://github.com/dontlookaway/BlackBox lists its columns, and no key): one that is the invoice's names no goods.

    Raises:
        ValueError: it cannot be told which goods are billed.
    """
    left, found = list(dict.fromkeys(receipts)), []
    matches = sorted(matches, key=lambda one: (one.Grn, one.Journal, one.EntryNumber, one.value, one.MatchedQty))
    for match in matches:
        rows = [row for row in left if (row.Supplier, row.Grn) == (match.Supplier, match.Grn)]
        names_goods = match.entry != (invoice.Journal, invoice.EntryNumber)
        exact = [row for row in rows if names_goods and (row.Journal, row.JournalEntry) == match.entry]
        fitting = exact or _of_value(match, rows, matches) or (rows if len(rows) == 1 else [])
        if not fitting:
            raise ValueError(f"it cannot be told which goods of GRN {plain_key(match.Grn)} it bills")
        left.remove(fitting[0])
        found.append((match, fitting[0]))
    return tuple(found)


def _of_value(
    match: wire.GrnMatching, rows: Sequence[wire.GrnDetails], matches: Sequence[wire.GrnMatching]
) -> list[wire.GrnDetails]:
    """Return the rows of a match's value, those of its quantity first; none where there are more than are billed."""
    billed = sum((one.Supplier, one.Grn, one.value) == (match.Supplier, match.Grn, match.value) for one in matches)
    equal = [row for row in rows if row.value == match.value]
    return sorted(equal, key=lambda row: row.QtyReceived != match.MatchedQty) if len(equal) <= billed else []


def _rate(row: wire.ApInvoice) -> Decimal | None:
    """Return local currency per unit of the invoice's: the rate with ``M``, one by the rate with ``D``."""
    if not row.ConvRate:
        return None
    return row.ConvRate if _multiplies(row) else (1 / row.ConvRate).quantize(_RATE_DIGITS, ROUND_HALF_UP)


def _multiplies(row: wire.ApInvoice) -> bool:
    return row.MulDiv.upper() == "M"


def in_invoice_currency(local: Decimal, row: wire.ApInvoice) -> Decimal:
    """Return a local amount in the invoice's currency: local is value × rate with ``M``, value ÷ rate with ``D``."""
    if not row.ConvRate:
        return local
    return local / row.ConvRate if _multiplies(row) else local * row.ConvRate


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
    for matched, expense in zip(posting.matched, _expenses_of(posting.matched, left), strict=True):
        value = abs(matched[0].MatchedValue)
        if expense is not None:
            left.remove(expense)
            value = expense.DistrValue * sign
        lines.append(_goods_line(matched, _account(matched[1], expense, site), converted(value), row, site))
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


def _expenses_of(matched: Sequence[Match], expenses: Sequence[wire.ApJnlDistrib]) -> list[wire.ApJnlDistrib | None]:
    """Return each cleared receipt's posting, whose reference names its GRN: the nearest in value, closest pairs first.

    Of postings as near, one to the receipt's own account goes first. A receipt's value has eight decimals and a
    posting's three (https://github.com/dontlookaway/BlackBox): they are compared as cents.
    """
    pairs = sorted(
        (abs(abs(match.value) - abs(wire.cents(one.DistrValue))), one.ExpenseGlCode != receipt.DebitRecGlCode, n, m)
        for n, (match, receipt) in enumerate(matched)
        for m, one in enumerate(expenses)
        if plain_key(receipt.Grn) in map(plain_key, re.split(r"[\s,;:]+", one.Reference))
    )
    taken: dict[int, int] = {}
    for _, _, n, m in pairs:
        if n not in taken and m not in taken.values():
            taken[n] = m
    return [expenses[taken[n]] if n in taken else None for n in range(len(matched))]


def _account(receipt: wire.GrnDetails, expense: wire.ApJnlDistrib | None, site: Site) -> str:
    """Return the account that the goods were received to: that of their posting, else of their receipt.

    Raises:
        ValueError: that is an account of goods not billed yet, or none.
    """
    suspense = site.options.grn_accounts
    if expense is not None and expense.ExpenseGlCode not in suspense:
        return expense.ExpenseGlCode
    if suspense and receipt.DebitRecGlCode in {"", *suspense}:
        raise ValueError(f"it cannot be told which account the goods of GRN {plain_key(receipt.Grn)} were received to")
    return receipt.DebitRecGlCode


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
