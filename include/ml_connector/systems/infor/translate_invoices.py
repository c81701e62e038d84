"""M3's posted invoices → canonical invoices; pure functions.

The ledger keeps an invoice's totals, the general ledger its postings, and the invoice batch that it was entered in the
order and the items (https://github.com/GaryWayneSmith/M3H5, `APS200MI`, `GLS200MI`, `APS450MI`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ml_connector.domain.documents import InvoiceType, Line, SupplierInvoice
from ml_connector.domain.money import CENT, rounded
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.translate import SYSTEM, vat_code
from ml_connector.systems.infor.wire import Row, day, flag, needed_day, number, text

_HUNDRED = Decimal(100)
_RATE_DIGITS = Decimal("0.0000001")
_DEBIT, _CREDIT = "1", "2"


@dataclass(frozen=True)
class InvoiceRows:
    """A posted invoice.

    Args:
        key: our key for it.
        division: its division.
        header: the ledger's entry.
        postings: its voucher in the general ledger.
        batch: head of the invoice batch it was entered in; None where there is none, or it is not looked up.
        batch_lines: the batch's lines.
    """

    key: str
    division: str
    header: Row
    postings: Sequence[Row]
    batch: Row | None
    batch_lines: Sequence[Row]


@dataclass(frozen=True)
class Cost:
    """One posting that is neither the payable nor VAT; its amount is positive where it adds to the invoice."""

    row: Row
    amount: Decimal


@dataclass(frozen=True)
class Posted:
    """What a voucher says: its costs, and 1 for an invoice or -1 for a credit memo."""

    costs: list[Cost]
    sign: int


def invoice_of(
    rows: InvoiceRows, supplier_name: str, company: str, options: InforOptions, seen_at: dt.datetime
) -> SupplierInvoice:
    """Return the canonical invoice or credit memo.

    Raises:
        ValueError: totals, postings and batch contradict each other, or something cannot be read.
    """
    header = rows.header
    posted = posted_of(rows, options)
    gross = number(header, "CUAM") * (-1 if options.credit_is_negative else 1) * posted.sign
    if gross < 0:
        raise ValueError("its amount and its postings say the opposite of invoice and credit memo")
    tax = _tax(header)
    order = _order(rows, options)
    net = gross - tax
    return SupplierInvoice(
        source=SYSTEM,
        key=rows.key,
        modified_at=seen_at,
        number=text(header, "SINO"),
        supplier_key=text(header, "SUNO"),
        supplier_name=supplier_name,
        date=needed_day(header, "IVDT", "the invoice"),
        due_date=day(header, "DUDT"),
        currency=text(header, "CUCD"),
        company=options.entity(company, rows.division),
        terms=text(header, "TEPY"),
        type=InvoiceType.INVOICE if posted.sign > 0 else InvoiceType.CREDIT_MEMO,
        order_key=order,
        order_number=order,
        rate=_rate(header),
        lines=_lines(rows, posted, net, tax, options),
        net=net,
        tax=tax,
        gross=gross,
    )


def _tax(header: Row) -> Decimal:
    """Return the tax in the invoice's currency; TXCU and VTAM both tell it, with or without sign.

    Raises:
        ValueError: they differ.
    """
    stated = {abs(number(header, name)) for name in ("TXCU", "VTAM")} - {Decimal(0)}
    if len(stated) > 1:
        raise ValueError(f"M3 states two amounts of tax: {', '.join(map(str, sorted(stated)))}")
    return stated.pop() if stated else Decimal(0)


def _rate(header: Row) -> Decimal | None:
    """Return base units per unit of currency: the rate given where it is that of the amounts, else theirs."""
    given, base, foreign = (abs(number(header, name)) for name in ("ARAT", "ACAM", "CUAM"))
    if not base or not foreign or abs(given * foreign - base) <= foreign * CENT / 2 + CENT:
        return given or None
    return (base / foreign).quantize(_RATE_DIGITS)


def _order(rows: InvoiceRows, options: InforOptions) -> str:
    """Return the number of the order that is billed; "" for none.

    Raises:
        ValueError: there are several, or no invoice batch tells.
    """
    if rows.batch is None:
        if options.batch_link and options.unlinked_invoices == "hold":
            raise ValueError(
                "no invoice batch (APS450) tells which order it bills; option unlinked_invoices sends such invoices "
                "as ones without order"
            )
        return ""
    orders = {text(line, "PUNO") for line in rows.batch_lines} - {""} or {text(rows.batch, "PUNO")} - {""}
    if len(orders) > 1:
        raise ValueError(f"the invoice bills several orders: {', '.join(sorted(orders))}")
    return next(iter(orders), "")


# --- postings ---


def posted_of(rows: InvoiceRows, options: InforOptions) -> Posted:
    """Return what the voucher says.

    The payable stands at the ledger entry's own place in the journal; VAT is posted to accounts with a VAT type.

    Raises:
        ValueError: the voucher does not balance, holds other currencies, or has no posting of the payable.
    """
    amounts = _signed(rows)
    place = (text(rows.header, "JRNO"), text(rows.header, "JSNO"))
    payable = [row for row in rows.postings if (text(row, "JRNO"), text(row, "JSNO")) == place]
    if not rows.postings:
        return Posted([], 1 if (number(rows.header, "CUAM") < 0) is options.credit_is_negative else -1)
    if not payable:
        raise ValueError("its voucher has no posting of the payable")
    account = text(payable[0], "AIT1")
    owed = sum((amount for row, amount in amounts if text(row, "AIT1") == account), Decimal(0))
    sign = -1 if owed > 0 else 1
    other = [Cost(row, amount * sign) for row, amount in amounts if text(row, "AIT1") != account and amount]
    return Posted(_without_vat(other, _tax(rows.header), options), sign)


def _without_vat(costs: list[Cost], tax: Decimal, options: InforOptions) -> list[Cost]:
    """Return the costs less the postings of VAT: to accounts with a VAT type, or named in the options.

    Where neither tells, the posting of exactly the invoice's tax is the one.

    Raises:
        ValueError: several postings are of that amount.
    """
    vat = [cost for cost in costs if flag(cost.row, "AT04") or text(cost.row, "AIT1") in options.vat_accounts]
    if not vat and tax:
        vat = [cost for cost in costs if cost.amount == tax]
        if len(vat) > 1:
            raise ValueError("several postings are as large as its tax: name the VAT accounts in option vat_accounts")
    return [cost for cost in costs if cost not in vat]


def _signed(rows: InvoiceRows) -> list[tuple[Row, Decimal]]:
    """Return the postings with debits positive and credits negative.

    Amounts come with their sign; where they do not, debit/credit code 1 or 2 gives it.
    """
    currency = text(rows.header, "CUCD")
    if any(text(row, "CUCD") not in {currency, ""} for row in rows.postings):
        raise ValueError("its voucher has postings in another currency")
    plain = [(row, number(row, "CUAM")) for row in rows.postings]
    if not sum((amount for _, amount in plain), Decimal(0)):
        return plain
    coded = [(row, _by_code(row, amount)) for row, amount in plain]
    if sum((amount for _, amount in coded), Decimal(0)):
        raise ValueError("its voucher does not balance")
    return coded


def _by_code(row: Row, amount: Decimal) -> Decimal:
    code = text(row, "DBCR").strip()
    return {_DEBIT: abs(amount), _CREDIT: -abs(amount)}.get(code, amount)


# --- lines ---


def _lines(rows: InvoiceRows, posted: Posted, net: Decimal, tax: Decimal, options: InforOptions) -> tuple[Line, ...]:
    costs = posted.costs
    made = _batch_lines(rows, posted, options) if rows.batch_lines else _posted_lines(costs, options)
    if rows.batch_lines and sum((line.net for line in made), Decimal(0)) != net:
        raise ValueError("the lines of its invoice batch come to another amount than the invoice")
    if sum((line.tax for line in made), Decimal(0)) == tax:
        return tuple(made)
    rates = {text(cost.row, "VTCD").strip(): number(cost.row, "VTP1") for cost in costs}
    taxes = share_tax([(line.net, line.tax_rule, rates.get(line.tax_rule, Decimal(0))) for line in made], tax)
    return tuple(line.model_copy(update={"tax": one}) for line, one in zip(made, taxes, strict=True))


def _posted_lines(costs: Sequence[Cost], options: InforOptions) -> list[Line]:
    """Return a line for each posting: without a batch nothing tells items."""
    return [
        Line(
            description=text(cost.row, "VTXT").strip(),
            quantity=Decimal(1),
            unit_price=cost.amount,
            net=cost.amount,
            tax_rule=vat_code(cost.row),
            account=text(cost.row, "AIT1") or None,
            cost_centre=_centre(cost.row, options),
        )
        for cost in costs
    ]


def _centre(row: Row, options: InforOptions) -> str:
    return text(row, options.cost_centre) if options.cost_centre else ""


def _batch_lines(rows: InvoiceRows, posted: Posted, options: InforOptions) -> list[Line]:
    """Return the batch's lines of goods and charges, each with the account of its posting."""
    known = options.item_lines | options.charge_lines | options.tax_lines
    strange = {text(row, "RDTP").strip() for row in rows.batch_lines} - known
    if strange:
        raise ValueError(f"its invoice batch has lines of type {', '.join(sorted(strange))}, which is not configured")
    left = list(posted.costs)
    made = []
    for row in rows.batch_lines:
        if text(row, "RDTP").strip() not in options.tax_lines:
            net = abs(number(row, "NLAM")) if posted.sign < 0 else number(row, "NLAM")
            made.append(_batch_line(row, net, _posting_of(net, left, posted.costs), options))
    return made


