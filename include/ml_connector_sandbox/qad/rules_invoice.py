"""Supplier invoices: recorded without any receipt, matched and paid only with one.

Recording posts to Unmatched Supplier Invoices; receiver matching or GL lines move the amount on. The same reference of
the same supplier and type is only a warning. Status codes decide what an invoice may do (all EE Financials user guide,
https://www.qad.com/documentation). Path, urn and field names of this service are conventions of this sandbox, formed
after the ``CInvoice`` and ``APMatching`` objects of the QadFinancials API.
"""

from __future__ import annotations

from decimal import Decimal

from . import coa, matching
from .errors import MANDATORY, Problem
from .ledger import Source, account, is_closed, post
from .tenant import Row
from .values import days_after, number, same
from .work import Draft, Work
from .world import PAYABLES, UNMATCHED

TYPES = ("Invoice", "CreditNote", "Invoice Correction", "Credit Note Correction", "Prepayment")
_DAYBOOK_TYPES = {"Invoice": "Supplier Invoices", "CreditNote": "Supplier Credit Notes"}
_POSTED = ("supplierCode", "invoiceType", "invoiceReference", "invoiceDate", "postingDate", "currencyCode",
           "exchangeRate", "invoiceAmount")  # fmt: skip


def initialize(work: Work, draft: Draft) -> None:
    """Fill a blank invoice."""
    today = f"{work.now:%Y-%m-%d}"
    draft.data |= {"entityCode": work.entity, "invoiceType": "Invoice", "invoiceDate": today, "postingDate": today,
                   "exchangeRate": 1}  # fmt: skip


def check(work: Work, draft: Draft) -> None:
    """Check header, status, GL lines and matching; what is posted stays."""
    data = draft.data
    _check_header(work, draft)
    for line in data["supplierInvoiceGLLines"]:
        coa.check_line(work, draft, line)
    for order in data["supplierInvoicePOs"]:
        _check_order(work, draft, order)
    if draft.old is None:
        _warn_of_duplicate(work, draft)
    else:
        for name in _POSTED:
            if data[name] != draft.old[name]:
                draft.refuse(name, "Field cannot be changed after posting", data[name])
    status = work.find("invoiceStatusCodes", data["invoiceStatusCode"])
    if status is not None and data["invoiceAmount"]:
        _check_allocation(work, draft, status)


def _check_header(work: Work, draft: Draft) -> None:
    data = draft.data
    supplier = work.supplier(data["supplierCode"])
    if supplier is None and data["supplierCode"]:
        draft.problems.append(work.unresolved("supplierCode", data["supplierCode"]))
    elif supplier is not None and not supplier.get("isActive") and draft.is_new:
        draft.refuse("supplierCode", "Supplier is not active", data["supplierCode"])
    if data["invoiceType"] and data["invoiceType"] not in TYPES:
        draft.problems.append(work.unresolved("invoiceType", data["invoiceType"]))
    daybook = work.find("daybooks", work.entity, data["daybookCode"])
    wanted = _DAYBOOK_TYPES.get(data["invoiceType"])
    if data["daybookCode"] and (daybook is None or (wanted and daybook["daybookType"] != wanted)):
        draft.problems.append(work.unresolved("daybookCode", data["daybookCode"]))
    if is_closed(work, data["postingDate"]) and draft.is_new:
        draft.refuse("postingDate", "Period is closed", data["postingDate"])
    _check_sign(work, draft)


def _check_sign(work: Work, draft: Draft) -> None:
    """Check the amount's sign; how a credit note carries it is our convention and a switch."""
    amount, expected = draft.data["invoiceAmount"], work.switches.credit_note_sign
    if matching.sign(draft.data) > 0:
        expected = "positive"
    if amount and expected != "any" and (amount < 0) != (expected == "negative"):
        draft.refuse("invoiceAmount", f"Amount must be {expected}", amount)


def _check_order(work: Work, draft: Draft, order: Row) -> None:
    found = work.find("purchaseOrderHeaders", order["domainCode"], order["purchaseOrderNumber"])
    if found is None or not same(found["supplierCode"], draft.data["supplierCode"]):
        draft.problems.append(work.unresolved("purchaseOrderNumber", order["purchaseOrderNumber"]))


def _warn_of_duplicate(work: Work, draft: Draft) -> None:
    names = ("entityCode", "supplierCode", "invoiceType", "invoiceReference")
    for other in work.tenant.book("supplierInvoices"):
        if all(same(other[name], draft.data[name]) for name in names):
            draft.warnings.append(f"Reference {draft.data['invoiceReference']} exists on voucher {other['voucher']}")
            return


