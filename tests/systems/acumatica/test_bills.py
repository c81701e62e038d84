"""Bills and debit adjustments over HTTP."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import AmbiguousWrite, RateLimited, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.systems.acumatica.adapter import AcumaticaAdapter
from ml_connector.systems.acumatica.options import AcumaticaOptions

MARKER = "mlc:1a2b3c4d5e6f7a8b"


def drafted(world: Any, adapter: AcumaticaAdapter, document: Document) -> Any:
    ref = adapter.draft(document, MARKER, None, world.bind)
    found = adapter.fetch(document, ref)
    assert found is not None
    return found


def released(world: Any, adapter: AcumaticaAdapter, document: Document) -> Any:
    ref = drafted(world, adapter, document).ref
    adapter.authorise(document, ref)
    return adapter.fetch(document, ref)


def test_a_bill_is_drafted_on_hold_and_shows_exactly_what_is_meant(world: Any, make: Any) -> None:
    """A drafted bill is on hold, bound, carries the marker and has no field other than as projected."""
    adapter = world.adapter()
    found = drafted(world, adapter, make.bill())
    assert found.status is TargetStatus.DRAFT
    assert found.ours
    assert world.bound == [found.ref]
    assert differences(adapter.project(make.bill()), found.fields) == []
    (stored,) = world.held("Bill")
    assert stored["Description"] == f"Cin7 PO-00457 / INV-88412 {MARKER}"
    assert stored["Status"] == "On Hold"
    assert stored["PostPeriod"] == "032026"


def test_a_bill_is_released_by_polling_until_it_is_open(world: Any, make: Any) -> None:
    """Authorising takes a bill off hold, releases it and waits until the release has ended."""
    world.set(action_polls=3)
    found = released(world, world.adapter(), make.bill())
    assert found.status is TargetStatus.AUTHORISED
    assert "is open in Acumatica" in found.frozen
    assert world.count("ReleaseBill/status") == 4


def test_a_release_done_at_once_is_not_polled(world: Any, make: Any) -> None:
    """The Location that comes with 204 is left alone."""
    world.set(action_mode="immediate")
    found = released(world, world.adapter(), make.bill())
    assert found.status is TargetStatus.AUTHORISED
    assert world.count("status") == 0


def test_authorising_again_from_any_state_writes_nothing_new(world: Any, make: Any) -> None:
    """A released bill is left alone when it is authorised again."""
    adapter = world.adapter()
    found = released(world, adapter, make.bill())
    writes = world.count("Bill", "PUT") + world.count("Bill", "POST")
    adapter.authorise(make.bill(), found.ref)
    assert world.count("Bill", "PUT") + world.count("Bill", "POST") == writes


@pytest.mark.parametrize(("status", "hold"), [("On Hold", True), ("Balanced", False)])
def test_a_bill_left_half_way_is_authorised_from_there(world: Any, make: Any, status: str, hold: bool) -> None:
    """A bill on hold or balanced, as a killed worker leaves it, is brought to released."""
    adapter = world.adapter()
    ref = drafted(world, adapter, make.bill()).ref
    world.edit("Bill", ref.key, Status=status, Hold=hold)
    adapter.authorise(make.bill(), ref)
    assert world.held("Bill")[0]["Status"] == "Open"


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


def test_a_lost_answer_to_the_release_is_settled_by_authorising_again(world: Any, make: Any) -> None:
    """After the answer to a release was lost, authorising again ends with one released bill."""
    adapter = world.adapter()
    ref = drafted(world, adapter, make.bill()).ref
    world.fault("reset_after", "ReleaseBill$", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.authorise(make.bill(), ref)
    world.sim("POST", "clock", {"advance": 60})
    adapter.authorise(make.bill(), ref)
    assert world.held("Bill")[0]["Status"] == "Open"
    assert world.count("ReleaseBill$", "POST") == 1


def test_a_session_busy_with_a_release_is_waited_for(world: Any, make: Any) -> None:
    """A request refused because an action still runs in the session is repeated, not taken for a refusal."""
    adapter = world.adapter()
    ref = drafted(world, adapter, make.bill()).ref
    world.fault("reset_after", "ReleaseBill$", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.authorise(make.bill(), ref)
    world.clock.on_sleep = lambda seconds: world.sim("POST", "clock", {"advance": seconds})
    found = adapter.fetch(make.bill(), ref)
    assert found is not None
    assert found.status is TargetStatus.AUTHORISED
    assert sum(world.clock.waits) >= 10


def test_a_release_that_does_not_end_is_in_doubt(world: Any, make: Any) -> None:
    """After the deadline the release counts as of unknown outcome."""
    world.set(action_polls=10_000)
    adapter = world.adapter(release_deadline_seconds=20)
    ref = drafted(world, adapter, make.bill()).ref
    with pytest.raises(AmbiguousWrite, match="has not ended after 20 s"):
        adapter.authorise(make.bill(), ref)


@pytest.mark.parametrize("status", [422, 500])
def test_a_release_that_fails_is_refused_with_the_erps_words(world: Any, make: Any, status: int) -> None:
    """What a failing release says while it is polled reaches the person who decides."""
    world.set(action_failure="The batch is out of balance.", action_failure_status=status)
    adapter = world.adapter()
    ref = drafted(world, adapter, make.bill()).ref
    with pytest.raises(Refused) as refused:
        adapter.authorise(make.bill(), ref)
    assert ("", "The batch is out of balance.") in refused.value.reasons


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
    found = released(world, adapter, make.credit())
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
    found = drafted(world, adapter, document)
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
    ref = drafted(world, adapter, make.bill()).ref
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
    ref = drafted(world, adapter, make.bill()).ref
    found = adapter.find(make.bill(number="INV-88412-B"), MARKER)
    assert found is not None
    assert found.ref == ref


def test_an_unreleased_bill_is_amended_line_by_line(world: Any, make: Any) -> None:
    """A changed line keeps its row, a new one is added, a dropped one deleted, and taxes follow."""
    adapter = world.adapter()
    found = drafted(world, adapter, make.bill())
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
    found = drafted(world, adapter, make.bill())
    world.edit("Bill", found.ref.key, Status="Balanced", Hold=False)
    adapter.amend(make.bill(due_date=dt.date(2026, 5, 1)), found, ["due_date"])
    assert world.held("Bill")[0]["Status"] == "On Hold"


def test_a_released_bill_is_never_amended(world: Any, make: Any) -> None:
    """Amending a released bill is refused before anything is sent."""
    adapter = world.adapter()
    found = released(world, adapter, make.bill())
    writes = world.count("Bill", "PUT")
    with pytest.raises(Refused, match="is open in Acumatica"):
        adapter.amend(make.bill(due_date=dt.date(2026, 5, 1)), found, ["due_date"])
    assert world.count("Bill", "PUT") == writes


def test_a_half_finished_draft_is_completed_at_its_reference(world: Any, make: Any) -> None:
    """A draft begun with other content is brought to what is meant, without a second bill."""
    adapter = world.adapter()
    ref = drafted(world, adapter, make.bill(lines=(make.line(),))).ref
    assert adapter.draft(make.bill(), MARKER, ref, world.bind) == ref
    found = adapter.fetch(make.bill(), ref)
    assert found is not None
    assert differences(adapter.project(make.bill()), found.fields) == []
    assert len(world.held("Bill")) == 1


def test_a_bill_that_waits_for_approval_counts_as_authorised_by_us(world: Any, make: Any) -> None:
    """Where Acumatica asks a person to approve, the connector's part ends with Hold taken off."""
    world.set(bill_approval=True)
    found = released(world, world.adapter(), make.bill())
    assert found.status is TargetStatus.AUTHORISED
    assert world.count("ReleaseBill", "POST") == 0
    assert world.held("Bill")[0]["Status"] == "Pending Approval"


