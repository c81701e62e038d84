"""How a posted invoice changes the tables (sources: ``invoices.py``)."""

from __future__ import annotations

from decimal import Decimal

from .call import Call
from .company import Values
from .invoice_check import Draft, Match
from .ledger import AP_CONTROL, GRN_SUSPENSE, Entry
from .values import rounded

Line = tuple[str, str, Decimal, str]


def write(call: Call, draft: Draft, in_period: tuple[int, int], journal: int, number: int) -> list[Entry]:
    """Write invoice, journal and matches; return the entries for the general ledger."""
    company, (year, month) = call.company, in_period
    supplier, gross = draft.supplier["Supplier"], draft.local(draft.value) * draft.sign
    if draft.changes is None:
        _invoice(call, draft, in_period, journal, number)
    else:
        _change(call, draft, draft.changes)
    key = {"TrnYear": year, "TrnMonth": month, "Journal": journal, "EntryNumber": number}
    company.put("ApJnlSummary", key | {
        "Supplier": supplier, "Invoice": draft.invoice, "TransactionCode": draft.code, "InvoiceValue": gross,
        "SupplierGlCode": AP_CONTROL, "TrnDate": company.today(),
    })  # fmt: skip
    lines = _distribution(call, draft)
    for index, (gl_code, kind, value, reference) in enumerate(lines, start=1):
        company.put("ApJnlDistrib", key | {
            "SubEntry": index, "ExpenseGlCode": gl_code, "ExpenseType": kind, "DistrValue": value,
            "Reference": reference,
        })  # fmt: skip
    for match in draft.matches:
        _match(call, draft, match, in_period, (journal, number))
    balance = draft.supplier["CurrentBalance"] + draft.value * draft.sign
    company.change("ApSupplier", draft.supplier, CurrentBalance=balance, LastPurchDate=draft.days[0])
    control = Entry(AP_CONTROL, -sum((line[2] for line in lines), Decimal(0)), draft.invoice)
    return [Entry(gl_code, value, reference) for gl_code, _, value, reference in lines] + [control]


def _invoice(call: Call, draft: Draft, in_period: tuple[int, int], journal: int, number: int) -> None:
    value, (rate, mul_div), currency = draft.value * draft.sign, draft.rate, draft.supplier["Currency"]
    call.company.put("ApInvoice", {
        "Supplier": draft.supplier["Supplier"], "Invoice": draft.invoice, "InvoiceDate": draft.days[0],
        "DueDate": draft.days[1], "DiscountDate": draft.days[2], "JournalDate": call.company.today(),
        "Journal": journal, "EntryNumber": number, "InvoiceYear": in_period[0], "InvoiceMonth": in_period[1],
        "Branch": draft.branch, "Reference": draft.reference, "OrigInvValue": value, "MthInvBal1": value,
        "CurrencyValue": value, "Currency": currency, "PostCurrency": currency, "ExchangeRate": rate,
        "ConvRate": rate, "MulDiv": mul_div, "FirstTaxCode": draft.tax_code,
    })  # fmt: skip


def _change(call: Call, draft: Draft, invoice: Values) -> None:
    """Move the balance of an invoice that is there: Supplier and Invoice are its key, so that no row is added."""
    value = draft.value * draft.sign
    moved = {name: invoice[name] + value for name in ("MthInvBal1", "CurrencyValue")}
    call.company.change("ApInvoice", invoice, **moved)


def _distribution(call: Call, draft: Draft) -> list[Line]:
    """Return the expense lines in local currency; the rounding of another currency is on the last one."""
    tax = call.company.get("AdmTax", draft.tax_code) or {}
    freight = draft.supplier["FreightGlCode"] or draft.supplier["MerchGlCode"]
    charges = {
        "TaxValue": (tax.get("ApTaxGlCode") or "00-2210", "O", "Tax"),
        "SecondTaxValue": (tax.get("ApTaxGlCode") or "00-2210", "O", "Second tax"),
        "FreightCharge": (freight, "F", "Freight"),
        "MiscellaneousCharge": (draft.supplier["MerchGlCode"], "O", "Miscellaneous"),
    }
    lines: list[Line] = [(GRN_SUSPENSE, "M", rounded(m.value, 2), f"GRN {m.grn['Grn']}") for m in draft.matches]
    lines += [(gl_code, "M", value, reference or draft.reference) for gl_code, value, reference in draft.ledger]
    for name, (gl_code, kind, reference) in charges.items():
        if draft.charges[name]:
            lines.append((gl_code, kind, draft.local(draft.charges[name]), reference))
    gl_code, kind, value, reference = lines[-1]
    rest = draft.local(draft.value) - sum((line[2] for line in lines), Decimal(0))
    lines[-1] = (gl_code, kind, value + rest, reference)
    return [(gl_code, kind, value * draft.sign, reference) for gl_code, kind, value, reference in lines]


def _match(call: Call, draft: Draft, match: Match, in_period: tuple[int, int], entry: tuple[int, int]) -> None:
    """Write the link from invoice to GRN, and lower what is left of the GRN."""
    company = call.company
    names = ("Supplier", "Grn", "GrnSource", "Journal", "JournalEntry")
    grn = company.get("GrnDetails", *(match.grn[name] for name in names)) or match.grn
    share = match.value / grn["OrigGrnValue"] if grn["OrigGrnValue"] else Decimal(0)
    journal, number = entry if call.settings.match_entry == "invoice" else (grn["Journal"], grn["JournalEntry"])
    company.put("GrnMatching", {
        "Supplier": grn["Supplier"], "Grn": grn["Grn"], "TransactionType": "I", "Journal": journal,
        "EntryNumber": number, "Invoice": draft.invoice, "MatchedValue": match.value,
        "MatchedQty": rounded(grn["QtyReceived"] * share, 6), "MatchedYear": in_period[0],
        "MatchedMonth": in_period[1], "MatchedDate": company.today(),
    })  # fmt: skip
    left = {"CurGrnValue": grn["CurGrnValue"] - match.value, "MatchedValue": grn["MatchedValue"] + match.value}
    company.change("GrnDetails", grn, **left)
