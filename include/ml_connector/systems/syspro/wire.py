"""SYSPRO's rows in its own column names; lenient: blanks, nulls and numbers as texts."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ml_connector.domain.money import CENT


def cents(value: Decimal) -> Decimal:
    """Return an amount as the ledger keeps it."""
    return value.quantize(CENT, ROUND_HALF_UP)


def _text(value: Any) -> str:
    if isinstance(value, (dict, list, bool)):
        raise ValueError("no text")  # noqa: TRY004 - pydantic's way
    return "" if value is None else str(value).strip()


def _number(value: Any) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        return Decimal(0)
    return value.strip().replace(",", "") if isinstance(value, str) else value


def _day(value: Any) -> dt.date | None:
    """Return the calendar date of ``2024-01-31``, with or without a time and a zone; None for no date."""
    text = _text(value)[:10]
    return None if not text or text == "0000-00-00" else dt.date.fromisoformat(text)


def _key(value: Any) -> str:
    return "" if value is None else str(value).rstrip()


Text = Annotated[str, BeforeValidator(_text)]
Key = Annotated[str, BeforeValidator(_key)]
"""A key as it is stored: some sites fill keys with blanks in front, and only the very key is found again."""
Number = Annotated[Decimal, BeforeValidator(_number)]
Count = Annotated[int, BeforeValidator(_number)]
Day = Annotated[dt.date | None, BeforeValidator(_day)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ApSupplier(_Row):
    """A supplier."""

    Supplier: Key
    SupplierName: Text = ""
    Currency: Text = ""
    TermsCode: Text = ""
    Branch: Text = ""
    Contact: Text = ""
    Telephone: Text = ""
    Email: Text = ""
    OnHold: Text = ""
    TaxRegnNum: Text = ""


class ApSupplierAddr(_Row):
    """A supplier's address."""

    Supplier: Key
    SupAddr1: Text = ""
    SupAddr2: Text = ""
    SupAddr3: Text = ""
    SupAddr4: Text = ""
    SupAddr5: Text = ""
    SupPostalCode: Text = ""


class PorMasterHdr(_Row):
    """A purchase order's header; it has no total and no date of change."""

    PurchaseOrder: Key
    OrderStatus: Text = ""
    CancelledFlag: Text = ""
    Supplier: Key = ""
    Currency: Text = ""
    TaxStatus: Text = ""
    OrderEntryDate: Day = None
    OrderDueDate: Day = None
    PaymentTerms: Text = ""
    Warehouse: Text = ""


class PorMasterDetail(_Row):
    """An order's line; types 1 and 7 are merchandise, 4 freight, 5 a charge, 6 a comment."""

    PurchaseOrder: Key
    Line: Count
    LineType: Text = "1"
    MStockCode: Text = ""
    MStockDes: Text = ""
    MWarehouse: Text = ""
    MOrderUom: Text = ""
    MPriceUom: Text = ""
    MOrderQty: Number = Decimal(0)
    MReceivedQty: Number = Decimal(0)
    MLastReceiptDat: Day = None
    MPrice: Number = Decimal(0)
    MForeignPrice: Number = Decimal(0)
    MDiscPct1: Number = Decimal(0)
    MDiscPct2: Number = Decimal(0)
    MDiscPct3: Number = Decimal(0)
    MDiscValFlag: Text = ""
    MDiscValue: Number = Decimal(0)
    MTaxCode: Text = ""
    MGlCode: Text = ""
    NComment: Text = ""
    NMscChargeValue: Number = Decimal(0)
    NMscChargeFor: Number = Decimal(0)
    NMscChargeTax: Text = ""


class GrnDetails(_Row):
    """Goods of one order line that came in."""

    Supplier: Key
    Grn: Key
    GrnSource: Text = ""
    Journal: Count = 0
    JournalEntry: Count = 0
    PurchaseOrder: Key = ""
    PurchaseOrderLin: Count = 0
    StockCode: Text = ""
    StockDescription: Text = ""
    Warehouse: Text = ""
    QtyReceived: Number = Decimal(0)
    QtyUom: Text = ""
    DebitRecGlCode: Text = ""
    OrigGrnValue: Number = Decimal(0)
    OrigReceiptDate: Day = None

    @property
    def value(self) -> Decimal:
        """What it cost, which has eight decimals."""
        return cents(self.OrigGrnValue)


class PorHistReceipt(_Row):
    """Goods that came in, kept also where receipts are not matched with invoices."""

    PurchaseOrder: Key
    PurchaseOrderLin: Count = 0
    DateReceived: Day = None
    QtyReceived: Number = Decimal(0)
    Reference: Text = ""


class ApInvoice(_Row):
    """A supplier's invoice; it names neither order nor account."""

    Supplier: Key
    Invoice: Key
    InvoiceDate: Day = None
    DueDate: Day = None
    JournalDate: Day = None
    Journal: Count = 0
    EntryNumber: Count = 0
    InvoiceYear: Count = 0
    InvoiceMonth: Count = 0
    Branch: Text = ""
    Reference: Text = ""
    Currency: Text = ""
    PostCurrency: Text = ""
    ConvRate: Number = Decimal(0)
    MulDiv: Text = ""
    OrigInvValue: Number = Decimal(0)
    FirstTaxCode: Text = ""


class GrnMatching(_Row):
    """Which receipts an invoice clears; several may be alike."""

    Supplier: Key
    Grn: Key
    Journal: Count = 0
    EntryNumber: Count = 0
    Invoice: Key = ""
    MatchedValue: Number = Decimal(0)
    MatchedQty: Number = Decimal(0)

    @property
    def entry(self) -> tuple[int, int]:
        """A journal and an entry: the receipt's, or the invoice's own."""
        return self.Journal, self.EntryNumber

    @property
    def value(self) -> Decimal:
        """What is cleared, which may have eight decimals."""
        return cents(self.MatchedValue)


class ApJnlSummary(_Row):
    """An entry of the payables journal."""

    TrnYear: Count
    TrnMonth: Count
    Journal: Count
    EntryNumber: Count
    Supplier: Key = ""
    Invoice: Key = ""
    TransactionCode: Text = ""
    InvoiceValue: Number = Decimal(0)
    SupplierGlCode: Text = ""
    TrnDate: Day = None

    @property
    def entry(self) -> tuple[int, int, int, int]:
        """The key that its distribution shares."""
        return self.TrnYear, self.TrnMonth, self.Journal, self.EntryNumber


class ApJnlDistrib(_Row):
    """An expense of an entry, in the local currency."""

    TrnYear: Count
    TrnMonth: Count
    Journal: Count
    EntryNumber: Count
    SubEntry: Count = 0
    ExpenseGlCode: Text = ""
    DistrValue: Number = Decimal(0)
    Reference: Text = ""

    @property
    def entry(self) -> tuple[int, int, int, int]:
        """The key of its entry."""
        return self.TrnYear, self.TrnMonth, self.Journal, self.EntryNumber


class GenMaster(_Row):
    """A GL account."""

    GlCode: Text
    Company: Text = ""
    Description: Text = ""
    AccountType: Text = ""
    GlGroup: Text = ""
    ControlAccFlag: Text = ""
    AccOnHldFlag: Text = ""
