"""What a deployment may choose about Infor CloudSuite."""

from __future__ import annotations

from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ml_connector.systems.infor.calls import CALLS, READING, WRITES, MiCall
from ml_connector.systems.infor.wire import Row, text


class AccountRule(BaseModel):
    """The GL account of the lines that a rule fits: M3's order lines carry none.

    Args:
        when: field of the line, or of its order's head, → what it holds, ``*`` for any text; all must fit.
        account: their account, in M3's codes.
        cost_centre: their cost centre; "" for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: dict[str, str] = {}
    account: str
    cost_centre: str = ""

    def fits(self, row: Row) -> bool:
        """Tell whether the rule fits a row."""
        return all(fnmatchcase(text(row, name), pattern) for name, pattern in self.when.items())


class InforOptions(BaseModel):
    """The options under ``options: {infor: …}`` of a deployment.

    Args:
        surface: ``m3``: MI transactions; ``bod``: documents that ION has put into a folder or the Data Lake.
        company: CONO; "" for the service account's own.
        divisions: those whose orders, invoices and accounts are read; none given means all.
        calls: transactions that are others, or have other fields, at this tenant; each given whole.
        discovery: how orders and invoices that changed are found: ``exportmi`` asks the tables for their change dates,
            ``search`` the search index, ``period`` takes invoices by accounting date (and orders as ``exportmi``),
            ``status`` all orders between `status_from` and `status_to` (and invoices as ``search``).
        export_prefixes: table → the two letters that its columns begin with.
        export_limit: rows of an export from which what lies beyond the last is asked for, too: the tenant may limit a
            query's rows. It must not be above that limit.
        overlap_days: how far before the window change dates are read again: they are days of the server's calendar.
        accounting_days: with discovery by period, how far before the window accounting dates are read again: as long as
            a posting may be entered after its accounting date, at least one period.
        detail_sweep_hours: after this long all suppliers are read again: a change of an address or contact person
            may leave the supplier's own time stamp as it was.
        page_size: rows asked for at once of lists that can be positioned.
        bulk_size: transactions in one request.
        supplier_active: statuses of suppliers in use; supplier_draft: of those not read yet.
        address_types: address types in the order they are preferred; none given means the lowest.
        draft_below: lowest order status from which an order is read; status_from, status_to: see `discovery`.
        closed_from: lowest order status from which it is closed; what closed without goods or bill is cancelled.
        account_rules: the first that fits gives an order line's account.
        tax_rates: VAT code → percent, for the tax of orders, which M3 itself reckons only at the invoice; a code that
            is not named bears none.
        invoice_transactions: transaction codes of supplier invoices in the ledger.
        credit_is_negative: invoices stand in the ledger as negative amounts; False: as positive ones.
        account_dimension: AITP of accounts; cost_centre: dimension that is the cost centre, "" for none.
        vat_accounts: accounts of VAT, where M3 gives them no VAT type.
        batch_link: whether an invoice's order and items are looked up in the invoice batch it was entered in.
        item_lines, charge_lines, tax_lines: types (RDTP) of a batch's lines; a line of another type holds its invoice.
        unlinked_invoices: ``hold`` an invoice that no invoice batch tells the order of, or ``send`` it as one without
            order, which is right only where such invoices never bill an order.
        item_active: statuses of items that may be ordered.
        order_type, facility, warehouse: of orders that we enter; "" leaves them to M3.
        order_currency: whether the currency is sent with an order; otherwise it is the supplier's.
        charge_item: item of order lines without one; "" refuses them, since a line in M3 has an item.
        inbox: folder of BOD files, for surface ``bod``; "" for the Data Lake.
        bod_draft, bod_void: status words, in lower case, of orders in BODs that are not read yet, or are cancelled.
        settle_seconds: how long after a lost answer M3 may still carry the call out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    surface: Literal["m3", "bod"] = "m3"
    company: str = Field(default="", pattern=r"^\d{0,3}$")
    divisions: tuple[str, ...] = ()
    calls: dict[str, MiCall] = {}
    discovery: Literal["exportmi", "search", "period", "status"] = "exportmi"
    export_prefixes: dict[str, str] = {"MPHEAD": "IA", "MPLINE": "IB", "FPLEDG": "EP"}
    export_limit: int = Field(default=100, ge=2, le=100_000)
    overlap_days: int = Field(default=1, ge=1, le=60)
    accounting_days: int = Field(default=62, ge=35, le=400)
    detail_sweep_hours: int = Field(default=24, ge=1, le=24 * 31)
    page_size: int = Field(default=1000, ge=2, le=10_000)
    bulk_size: int = Field(default=50, ge=1, le=500)
    supplier_active: frozenset[str] = frozenset({"20"})
    supplier_draft: frozenset[str] = frozenset({"10"})
    address_types: tuple[str, ...] = ()
    draft_below: str = "15"
    status_from: str = "15"
    status_to: str = "85"
    closed_from: str = "90"
    account_rules: tuple[AccountRule, ...] = ()
    tax_rates: dict[str, Decimal] = {}
    invoice_transactions: frozenset[str] = frozenset({"40"})
    credit_is_negative: bool = True
    account_dimension: str = Field(default="1", pattern=r"^[1-7]$")
    cost_centre: Literal["", "AIT2", "AIT3", "AIT4", "AIT5", "AIT6", "AIT7"] = "AIT2"
    vat_accounts: frozenset[str] = frozenset()
    batch_link: bool = True
    item_lines: frozenset[str] = frozenset({"1"})
    charge_lines: frozenset[str] = frozenset({"2"})
    tax_lines: frozenset[str] = frozenset({"3"})
    unlinked_invoices: Literal["hold", "send"] = "hold"
    item_active: frozenset[str] = frozenset({"20"})
    order_type: str = ""
    facility: str = ""
    warehouse: str = ""
    order_currency: bool = True
    charge_item: str = ""
    inbox: str = ""
    bod_draft: frozenset[str] = frozenset({"preliminary", "pending", "draft"})
    bod_void: frozenset[str] = frozenset({"canceled", "cancelled", "deleted"})
    settle_seconds: float = Field(default=120, ge=0)

    @model_validator(mode="after")
    def _sane(self) -> InforOptions:
        for name, call in self.calls.items():
            if name not in CALLS:
                msg = f"calls.{name} is not known; known are {', '.join(sorted(CALLS))}"
                raise ValueError(msg)
            if name not in WRITES and not call.transaction.startswith(READING):
                msg = f"calls.{name}: {call.name} may change something; a read is named {', '.join(READING)}…"
                raise ValueError(msg)
        return self

    def call(self, name: str) -> MiCall:
        """Return this tenant's transaction."""
        return self.calls.get(name, CALLS[name])

    def rule(self, row: Row) -> AccountRule | None:
        """Return the first account rule that fits a line; None when none does."""
        return next((rule for rule in self.account_rules if rule.fits(row)), None)

    def has_division(self, division: str) -> bool:
        """Tell whether records of a division are read."""
        return not self.divisions or division in self.divisions

    def entity(self, company: str, division: str) -> str:
        """Return the name of a company as BODs have it, e.g. ``100_AAA``; "" where it is missing."""
        return "_".join(filter(None, [company, division])) if company else ""
