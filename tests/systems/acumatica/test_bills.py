"""Bills and debit adjustments over HTTP."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.errors import AmbiguousWrite, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences

MARKER = "mlc:1a2b3c4d5e6f7a8b"


def test_a_bill_is_drafted_on_hold_and_shows_exactly_what_is_meant(world: Any, make: Any) -> None:
    """A drafted bill is on hold, bound, carries the marker and has no field other than as projected."""
    adapter = world.adapter()
    found = world.drafted(adapter, make.bill())
    assert found.status is TargetStatus.DRAFT
    assert found.ours
    assert world.bound == [found.ref]
    assert differences(adapter.project(make.bill()), found.fields) == []
    (stored,) = world.held("Bill")
    assert stored["Description"] == f"Cin7 PO-00457 / INV-88412 {MARKER}"
    assert stored["Status"] == "On Hold"
    assert stored["PostPeriod"] == "032026"


def test_a_lost_answer_to_the_create_leaves_one_bill_that_is_found(world: Any, make: Any) -> None:
    """After the answer to a create was lost, the bill is found by its marker, and no second one is made."""
    adapter = world.adapter()
    world.fault("reset_after", "/Bill$")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(make.bill(), MARKER, None, world.bind)
    found = adapter.find(make.bill(), MARKER)
    assert found is not None
    assert found.ours
    again = adapter.draft(make.bill(), MARKER, None, world.bind)
    assert again == found.ref
    assert len(world.held("Bill")) == 1


@pytest.mark.parametrize("kind", ["reset_after", "html", "truncate"])
def test_no_usable_answer_to_a_create_is_never_sent_again(world: Any, make: Any, kind: str) -> None:
    """A connection cut, a gateway's web page or half an answer leaves the create in doubt, sent once."""
    adapter = world.adapter()
    world.fault(kind, "/Bill$")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(make.bill(), MARKER, None, world.bind)
    assert world.count("/Bill$", "PUT") == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_without_the_erps_words_leaves_the_create_in_doubt(world: Any, make: Any, status: int) -> None:
    """A 5xx that is no exception of the ERP may come after the bill was stored."""
    adapter = world.adapter()
    world.fault("status_after", "/Bill$", status=status, answer="<html>Bad gateway</html>")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(make.bill(), MARKER, None, world.bind)
    assert len(world.held("Bill")) == 1


def test_a_closed_period_is_refused_with_the_field_that_says_so(world: Any, make: Any) -> None:
    """A bill of a closed period is refused, nothing is stored, and the reason names the field."""
    adapter = world.adapter()
    with pytest.raises(Refused) as refused:
        adapter.draft(make.bill(date=dt.date(2024, 12, 30)), MARKER, None, world.bind)
    assert [field for field, _ in refused.value.reasons] == ["PostPeriod"]
    assert world.held("Bill") == []


def test_an_error_in_a_line_is_named_with_its_place(world: Any, make: Any) -> None:
    """Errors nested in detail rows are collected with the path of their field."""
    lines = (make.line(), make.line(account="99999"))
    with pytest.raises(Refused) as refused:
        world.adapter().draft(make.bill(lines=lines), MARKER, None, world.bind)
    assert ("Details[1].Account", "Account '99999' cannot be found in the system.") in refused.value.reasons


def test_a_credit_memo_becomes_a_debit_adjustment(world: Any, make: Any) -> None:
    """A credit memo is stored as a debit adjustment, found again as one, and released."""
    adapter = world.adapter()
    found = world.released(adapter, make.credit())
    assert found.ref.key.startswith("Debit Adj./")
    assert differences(adapter.project(make.credit()), found.fields) == []
    again = adapter.find(make.credit(), MARKER)
    assert again is not None
    assert again.ref == found.ref


def test_tax_goes_by_rule_and_takes_the_rounding_of_the_document(world: Any, make: Any) -> None:
    """Each tax rule gets a row, an untaxed line none, and the document's rounding lands on the largest tax."""
    lines = (
        make.line(net=Decimal("10.05"), tax=Decimal("2.01"), tax_rule="VAT20"),
        make.line(net=Decimal("10.05"), tax=Decimal("1.00")),
        make.line(net=Decimal(5), tax=Decimal(0), tax_rule=""),
    )
    document = make.bill(lines=lines, tax=Decimal("3.02"), gross=Decimal("28.12"))
    adapter = world.adapter()
    found = world.drafted(adapter, document)
    assert differences(adapter.project(document), found.fields) == []
    assert found.fields["taxes.VAT20"] == "2.02"
    assert found.fields["gross"] == "28.12"


