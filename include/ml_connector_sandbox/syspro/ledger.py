"""Exchange rates, posting periods and general ledger journals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .company import Company, Values
from .settings import Settings
from .values import rounded

AP_CONTROL = "00-2100"
GRN_SUSPENSE = "00-2150"


def foreign_rate(company: Company, currency: str) -> tuple[Decimal, str]:
    """Return rate and ``M`` or ``D``: local = value × rate, or value ÷ rate.

    The rule: https://github.com/dontlookaway/BlackBox, ``Report.UspResults_*`` (ConvRate with MulDiv).
    """
    found = company.get("TblCurrency", currency)
    if currency in {company.local_currency, "$", ""} or found is None:
        return Decimal(1), "M"
    return found["BuyExchangeRate"], found["BuyMulDiv"] or "D"


def to_local(value: Decimal, rate: tuple[Decimal, str], decimals: int = 2) -> Decimal:
    """Return a value of another currency in the company's own."""
    factor, mul_div = rate
    return rounded(value * factor if mul_div == "M" else value / factor, decimals)


def period(settings: Settings, today: date, posting_period: str) -> tuple[int, int] | None:
    """Return year and month of ``C`` (current), ``1`` or ``2`` (previous ones); None where it is closed."""
    back = int(posting_period) if posting_period in {"1", "2"} else 0
    months = today.year * 12 + today.month - 1 - back
    made = months // 12, months % 12 + 1
    return None if f"{made[0]}-{made[1]:02}" in settings.closed_periods else made


@dataclass(frozen=True)
class Entry:
    """One line of a journal, in local currency; above zero it is a debit."""

    gl_code: str
    value: Decimal
    reference: str


def post_journal(
    company: Company, in_period: tuple[int, int], entries: list[Entry], *, source: str, journal: int, operator: str
) -> int:
    """Post a general ledger journal that a sub-ledger's `journal` makes; return its number."""
    year, month = in_period
    number, today = company.next("GlJournal"), company.today()
    debit = sum((entry.value for entry in entries if entry.value > 0), Decimal(0))
    company.put("GenJournalCtl", {
        "GlYear": year, "GlPeriod": month, "GlJournal": number, "JournalDate": today, "PostDate": today,
        "JnlStatus": "P", "JnlPostingType": "N", "Source": "J", "JournalSource": source, "NumOfEntries": len(entries),
        "DebitAmount": debit, "CreditAmount": debit, "Operator": operator, "PostedBy": operator,
    })  # fmt: skip
    for index, entry in enumerate(entries, start=1):
        company.put("GenJournalDetail", _detail(company, entry) | {
            "GlYear": year, "GlPeriod": month, "Journal": number, "EntryNumber": index, "Source": source,
            "SubModJournal": journal,
        })  # fmt: skip
        _move_balance(company, entry)
    return number


def _detail(company: Company, entry: Entry) -> Values:
    today = company.today()
    return {
        "EntryType": "D" if entry.value >= 0 else "C", "GlCode": entry.gl_code, "Reference": entry.reference,
        "EntryValue": abs(entry.value), "EntryDate": today, "TransactionDate": today, "DocumentDate": today,
        "EntryPosted": "Y", "PostCurrency": company.local_currency, "CurrencyValue": abs(entry.value),
        "Company": company.name,
    }  # fmt: skip


def _move_balance(company: Company, entry: Entry) -> None:
    account = company.get("GenMaster", company.name, entry.gl_code)
    if account is not None:
        side = "PtdDrValue" if entry.value >= 0 else "PtdCrValue"
        moved = {side: account[side] + abs(entry.value), "CurrentBalance": account["CurrentBalance"] + entry.value}
        company.change("GenMaster", account, **moved)
