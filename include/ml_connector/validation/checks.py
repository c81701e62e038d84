"""Checks on one document before anything is written: each returns findings, all run, all are kept."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ml_connector.domain.documents import Document, Supplier, SupplierInvoice, TradeDocument
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.money import CENT, Money
from ml_connector.domain.reference import Reference

Check = Callable[[Document, Reference], list[Finding]]


def totals_add_up(document: Document, _reference: Reference) -> list[Finding]:
    """Check net = Σ lines, tax = Σ line taxes, gross = net + tax, each within a cent a line.

    Cin7 rounds tax by row or by document as the tenant chooses (``/me`` TaxCalculationMethod), so a document
    may differ by half a cent a line from the sum of its rows and still be right.
    """
    if not isinstance(document, TradeDocument):
        return []
    tolerance = CENT * max(1, len(document.lines))
    sums = (
        ("net", document.net, sum((line.net for line in document.lines), Decimal(0)), "the lines"),
        ("tax", document.tax, sum((line.tax for line in document.lines), Decimal(0)), "the lines' tax"),
        ("gross", document.gross, document.net + document.tax, "net plus tax"),
    )
    return [
        Finding(
            reason=Reason.TOTALS_DIFFER,
            field=name,
            value=str(stated),
            message=f"{_start(document)}: its {name} total is "
            f"{Money(amount=stated, currency=document.currency)}, but {what} come to "
            f"{Money(amount=counted, currency=document.currency)}.",
            next_step=f"Correct the document in {document.source}; it is read again by itself.",
        )
        for name, stated, counted, what in sums
        if abs(stated - counted) > (tolerance if name != "gross" else CENT)
    ]


def number_given(document: Document, _reference: Reference) -> list[Finding]:
    """Check that an order or invoice has a number: without one it cannot be found again."""
    if not isinstance(document, TradeDocument) or document.number.strip():
        return []
    what = "the supplier's invoice number" if isinstance(document, SupplierInvoice) else "its number"
    of = f" (purchase {document.order_number})" if isinstance(document, SupplierInvoice) else ""
    return [
        Finding(
            reason=Reason.NUMBER_MISSING,
            field="number",
            message=f"{_start(document)}{of}: {what} is missing, so a second entry could not be told apart.",
            next_step=f"Enter {what} in {document.source}; it is read again by itself.",
        )
    ]


def lines_given(document: Document, _reference: Reference) -> list[Finding]:
    """Check that an order or invoice has at least one line."""
    if not isinstance(document, TradeDocument) or document.lines:
        return []
    return [
        Finding(
            reason=Reason.NO_LINES,
            field="lines",
            message=f"{_start(document)}: it has no lines.",
            next_step=f"Complete or void it in {document.source}.",
        )
    ]


def accounts_given(document: Document, _reference: Reference) -> list[Finding]:
    """Check that every invoice line has a GL account."""
    if not isinstance(document, SupplierInvoice):
        return []
    return [
        Finding(
            reason=Reason.ACCOUNT_MISSING,
            field=f"lines[{index}].account",
            message=f"{_start(document)}: line {index + 1} “{line.description}” has no GL account.",
            next_step=f"Enter an account on the line in {document.source}.",
        )
        for index, line in enumerate(document.lines)
        if not line.account
    ]


def texts_fit(document: Document, reference: Reference) -> list[Finding]:
    """Check names and numbers against the target's field lengths: a cut name is a wrong name."""
    found = []
    for path, longest in reference.max_lengths.items():
        text = getattr(document, path, "") or ""
        if len(text) > longest:
            found.append(
                Finding(
                    reason=Reason.TOO_LONG,
                    field=path,
                    value=text,
                    message=f"{_start(document)}: its {path} has {len(text)} characters; the other system "
                    f"takes {longest}.",
                    next_step=f"Shorten the {path} in {document.source}.",
                )
            )
    return found


CHECKS: tuple[Check, ...] = (number_given, lines_given, totals_add_up, accounts_given, texts_fit)
"""Every check, in the order in which a clerk would look."""


def check(document: Document, reference: Reference) -> list[Finding]:
    """Return the findings of all checks."""
    return [finding for one in CHECKS for finding in one(document, reference)]


def _start(document: Document) -> str:
    label = document.label
    if isinstance(document, Supplier) and len(label) > 80:  # noqa: PLR2004 - a message stays readable
        label = f"{label[:77]}…"
    return label[:1].upper() + label[1:]
