"""What the vendor fills in by itself: defaults of a new row, and values that follow from others.

Everything here is inferred: no public page describes it. A value that was given is never touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from .enums import country_name
from .schema import EntityType
from .store import Key, Tenant
from .values import read_date

Values = dict[str, Any]
_CENT = Decimal("0.01")
_WIDE = Context(prec=130)


@dataclass(frozen=True)
class Moment:
    """The tenant, now as it sees it, and the logical units whose changes it logs."""

    tenant: Tenant
    now: datetime
    zone: tzinfo
    logged: tuple[str, ...] = ()

    @property
    def today(self) -> date:
        """The calendar date in the server's zone."""
        return self.now.astimezone(self.zone).date()


def fill(at: Moment, kind: EntityType, data: Values) -> None:
    """Fill in what a new row lacks."""
    dynamic = _NEW.get(kind.table)
    if dynamic:
        for name, value in dynamic(at, data).items():
            if data.get(name) is None:
                data[name] = value
    for name, item in kind.properties.items():
        if name not in data:
            data[name] = _default(item.kind, item.default)


def follow(at: Moment, kind: EntityType, data: Values, given: set[str]) -> None:
    """Work out the values that follow from those `given`, except where they were given too."""
    derive = _FOLLOWING.get(kind.table)
    for name, value in (derive(at, data, given) if derive else {}).items():
        if name not in given:
            data[name] = value


def _default(kind: str, text: str | None) -> Any:
    """The default of the table as a stored value."""
    if text is None:
        return None
    if kind == "Boolean":
        return text == "true"
    if kind == "Decimal":
        return Decimal(text)
    return read_date(text) if kind == "Date" else text


def _cents(amount: Decimal) -> Decimal:
    """An amount at two decimals."""
    return amount.quantize(_CENT, ROUND_HALF_UP, _WIDE)


def _free(at: Moment, table: str, first: int, key: Callable[[int], Key]) -> Key:
    """The next key of a sequence that no row has."""
    while True:
        made = key(at.tenant.next_number(table, first))
        if at.tenant.find(table, made) is None:
            return made


def _supplier(at: Moment, _data: Values) -> Values:
    return {"CreationDate": at.today, "Party": str(at.tenant.next_number("Party", 1000))}


def _comm_method(at: Moment, data: Values) -> Values:
    taken = [row.data["CommId"] for row in at.tenant.under("SupplierCommMethod", {"SupplierId": data["SupplierId"]})]
    return {"CommId": max(taken, default=Decimal(0)) + 1}


def _invoice_company(at: Moment, data: Values) -> Values:
    return {"DefCurrency": at.tenant.get("Company", data["Company"]).get("CurrencyCode"), "PayTermId": "30"}


def _order(at: Moment, data: Values) -> Values:
    purchase = at.tenant.get("SupplierPurchase", data.get("VendorNo"))
    company = at.tenant.get("Site", data.get("Contract")).get("Company") if data.get("Contract") else None
    made = {name: purchase.get(name) for name in ("CurrencyCode", "BuyerCode", "PayTermId", "DeliveryTerms")}
    made |= {"Company": company, "OrderDate": at.today, "DateEntered": at.now}
    if not data.get("OrderNo"):
        made["OrderNo"] = _free(at, "PurchaseOrder", 10001, lambda number: (f"P{number}",))[0]
    return made


def _line(at: Moment, data: Values) -> Values:
    order = at.tenant.get("PurchaseOrder", data["OrderNo"])
    part = at.tenant.get("PurchasePart", data.get("Contract") or order.get("Contract"), data.get("PartNo"))
    made = {name: order.get(name) for name in ("Contract", "VendorNo", "CurrencyCode")}
    made |= {"Objstate": order.get("Objstate") or "Planned", "DateEntered": at.now, "LastActivityDate": at.now}
    made |= {"Description": part.get("Description"), "BuyUnitMeas": part.get("BuyUnitMeas") or "pcs"}
    made |= {"WantedDeliveryDate": order.get("WantedReceiptDate"), "DueInStores": data.get("BuyQtyDue")}
    if not data.get("LineNo"):
        lines = at.tenant.under("PurchaseOrderLine", {"OrderNo": data["OrderNo"]})
        made["LineNo"] = str(max((int(row.data["LineNo"]) for row in lines), default=0) + 1)
    return made