def _check_allocation(work: Work, draft: Draft, status: Row) -> None:
    """Hold matching and GL lines against the status code, and their sum against the invoice."""
    data = draft.data
    if _is_done(draft):
        if matching.lines_of(data) != matching.lines_of(draft.old or {}) and matching.is_final(draft.old or {}):
            draft.refuse("receiverMatching", "Invoice is matched already", data["invoiceReference"])
        return
    lines = data["supplierInvoiceGLLines"]
    if matching.lines_of(data):
        if not status.get("isReceiverMatching"):
            draft.refuse("invoiceStatusCode", "Status does not allow receiver matching", data["invoiceStatusCode"])
        matching.check(work, draft)
        _check_beside(work, draft)
        must_balance = matching.is_final(data) and work.switches.matching_difference == "rejected"
    elif data["receiverMatching"]:
        draft.problems.append(Problem("lines", "Field is mandatory", "", MANDATORY))
        return
    else:
        must_balance = status["allocationStatus"] == "Allocation"
        if lines and status["allocationStatus"] == "No Allocation":
            draft.refuse("supplierInvoiceGLLines", "Status does not allow allocation", data["invoiceStatusCode"])
    if must_balance and not matching.is_balanced(data, _gl_total(data)):
        draft.refuse("invoiceAmount", "Invoice is not fully allocated", data["invoiceAmount"])


def _check_beside(work: Work, draft: Draft) -> None:
    """Do with GL lines beside a matching what this tenant does with them."""
    if work.switches.lines_beside_matching == "ignored":
        draft.data["supplierInvoiceGLLines"] = []
    elif work.switches.lines_beside_matching == "refused" and draft.data["supplierInvoiceGLLines"]:
        text = "Receiver matching takes no GL lines"
        draft.refuse("supplierInvoiceGLLines", text, draft.data["invoiceReference"])


def _is_done(draft: Draft) -> bool:
    """Whether the stored invoice is matched or allocated already."""
    return draft.old is not None and bool(draft.old["allocatedAmount"])


def _gl_total(invoice: Row) -> Decimal:
    return sum((number(line["amount"]) for line in invoice["supplierInvoiceGLLines"]), Decimal(0))


def commit(work: Work, draft: Draft) -> None:
    """Number and post a new invoice; match or allocate it when it says so."""
    data = draft.data
    if draft.is_new:
        _number(work, data)
        _fill(work, data)
        amount = abs(number(data["invoiceAmount"])) * matching.sign(data)
        post(work, _source(data), [(account(UNMATCHED), amount), (account(PAYABLES), -amount)])
    if _is_done(draft):
        return
    status = work.find("invoiceStatusCodes", data["invoiceStatusCode"]) or {}
    if matching.is_final(data):
        _settle(work, data, matching.apply(work, data))
        data["invoiceStatusCode"] = status.get("statusAfterMatching") or data["invoiceStatusCode"]
        data["isInitialStatus"] = False
    else:
        if not matching.lines_of(data) and data["supplierInvoiceGLLines"]:
            _settle(work, data, [])
        data["isInitialStatus"] = bool(status.get("isInitialStatus"))


def _settle(work: Work, data: Row, entries: list[tuple[Row, Decimal]]) -> None:
    """Post the allocation away from Unmatched Supplier Invoices."""
    sign = matching.sign(data)
    entries += [(line, number(line["amount"]) * sign) for line in data["supplierInvoiceGLLines"]]
    moved = sum((amount for _, amount in entries), Decimal(0))
    post(work, _source(data), [*entries, (account(UNMATCHED), -moved)])
    data["allocatedAmount"] = abs(moved)


def _number(work: Work, data: Row) -> None:
    """Give the voucher of (entity, year, daybook) and the period of the posting date."""
    day = data["postingDate"]
    data |= {"postingYear": int(day[:4]), "postingPeriod": int(day[5:7])}
    sequence = f"voucher/{data['entityCode']}/{day[:4]}/{data['daybookCode']}"
    data["tcRowid"] = data.get("tcRowid") or f"0x{work.tenant.next('rowid', 0x4A00):016x}"
    key = (data["entityCode"], data["postingYear"], data["daybookCode"])
    while not data["voucher"] or work.find("supplierInvoices", *key, data["voucher"]):
        data["voucher"] = work.tenant.next(sequence)


def _fill(work: Work, data: Row) -> None:
    """Fill terms, due date, rate and balance."""
    supplier = work.supplier(data["supplierCode"]) or {}
    data["creditTermsCode"] = data["creditTermsCode"] or supplier.get("creditTermsCode", "")
    days = (work.find("creditTerms", data["creditTermsCode"]) or {}).get("days", 0)
    data["dueDate"] = data["dueDate"] or days_after(data["invoiceDate"], days)
    data["exchangeRate"] = data["exchangeRate"] or work.rate(data["currencyCode"]) or 1
    data["balance"] = abs(number(data["invoiceAmount"])) * matching.sign(data)


def _source(data: Row) -> Source:
    return Source(data["entityCode"], data["daybookCode"], data["voucher"], data["postingDate"], data["currencyCode"],
                  data["invoiceReference"])  # fmt: skip
