"""Credit memos into Cin7: into the purchase of the bill that they credit, or refused in clear words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.documents import DocumentStatus, InvoiceType
from ml_connector.domain.errors import AmbiguousWrite, ContractError, NotReady, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.sync.ports import Window

MARKER = "mlc:1a2b3c4d5e6f7a8b"
D = Decimal


@pytest.fixture
def billed(world: Any, make: Any, placed: Any) -> Any:
    """Bill an order of ours with KF-1 and return its purchase's ID."""

    def bill(**options: Any) -> str:
        order = placed(approach="INVOICE", **options)
        adapter, document = world.adapter(), make.bill(order)
        adapter.authorise(document, adapter.draft(document, "mlc:aa", None, lambda _ref: None))
        return str(order)

    return bill


def memo(make: Any, order: str = "", **changes: Any) -> Any:
    """A credit memo of 4 clamps."""
    line = make.line(account="630", quantity=D(4), net=D(50), tax=D(5))
    return make.bill(order, **{"type": InvoiceType.CREDIT_MEMO, "number": "CM-1", "lines": (line,), **changes})


def different(adapter: Any, document: Any, ref: Any) -> list[str]:
    """What the credit note shows otherwise than meant."""
    return [str(one) for one in differences(adapter.project(document), adapter.fetch(document, ref).fields)]


def test_a_credit_memo_of_prices_with_tax_reads_back_as_meant(world: Any, make: Any, billed: Any) -> None:
    """Where the purchase's prices hold the tax, so do those of its credit note."""
    order = billed()
    world.edit("purchase", order, TaxCalculation="Inclusive")
    document = memo(make, order)
    ref = world.adapter().draft(document, MARKER, None, world.bind)
    assert different(world.adapter(), document, ref) == []
    assert world.held("purchase")[0]["CreditNote"][0]["Lines"][0]["Total"] == D(55)


@pytest.mark.parametrize("purchase_type", ["Simple", "Advanced"])
@pytest.mark.parametrize("home", ["order", "bill"])
def test_a_credit_memo_is_written_in_two_steps(
    world: Any, make: Any, billed: Any, purchase_type: str, home: str
) -> None:
    """Into its order's purchase, or the one that holds the bill it names: draft, bound, read back, authorised."""
    order = billed(purchase_type=purchase_type)
    adapter = world.adapter()
    document = memo(make, order) if home == "order" else memo(make, credits_number="KF-1")
    ref = adapter.draft(document, MARKER, None, world.bind)
    assert (world.bound, ref.key, ref.number) == ([ref], f"{order}/credit/CM-1", "CM-1 in PO-00001")
    assert (adapter.fetch(document, ref).status, different(adapter, document, ref)) == (TargetStatus.DRAFT, [])
    for _ in range(2):
        adapter.authorise(document, ref)
    found = adapter.fetch(document, ref)
    assert (found.status, found.ours, different(adapter, document, ref)) == (TargetStatus.AUTHORISED, True, [])
    assert "undo" in found.frozen
    assert world.count("creditnote", "POST") == 2
    notes = [note for note in world.held("purchase")[0]["CreditNote"] if note["Lines"]]
    assert [(one["CreditNoteNumber"], one["CreditNoteInvoiceNumber"], one["Unstock"]) for one in notes] == [
        ("CM-1", "KF-1", [])
    ]


