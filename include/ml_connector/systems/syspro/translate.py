"""Rows ↔ canonical documents: suppliers, orders, receipts, accounts; pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
        local_currency: ISO code.
        groups: GL code → its group, where that is the cost centre.
    """

    options: SysproOptions
    company: str
    seen_at: dt.datetime
    local_currency: str
    groups: Mapping[str, str] = field(default_factory=dict)

    def currency(self, code: str) -> str:
        """Return the ISO code; the local currency may be blank or a sign."""
        code = code.strip().upper()
        return code if len(code) == 3 and code.isalpha() else self.local_currency  # noqa: PLR2004 - ISO 4217

    def cost_centre(self, account: str, branch: str) -> str:
        """Return a line's cost centre, which SYSPRO has no field for; "" where there is none."""
        options = self.options
        if options.cost_centre == "branch":
            return branch
        if options.cost_centre == "gl_group":
            return self.groups.get(account, "")
        parts = account.split(options.segment_separator)
        index = options.cost_centre_segment
        if options.cost_centre != "gl_segment" or not 1 < len(parts) >= index:
            return ""
        return parts[index - 1].strip()


_FREIGHT, _CHARGE, _COMMENT = "4", "5", "6"
_TYPES = {"A": "asset", "L": "liability", "C": "capital", "R": "revenue", "E": "expense"}


def plain_key(key: str) -> str:
    """Return a key as people write it: SYSPRO pads numeric ones with zeros, to a width that differs by site.

    https://github.com/LuntuSYSPRO/myGitHub-rep and https://github.com/wildland/syspro-ruby show three widths.
    """
    return key.strip().lstrip("0") or key.strip()


def supplier_of(row: wire.ApSupplier, address: wire.ApSupplierAddr | None, site: Site) -> Supplier:
    """Return the canonical supplier; `code`, which both systems share, is without leading zeros."""
    at = address or wire.ApSupplierAddr(Supplier=row.Supplier)
    return Supplier(
        source=SYSTEM,
        key=row.Supplier,
        code=plain_key(row.Supplier),
        modified_at=site.seen_at,
        name=row.SupplierName,
        currency=site.currency(row.Currency),
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
    row: wire.PorMasterHdr, lines: Sequence[wire.PorMasterDetail], supplier_name: str, branch: str, site: Site
) -> PurchaseOrder | None:
    """Return the order; None while it is being put together. It has no total of its own: the lines are summed.

    Raises:
        ValueError: it has no date, or a line whose amount cannot be told.
    """
    if row.OrderStatus in site.options.open_statuses:
        return None
    if row.OrderEntryDate is None:
        raise ValueError("the order has no entry date")
    order = Order(site.currency(row.Currency), row.TaxStatus.upper() == "E", branch, site)
    made = [line for one in lines if (line := order.line(one)) is not None]
    net, tax = sum((one.net for one in made), Decimal(0)), sum((one.tax for one in made), Decimal(0))
    void = row.CancelledFlag.upper() == "Y" or row.OrderStatus in site.options.cancelled_statuses
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
        currency=order.currency,
        company=site.company,
        terms=row.PaymentTerms,
        location=row.Warehouse,
        lines=tuple(made),
        net=net,
        tax=tax,
        gross=net + tax,
    )


@dataclass(frozen=True)
class Order:
    """What an order's lines need to know of it."""

    currency: str
    is_exempt: bool
    branch: str
    site: Site

    def line(self, row: wire.PorMasterDetail) -> Line | None:
        """Return a line; None for a comment.

        Raises:
            ValueError: its amount cannot be told for certain.
        """
        if row.LineType == _COMMENT:
            return None
        is_charge = row.LineType in {_FREIGHT, _CHARGE}
        quantity = Decimal(1) if is_charge else row.MOrderQty
        price = self._price(row, is_charge)
        net = (quantity * price).quantize(CENT, ROUND_HALF_UP)
        code, rate = self._tax(row.NMscChargeTax if is_charge else row.MTaxCode)
        text = row.NComment or ("Freight" if row.LineType == _FREIGHT else "Charge")
        return Line(
            item=None if is_charge else row.MStockCode or None,
            description=text if is_charge else row.MStockDes,
            quantity=quantity,
            unit="" if is_charge else row.MOrderUom,
            unit_price=price,
            net=net,
            tax=(net * rate / 100).quantize(CENT, ROUND_HALF_UP),
            tax_rule=code,
            account=row.MGlCode or None,
            cost_centre=self.site.cost_centre(row.MGlCode, self.branch),
        )

    def _price(self, row: wire.PorMasterDetail, is_charge: bool) -> Decimal:
        """Return the price of one unit, discounts taken off, in the order's currency."""
        is_foreign = self.currency != self.site.local_currency
        if is_charge:
            return row.NMscChargeFor if is_foreign else row.NMscChargeValue
        where = f"line {row.Line}"
        if row.MDiscValue and row.MDiscValFlag.upper() not in {"", "N"}:
            raise ValueError(f"{where} has a discount by value ({row.MDiscValFlag} {row.MDiscValue})")
        if row.MPriceUom and row.MOrderUom and row.MPriceUom != row.MOrderUom:
            raise ValueError(f"{where} is ordered in {row.MOrderUom} and priced by {row.MPriceUom}")
        left = Decimal(1)
        for percent in (row.MDiscPct1, row.MDiscPct2, row.MDiscPct3):
            left *= 1 - percent / 100
        return (row.MForeignPrice if is_foreign else row.MPrice) * left

    def _tax(self, code: str) -> tuple[str, Decimal]:
        """Return the tax code and its percentage."""
        if self.is_exempt:
            return self.site.options.exempt_tax_code or code, Decimal(0)
        return code, self.site.options.tax_rates.get(code, Decimal(0))


def receipt_of(rows: Sequence[wire.GrnDetails], supplier_name: str, site: Site) -> GoodsReceipt | None:
    """Return the receipt that these rows of one GRN and one order are; None when nothing came in.

    Raises:
        ValueError: it has no date.
    """
    first = rows[0]
    if first.OrigReceiptDate is None:
        raise ValueError("the receipt has no date")
    if not any(row.QtyReceived for row in rows):
        return None
    return GoodsReceipt(
        source=SYSTEM,
        key=f"{first.Supplier}/{first.Grn}/{first.PurchaseOrder}",
        modified_at=site.seen_at,
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
            for row in sorted(
                rows, key=lambda row: (row.PurchaseOrderLin, row.Journal, row.JournalEntry, row.QtyReceived)
            )
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
