"""Why a document is held or waits: data for a person, never an exception."""

from __future__ import annotations

from enum import Enum

from pydantic import BaseModel, ConfigDict


class Reason(str, Enum):
    """The stable code of a finding; documented in docs/findings.md, one heading each."""

    UNREADABLE = "unreadable"
    TOTALS_DIFFER = "totals_differ"
    NUMBER_MISSING = "number_missing"
    NO_LINES = "no_lines"
    ACCOUNT_MISSING = "account_missing"
    ACCOUNT_UNMAPPED = "account_unmapped"
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_CLOSED = "account_closed"
    ITEM_UNKNOWN = "item_unknown"
    TAX_RULE_UNMAPPED = "tax_rule_unmapped"
    TERMS_UNMAPPED = "terms_unmapped"
    CURRENCY_UNKNOWN = "currency_unknown"
    UNIT_UNMAPPED = "unit_unmapped"
    COMPANY_MISSING = "company_missing"
    COMPANY_UNMAPPED = "company_unmapped"
    COST_CENTRE_UNMAPPED = "cost_centre_unmapped"
    ORDER_NOT_THERE = "order_not_there"
    NOT_READY = "not_ready"
    RECEIPT_MISSING = "receipt_missing"
    OVER_RECEIPT = "over_receipt"
    PRICE_DIFFERS = "price_differs"
    TOO_LONG = "too_long"
    SUPPLIER_NOT_LINKED = "supplier_not_linked"
    SUPPLIER_NEAR_MATCH = "supplier_near_match"
    SUPPLIER_AMBIGUOUS = "supplier_ambiguous"
    SUPPLIER_CURRENCY_DIFFERS = "supplier_currency_differs"
    SUPPLIER_INACTIVE = "supplier_inactive"
    EXISTS_DIFFERENTLY = "exists_differently"
    DRAFT_DIFFERS = "draft_differs"
    FROZEN_IN_TARGET = "frozen_in_target"
    DELETED_IN_TARGET = "deleted_in_target"
    VOIDED_AFTER_SENDING = "voided_after_sending"
    REFUSED_BY_TARGET = "refused_by_target"
    OUTCOME_UNKNOWN = "outcome_unknown"
    CONNECTOR_ERROR = "connector_error"
    MISSED = "missed"
    NOT_APPROVED = "not_approved"
    SOURCE_CHANGED = "source_changed"


class Finding(BaseModel):
    """One thing a person has to know or do about one document.

    Args:
        reason: stable code.
        field: where in the document, e.g. ``lines[2].account``; "" when it is the whole document.
        value: the offending value as the source shows it.
        message: one sentence in a clerk's words, naming the document and the value.
        next_step: one sentence: what to do about it.
        waits: True when it clears by itself once something else has happened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Reason
    field: str = ""
    value: str = ""
    message: str
    next_step: str
    waits: bool = False