def test_two_credit_memos_stand_beside_each_other(world: Any, make: Any, billed: Any) -> None:
    """An Advanced purchase takes several credit notes, a Simple one is said to take one."""
    for purchase_type in ("Advanced", "Simple"):
        order = billed(purchase_type=purchase_type)
        adapter = world.adapter()
        adapter.draft(memo(make, order), MARKER, None, world.bind)
        second = memo(make, order, number="CM-2")
        if purchase_type == "Advanced":
            assert adapter.draft(second, "mlc:bb", None, world.bind).key == f"{order}/credit/CM-2"
        else:
            with pytest.raises(Refused, match="takes one credit note"):
                adapter.draft(second, "mlc:bb", None, world.bind)


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_lost_credit_note_is_looked_up(world: Any, make: Any, billed: Any, kind: str) -> None:
    """A new one is sent once; after a lost answer it is found by its mark or not there."""
    order = billed()
    adapter, document = world.adapter(), memo(make, order)
    world.fault(kind, "creditnote", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(document, MARKER, None, world.bind)
    assert world.count("creditnote", "POST") == 1
    found = adapter.find(document, MARKER)
    assert (found is not None and found.ours) is (kind == "reset_after")
    adapter.draft(document, MARKER, found.ref if found else None, world.bind)
    assert len([note for note in world.held("purchase")[0]["CreditNote"] if note["Lines"]]) == 1


def test_an_answer_without_the_credit_note_is_no_success(world: Any, make: Any, billed: Any) -> None:
    """Where the note does not show after it was taken, nothing is bound."""
    order = billed()
    world.fault("status", "creditnote", "POST", status=200, answer={"PurchaseID": order, "CreditNotes": []})
    with pytest.raises(ContractError, match="does not show it"):
        world.adapter().draft(memo(make, order), MARKER, None, world.bind)
    assert world.bound == []


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"order_key": "", "credits_number": ""}, Refused, "names no order, and no bill"),
        ({"order_key": "", "credits_number": "KF-9"}, Refused, "names no order, and Cin7 has no bill KF-9"),
        ({"credits_number": "KF-9"}, NotReady, "bill KF-9 of PO-00001 has to be authorised"),
        ({"currency": "EUR"}, Refused, "in EUR"),
        ({"status": DocumentStatus.VOIDED}, Refused, "voided"),
        ({"gross": D(56)}, Refused, "gross"),
    ],
)
def test_what_has_no_home_or_cannot_be_said_is_told(
    world: Any, make: Any, billed: Any, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    """Without a bill to credit the memo is refused or waits, in clear words, and nothing is sent."""
    document = memo(make, billed()).model_copy(update=changes)
    with pytest.raises(error, match=words):
        world.adapter().draft(document, MARKER, None, world.bind)
    assert (world.count("creditnote", "POST"), world.bound) == (0, [])


def test_before_any_bill_a_credit_memo_waits(world: Any, make: Any, placed: Any) -> None:
    """A purchase without authorised bill takes no credit note."""
    with pytest.raises(NotReady, match="the bill of PO-00001 has to be authorised"):
        world.adapter().draft(memo(make, placed()), MARKER, None, world.bind)


def test_of_several_bills_the_credited_one_must_be_named(world: Any, make: Any) -> None:
    """Where the purchase has two bills a memo without bill number is refused, and with one it is taken."""
    made = world.purchase("two receipts, two bills", "PO-00007")
    adapter = world.adapter()
    with pytest.raises(Refused, match="does not name its bill, and PO-00007 has INV-00007-1, INV-00007-2"):
        adapter.draft(memo(make, made["ID"]), MARKER, None, world.bind)
    adapter.draft(memo(make, made["ID"], credits_number="INV-00007-2"), MARKER, None, world.bind)
    assert world.sent("creditnote")["CreditNoteInvoiceNumber"] == "INV-00007-2"


def test_a_bill_number_in_two_purchases_is_for_a_person(world: Any, make: Any) -> None:
    """Where two purchases hold the credited bill, none is chosen."""
    for number in ("PO-00007", "PO-00008"):
        world.purchase("completed", number, invoice_number=lambda _draft, _n: "KF-1")
    with pytest.raises(Refused, match="PO-00007, PO-00008"):
        world.adapter().find(memo(make, credits_number="KF-1"), MARKER)


def test_a_credit_note_keyed_by_hand_is_found(world: Any, make: Any) -> None:
    """One of the same number without our mark is found, equal where it is, and not ours."""
    world.purchase("credited, advanced", "PO-00007")
    adapter = world.adapter()
    read = adapter.read("supplier_invoice", Window(None, world.clock.now() + dt.timedelta(days=1)))
    known = next(one for one in read if one.type is InvoiceType.CREDIT_MEMO)
    found = adapter.find(known.model_copy(update={"source": "ifs", "key": "x"}), MARKER)
    assert (found.ours, found.status, found.document) == (False, TargetStatus.AUTHORISED, known)
    assert differences(adapter.project(known), found.fields) == []


def test_a_draft_is_amended_and_a_lost_one_is_gone(world: Any, make: Any, billed: Any) -> None:
    """Changed lines are brought to a draft; one that a person removed is gone and is not authorised."""
    order = billed()
    adapter, document = world.adapter(), memo(make, order)
    ref = adapter.draft(document, MARKER, None, world.bind)
    changed = memo(make, order, number="CM-1A")
    adapter.amend(changed, adapter.fetch(changed, ref), ["number"])
    assert different(adapter, changed, ref) == []
    assert adapter.fetch(changed, ref).ref.key == f"{order}/credit/CM-1A"
    world.edit("purchase", order, CreditNote=[])
    assert adapter.fetch(changed, ref) is None
    with pytest.raises(Refused, match="not in PO-00001 any more"):
        adapter.authorise(changed, ref)


def test_a_void_credit_note_is_void(world: Any, make: Any, billed: Any) -> None:
    """With its purchase the credit note is void, and found no more."""
    order = billed()
    adapter, document = world.adapter(), memo(make, order)
    ref = adapter.draft(document, MARKER, None, world.bind)
    world.edit("purchase", order, void=True)
    assert adapter.fetch(document, ref).status is TargetStatus.VOIDED
    assert adapter.find(document, MARKER) is None
