"""What every destination keeps to, call by call."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from bench import Bench
from cases import every_target, kinds
from deliveries import MARKER, Case, Delivery
from workers import Killed, Worker

from ml_connector.domain.errors import Refused, SyncError
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.sync.ports import Found, TargetRef


def drafted_kinds(bench: type[Bench]) -> Sequence[str]:
    return bench.with_drafts


def changeable_kinds(bench: type[Bench]) -> Sequence[str]:
    return [kind for kind in bench.destinations if kind not in bench.frozen]


def draft(delivery: Delivery, document: Any = None, ref: TargetRef | None = None) -> TargetRef:
    """Draft as the engine does."""
    bound: list[TargetRef] = []
    made: TargetRef = delivery.adapter.draft(document or delivery.document, MARKER, ref, bound.append)
    assert ref is not None or bound[-1] == made
    return made


def authorised(delivery: Delivery) -> TargetRef:
    """Draft and authorise."""
    ref = draft(delivery)
    delivery.adapter.authorise(delivery.document, ref)
    return ref


def fetched(delivery: Delivery, ref: TargetRef) -> Found:
    found = delivery.adapter.fetch(delivery.document, ref)
    assert isinstance(found, Found)
    return found


def as_another_document(case: Case) -> Delivery:
    """The document as the source has it after a change, in the target's codes."""
    return case.next(case.bench.changed(case.kind))


@every_target
def test_what_is_projected_is_what_is_read_back(case: Case) -> None:
    """Drafted and again authorised, the record shows exactly the projected fields, under the reference bound."""
    delivery = case.ready()
    assert case.held() == []
    ref = draft(delivery)
    assert delivery.differences(ref) == []
    drafts = case.kind in case.bench.with_drafts
    assert fetched(delivery, ref).status is (TargetStatus.DRAFT if drafts else TargetStatus.AUTHORISED)
    delivery.adapter.authorise(delivery.document, ref)
    assert delivery.differences(ref) == []
    assert fetched(delivery, ref).status is TargetStatus.AUTHORISED
    (held,) = case.held()
    assert (held.key, held.authorised) == (ref.key, True)
    assert held.amount == (delivery.document.money.amount if delivery.document.money else None)


@every_target
def test_a_record_is_bound_before_the_next_call(case: Case) -> None:
    """The record's key is handed over right after the call that made it."""
    delivery = case.ready()
    bound: list[tuple[str, int]] = []
    delivery.adapter.draft(
        delivery.document, MARKER, None, lambda ref: bound.append((ref.key, len(delivery.worker.sent)))
    )
    (held,) = case.held()
    calls = next(calls for key, calls in bound if key == held.key)
    creating = next(n for n, call in enumerate(delivery.worker.sent, 1) if case.bench.is_write(*call))
    assert calls == creating


@every_target
def test_what_is_not_there_is_not_found(case: Case) -> None:
    """Looking for a document that was never sent gives nothing, and writes nothing."""
    delivery = case.ready()
    assert delivery.adapter.find(delivery.document, MARKER) is None
    assert delivery.writes() == 0


@every_target
def test_our_record_is_found_again_as_ours(case: Case) -> None:
    """Drafted and again authorised, the record is found by what marks it, as the same reference and ours."""
    delivery = case.ready()
    ref = draft(delivery)
    for _ in range(2):
        found = case.bench.adapter(Worker()).find(delivery.document, MARKER)
        assert (found.ref.key, found.ours) == (ref.key, True)
        delivery.adapter.authorise(delivery.document, ref)


@kinds(drafted_kinds)
def test_a_record_of_another_document_is_never_taken_for_ours(case: Case) -> None:
    """With another document's marker the record is refused, not found, or found as not ours."""
    delivery = case.ready()
    draft(delivery)
    found = None
    with suppress(Refused):
        found = delivery.adapter.find(delivery.document, "mlc:ffffffffffffffff")
    assert found is None or not found.ours


@every_target
def test_a_half_finished_draft_is_completed(case: Case) -> None:
    """Wherever its worker died, a draft begun is completed at its reference, without a second record."""
    writes = [n for n, call in enumerate(calls_of_draft(case)) if case.bench.is_write(*call)]
    for number in writes:
        delivery = case.ready()
        delivery.worker.reset(dies_after=number)
        bound: list[TargetRef] = []
        with pytest.raises(Killed):
            delivery.adapter.draft(delivery.document, MARKER, None, bound.append)
        again = delivery.again()
        found = again.adapter.find(again.document, MARKER)
        assert [found.ref.key] == [one.key for one in case.held()]
        assert draft(again, ref=bound[-1] if bound else found.ref).key == found.ref.key
        assert again.differences(found.ref) == []
        assert [one.key for one in case.held()] == [found.ref.key]


def calls_of_draft(case: Case) -> list[tuple[str, str]]:
    delivery = case.ready()
    draft(delivery)
    return delivery.worker.sent


