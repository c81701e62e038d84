"""Clerks' words for what documents wait for."""

from __future__ import annotations

from ml_connector.domain.finding import Finding, Reason
from ml_connector.mapping.reasons import MAP_OF

NOUNS = {
    "supplier": "supplier",
    "purchase_order": "order",
    "supplier_invoice": "bill",
    "goods_receipt": "receipt",
    "journal_entry": "journal entry",
    "": "record",
}
"""Kind of document → what a clerk calls one."""

BY_VALUE = frozenset({*MAP_OF, Reason.SUPPLIER_INACTIVE})
"""Reasons of which each value is a case of its own; the documents of any other reason are one group."""

WAITS_FOR = {
    Reason.UNREADABLE: "a record that can be read",
    Reason.TOTALS_DIFFER: "totals that add up",
    Reason.NUMBER_MISSING: "a number",
    Reason.NO_LINES: "lines",
    Reason.ACCOUNT_MISSING: "a GL account on every line",
    Reason.ACCOUNT_UNMAPPED: "GL account {value}",
    Reason.ACCOUNT_UNKNOWN: "GL account {value}, whose counterpart {target} does not have",
    Reason.ACCOUNT_CLOSED: "GL account {value}, whose counterpart is closed in {target}",
    Reason.ITEM_UNKNOWN: "item {value}",
    Reason.TAX_RULE_UNMAPPED: "tax rule {value}",
    Reason.TERMS_UNMAPPED: "payment terms {value}",
    Reason.CURRENCY_UNKNOWN: "currency {value}",
    Reason.UNIT_UNMAPPED: "unit {value}",
    Reason.COMPANY_MISSING: "a company code",
    Reason.COMPANY_UNMAPPED: "company {value}",
    Reason.COST_CENTRE_UNMAPPED: "cost centre {value}",
    Reason.ORDER_NOT_THERE: "an order that is not in {target} yet",
    Reason.NOT_READY: "another step in {target}",
    Reason.RECEIPT_MISSING: "the goods to be received",
    Reason.OVER_RECEIPT: "a receipt that is no larger than its order",
    Reason.PRICE_DIFFERS: "agreement about a price",
    Reason.TOO_LONG: "a shorter text",
    Reason.SUPPLIER_NOT_LINKED: "supplier {value} to be linked",
    Reason.SUPPLIER_NEAR_MATCH: "a decision about supplier {value}",
    Reason.SUPPLIER_AMBIGUOUS: "a decision about supplier {value}",
    Reason.SUPPLIER_CURRENCY_DIFFERS: "one currency for supplier {value}",
    Reason.SUPPLIER_INACTIVE: "supplier {value} to be active in {target}",
    Reason.EXISTS_DIFFERENTLY: "one of two records to be corrected",
    Reason.DRAFT_DIFFERS: "a look at a draft that {target} shows otherwise than it was sent",
    Reason.FROZEN_IN_TARGET: "a correction by hand in {target}",
    Reason.DELETED_IN_TARGET: "a decision: gone from {target}",
    Reason.VOIDED_AFTER_SENDING: "a reversal in {target}",
    Reason.REFUSED_BY_TARGET: "what {target} refuses to be put right",
    Reason.OUTCOME_UNKNOWN: "{target} to say whether it arrived",
    Reason.MISSED: "the next run: it was found by comparing the lists of both systems",
    Reason.NOT_APPROVED: "a run that is not limited to an approved dry run",
    Reason.SOURCE_CHANGED: "a decision: withdrawn or changed in {source}",
    Reason.CONNECTOR_ERROR: "a mistake in the connector to be mended",
}
MAP_TITLES = {"account": "GL account", "tax": "tax rule", "terms": "payment terms", "cost_centre": "cost centre"}
"""Code map → what a clerk calls one of its codes, where that is another word."""
_WAITS_FOR = {reason.value: text for reason, text in WAITS_FOR.items()}
FAILED = "the next try: the last one failed"


def map_title(map_name: str) -> str:
    """Return what a clerk calls a code of that map."""
    return MAP_TITLES.get(map_name, map_name.replace("_", " "))


def map_of(finding: Finding) -> str:
    """Return the code map in which a person can put the finding right; "" when that is not where."""
    return "" if finding.waits else MAP_OF.get(finding.reason, "")


def case_of(finding: Finding) -> tuple[str, str]:
    """Return reason and value of the case that the finding belongs to; the value is "" where it makes no difference."""
    return finding.reason.value, finding.value if finding.reason in BY_VALUE else ""


def waits_for(reason: str, value: str, target: str) -> str:
    """Return what documents of that case wait for, e.g. ``GL account 6120``."""
    if not reason:
        return FAILED
    text = _WAITS_FOR.get(reason, "what its finding says")
    return text.replace("{value}", value or "(blank)").replace("{target}", target)
