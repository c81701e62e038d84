"""Which code map puts right what a document is held for."""

from __future__ import annotations

from ml_connector.domain.finding import Reason

MAP_OF = {
    Reason.ACCOUNT_UNMAPPED: "account",
    Reason.ACCOUNT_UNKNOWN: "account",
    Reason.ACCOUNT_CLOSED: "account",
    Reason.ITEM_UNKNOWN: "item",
    Reason.TAX_RULE_UNMAPPED: "tax",
    Reason.TERMS_UNMAPPED: "terms",
    Reason.CURRENCY_UNKNOWN: "currency",
    Reason.UNIT_UNMAPPED: "unit",
    Reason.COMPANY_UNMAPPED: "company",
    Reason.COST_CENTRE_UNMAPPED: "cost_centre",
    Reason.SUPPLIER_NOT_LINKED: "supplier",
    Reason.SUPPLIER_NEAR_MATCH: "supplier",
    Reason.SUPPLIER_AMBIGUOUS: "supplier",
    Reason.SUPPLIER_CURRENCY_DIFFERS: "supplier",
}
"""Reason → the code map in which a person can put it right."""
