"""Amounts of document lines and taxes, the same on orders, receipts and bills."""

from decimal import ROUND_HALF_UP, Decimal

from .draft import Draft
from .errors import server_error
from .lookups import Context, check_reference, require

ZERO = Decimal(0)


def rounded(amount: Decimal, decimals: int = 2) -> Decimal:
    """An amount at the precision of its currency."""
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def currency_decimals(ctx: Context, currency: str | None) -> int:
    """The decimal places of a currency."""
    record = ctx.find("Currency", currency)
    return int((record or {}).get("DecimalPrecision", 2))


def extend(row: Draft, quantity: str, decimals: int) -> None:
    """Fill a line's extended cost: quantity × unit cost unless the request sent it.

    Sent without a unit cost, the extended cost gives the unit cost (inferred).
    """
    for name in (quantity, "UnitCost"):
        row.default(name, ZERO)
    if "ExtendedCost" in row.sent and row.get("ExtendedCost") is not None:
        row.values["ExtendedCost"] = rounded(row.get("ExtendedCost"), decimals)
        if "UnitCost" not in row.sent and row.get(quantity):
            row.values["UnitCost"] = rounded(row.get("ExtendedCost") / row.get(quantity), 4)
    elif row.get("ExtendedCost") is None or {quantity, "UnitCost"} & row.sent:
        row.values["ExtendedCost"] = rounded(row.get(quantity) * row.get("UnitCost"), decimals)


def line_total(draft: Draft) -> Decimal:
    """The sum of the lines' extended costs."""
    return sum((row.get("ExtendedCost") or ZERO for row in draft.details()), ZERO)


def settle_taxes(ctx: Context, draft: Draft, decimals: int) -> Decimal:
    """The tax total: sent tax rows count only with ``IsTaxValid`` true, else they are dropped.

    Raises:
        Refusal: 500 when two rows carry the same tax.
    """
    draft.default("IsTaxValid", value=False)
    if not draft.get("IsTaxValid"):
        draft.rows["TaxDetails"] = []
    rows = draft.details("TaxDetails")
    for row in rows:
        require(row, "TaxID", "Tax ID")
        check_reference(ctx, row, "TaxID", "Tax", "Tax ID")
        for name in ("TaxRate", "TaxableAmount", "TaxAmount"):
            row.default(name, ZERO)
        row.values["TaxAmount"] = rounded(row.get("TaxAmount"), decimals)
    names = [row.get("TaxID") for row in rows]
    if len(set(names)) < len(names):
        raise server_error("An attempt was made to add a duplicate entry: Tax ID must be unique.")
    total: Decimal = sum((row.get("TaxAmount") for row in rows), ZERO)
    draft.values["TaxTotal"] = total
    return total


def number_lines(rows: list[Draft]) -> None:
    """Give new lines the next line numbers."""
    last = max((row.get("LineNbr") or 0 for row in rows), default=0)
    for row in rows:
        if row.get("LineNbr") is None:
            last += 1
            row.values["LineNbr"] = last
