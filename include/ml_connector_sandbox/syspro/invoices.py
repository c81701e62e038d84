"""APSTIN: supplier invoices are posted, matched with what was received, and booked.

Elements and answer: https://github.com/LuntuSYSPRO/myGitHub-rep (``business_objects_catalog.json``, APSTIN).
Inferred: what is mandatory, that matches and ledger lines add up to the value net of tax and charges, that the
transaction's value is in the supplier's currency and a GRN's in the company's. Of the transaction codes I (invoice),
C (credit), D (debit) and A (adjustment) are simulated: those of an invoice that is there add no row to ApInvoice, whose
key is supplier and invoice; a credit of its own is a document below zero. Error numbers and texts are ours.
"""

from __future__ import annotations

from itertools import count

from starlette.responses import Response

from . import call as codes
from .call import Call, Item
from .invoice_check import Draft, check
from .invoice_write import write
from .ledger import Entry, period, post_journal
from .markup import Node, document
from .posting import Outcome, post


def post_invoices(call: Call) -> Response:
    """Return the answer to Transaction/Post of supplier invoices."""
    in_period = period(call.settings, call.company.today(), call.option("PostingPeriod", "C"))
    journal, numbers = call.company.counters.get("ApJournal", 0) + 1, count(1)
    entries: list[Entry] = []

    def one(item: Item) -> list[Node] | None:
        if in_period is None:
            item.reject(
                "PostingPeriod", codes.PERIOD_CLOSED, "The posting period is closed", call.option("PostingPeriod")
            )
        draft = check(call, item)
        if draft is None or in_period is None or item.is_refused(ignore_warnings=call.is_on("IgnoreWarnings")):
            return None
        number = next(numbers)
        entries.extend(write(call, draft, in_period, journal, number))
        return [_told(draft, in_period, journal, number)]

    made = post(call, call.document.findall("Item"), one)
    tail: list[Node] = []
    if in_period is not None and not made.is_validation and any(nodes is not None for nodes in made.posted):
        call.company.at_least("ApJournal", journal)
        tail = [("GlJournal", _book(call, in_period, entries, journal))]
    return document("postapinvoice", [*_items(made), ("StatusOfItems", [*tail, *made.counts()])])


def _items(made: Outcome) -> list[Node]:
    pairs = zip(made.items, made.posted, strict=True)
    return [("Item", [*([] if made.is_validation else nodes or []), *item.troubles()]) for item, nodes in pairs]


def _book(call: Call, in_period: tuple[int, int], entries: list[Entry], journal: int) -> list[Node]:
    """Post the general ledger journal, or tell that it failed though the invoices are posted."""
    number, error, message = "", "", ""
    if call.settings.gl_journal_error:
        error, message = "1", "The general ledger journal could not be created"
    else:
        made = post_journal(call.company, in_period, entries, source="AP", journal=journal, operator=call.operator)
        number = f"{made:05}"
    return [
        ("GlYear", str(in_period[0])), ("GlPeriod", f"{in_period[1]:02}"), ("GlJournal", number),
        ("GlJournalError", error), ("GlJournalMessage", message),
    ]  # fmt: skip


def _told(draft: Draft, in_period: tuple[int, int], journal: int, number: int) -> Node:
    key: list[Node] = [
        ("TrnYear", str(in_period[0])), ("TrnMonth", f"{in_period[1]:02}"), ("Journal", f"{journal:05}"),
        ("EntryNumber", f"{number:03}"),
    ]  # fmt: skip
    named: list[Node] = [
        ("Supplier", draft.supplier["Supplier"]), ("Invoice", draft.invoice), ("TransactionCode", draft.code),
    ]  # fmt: skip
    return "Transaction", [("Key", key), *named]