def test_tax_without_a_rule_is_refused_before_anything_is_sent(world: Any, make: Any) -> None:
    """A tax amount that no tax rule names cannot be booked, so the bill is refused unsent."""
    lines = (make.line(tax_rule="", tax=Decimal(1)),)
    with pytest.raises(Refused, match="no tax rule"):
        world.adapter().draft(make.bill(lines=lines), MARKER, None, world.bind)
    assert world.count("/Bill$", "PUT") == 0


def test_a_bill_keyed_by_hand_is_found_but_not_ours(world: Any, make: Any) -> None:
    """A bill of the same supplier and number without our marker is found as somebody else's."""
    row = {"Account": "12100", "ExtendedCost": "45.80", "TransactionDescription": "by hand"}
    world.seed(
        "Bill",
        {
            "Type": "Bill",
            "Vendor": "V000100",
            "VendorRef": "INV-88412",
            "Status": "Open",
            "Hold": False,
            "Date": "2026-03-18",
            "Details": [row],
        },
    )
    found = world.adapter().find(make.bill(), MARKER)
    assert found is not None
    assert not found.ours
    assert found.fields["lines[0].account"] == "12100"


def test_the_same_number_of_another_supplier_is_not_it(world: Any, make: Any) -> None:
    """Invoice numbers repeat between suppliers, so another supplier's bill is not found."""
    world.seed("Vendor", {"VendorID": "V000200", "VendorName": "Other"})
    adapter = world.adapter()
    adapter.draft(make.bill(supplier_key="V000200"), "mlc:ffffffffffffffff", None, world.bind)
    assert adapter.find(make.bill(), MARKER) is None


def test_several_bills_of_one_number_are_left_to_a_person(world: Any, make: Any) -> None:
    """Two bills of the same supplier and number, neither ours, are refused by name."""
    plain = {"Type": "Bill", "Vendor": "V000100", "VendorRef": "INV-88412", "Status": "Open", "Date": "2026-03-18"}
    world.seed("Bill", {**plain, "ReferenceNbr": "000901"}, {**plain, "ReferenceNbr": "000902"})
    with pytest.raises(Refused, match=r"000901 \(Open\), 000902 \(Open\)|000902 \(Open\), 000901 \(Open\)"):
        world.adapter().find(make.bill(), MARKER)


def test_ours_wins_among_several_of_one_number(world: Any, make: Any) -> None:
    """The bill that carries our marker is found even where another has the same number."""
    adapter = world.adapter()
    ref = world.drafted(adapter, make.bill()).ref
    plain = {"Type": "Bill", "Vendor": "V000100", "VendorRef": "INV-88412", "Status": "Open", "Date": "2026-03-18"}
    world.seed("Bill", {**plain, "ReferenceNbr": "000902"})
    found = adapter.find(make.bill(), MARKER)
    assert found is not None
    assert found.ref == ref


def test_a_bill_made_from_another_document_is_never_taken_for_this_one(world: Any, make: Any) -> None:
    """A bill of the same number with another document's marker is refused, not adopted."""
    adapter = world.adapter()
    adapter.draft(make.bill(), "mlc:ffffffffffffffff", None, world.bind)
    with pytest.raises(Refused, match="made from another document"):
        adapter.find(make.bill(), MARKER)


def test_our_bill_is_found_though_its_number_was_corrected_meanwhile(world: Any, make: Any) -> None:
    """The marker finds the bill after the supplier's number was changed at the source."""
    adapter = world.adapter()
    ref = world.drafted(adapter, make.bill()).ref
    found = adapter.find(make.bill(number="INV-88412-B"), MARKER)
    assert found is not None
    assert found.ref == ref


def test_an_unreleased_bill_is_amended_line_by_line(world: Any, make: Any) -> None:
    """A changed line keeps its row, a new one is added, a dropped one deleted, and taxes follow."""
    adapter = world.adapter()
    found = world.drafted(adapter, make.bill())
    before = world.held("Bill")[0]["Details"]
    lines = (
        make.line(quantity=Decimal(10), net=Decimal("22.90"), tax=Decimal("2.29")),
        make.line(account="61500", description="Fuel", item=None, net=Decimal(5), tax=Decimal(1), tax_rule="VAT20"),
    )
    changed = make.bill(lines=lines, due_date=dt.date(2026, 5, 1))
    adapter.amend(changed, found, ["gross"])
    after = adapter.fetch(changed, found.ref)
    assert after is not None
    assert differences(adapter.project(changed), after.fields) == []
    kept = {row["id"] for row in before} & {row["id"] for row in world.held("Bill")[0]["Details"]}
    assert len(kept) == 1


def test_a_balanced_bill_goes_back_on_hold_to_be_amended(world: Any, make: Any) -> None:
    """Amending a bill that was taken off hold leaves it on hold, a draft again."""
    adapter = world.adapter()
    found = world.drafted(adapter, make.bill())
    world.edit("Bill", found.ref.key, Status="Balanced", Hold=False)
    adapter.amend(make.bill(due_date=dt.date(2026, 5, 1)), found, ["due_date"])
    assert world.held("Bill")[0]["Status"] == "On Hold"


