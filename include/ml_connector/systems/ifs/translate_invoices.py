"""IFS's invoices and vouchers → canonical documents; pure functions.

An invoice's items have amounts and tax, its postings have the accounts; order line and amount join them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ml_connector.domain.documents import (
    DocumentStatus,
    InvoiceType,
    JournalEntry,
    JournalLine,
    Line,
    SupplierInvoice,
)
from ml_connector.domain.money import CENT
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.translate import SYSTEM, LineKey, Row, line_key, status_of
from ml_connector.systems.ifs.wire import day, number, text

Split = list[tuple[Row, Decimal]]
"""Postings, and the part of an item's net amount that each carries."""


@dataclass(frozen=True)
class InvoiceRows:
    """An invoice, its items and its postings."""

    header: Row
    items: Sequence[Row]
    postings: Sequence[Row]


def invoice_of(
    rows: InvoiceRows,
    parts: Mapping[LineKey, Row],
    supplier_name: str,
    options: IfsOptions,
    seen_at: dt.datetime,
    *,
    taxes: Collection[str] = (),
) -> SupplierInvoice | None:
    """Return the invoice; None while it is preliminary.

    Args:
        rows: the invoice.
        parts: the lines of the orders it bills.
        supplier_name: of the supplier it names.
        options: what the deployment chose.
        seen_at: when it was read; aware UTC.
        taxes: the accounts that IFS marks as tax accounts.

    Raises:
        ValueError: it has no date, bills several orders, or is in a state that no option names.
    """
    header = rows.header
    status = status_of(header, options)
    if status is DocumentStatus.DRAFT:
        return None
    dated = day(header, "InvoiceDate")
    if dated is None:
        raise ValueError("the invoice has no date")
    orders = {text(item, "PoRefNumber") for item in rows.items} - {""} or {text(header, "PoRefNumber")} - {""}
    if len(orders) > 1:
        raise ValueError(f"the invoice bills several orders: {', '.join(sorted(orders))}")
    order = next(iter(orders), "")
    net, tax = number(header, "NetCurrAmount"), number(header, "VatCurrAmount")
    sign = -1 if net + tax < 0 else 1
    return SupplierInvoice(
        source=SYSTEM,
        key=f"{text(header, 'Company')}/{text(header, 'InvoiceId')}",
        modified_at=seen_at,
        status=status,
        number=text(header, "InvoiceNo"),
        supplier_key=text(header, "Identity"),
        supplier_name=supplier_name,
        date=dated,
        due_date=day(header, "DueDate"),
        currency=text(header, "Currency"),
        company=text(header, "Company"),
        terms=text(header, "PayTermId"),
        type=InvoiceType.CREDIT_MEMO if sign < 0 else InvoiceType.INVOICE,
        order_key=order,
        order_number=order,
        rate=_rate(header, "CurrRate", "DivFactor"),
        lines=tuple(_lines(rows, parts, sign, options, {*taxes, *options.tax_accounts})),
        net=net * sign,
        tax=tax * sign,
        gross=(net + tax) * sign,
    )


def _rate(row: Row, rate: str, factor: str) -> Decimal | None:
    """Return company currency per unit of another; some currencies are quoted by the hundred, as `factor` says."""
    return number(row, rate) / (number(row, factor) or Decimal(1)) or None


def _lines(
    rows: InvoiceRows, parts: Mapping[LineKey, Row], sign: int, options: IfsOptions, taxes: Collection[str]
) -> list[Line]:
    made = []
    postings = [row for row in rows.postings if text(row, "CodeA") not in taxes]
    default = "" if rows.postings else options.default_account
    for item, split in zip(rows.items, _splits(rows.items, postings, options, default), strict=True):
        of = parts.get(line_key(item, "PoRefNumber", "PoLineNo", "PoReleaseNo"), {})
        made += _item_lines(item, split, of, sign, options)
    return made


def _splits(items: Sequence[Row], postings: Sequence[Row], options: IfsOptions, default: str) -> list[Split]:
    """Return for each item the postings that carry it, the surest first.

    Of its order line; of its amount; all that is left, when the item is the only one left; the account that all
    postings have. Where none of these holds, no account is guessed: the line has none, and a person decides.
    """
    left = [row for row in postings if number(row, "CurrAmount")]
    found: dict[int, Split] = {}
    for choose in (_of_order_line, _of_amount):
        for index, item in enumerate(items):
            chosen = [] if index in found else choose(item, left, options)
            if chosen:
                found[index] = [(row, number(row, "CurrAmount")) for row in chosen]
                left = [row for row in left if not any(row is one for one in chosen)]
    open_items = [index for index in range(len(items)) if index not in found]
    if len(open_items) == 1 and _total(left) == number(items[open_items[0]], "NetCurrAmount"):
        found[open_items[0]] = [(row, number(row, "CurrAmount")) for row in left]
    same = {_target(row, options) for row in postings}
    common = postings[0] if len(same) == 1 else {"CodeA": default}
    return [found.get(index) or [(common, number(item, "NetCurrAmount"))] for index, item in enumerate(items)]


