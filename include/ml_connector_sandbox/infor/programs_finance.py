"""APS200MI, APS450MI, APS130MI, GLS200MI and CRS630MI: invoices, payments, vouchers and accounts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from .call import Call
from .errors import missing
from .tenant import Row
from .values import number_of, plain

INVOICE, PAYMENT = "40", "50"
"""Transaction codes (inferred)."""


def get_inv_tot_info(call: Call) -> list[Row]:
    """Return a posted invoice with what is paid of it; it is known by payee, supplier, number and year together."""
    rows = call.tenant.rows("FPLEDG", call.cono, *(call.get(name) for name in ("DIVI", "SPYN", "SUNO", "SINO", "INYR")))
    invoices = [row for row in rows if row["TRCD"] == INVOICE]
    if not invoices:
        raise missing("Supplier invoice number", call.get("SINO"), "SINO")
    return [invoices[0] | _paid(invoices[0], [row for row in rows if row["TRCD"] == PAYMENT])]


def _paid(invoice: Row, payments: list[Row]) -> Row:
    """Return the totals that the payments make; without any they are what the invoice itself has."""
    if not payments:
        return {}
    made: Row = {}
    for amount, paid, left in (("CUAM", "PCUA", "OCUA"), ("ACAM", "PAMT", "OAMT")):
        total = sum((number_of(row, amount) for row in payments), Decimal(0))
        made |= {paid: plain(total), left: plain(number_of(invoice, amount) + total)}
    return made


def get_invoice(call: Call) -> list[Row]:
    """Return a posted invoice by its place in the journal."""
    row = call.tenant.row("FPLEDG", call.cono, call.divi, *(call.get(name) for name in ("YEA4", "JRNO", "JSNO")))
    if row is None:
        raise missing("Journal number", call.get("JRNO"), "JRNO")
    return [row]


def get_unique_key(call: Call) -> list[Row]:
    """Return the place in the journal of the first ledger entry that fits."""
    for row in call.rows("FPLEDG"):
        if call.is_wanted(row, "SUNO", "SINO", "IVDT", "INYR", "TRCD"):
            return [row]
    raise missing("Supplier invoice number", call.get("SINO"), "SINO")


def search_sup_invoic(call: Call) -> list[Row]:
    """Return ledger entries that the search index finds."""
    return call.found("FPLEDG", "APS200")


def lst_vouchers_by_dt(call: Call) -> list[Row]:
    """Return a division's postings by accounting date, both days included."""
    first, last = call.get("FRDT"), call.get("TODT")
    return [row for row in call.rows("FGLEDG") if first <= row["ACDT"] <= last and row["DIVI"] == call.divi]


def lst_voucher_lines(call: Call) -> list[Row]:
    """Return the postings of a voucher."""
    rows = call.tenant.rows("FGLEDG", call.cono, call.get("DIVI"), call.get("YEA4"), call.get("VONO"))
    return [row for row in rows if call.is_wanted(row, "VSER")]


def search_gen_ledger(call: Call) -> list[Row]:
    """Return postings that the search index finds."""
    return call.found("FGLEDG", "GLS200")


def get_batch_head(call: Call) -> list[Row]:
    """Return an invoice batch head."""
    row = call.tenant.row("FAPIBH", call.cono, call.divi, call.get("INBN"))
    if row is None:
        raise missing("Invoice batch number", call.get("INBN"), "INBN")
    return [row]


def lst_batch_lines(call: Call) -> list[Row]:
    """Return the lines of an invoice batch, from TRNO on."""
    rows = call.tenant.rows("FAPIBL", call.cono, call.divi, call.get("INBN"))
    return [row for row in rows if number_of(row, "TRNO") >= Decimal(call.get("TRNO") or "0")]


def lst_inv_batch_no(call: Call) -> list[Row]:
    """Return the invoice batches of a payee."""
    rows = call.tenant.rows("FAPIBH", call.cono, call.get("SPYN"))
    return [row for row in rows if call.is_wanted(row, "DIVI", "SUNO", "IBTP", "SUPA", "INBN")]


def lst_account_id(call: Call) -> list[Row]:
    """Return a division's identities of a dimension, from AITM on; a blank division is the central one."""
    rows = call.tenant.rows("FCHACC", call.cono, call.divi, call.get("AITP"))
    return [row for row in rows if row["AITM"] >= call.get("AITM")]


def lst_proposal(call: Call) -> list[Row]:
    """Return the payment proposals of a division from PRPN on."""
    first = Decimal(call.get("PRPN") or "0")
    rows = call.tenant.rows("FPAYPR", call.cono, call.get("DIVI"))
    return list({row["PRPN"]: row for row in rows if number_of(row, "PRPN") >= first}.values())


def lst_inv_by_payee(call: Call) -> list[Row]:
    """Return the invoices in a payment proposal."""
    rows = call.tenant.rows("FPAYPR", call.cono, call.get("DIVI"))
    return [row for row in rows if call.is_wanted(row, "PRPN", "PYON")]


TRANSACTIONS: dict[str, Callable[[Call], list[Row]]] = {
    "APS130MI/LstProposal": lst_proposal,
    "APS130MI/LstInvByPayee": lst_inv_by_payee,
    "APS200MI/SearchSupInvoic": search_sup_invoic,
    "APS200MI/GetInvTotInfo": get_inv_tot_info,
    "APS200MI/GetInvoice": get_invoice,
    "APS200MI/GetUniqueKey": get_unique_key,
    "APS450MI/GetHead": get_batch_head,
    "APS450MI/LstLines": lst_batch_lines,
    "APS450MI/LstInvBatchNo": lst_inv_batch_no,
    "CRS630MI/LstAccountID": lst_account_id,
    "GLS200MI/LstVouchersByDt": lst_vouchers_by_dt,
    "GLS200MI/LstVoucherLines": lst_voucher_lines,
    "GLS200MI/SearchGenLedger": search_gen_ledger,
}