@kinds(drafted_kinds)
def test_a_draft_is_amended(case: Case) -> None:
    """The fields that differ are brought to what the changed document says, and it stays a draft."""
    found = fetched(delivery := case.ready(), draft(delivery))
    changed = as_another_document(case)
    wanted = changed.adapter.project(changed.document)
    changed.adapter.amend(changed.document, found, [one.field for one in differences(wanted, found.fields)])
    assert changed.differences(found.ref) == []
    assert [(one.key, one.authorised) for one in case.held()] == [(found.ref.key, False)]


@kinds(changeable_kinds)
def test_a_record_in_force_is_amended(case: Case) -> None:
    """Where the vendor allows it, the fields that differ are changed in place, and again without harm."""
    found = fetched(delivery := case.ready(), authorised(delivery))
    changed = as_another_document(case)
    wanted = changed.adapter.project(changed.document)
    for _ in range(2):
        changed.adapter.amend(changed.document, found, [one.field for one in differences(wanted, found.fields)])
        found = fetched(changed, found.ref)
    assert changed.differences(found.ref) == []
    assert [one.key for one in case.held()] == [found.ref.key]


@kinds(lambda bench: bench.frozen)
def test_a_frozen_record_says_why(case: Case) -> None:
    """What cannot be changed any more once authorised says so in a clerk's words; its draft, if it has one, did not."""
    delivery = case.ready()
    ref = draft(delivery)
    assert case.kind not in case.bench.with_drafts or fetched(delivery, ref).frozen == ""
    delivery.adapter.authorise(delivery.document, ref)
    assert len(fetched(delivery, ref).frozen.split()) > 3


@every_target
def test_authorising_twice_is_harmless(case: Case) -> None:
    """A record that is in force is left alone: authorising it again writes nothing."""
    delivery = case.ready()
    ref = authorised(delivery)
    writes = delivery.writes()
    delivery.adapter.authorise(delivery.document, ref)
    assert delivery.writes() == writes
    assert [(one.key, one.authorised) for one in case.held()] == [(ref.key, True)]


@every_target
def test_what_is_there_is_listed(case: Case) -> None:
    """The list for reconciliation holds the record under its reference, in force, with the amount if it tells one."""
    delivery = case.ready()
    ref = authorised(delivery)
    (found,) = [one for one in case.bench.adapter(Worker()).present(case.kind) if one.ref.key == ref.key]
    assert found.status is TargetStatus.AUTHORISED
    wanted = delivery.adapter.project(delivery.document)
    heads = {"gross", "currency", "supplier", "date", "number"} & found.fields.keys()
    shown = {name: found.fields[name] for name in heads}
    assert shown == {name: wanted[name] for name in shown}


@every_target
def test_a_refusal_carries_the_vendors_words(case: Case) -> None:
    """What the vendor refuses is told with its words, and nothing is in force."""
    delivery = case.ready()
    document, words = case.bench.refused(case.kind)
    wrong = delivery.document.model_copy(update=_changes(case.bench.document(case.kind), document))
    with pytest.raises(Refused) as refused:
        delivery.adapter.authorise(wrong, draft(delivery, wrong))
    assert words in " ".join(text for _, text in refused.value.reasons)
    assert not any(one.authorised for one in case.held())


def _changes(before: Any, after: Any) -> dict[str, Any]:
    return {name: value for name, value in after if getattr(before, name) != value}


@kinds(lambda bench: bench.destinations[-1:])
def test_a_write_tells_its_answer_and_no_good_read_does(case: Case) -> None:
    """What came back from each write is told for the document's story, with no secret of the connection in it."""
    delivery = case.ready()
    draft(delivery)
    told = [call for call in case.bench.calls if call.sent or call.received]
    assert delivery.writes() <= sum(1 for call in told if call.received)
    assert len(told) < len(case.bench.calls)
    bodies = [text for call in told for text in (call.sent, call.received)]
    assert [secret for secret in case.bench.secrets if any(secret in text for text in bodies)] == []


@kinds(lambda bench: bench.destinations[-1:])
@pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
def test_no_secret_is_in_the_error_of_a_write(case: Case, status: int) -> None:
    """Even where the vendor's answer holds the credentials, what is raised and recorded does not."""
    delivery = case.ready()
    said = "The call failed: " + " ".join(case.bench.secrets)
    case.bench.fault("status", status=status, answer=said, times=50)
    with pytest.raises(SyncError) as stopped:
        draft(delivery)
    error = stopped.value
    told = [str(error), repr(error), getattr(error, "answer", ""), *map(str, case.bench.calls)]
    told += [text for _, text in getattr(error, "reasons", ())]
    told += [text for call in case.bench.calls for text in (call.sent, call.received)]
    assert [secret for secret in case.bench.secrets if any(secret in text for text in told)] == []
    assert case.held() == []