def test_the_list_of_bills_tells_ours_from_a_reversal_of_ours(world: Any, make: Any) -> None:
    """A debit adjustment that reversing one of our bills made carries our marker, but is not ours."""
    adapter = world.adapter()
    released(world, adapter, make.bill())
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
    ref = drafted(world, adapter, make.bill()).ref
    world.sim("DELETE", "record", {"entity": "Bill", "id": ref.key})
    assert adapter.fetch(make.bill(), ref) is None


def test_a_bill_belongs_to_the_branch_of_the_connection(world: Any, make: Any) -> None:
    """A bill carries its branch under its own name, and it is read back and compared."""
    world.set(branches=["HEADOFFICE", "WEST"])
    adapter = world.adapter(world.client(branch="WEST"))
    found = drafted(world, adapter, make.bill())
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
    found = drafted(world, adapter, make.bill())
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
    found = drafted(world, adapter, make.bill(lines=(line,)))
    changed = make.bill(lines=(line.model_copy(update={"quantity": Decimal(30000)}),))
    adapter.amend(changed, found, ["lines[0].quantity"])
    after = adapter.fetch(changed, found.ref)
    assert differences(adapter.project(changed), after.fields) == []
    assert len(world.held("Bill")[0]["Details"]) == 1


BUSY = [(500, "Please wait."), (409, "Please wait."), (422, "Please wait.")]