def _posting_of(net: Decimal, left: list[Cost], costs: Sequence[Cost]) -> Row | None:
    """Return the posting of the same amount, used once; else any where all post to one account."""
    chosen = next((cost for cost in left if cost.amount == net), None)
    if chosen is not None:
        left.remove(chosen)
        return chosen.row
    return costs[0].row if len({text(cost.row, "AIT1") for cost in costs}) == 1 else None


def _batch_line(row: Row, net: Decimal, posting: Row | None, options: InforOptions) -> Line:
    is_item = text(row, "RDTP").strip() in options.item_lines
    quantity = (abs(number(row, "IVQA")) if is_item else Decimal(0)) or Decimal(1)
    rule = options.rule(row) if posting is None else None
    return Line(
        item=(text(row, "ITNO") or None) if is_item else None,
        description=(text(row, "POPN") or text(row, "ITNO")).strip() or ("" if is_item else "Charge"),
        quantity=quantity,
        unit=text(row, "PUUN") if is_item else "",
        unit_price=net / quantity,
        net=net,
        tax=abs(number(row, "VTA1") + number(row, "VTA2")),
        tax_rule=vat_code(row) or vat_code(posting or {}),
        account=rule.account if rule else (text(posting, "AIT1") or None) if posting is not None else None,
        cost_centre=rule.cost_centre if rule else _centre(posting, options) if posting is not None else "",
    )


