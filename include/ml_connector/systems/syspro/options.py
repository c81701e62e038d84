"""What a deployment may choose about SYSPRO; sites differ in tables, columns and customs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ml_connector.systems.syspro.feeds import DATES, DOCUMENT_DATES, FEEDS


class SysproOptions(BaseModel):
    """The options under ``options: {syspro: …}`` of a deployment.

    Args:
        read_by: ``odata``, or ``comfnd`` where the site has no OData service: the e.net object COMFND.
        tables: feed → this site's table or saved view, where it is not SYSPRO's (``feeds.FEEDS``).
        fields: feed → our column → this site's, "" for a column that it has not, e.g.
            ``{distribution: {ExpenseGlCode: GlCode}}``.
        dates: feed → the date column that it is polled by, e.g. ``{invoices: InvoiceDate}``.
        document_dates: the same for a backfill or a given span; ``InvoiceDate`` and the day a supplier was added
            unless given.
        company: the company code on documents; the connection's company unless given.
        ledger_company: whose accounts are listed, where several companies share a ledger; "" where there is one alone.
        local_currency: ISO code of the local currency; asked from SYSPRO when it is needed and not given.
        order_horizon_days: how old an order may be and still be read for changes.
        overlap_days: how far before the window receipts, invoices and postings are read again: they have no time of
            day and are entered late.
        receipts_from: ``grn`` reads goods received notes; ``history`` the receipt history, which is kept also where
            receipts are not matched with invoices.
        tax_accounts: GL accounts of tax, whose postings are an invoice's tax and no line.
        grn_accounts: GL accounts that receipts are kept in until they are billed: a posting to one clears a receipt,
            and the line's account is the one that the goods were received to, by their receipt or their order.
        tax_rates: tax code → percent, for orders, whose lines carry a code and no amount, and for the cents of an
            invoice in another currency, whose tax is posted in the local one.
        exempt_tax_code: the tax code of lines of orders that are exempt.
        cost_centre: where a line's cost centre is kept: a part of the GL code, the account's group, or the branch of
            invoice or supplier; "" for none.
        cost_centre_segment: which part of a GL code, counted from 1.
        segment_separator: between the parts of a GL code.
        open_statuses: order statuses of an order that is being put together: not read yet.
        cancelled_statuses: statuses of an order that is void.
        create_suppliers: whether suppliers of Cin7 may be created here.
        branch, bank, terms: of suppliers that we create.
        key_padding: digits that a numeric code of a supplier that we create is filled to with zeros; 0 leaves it.
        default_country: two letters; SYSPRO's addresses name no country.
        page_size: rows a page, at most 5000.
        date_literal: how this service writes dates in filters.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    read_by: Literal["odata", "comfnd"] = "odata"
    tables: dict[str, str] = {}
    fields: dict[str, dict[str, str]] = {}
    dates: dict[str, str] = {}
    document_dates: dict[str, str] = {}
    company: str = ""
    ledger_company: str = ""
    local_currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    order_horizon_days: int = Field(default=180, ge=1, le=3650)
    overlap_days: int = Field(default=30, ge=1, le=366)
    receipts_from: Literal["grn", "history"] = "grn"
    tax_accounts: tuple[str, ...] = ()
    grn_accounts: tuple[str, ...] = ()
    tax_rates: dict[str, Decimal] = {}
    exempt_tax_code: str = ""
    cost_centre: Literal["", "gl_segment", "gl_group", "branch"] = ""
    cost_centre_segment: int = Field(default=1, ge=1, le=10)
    segment_separator: str = Field(default="-", min_length=1)
    open_statuses: frozenset[str] = frozenset({"0"})
    cancelled_statuses: frozenset[str] = frozenset({"*", "/"})
    create_suppliers: bool = False
    branch: str = ""
    bank: str = ""
    terms: str = ""
    key_padding: int = Field(default=0, ge=0, le=15)
    default_country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    page_size: int = Field(default=1000, ge=1, le=5000)
    date_literal: Literal["datetimeoffset", "date", "v3"] = "datetimeoffset"

    @field_validator("tables", "fields", "dates", "document_dates")
    @classmethod
    def _known(cls, given: Mapping[str, object]) -> Mapping[str, object]:
        unknown = sorted(set(given) - set(FEEDS))
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: one of {', '.join(FEEDS)}")
        return given

    @field_validator("fields")
    @classmethod
    def _columns(cls, given: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for feed, names in given.items():
            unknown = sorted(set(names) - set(FEEDS[feed].columns))
            if unknown:
                raise ValueError(
                    f"{feed}: {', '.join(unknown)} is none of our columns: {', '.join(FEEDS[feed].columns)}"
                )
        return given

    def table(self, feed: str) -> str:
        """Return this site's table."""
        return self.tables.get(feed, FEEDS[feed].table)

    def date(self, feed: str, *, of_document: bool) -> str:
        """Return the date column to filter by: the posting's, or in a backfill the document's own; "" for none."""
        polled = self.dates.get(feed, DATES.get(feed, ""))
        return self.document_dates.get(feed, DOCUMENT_DATES.get(feed, polled)) if of_document else polled