@pytest.mark.parametrize(("status", "text"), BUSY)
def test_a_session_busy_in_other_words_is_waited_for(world: Any, make: Any, status: int, text: str) -> None:
    """While a release of ours may run, a refusal that is not understood means wait, for reads and for writes."""
    world.set(session_busy_status=status, session_busy_text=text)
    adapter = world.adapter()
    ref = drafted(world, adapter, make.bill()).ref
    world.fault("reset_after", "ReleaseBill$", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.authorise(make.bill(), ref)
    with pytest.raises(RateLimited):
        adapter.fetch(make.bill(), ref)
    with pytest.raises(RateLimited):
        adapter.draft(make.bill(number="INV-2"), "mlc:2222222222222222", None, world.bind)
    world.clock.on_sleep = lambda seconds: world.sim("POST", "clock", {"advance": seconds})
    found = adapter.fetch(make.bill(), ref)
    assert found.status is TargetStatus.AUTHORISED


def test_a_refusal_that_is_understood_stays_one_while_a_release_may_run(world: Any, make: Any) -> None:
    """A field's error is the bill's own, whatever else is under way."""
    world.set(session_busy=False)
    adapter = world.adapter()
    ref = drafted(world, adapter, make.bill()).ref
    world.fault("reset_after", "ReleaseBill$", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.authorise(make.bill(), ref)
    with pytest.raises(Refused, match="XXX"):
        adapter._endpoint.put("Bill", {"Vendor": "V000100", "CurrencyID": "XXX"}, is_new=True)


@pytest.mark.parametrize("polled", [True, False])
def test_once_a_release_has_ended_refusals_are_refusals_again(world: Any, make: Any, polled: bool) -> None:
    """The end of the release, or any request that succeeds, shows that the session is free."""
    adapter = world.adapter()
    ref = drafted(world, adapter, make.bill()).ref
    if polled:
        adapter.authorise(make.bill(), ref)
    else:
        world.fault("reset_after", "ReleaseBill$", "POST")
        with pytest.raises(AmbiguousWrite):
            adapter.authorise(make.bill(), ref)
        world.sim("POST", "clock", {"advance": 60})
        assert adapter.fetch(make.bill(), ref) is not None
    answer = {"exceptionMessage": "No.", "exceptionType": "PX.Data.PXException"}
    world.fault("status", "/Bill$", "PUT", status=500, answer=answer)
    with pytest.raises(Refused, match="No"):
        adapter._endpoint.put("Bill", {"Vendor": "V000100"}, is_new=True)


def test_a_lost_write_is_waited_for_longer_than_the_queue() -> None:
    """A request is declined only after more than ten minutes of waiting, and then it still has to be carried out."""
    assert AcumaticaOptions().settle_seconds >= 600 + AcumaticaOptions().release_deadline_seconds