def _target(posting: Row, options: IfsOptions) -> tuple[str, str]:
    """Return the account and cost centre of a posting; the latter is "" where no code part is one."""
    return text(posting, "CodeA"), text(posting, options.cost_centre) if options.cost_centre else ""


def _of_order_line(item: Row, left: Sequence[Row], options: IfsOptions) -> list[Row]:
    """Return the postings whose reference ends with the item's order line, if they come to its amount.

    A reference is release, sequence and line, joined by ``^``.
    """
    line = text(item, "PoLineNo")
    chosen = [row for row in left if line and text(row, "Reference").split("^")[2:3] == [line]]
    return chosen if _total(chosen) == number(item, "NetCurrAmount") else _of_amount(item, chosen, options)


def _of_amount(item: Row, left: Sequence[Row], options: IfsOptions) -> list[Row]:
    """Return a posting of the item's amount; none where those of that amount differ in account or cost centre."""
    net = number(item, "NetCurrAmount")
    alike = [row for row in left if net and number(row, "CurrAmount") == net]
    return alike[:1] if len({_target(row, options) for row in alike}) == 1 else []


def _total(rows: Sequence[Row]) -> Decimal:
    return sum((number(row, "CurrAmount") for row in rows), Decimal(0))


def _item_lines(item: Row, split: Split, of: Row, sign: int, options: IfsOptions) -> list[Line]:
    """Return the item as one line, or as one for each account and cost centre that it is posted to."""
    parts: dict[tuple[str, str], Decimal] = {}
    for posting, amount in split:
        target = _target(posting, options)
        parts[target] = parts.get(target, Decimal(0)) + amount
    net, quantity = number(item, "NetCurrAmount"), abs(number(item, "Quantity")) or Decimal(1)
    taxes = _shared(number(item, "VatCurrAmount"), list(parts.values()), net, CENT)
    quantities = _shared(quantity, list(parts.values()), net, Decimal("0.0001"))
    return [
        Line(
            item=text(of, "PartNo") or None,
            description=text(item, "Description") or text(of, "Description"),
            quantity=share,
            unit=text(of, "BuyUnitMeas"),
            unit_price=amount * sign / share if share else Decimal(0),
            net=amount * sign,
            tax=tax * sign,
            tax_rule=text(item, "VatCode"),
            account=account or None,
            cost_centre=centre,
        )
        for ((account, centre), amount), tax, share in zip(parts.items(), taxes, quantities, strict=True)
    ]


def _shared(whole: Decimal, amounts: Sequence[Decimal], of: Decimal, step: Decimal) -> list[Decimal]:
    """Return `whole` in the proportion of the amounts, rounded to `step`, the rest on the last."""
    if len(amounts) == 1 or not of:
        return [whole, *[Decimal(0)] * (len(amounts) - 1)]
    shares = [(whole * amount / of).quantize(step, ROUND_HALF_UP) for amount in amounts[:-1]]
    return [*shares, whole - sum(shares, Decimal(0))]


# --- vouchers ---

VOUCHER = ("Company", "VoucherType", "AccountingYear", "VoucherNo")
INVOICE = ("Company", "PartyTypeId", "ReferenceSerie", "ReferenceNumber")
"""What the rows of one voucher, and those of one invoice's voucher, have in common."""


BILLED = ("Company", "PartyTypeId", "ReferenceNumber")
"""What in a voucher row names the invoice that it posts."""


def journal_of(
    rows: Sequence[Row], orders: Mapping[tuple[str, ...], str], options: IfsOptions, seen_at: dt.datetime
) -> JournalEntry:
    """Return the voucher that these rows are, amounts in the currency of the transaction.

    Args:
        rows: of one voucher.
        orders: company, supplier and number of an invoice → the order that it bills.
        options: what the deployment chose.
        seen_at: when they were read; aware UTC.

    Raises:
        ValueError: it has no date, or a row has no amount in its own currency.
    """
    first = rows[0]
    key = "/".join(text(first, name) for name in VOUCHER)
    return JournalEntry(
        source=SYSTEM,
        key=key,
        modified_at=seen_at,
        number=key,
        date=_voucher_date(first),
        company=text(first, "Company"),
        lines=tuple(
            JournalLine(
                account=text(row, "Account"),
                text=text(row, "Text"),
                amount=_amount(row),
                currency=text(row, "CurrencyCode"),
                reference=text(row, "ReferenceNumber"),
                order_number=orders.get(tuple(text(row, name) for name in BILLED), ""),
                supplier_key=text(row, "PartyTypeId"),
                cost_centre=text(row, options.cost_centre) if options.cost_centre else "",
            )
            for row in _in_order(rows)
        ),
    )


