"""What an invoice must fulfil before APSTIN posts it (sources: ``invoices.py``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from . import call as codes
from .call import Call, Item
from .company import Values
from .ledger import foreign_rate, to_local
from .values import CENT, rounded

_CHARGES = ("TaxValue", "SecondTaxValue", "FreightCharge", "MiscellaneousCharge")


@dataclass(frozen=True)
class Match:
    """A GRN line with the value that the invoice takes from it, in local currency."""

    grn: Values
    value: Decimal


@dataclass(frozen=True)
class Draft:
    """An invoice that may be posted; `value`, `charges` in the supplier's currency, `ledger` in the company's."""

    code: str
    supplier: Values
    invoice: str
    value: Decimal
    charges: dict[str, Decimal]
    rate: tuple[Decimal, str]
    days: tuple[date, date, date]
    branch: str
    reference: str
    tax_code: str
    matches: list[Match]
    changes: Values | None
    ledger: list[tuple[str, Decimal, str]]

    @property
    def sign(self) -> int:
        """-1 for a credit."""
        return -1 if self.code == "C" else 1

    def local(self, value: Decimal) -> Decimal:
        """Return a value of the supplier's currency in the company's."""
        return to_local(value, self.rate)


def check(call: Call, item: Item) -> Draft | None:
    """Return the invoice; what is wrong is noted at the item. None when its supplier is not known."""
    item.need("Supplier", "TransactionCode", "Invoice", "TransactionValue")
    code = item.text("TransactionCode")
    if code not in {"", "I", "C", "D", "A"}:
        item.reject("TransactionCode", codes.BAD_OPTION, f"Transaction code '{code}' is invalid")
    supplier = call.company.get("ApSupplier", call.padded(item.text("Supplier")))
    if supplier is None:
        item.reject("Supplier", codes.NOT_FOUND, f"Supplier '{item.text('Supplier')}' not found")
        return None
    if supplier["OnHold"] == "Y":
        item.warn("Supplier", codes.ON_HOLD, f"Supplier '{supplier['Supplier']}' is on hold")
    draft = _draft(call, item, supplier, code or "I")
    _check_duplicate(call, item, draft)
    _check_matching(item, draft)
    _check_balance(call, item, draft)
    return draft


def _draft(call: Call, item: Item, supplier: Values, code: str) -> Draft:
    rate = foreign_rate(call.company, supplier["Currency"])
    rate = abs(item.number("ExchRateAtEntry", 6)) or rate[0], rate[1]
    _check_codes(call, item)
    return Draft(
        code=code, supplier=supplier, invoice=item.text("Invoice", 20), value=item.number("TransactionValue", 2),
        charges={name: item.number(name, 2) for name in _CHARGES}, rate=rate, days=_days(call, item, supplier),
        branch=item.text("Branch", 10) or supplier["Branch"], reference=item.text("TransactionReference", 30),
        tax_code=item.text("TaxCode", 3), matches=_matches(call, item, supplier), ledger=_ledger(call, item, rate),
        changes=call.company.get("ApInvoice", supplier["Supplier"], item.text("Invoice")),
    )  # fmt: skip


def _check_codes(call: Call, item: Item) -> None:
    item.known("TaxCode", call.company.get("AdmTax", item.text("TaxCode")), codes.TAX_CODE, "Tax code")
    item.known("Branch", call.company.get("ApBranch", item.text("Branch")), codes.BRANCH, "Branch")


def _days(call: Call, item: Item, supplier: Values) -> tuple[date, date, date]:
    """Return invoice date, due date and discount date; the due date by the supplier's terms where not given."""
    made = item.day("InvoiceDate") or call.company.today()
    terms = call.company.get("TblApTerms", supplier["TermsCode"]) or {"DueDays": 0}
    due = item.day("DueDate") or made + timedelta(days=terms["DueDays"])
    return made, due, item.day("DiscountDate") or made


def _check_duplicate(call: Call, item: Item, draft: Draft) -> None:
    """Note an invoice that is there already; credits, debits and adjustments of it are entries of the journal alone.

    That an adjustment needs an invoice, and the others do not, is our convention.
    """
    key = draft.supplier["Supplier"], draft.invoice
    if draft.code == "A" and draft.changes is None:
        item.reject("Invoice", codes.NOT_FOUND, f"Invoice '{draft.invoice}' not found")
    elif draft.code == "I" and draft.changes is not None:
        item.reject("Invoice", codes.EXISTS, f"Invoice '{draft.invoice}' already exists for the supplier")
    elif call.company.get("ApRegInvoice", *key) is not None:
        item.reject("Invoice", codes.EXISTS, f"Invoice '{draft.invoice}' is already registered for the supplier")