def _receipt(at: Moment, data: Values) -> Values:
    line_key = (data.get("SourceRef1"), data.get("SourceRef2"), data.get("SourceRef3"))
    line = at.tenant.get("PurchaseOrderLine", *line_key)
    made = {"SenderId": line.get("VendorNo"), "Contract": line.get("Contract"), "UnitMeas": line.get("BuyUnitMeas")}
    made |= {"ReceivedDate": at.today, "ArrivalDate": at.now}
    made |= {"InvQtyReceived": data.get("SourceQtyReceived"), "SourceQtyReceived": data.get("InvQtyReceived")}
    if data.get("ReceiptSequence") is None:
        made["ReceiptSequence"] = _free(at, "ReceiptInfo", 1, lambda number: (Decimal(number),))[0]
    return made


def _invoice(at: Moment, data: Values) -> Values:
    day = data.get("InvoiceDate") or at.today
    made: Values = {"InvoiceDate": day, "CreationDate": at.today, "ArrivalDate": at.today, "PayTermBaseDate": day}
    company = at.tenant.get("Company", data["Company"])
    tab = at.tenant.get("SupplierInvoiceCompany", data["Company"], data.get("Identity"), "Supplier")
    made |= {"Currency": tab.get("DefCurrency") or company.get("CurrencyCode"), "PayTermId": tab.get("PayTermId")}
    term = at.tenant.get("PaymentTerm", data["Company"], data.get("PayTermId") or made["PayTermId"])
    due = day + timedelta(days=int(term.get("DaysToDueDate", 0)))
    made |= {"DueDate": due, "PlPayDate": data.get("DueDate") or due}
    if data.get("InvoiceId") is None:
        key = _free(at, "ManSuppInvoice", 90001, lambda number: (data["Company"], Decimal(number)))
        made["InvoiceId"] = key[1]
    return made


def _numbered(name: str, table: str, counter: str) -> Callable[[Moment, Values], Values]:
    """The next number of a row within its invoice."""

    def made(at: Moment, data: Values) -> Values:
        above = {"Company": data["Company"], "InvoiceId": data["InvoiceId"]}
        taken = [row.data[name] for row in at.tenant.under(table, above)]
        day = {"TransactionDate": at.today} if counter == "posting" else {}
        return {name: max(taken, default=Decimal(0)) + 1, **day}

    return made


def _voucher_row(at: Moment, data: Values) -> Values:
    day = data.get("VoucherDate") or at.today
    made: Values = {"VoucherDate": day, "EntryDate": at.today, "AccountingYear": Decimal(day.year)}
    made |= {"AccountingPeriod": Decimal(day.month), "YearPeriodKey": Decimal(day.year * 100 + day.month)}
    made["AccountDesc"] = at.tenant.get("Account", data["Company"], data.get("Account")).get("Description")
    made["PartyName"] = at.tenant.get("SupplierInfoGeneral", data.get("PartyTypeId")).get("Name")
    made["CurrencyCode"] = at.tenant.get("Company", data["Company"]).get("CurrencyCode")
    if data.get("RowNo") is None:
        names = ("Company", "VoucherType", "AccountingYear", "VoucherNo")
        above = {name: data.get(name, made.get(name)) for name in names}
        taken = [row.data["RowNo"] for row in at.tenant.under("VoucherRow", above)]
        made["RowNo"] = max(taken, default=Decimal(0)) + 1
    return made


_NEW: dict[str, Callable[[Moment, Values], Values]] = {
    "SupplierInfoGeneral": _supplier,
    "SupplierCommMethod": _comm_method,
    "SupplierInfoContact": lambda at, _: {"Created": at.today, "Changed": at.now},
    "SupplierInvoiceCompany": _invoice_company,
    "PurchaseOrder": _order,
    "PurchaseOrderLine": _line,
    "ReceiptInfo": _receipt,
    "ManSuppInvoice": _invoice,
    "ManSuppInvoiceItem": _numbered("ItemId", "ManSuppInvoiceItem", "item"),
    "ManSuppInvoicePosting": _numbered("RowId", "ManSuppInvoicePosting", "posting"),
    "VoucherRow": _voucher_row,
    "GenLedVoucherRow": _voucher_row,
}