@dataclass(frozen=True)
class Ledger:
    """Which accounts are owed on, and which are of tax."""

    payable: frozenset[str]
    tax: frozenset[str]


def invoice_of_vouchers(
    rows: Sequence[Row], ledger: Ledger, options: IfsOptions, seen_at: dt.datetime
) -> SupplierInvoice | None:
    """Return the invoice that these voucher rows post; None where they owe nothing.

    The voucher has no due date, no items, quantities or order, and its date is that of the voucher.

    Raises:
        ValueError: its rows are in several currencies, have no date, or no amount in their own currency.
    """
    rows = _in_order(rows)
    first = rows[0]
    owed = -sum((_amount(row) for row in rows if text(row, "Account") in ledger.payable), Decimal(0))
    if not owed:
        return None
    if len({text(row, "CurrencyCode") for row in rows}) > 1:
        raise ValueError("its voucher rows are in several currencies")
    sign = -1 if owed < 0 else 1
    tax = sum((_amount(row) for row in rows if text(row, "Account") in ledger.tax), Decimal(0)) * sign
    costs = [row for row in rows if text(row, "Account") not in ledger.payable | ledger.tax]
    taxed = [row for row in rows if text(row, "Account") in ledger.tax]
    return SupplierInvoice(
        source=SYSTEM,
        key="/".join(text(first, name) for name in INVOICE),
        modified_at=seen_at,
        number=text(first, "ReferenceNumber"),
        supplier_key=text(first, "PartyTypeId"),
        supplier_name=text(first, "PartyName") or text(first, "PartyTypeId"),
        date=_voucher_date(first),
        currency=text(first, "CurrencyCode"),
        company=text(first, "Company"),
        type=InvoiceType.CREDIT_MEMO if sign < 0 else InvoiceType.INVOICE,
        rate=_rate(first, "CurrencyRate", "ConversionFactor"),
        lines=tuple(_with_tax([_voucher_line(row, sign, options) for row in costs], taxed, sign)),
        net=abs(owed) - tax,
        tax=tax,
        gross=abs(owed),
    )


def _voucher_line(row: Row, sign: int, options: IfsOptions) -> Line:
    net = _amount(row) * sign
    return Line(
        description=text(row, "Text") or text(row, "ReferenceNumber"),
        quantity=Decimal(1),
        unit_price=net,
        net=net,
        tax_rule=text(row, "OptionalCode"),
        account=text(row, "Account") or None,
        cost_centre=text(row, options.cost_centre) if options.cost_centre else "",
    )


def _with_tax(lines: list[Line], taxed: Sequence[Row], sign: int) -> list[Line]:
    """Return the lines with each tax row's amount on the first line of its tax code, else on the first of all."""
    for row in taxed:
        code = text(row, "OptionalCode")
        index = next((n for n, line in enumerate(lines) if line.tax_rule == code), 0)
        if lines:
            lines[index] = lines[index].model_copy(update={"tax": lines[index].tax + _amount(row) * sign})
    return lines


def _amount(row: Row) -> Decimal:
    """Return the signed amount in the currency of the transaction; a debit is positive.

    ``Amount`` is in accounting currency (``$metadata`` recorded at https://github.com/keboola/component-ex-ifs): it
    stands in for a missing one only in that currency, which is where the rate is one.

    Raises:
        ValueError: there is none.
    """
    debet, credit, amount = "CurrencyDebetAmount", "CurrencyCreditAmount", number(row, "Amount")
    if row.get("CurrencyAmount") is not None:
        return number(row, "CurrencyAmount")
    if row.get(debet) is not None or row.get(credit) is not None:
        return number(row, debet) - number(row, credit)
    if amount and _rate(row, "CurrencyRate", "ConversionFactor") != 1:
        raise ValueError(f"row {text(row, 'RowNo')} has no amount in {text(row, 'CurrencyCode')}")
    return amount


def _voucher_date(row: Row) -> dt.date:
    dated = day(row, "VoucherDate")
    if dated is None:
        raise ValueError("the voucher has no date")
    return dated


def _in_order(rows: Sequence[Row]) -> list[Row]:
    numbers = ("AccountingYear", "VoucherNo", "RowNo")
    return sorted(rows, key=lambda row: (text(row, "VoucherType"), *(number(row, name) for name in numbers)))