def _check_matching(item: Item, draft: Draft) -> None:
    has_named = item.element.find("GrnDetails") is not None
    if draft.code == "I" and draft.supplier["GrnMatchReqd"] == "Y" and not has_named:
        item.reject("GrnDetails/GrnGrn", codes.GRN_NEEDED, "GRN matching is required for the supplier")


def _matches(call: Call, item: Item, supplier: Values) -> list[Match]:
    made, taken = [], dict[tuple[object, ...], Decimal]()
    for element in item.element.findall("GrnDetails"):
        named = Item(element)
        match = _match(call, named, supplier, taken)
        item.errors += [(f"GrnDetails/{path}", value, number, text) for path, value, number, text in named.errors]
        if match is not None:
            made.append(match)
    return made


def _match(call: Call, named: Item, supplier: Values, taken: dict[tuple[object, ...], Decimal]) -> Match | None:
    code = call.padded(named.text("GrnSupplier")) or supplier["Supplier"]
    key = (
        code, call.padded(named.text("GrnGrn")), named.text("GrnFlag"), int(named.number("GrnJournal", 0)),
        int(named.number("GrnEntry", 0)),
    )  # fmt: skip
    grn = call.company.get("GrnDetails", *key)
    if grn is None or code != supplier["Supplier"]:
        named.reject("GrnGrn", codes.GRN_UNKNOWN, f"GRN '{key[1]}' not found")
        return None
    left = grn["CurGrnValue"] - taken.get(key, Decimal(0))
    value = _match_value(named, left)
    if rounded(left, 2) <= 0:
        named.reject("GrnGrn", codes.GRN_MATCHED, f"GRN '{key[1]}' is already matched")
    elif value > left:
        named.reject("GrnGrn", codes.GRN_MATCHED, f"Match value {value} is greater than {left} left of GRN '{key[1]}'")
    taken[key] = taken.get(key, Decimal(0)) + value
    return Match(grn, value)


def _match_value(named: Item, left: Decimal) -> Decimal:
    """Return what is matched: all that is left with type ``O``, else the partial value.

    Known programs send CurGrnValue as it was read, which has eight decimals; we take it in cents as well.
    """
    if named.text("GrnMatchType") != "O":
        value = named.number("GrnPartialMatchValue", 2)
        if value <= 0:
            named.reject("GrnPartialMatchValue", codes.BAD_OPTION, "Partial match value must be greater than zero")
        return value
    whole = rounded(left, 2)
    value = named.number("GrnMatchValue", 8, default=left)
    if rounded(value, 2) < whole:
        named.reject("GrnMatchValue", codes.NOT_IN_BALANCE, f"Match value {value} is not the value {whole} of the GRN")
    return left if rounded(value, 2) == whole else value


def _ledger(call: Call, item: Item, rate: tuple[Decimal, str]) -> list[tuple[str, Decimal, str]]:
    made = []
    is_foreign = call.option("LedgerDistributionCurrency", "L") == "F"
    for element in item.element.findall("LedgerDistribution"):
        line = Item(element)
        line.need("LedgerCode", "LedgerValue")
        account = call.company.get("GenMaster", call.company.name, line.text("LedgerCode"))
        line.known("LedgerCode", account, codes.GL_CODE, "Ledger code")
        if account is not None and "Y" in {account["AccOnHldFlag"], account["ControlAccFlag"]}:
            line.reject("LedgerCode", codes.NOT_ALLOWED, "Ledger code is on hold or a control account")
        value = line.number("LedgerValue", 2)
        made.append(
            (line.text("LedgerCode"), to_local(value, rate) if is_foreign else value, line.text("LedgerNotation", 30))
        )
        item.errors += [(f"LedgerDistribution/{path}", *rest) for path, *rest in line.errors]  # type: ignore[misc]
    return made


def _check_balance(call: Call, item: Item, draft: Draft) -> None:
    """Note when the distribution is not the net value; in another currency a cent a line may be lost in rounding."""
    if (draft.value == 0 or (draft.value < 0 and draft.code != "A")) and not item.errors:
        item.reject("TransactionValue", codes.BAD_OPTION, "Transaction value must be greater than zero")
    net = draft.local(draft.value - sum(draft.charges.values()))
    spread = sum((match.value for match in draft.matches), Decimal(0)) + sum(
        (value for _, value, _ in draft.ledger), Decimal(0)
    )
    is_local = draft.supplier["Currency"] == call.company.local_currency
    allowed = Decimal(0) if is_local else CENT * (len(draft.matches) + len(draft.ledger))
    if abs(net - rounded(spread, 2)) > allowed and not item.errors:
        text = f"Distribution {spread} does not equal the net transaction value {net}"
        item.reject("TransactionValue", codes.NOT_IN_BALANCE, text)
