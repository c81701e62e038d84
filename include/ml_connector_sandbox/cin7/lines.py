"""Lines of orders, bills and credit notes: what is checked and what is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ml_connector_sandbox.cin7.account import Account, Record
from ml_connector_sandbox.cin7.errors import ApiError, missing
from ml_connector_sandbox.cin7.settings import Settings

_LINE = (
    "ProductID",
    "SKU",
    "Name",
    "Quantity",
    "Price",
    "Discount",
    "Tax",
    "TaxRule",
    "SupplierSKU",
    "Comment",
    "Total",
)
_CHARGE = ("Description", "Reference", "Quantity", "Price", "Discount", "Tax", "TaxRule", "Total")


def number(value: Any) -> Decimal:
    """Return a JSON number as Decimal; ApiError when it is none."""
    try:
        return Decimal(str(value))
    except ArithmeticError as error:
        msg = f"'{value}' is not a number"
        raise ApiError(msg, status=500) from error


def order_line(account: Account, settings: Settings, line: Record, *, with_account: bool) -> Record:
    """Return a checked line with its product filled in; unknown keys are dropped without a word."""
    for name in ("Quantity", "Price", "Tax", "TaxRule", "Total"):
        if line.get(name) is None:
            raise missing(name)
    product = find_product(account, line)
    kept: Record = {name: line[name] for name in _LINE if name in line}
    kept |= {"ProductID": product["ID"], "SKU": product["SKU"], "Name": line.get("Name") or product["Name"]}
    kept.setdefault("SupplierSKU", "")
    kept.setdefault("Comment", "")
    return _priced(account, settings, kept, line, with_account=with_account)


def charge_line(account: Account, settings: Settings, line: Record, *, with_account: bool) -> Record:
    """Return a checked additional charge; its description names a Service product."""
    for name in ("Description", "Quantity", "Price", "Tax", "TaxRule"):
        if line.get(name) is None:
            raise missing(name)
    kept: Record = {name: line[name] for name in _CHARGE if name in line}
    kept.setdefault("Reference", "")
    return _priced(account, settings, kept, line, with_account=with_account)


def _priced(account: Account, settings: Settings, kept: Record, line: Record, *, with_account: bool) -> Record:
    if account.named("tax", kept["TaxRule"]) is None:
        msg = f"Tax rule with name {kept['TaxRule']} was not found in Taxation Rules reference book"
        raise ApiError(msg, code=404)
    kept["Discount"] = number(line.get("Discount") or 0)
    total = number(kept["Quantity"]) * number(kept["Price"]) * (1 - kept["Discount"] / 100)
    wanted = total.quantize(Decimal(1).scaleb(-settings.total_digits), ROUND_HALF_UP)
    if "Total" in kept and number(kept["Total"]) != wanted:
        msg = f"Lines attribute 'Total' doesn't match calculated value. Expected value is: {wanted}"
        raise ApiError(msg)
    kept["Total"] = wanted
    for name in ("Quantity", "Price", "Tax"):
        kept[name] = number(kept[name])
    if with_account:
        if not line.get("Account"):
            raise missing("Account")
        if account.get("account", line["Account"]) is None:
            msg = "Account with specified ID not found"
            raise ApiError(msg)
        kept["Account"] = str(line["Account"])
    return kept


def find_product(account: Account, line: Record) -> Record:
    """Return the product that a line names by ID or SKU."""
    product = account.get("product", line.get("ProductID")) or account.named(
        "product", line.get("SKU") or "?", by="SKU"
    )
    if product is None:
        msg = f"Product '{line.get('SKU') or line.get('ProductID')}' was not found in Products reference book"
        raise ApiError(msg, code=404)
    return product


def totals(purchase: Record, part: Record) -> Record:
    """Return TotalBeforeTax, Tax and Total of a sub-document; line Totals hold the tax when prices include it."""
    rows: Sequence[Record] = [*part.get("Lines", []), *part.get("AdditionalCharges", [])]
    amount = sum((number(row.get("Total", 0)) for row in rows), Decimal(0))
    tax = sum((number(row.get("Tax", 0)) for row in rows), Decimal(0))
    net = amount - tax if purchase.get("TaxCalculation") == "Inclusive" else amount
    return {"TotalBeforeTax": net, "Tax": tax, "Total": net + tax}


def no_duplicates(settings: Settings, rows: Sequence[Record]) -> None:
    """Refuse the same product twice, where the tenant does; clients disagree whether all do."""
    skus = [row["SKU"] for row in rows]
    if settings.duplicate_sku_lines == "rejected" and len(set(skus)) != len(skus):
        msg = "Lines is invalid"
        raise ApiError(msg)
