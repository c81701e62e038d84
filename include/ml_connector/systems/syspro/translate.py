"""Rows ↔ canonical documents: suppliers, orders, receipts, accounts; pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ml_connector.domain.documents import (
    Address,
    DocumentStatus,
    GLAccount,
    GoodsReceipt,
    Line,
    PurchaseOrder,
    ReceiptLine,
    Supplier,
)
from ml_connector.domain.money import CENT
from ml_connector.systems.syspro import wire
from ml_connector.systems.syspro.options import SysproOptions

SYSTEM = "syspro"


@dataclass(frozen=True)
class Site:
    """What translations need to know beside the rows.

    Args:
        company: the code on financial documents.
        seen_at: stands in for the date of change, which SYSPRO's tables do not have; aware UTC.
    """

    options: SysproOptions
    company: str
    seen_at: dt.datetime


_FREIGHT, _CHARGE, _COMMENT = "4", "5", "6"
_TYPES = {"A": "asset", "L": "liability", "C": "capital", "R": "revenue", "E": "expense"}


def plain_key(key: str) -> str:
    """Return a key as people write it: SYSPRO pads numeric ones with zeros, to a width that differs by site.

    https://github.com/LuntuSYSPRO/myGitHub-rep and https://github.com/wildland/syspro-ruby show three widths.
    """
    return key.strip().lstrip("0") or key.strip()


def currency_of(code: str, options: SysproOptions) -> str:
    """Return the ISO code; the local currency may be blank or a sign."""
    code = code.strip().upper()
    return code if len(code) == 3 and code.isalpha() else options.local_currency  # noqa: PLR2004 - ISO 4217


def supplier_of(row: wire.ApSupplier, address: wire.ApSupplierAddr | None, site: Site) -> Supplier:
    """Return the canonical supplier; `code`, which both systems share, is without leading zeros."""
    at = address or wire.ApSupplierAddr(Supplier=row.Supplier)
    return Supplier(
        source=SYSTEM,
        key=row.Supplier,
        code=plain_key(row.Supplier),
        modified_at=site.seen_at,
        name=row.SupplierName,
        currency=currency_of(row.Currency, site.options),
        terms=row.TermsCode,
        tax_number=row.TaxRegnNum,
        contact_name=row.Contact,
        email=row.Email,
        phone=row.Telephone,
        address=Address(
            line1=at.SupAddr1,
            line2=at.SupAddr2,
            city=at.SupAddr3,
            state=at.SupAddr4,
            postcode=at.SupPostalCode,
            country=at.SupAddr5 if len(at.SupAddr5) == 2 else site.options.default_country,  # noqa: PLR2004 - ISO 3166
        ),
        active=row.OnHold.upper() != "Y",
    )


def order_of(
    row: wire.PorMasterHdr,
    lines: Sequence[wire.PorMasterDetail],
    supplier_name: str,
    site: Site,
) -> PurchaseOrder | None:
    """Return the order; None while it is being put together. It has no total of its own: the lines are summed."""
    options = site.options
    if row.OrderStatus in options.open_statuses:
        return None
    currency = currency_of(row.Currency, options)
    made = [line for one in lines if (line := _line(one, currency, options)) is not None]
    net, tax = sum((one.net for one in made), Decimal(0)), sum((one.tax for one in made), Decimal(0))
    void = row.CancelledFlag.upper() == "Y" or row.OrderStatus in options.cancelled_statuses
    if row.OrderEntryDate is None:
        raise ValueError("the order has no entry date")
    return PurchaseOrder(
        source=SYSTEM,
        key=row.PurchaseOrder,
        modified_at=site.seen_at,
        status=DocumentStatus.VOIDED if void else DocumentStatus.AUTHORISED,
        number=plain_key(row.PurchaseOrder),
        supplier_key=row.Supplier,
        supplier_name=supplier_name,
        date=row.OrderEntryDate,
        required_by=row.OrderDueDate,
        currency=currency,
        company=site.company,
        terms=row.PaymentTerms,
        location=row.Warehouse,
        lines=tuple(made),
        net=net,
        tax=tax,
        gross=net + tax,
    )


def _line(row: wire.PorMasterDetail, currency: str, options: SysproOptions) -> Line | None:
    """Return a line; None for a comment."""
    if row.LineType == _COMMENT:
        return None
    if row.LineType in {_FREIGHT, _CHARGE}:
        quantity, price, tax_rule, item = Decimal(1), row.NMscChargeValue, row.NMscChargeTax, None
        text = row.NComment or ("Freight" if row.LineType == _FREIGHT else "Charge")
    else:
        foreign = currency != options.local_currency and row.MForeignPrice
        quantity, price = row.MOrderQty, row.MForeignPrice if foreign else row.MPrice
        tax_rule, item, text = row.MTaxCode, row.MStockCode or None, row.MStockDes
    left = Decimal(1)
    for percent in (row.MDiscPct1, row.MDiscPct2, row.MDiscPct3):
        left *= 1 - percent / 100
    net = (quantity * price * left).quantize(CENT, ROUND_HALF_UP)
    rate = options.tax_rates.get(tax_rule, Decimal(0))
    return Line(
        item=item,
        description=text,
        quantity=quantity,
        unit=row.MOrderUom,
        unit_price=price * left,
        net=net,
        tax=(net * rate / 100).quantize(CENT, ROUND_HALF_UP),
        tax_rule=tax_rule,
        account=row.MGlCode or None,
        cost_centre=cost_centre_of(row.MGlCode, options),
    )


def cost_centre_of(account: str, options: SysproOptions) -> str:
    """Return the part of a GL code that is the cost centre; "" where there is none."""
    parts = account.split(options.segment_separator)
    index = options.cost_centre_segment
    return parts[index - 1].strip() if 0 < index <= len(parts) and len(parts) > 1 else ""


def receipt_of(rows: Sequence[wire.GrnDetails], supplier_name: str, seen_at: dt.datetime) -> GoodsReceipt:
    """Return the receipt that these rows of one GRN and one order are.

    Raises:
        ValueError: it has no date.
    """
    first = rows[0]
    if first.OrigReceiptDate is None:
        raise ValueError("the receipt has no date")
    return GoodsReceipt(
        source=SYSTEM,
        key=f"{first.Supplier}/{first.Grn}/{first.PurchaseOrder}",
        modified_at=seen_at,
        order_key=first.PurchaseOrder,
        order_number=plain_key(first.PurchaseOrder),
        supplier_key=first.Supplier,
        supplier_name=supplier_name,
        date=first.OrigReceiptDate,
        lines=tuple(
            ReceiptLine(
                item=row.StockCode,
                quantity=row.QtyReceived,
                description=row.StockDescription,
                unit=row.QtyUom,
                location=row.Warehouse,
            )
            for row in sorted(rows, key=lambda row: (row.PurchaseOrderLin, row.Journal, row.JournalEntry))
            if row.QtyReceived
        ),
    )


def account_of(row: wire.GenMaster) -> GLAccount:
    """Return the canonical account; a control account takes no lines of its own."""
    return GLAccount(
        code=row.GlCode,
        name=row.Description,
        type=_TYPES.get(row.AccountType.upper(), row.AccountType),
        active=row.AccOnHldFlag.upper() != "Y",
        postable=row.ControlAccFlag.upper() in {"", "N"},
    )