def share_tax(lines: Sequence[tuple[Decimal, str, Decimal]], tax: Decimal) -> list[Decimal]:
    """Return the tax of each line so that all come to `tax` exactly.

    Args:
        lines: net, VAT code and rate in percent of each; a rate of 0 is unknown.
        tax: the invoice's.

    Raises:
        ValueError: there is no way to tell: lines of several codes, and their rates come to another amount.
    """
    by_rate = [rounded(net * rate / _HUNDRED) for net, _, rate in lines]
    if lines and abs(sum(by_rate, Decimal(0)) - tax) <= CENT * len(lines):
        return _to_the_cent(by_rate, tax)
    taxed = [net if code else Decimal(0) for net, code, _ in lines]
    if not any(taxed):
        taxed = [net for net, _, _ in lines]
    base = sum(taxed, Decimal(0))
    if not base or len({code for _, code, _ in lines if code}) > 1:
        raise ValueError(f"its tax of {tax} cannot be shared out among its lines")
    return _to_the_cent([rounded(tax * net / base) for net in taxed], tax)


def _to_the_cent(taxes: list[Decimal], tax: Decimal) -> list[Decimal]:
    """Return the taxes with what rounding left over added to the largest."""
    largest = max(range(len(taxes)), key=lambda index: abs(taxes[index]))
    rest = tax - sum(taxes, Decimal(0))
    return [one + rest if index == largest else one for index, one in enumerate(taxes)]