def _follow_supplier(_at: Moment, data: Values, _given: set[str]) -> Values:
    return {"CountryCode": data.get("Country")}


def _follow_address(_at: Moment, data: Values, _given: set[str]) -> Values:
    country = country_name(data.get("Country"))
    town = " ".join(filter(None, (data.get("ZipCode"), data.get("City"))))
    parts = (data.get("Address1"), data.get("Address2"), town, country)
    return {"CountryDesc": country, "Address": "\n".join(filter(None, parts)) or None}


def _follow_line(at: Moment, data: Values, given: set[str]) -> Values:
    made: Values = {"LastActivityDate": at.now}
    if given & {"BuyQtyDue", "BuyUnitPrice", "Discount", "TaxCode"}:
        share = 1 - (data.get("Discount") or Decimal(0)) / 100
        net = _cents((data.get("BuyQtyDue") or 0) * (data.get("BuyUnitPrice") or Decimal(0)) * share)
        company = at.tenant.get("Site", data.get("Contract")).get("Company")
        percent = at.tenant.get("TaxCode", company, data.get("TaxCode")).get("Percentage") or Decimal(0)
        made |= {"NetAmtCurr": net, "GrossAmtCurr": _cents(net * (1 + percent / 100))}
    return made


def _rate(data: Values, rate: str, factor: str) -> Decimal:
    """Company currency per unit of another: a rate is quoted for as many units as the unit factor says."""
    return (data.get(rate) or Decimal(1)) / (data.get(factor) or Decimal(1))


def _follow_invoice(_at: Moment, data: Values, given: set[str]) -> Values:
    if not given & {"NetCurrAmount", "VatCurrAmount", "CurrRate", "DivFactor"}:
        return {}
    net, vat = (data.get(name) or Decimal(0) for name in ("NetCurrAmount", "VatCurrAmount"))
    rate = _rate(data, "CurrRate", "DivFactor")
    made = {"NetCurrAmount": net, "VatCurrAmount": vat, "GrossCurrAmount": net + vat}
    return {**made, "NetDomAmount": _cents(net * rate), "VatDomAmount": _cents(vat * rate)}


def _follow_posting(at: Moment, data: Values, given: set[str]) -> Values:
    if "CurrAmount" not in given:
        return {}
    invoice = at.tenant.get("ManSuppInvoice", data["Company"], data["InvoiceId"])
    rate = _rate(invoice, "CurrRate", "DivFactor")
    return {"Amount": _cents((data["CurrAmount"] or Decimal(0)) * rate)}


def _follow_voucher_row(_at: Moment, data: Values, given: set[str]) -> Values:
    made = _sides(data, given, "DebetAmount", "CreditAmount", "Amount")
    in_currency = ("CurrencyDebetAmount", "CurrencyCreditAmount", "CurrencyAmount")
    if given & set(in_currency):
        return made | _sides(data, given, *in_currency)
    amount, rate = made.get("Amount", data.get("Amount")), _rate(data, "CurrencyRate", "ConversionFactor")
    if amount is None or not given & {"DebetAmount", "CreditAmount", "Amount"}:
        return made
    value = _cents(amount / rate)
    return made | _sides({"CurrencyAmount": value}, {"CurrencyAmount"}, *in_currency) | {"CurrencyAmount": value}


def _sides(data: Values, given: set[str], debet: str, credit: str, signed: str) -> Values:
    """The signed amount of debit and credit, or the other way round."""
    if signed in given and data[signed] is not None:
        amount = data[signed]
        return {debet: amount if amount >= 0 else None, credit: amount.copy_negate() if amount < 0 else None}
    if given & {debet, credit}:
        return {signed: (data.get(debet) or Decimal(0)) - (data.get(credit) or Decimal(0))}
    return {}


_FOLLOWING: dict[str, Callable[[Moment, Values, set[str]], Values]] = {
    "SupplierInfoGeneral": _follow_supplier,
    "SupplierInfoAddress": _follow_address,
    "SupplierInfoContact": lambda at, _data, _given: {"Changed": at.now},
    "PurchaseOrderLine": _follow_line,
    "ManSuppInvoice": _follow_invoice,
    "ManSuppInvoicePosting": _follow_posting,
    "VoucherRow": _follow_voucher_row,
    "GenLedVoucherRow": _follow_voucher_row,
}