def test_a_released_bill_is_never_amended(world: Any, make: Any) -> None:
    """Amending a released bill is refused before anything is sent."""
    adapter = world.adapter()
    found = world.released(adapter, make.bill())
    writes = world.count("Bill", "PUT")
    with pytest.raises(Refused, match="is open in Acumatica"):
        adapter.amend(make.bill(due_date=dt.date(2026, 5, 1)), found, ["due_date"])
    assert world.count("Bill", "PUT") == writes


def test_a_half_finished_draft_is_completed_at_its_reference(world: Any, make: Any) -> None:
    """A draft begun with other content is brought to what is meant, without a second bill."""
    adapter = world.adapter()
    ref = world.drafted(adapter, make.bill(lines=(make.line(),))).ref
    assert adapter.draft(make.bill(), MARKER, ref, world.bind) == ref
    found = adapter.fetch(make.bill(), ref)
    assert found is not None
    assert differences(adapter.project(make.bill()), found.fields) == []
    assert len(world.held("Bill")) == 1


def test_the_list_of_bills_tells_ours_from_a_reversal_of_ours(world: Any, make: Any) -> None:
    """A debit adjustment that reversing one of our bills made carries our marker, but is not ours."""
    adapter = world.adapter()
    world.released(adapter, make.bill())
    reversal = {**world.held("Bill")[0], "Type": "Debit Adj.", "ReferenceNbr": "000777"}
    plain = {name: reversal[name] for name in ("Type", "ReferenceNbr", "Vendor", "VendorRef", "Description")}
    world.seed("Bill", {**plain, "Date": "2026-03-19"})
    found = {one.ref.key: one for one in adapter.present("supplier_invoice")}
    assert [one.ours for key, one in sorted(found.items())] == [True, False]
    ours = next(one for one in found.values() if one.ours)
    assert ours.fields["gross"] == "96.18"


def test_a_bill_that_is_gone_is_reported_as_gone(world: Any, make: Any) -> None:
    """Fetching a deleted bill gives nothing, though Acumatica answers 500 to a key it does not know."""
    adapter = world.adapter()
    ref = world.drafted(adapter, make.bill()).ref
    world.sim("DELETE", "record", {"entity": "Bill", "id": ref.key})
    assert adapter.fetch(make.bill(), ref) is None


def test_a_bill_belongs_to_the_branch_of_the_connection(world: Any, make: Any) -> None:
    """A bill carries its branch under its own name, and it is read back and compared."""
    world.set(branches=["HEADOFFICE", "WEST"])
    adapter = world.adapter(world.client(branch="WEST"))
    found = world.drafted(adapter, make.bill())
    assert differences(adapter.project(make.bill()), found.fields) == []
    (stored,) = world.held("Bill")
    assert (stored["BranchID"], {row["Branch"] for row in stored["Details"]}) == ("WEST", {"WEST"})
    world.edit("Bill", found.ref.key, BranchID="HEADOFFICE")
    moved = adapter.fetch(make.bill(), found.ref)
    assert [one.field for one in differences(adapter.project(make.bill()), moved.fields)] == ["branch"]


def test_what_a_save_changed_by_itself_is_sent_once_more(world: Any, make: Any) -> None:
    """A due date that was equal is skipped and follows the new date; so it is sent again, and then it stays."""
    world.edit("Vendor", "V000100", Terms="14D")
    adapter = world.adapter()
    found = world.drafted(adapter, make.bill())
    writes = world.count("/Bill$", "PUT")
    later = make.bill(date=dt.date(2026, 3, 20))
    adapter.amend(later, found, ["date"])
    after = adapter.fetch(later, found.ref)
    assert differences(adapter.project(later), after.fields) == []
    assert world.held("Bill")[0]["DueDate"] == "2026-04-17"
    assert world.count("/Bill$", "PUT") == writes + 2


def test_a_line_amount_that_a_save_computed_is_sent_once_more(world: Any, make: Any) -> None:
    """An amount that was equal is computed from a new quantity; sent again, it is as meant, and no line is doubled."""
    adapter = world.adapter()
    line = make.line(quantity=Decimal(7), net=Decimal(10), tax=Decimal(0), tax_rule="")
    found = world.drafted(adapter, make.bill(lines=(line,)))
    changed = make.bill(lines=(line.model_copy(update={"quantity": Decimal(30000)}),))
    adapter.amend(changed, found, ["lines[0].quantity"])
    after = adapter.fetch(changed, found.ref)
    assert differences(adapter.project(changed), after.fields) == []
    assert len(world.held("Bill")[0]["Details"]) == 1
