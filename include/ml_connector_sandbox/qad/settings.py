"""The behaviours that a test may switch; the defaults are what a client has to expect."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Extension(BaseModel):
    """A validation that a customer has added in Java: writes of `entity` are refused with an id beginning ``JEF``.

    Args:
        value: only records whose field has this value; without it all records.
    """

    model_config = ConfigDict(extra="forbid")

    entity: str
    field: str
    message: str
    code: str = "JEF0001"
    value: str | None = None


class CustomBrowse(BaseModel):
    """A browse that a customer has built (their codes begin ``xx``).

    Args:
        rows: whose rows it shows; a name of ``browse_rows.SOURCES``.
        columns: ``table.field`` names; ``*`` is all that the rows have, the change stamps among them.
    """

    model_config = ConfigDict(extra="forbid")

    rows: str
    columns: list[str] = ["*"]


class Settings(BaseModel):
    """Every switch; ``GET /_sim/settings`` shows them and ``PATCH`` changes them.

    Signing in:
        token_seconds, refresh_seconds: lives of the tokens; not published.
        refresh_rotates: a refresh token can be used once.
        send_expires_in: whether the token answer tells the life.
        token_carriers: where the token's parameters may be: in a form body, in the query, both seen.
        token_error_status: of ``invalid_grant``, 400 or 401.
        basic_auth: whether HTTP Basic is taken on API calls; seen, and said to be switched off at some tenants.
        forbidden: entity paths, or ``path:METHOD``, for which the user has no right (403).
        requests_per_minute: 0 for none; no limit is published. Over it ``rate_dialect`` answers: nginx's ``503``
            page, or ``429`` with Retry-After.

    Entities:
        view_uri: ``required``: without the entity's own ``viewUri`` a plain entity call gets 500.
        business_error_status: HTTP status of a rejection; 200, 400 and 500 have been seen.
        created_status: of a successful create.
        unresolved_code: a code that does not exist is reported as ``mandatory`` (seen) or ``unknown``.
        missing_record: a read by keys that finds nothing: an ``empty`` array or ``404``.
        date_style: dates in entity answers: ``date`` or ``datetime`` (``…T00:00:00.000Z``).
        blank_fields: fields with nothing in them are ``sent`` as ``""``, or ``absent``; both have been seen.
        warning_style: warnings come in ``supplementaryMessages`` (our convention), in ``errors`` beside
            ``success: true``, or ``silent``.
        paths: entity name → another path, for tenants that publish it elsewhere.
        extensions: validations added by the customer.

    Browses:
        browse_operators: those that work; only ``eq`` is attested, others find nothing.
        repeated_filters: several ``filter`` parameters are ``and``-ed, or find nothing (``empty``).
        page_action: ``strict``: the first page needs ``page`` and ``pageAction=first`` (seen) and later pages
            ``pageAction=next`` (our reading), else there are no rows; ``lenient``: it does not matter.
        browse_order: ``key``, ``insertion``, ``modified`` (changed rows move to the end) or ``shuffled``.
        max_page_size: rows in a page at most; clients ask for up to 999999.
        unknown_browse: ``empty`` (200 without rows) or ``error`` (500).
        accounts_browse, cost_centers_browse: browse ids of those two, which no public list has.
        browse_columns: browse code → the columns that the customer has left or added.
        custom_browses: browse code → a browse built by the customer.

    Purchasing:
        default_bank_required: a supplier without a default bank is refused with error 341.
        reprice_on_quantity: the fieldChange of the quantity brings the item's cost again, so the cost must come after.
        taken_line_number: a new line whose number is taken gets the ``next`` one, or is ``rejected``.
        over_receipt_pct, over_receipt_cost: tolerances; 0 of the second means that only the first counts.
        over_receipt: what happens beyond: ``error`` or ``warning``.
        negative_receipt: a negative receipt opens a pending invoice of its ``own``, below zero, as every receipt opens
            one, or ``reduces`` those that are open; the guides say only that it lowers what can be matched.

    Payables:
        price_tolerance_pct: how far a matched price may be off, in per cent of the receipt's cost.
        tolerance_excess: beyond it the amount is put on ``hold``, or the matching is ``refused``.
        matching_difference: a final matching that does not add up to the invoice is ``rejected``, or the rest stays
            ``open`` on Unmatched Supplier Invoices.
        lines_beside_matching: GL lines (tax, freight) beside a receiver matching are ``taken``, ``refused`` or
            ``ignored``, which with ``matching_difference: open`` nobody is told of. The guides know GL lines as the
            allocation without receiver only.
        credit_note_sign: of a credit note's amount: ``positive`` (our convention), ``negative`` or ``any``.
        closed_until: last day of the closed periods, ``YYYY-MM-DD``; nothing can be posted up to it.
    """

    model_config = ConfigDict(extra="forbid")

    token_seconds: int = Field(default=3599, ge=1)
    refresh_seconds: int = Field(default=86_400, ge=1)
    refresh_rotates: bool = True
    send_expires_in: bool = True
    token_carriers: list[Literal["form", "query"]] = ["form", "query"]
    token_error_status: Literal[400, 401] = 400
    basic_auth: bool = True
    forbidden: list[str] = []
    requests_per_minute: int = Field(default=0, ge=0)
    rate_dialect: Literal["503", "429"] = "503"

    view_uri: Literal["required", "optional"] = "required"
    business_error_status: Literal[200, 400, 422, 500] = 200
    created_status: Literal[200, 201] = 200
    unresolved_code: Literal["mandatory", "unknown"] = "mandatory"
    missing_record: Literal["empty", "404"] = "empty"
    date_style: Literal["date", "datetime"] = "date"
    blank_fields: Literal["sent", "absent"] = "sent"
    warning_style: Literal["supplementary", "errors", "silent"] = "supplementary"
    paths: dict[str, str] = {}
    extensions: list[Extension] = []

    browse_operators: list[Literal["eq", "ne", "gt", "ge", "lt", "le", "contains", "startswith"]] = ["eq"]
    repeated_filters: Literal["and", "empty"] = "and"
    page_action: Literal["strict", "lenient"] = "strict"
    browse_order: Literal["key", "insertion", "modified", "shuffled"] = "modified"
    max_page_size: int = Field(default=999_999, ge=1)
    unknown_browse: Literal["empty", "error"] = "empty"
    accounts_browse: str = "urn:browse:mfg:xxgl01"
    cost_centers_browse: str = "urn:browse:mfg:xxcc01"
    browse_columns: dict[str, list[str]] = {}
    custom_browses: dict[str, CustomBrowse] = {}

    default_bank_required: bool = False
    reprice_on_quantity: bool = True
    taken_line_number: Literal["next", "rejected"] = "next"
    over_receipt_pct: Decimal = Field(default=Decimal(0), ge=0)
    over_receipt_cost: Decimal = Field(default=Decimal(0), ge=0)
    over_receipt: Literal["error", "warning"] = "error"
    negative_receipt: Literal["own", "reduces"] = "own"

    price_tolerance_pct: Decimal = Field(default=Decimal(5), ge=0)
    tolerance_excess: Literal["hold", "refused"] = "hold"
    matching_difference: Literal["rejected", "open"] = "rejected"
    lines_beside_matching: Literal["taken", "refused", "ignored"] = "taken"
    credit_note_sign: Literal["positive", "negative", "any"] = "positive"
    closed_until: str = ""
