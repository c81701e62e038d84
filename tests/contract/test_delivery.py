"""The engine over every destination: whatever call fails and wherever a worker dies, each document stands once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pytest
from bench import Bench
from cases import every_target, kinds
from deliveries import MARKER, Case, Delivery
from workers import Killed, Worker

from ml_connector.domain.errors import SyncError
from ml_connector.domain.finding import Reason
from ml_connector.domain.status import Outcome
from ml_connector.sync.load import load

CUTS: dict[str, dict[str, Any]] = {
    "reset_before": {"kind": "reset_before"},
    "reset_after": {"kind": "reset_after"},
    "web page before": {"kind": "html"},
    "web page after": {"kind": "html", "after": True},
    "server error after": {"kind": "status_after", "status": 500, "answer": "Internal Server Error"},
}
"""How a write ends; half an answer is to the client as none."""


@dataclass(frozen=True)
class Course:
    """The calls of a delivery in which nothing goes wrong, and the journal's row before each."""

    calls: list[tuple[str, str]]
    seen: list[object]


courses: dict[tuple[type[Bench], str], Course] = {}


def undisturbed(case: Case) -> Course:
    """How a delivery goes in which nothing goes wrong; found out once for all tests."""
    here = (type(case.bench), case.kind)
    if here not in courses:
        delivery = case.ready()
        delivery.worker.witness = lambda: delivery.run.journal.entry(delivery.document.key)
        assert load(delivery.run)["created"] == 1, delivery.findings
        courses[here] = Course(delivery.worker.sent, delivery.worker.seen)
    return courses[here]


def writes_of(case: Case) -> dict[int, tuple[str, str]]:
    """The writing calls of a delivery, by their number."""
    return {n: call for n, call in enumerate(undisturbed(case).calls) if case.bench.is_write(*call)}


def matched_kinds(bench: type[Bench]) -> list[str]:
    return [kind for kind in bench.destinations if kind == "supplier"]


@kinds(lambda bench: () if bench.name else bench.destinations)
@pytest.mark.parametrize("cut", CUTS)
def test_whatever_write_fails_the_document_stands_once(case: Case, cut: str) -> None:
    """With any one write cut off, before or after it was carried out, the flow ends with one document in force, as it
    was meant, and both sides agree."""  # noqa: D205, D209
    wrong = {}
    for number, call in writes_of(case).items():
        delivery = case.ready()
        case.bench.fault(path="", skip=number, **CUTS[cut])
        counts = delivery.load_until_done()
        assert case.bench.sim("GET", "faults") == []
        wrong[f"{number} {call}"] = delivery.trouble() or ("" if counts["created"] == 1 else f"{counts}")
    assert len(wrong) > 0
    assert {call: trouble for call, trouble in wrong.items() if trouble} == {}


@every_target
@pytest.mark.parametrize("cut", ["reset_before", "reset_after"])
def test_reads_that_fail_once_each_do_no_harm(case: Case, cut: str) -> None:
    """With the first try of every reading call cut off, the document is created as ever."""
    reads = sum(case.bench.is_read(*call) for call in undisturbed(case).calls)
    delivery = case.ready()
    reading = case.bench.reading
    case.bench.sim("POST", "faults", [{"kind": cut, **reading, "skip": number} for number in range(reads)])
    assert load(delivery.run)["created"] == 1
    assert len(case.bench.sim("GET", "faults")) < reads / 2  # a poll that was answered unheard need not come again
    case.bench.sim("DELETE", "faults")
    assert delivery.trouble() == ""


def killed(case: Case, *, pause: dt.timedelta, before: int | None = None, after: int | None = None) -> str:
    """What is wrong after a worker died at a call and another one, `pause` later, went on."""
    delivery = case.ready()
    delivery.worker.reset(dies_before=before, dies_after=after)
    with pytest.raises(Killed):
        load(delivery.run)
    if pause:
        delivery.run.sleep(pause.total_seconds())
    again = delivery.again()
    counts = again.load_until_done()
    return again.trouble() or ("" if counts["created"] + counts["unchanged"] == 1 else f"{counts}")


@every_target
def test_a_worker_killed_before_any_call_leaves_one_document(case: Case) -> None:
    """Another worker that goes on at once ends with one document in force; deaths before two calls between which
    neither the vendor nor our journal changed are one and the same."""  # noqa: D205, D209
    calls, seen = undisturbed(case).calls, undisturbed(case).seen
    moments = [n for n in range(1, len(calls)) if seen[n] != seen[n - 1] or case.bench.is_write(*calls[n - 1])]
    wrong = {f"{n} {calls[n]}": killed(case, before=n, pause=dt.timedelta(0)) for n in (0, *moments)}
    assert {call: trouble for call, trouble in wrong.items() if trouble} == {}


@every_target
@pytest.mark.parametrize("pause", [dt.timedelta(0), dt.timedelta(days=10)], ids=["at once", "days later"])
def test_a_worker_killed_after_any_write_leaves_one_document(case: Case, pause: dt.timedelta) -> None:
    """A worker that dies before it hears of its write is followed by another, at once or after days: one document."""
    wrong = {f"{n} {call}": killed(case, after=n, pause=pause) for n, call in writes_of(case).items()}
    assert len(wrong) > 0
    assert {call: trouble for call, trouble in wrong.items() if trouble} == {}


@every_target
def test_an_outage_that_begins_with_a_lost_answer_leaves_one_document(case: Case) -> None:
    """With the answer to any write lost and nothing reachable after it, the load fails; days later another worker ends
    with one document."""  # noqa: D205, D209
    wrong = {}
    for number, call in writes_of(case).items():
        delivery = case.ready()
        down = {"kind": "reset_before", "skip": number, "times": 10_000}
        case.bench.sim("POST", "faults", [{"kind": "reset_after", "skip": number}, down])
        with pytest.raises(SyncError):
            load(delivery.run)
        case.bench.sim("DELETE", "faults")
        delivery.run.sleep(dt.timedelta(days=10).total_seconds())
        again = delivery.again()
        counts = again.load_until_done()
        wrong[f"{number} {call}"] = again.trouble() or ("" if counts["created"] == 1 else f"{counts}")
    assert {call: trouble for call, trouble in wrong.items() if trouble} == {}


@every_target
def test_the_same_document_again_writes_nothing(case: Case) -> None:
    """A document that has not changed costs no write, in this run and in the next."""
    delivery = case.ready()
    assert load(delivery.run)["created"] == 1
    again = case.next(case.bench.document(case.kind))
    assert load(again.run)["unchanged"] == 1
    assert again.writes() == 0
    assert again.trouble() == ""


@every_target
def test_a_dry_run_writes_nothing(case: Case) -> None:
    """A dry run says that the document would be created, and the target stays as it was."""
    delivery = case.ready()
    assert load(replace(delivery.run, dry_run=True))["created"] == 1
    assert delivery.writes() == 0
    assert case.held() == []


@every_target
def test_a_changed_document_is_amended_or_held(case: Case) -> None:
    """A document changed at its source is changed in place and authorised again; where the vendor has frozen it, it is
    held with what differs, and nothing is written."""  # noqa: D205, D209
    load(case.ready().run)
    changed = case.next(case.bench.changed(case.kind))
    counts = load(changed.run)
    if case.kind not in case.bench.frozen:
        assert counts["updated"] == 1
        assert changed.trouble() == ""
        return
    assert counts["held"] == 1
    assert changed.writes() == 0
    (finding,) = changed.findings
    assert finding.reason is Reason.FROZEN_IN_TARGET
    told = changed.differences()[:5]
    assert told
    assert [text for text in told if text not in finding.message] == []
    assert [one.authorised for one in case.held()] == [True]


class Interrupted:
    """An adapter, and what happens in the moment before it authorises."""

    def __init__(self, delivery: Delivery, happens: object) -> None:
        self._delivery, self._happens = delivery, happens

    def __getattr__(self, name: str) -> object:
        return getattr(self._delivery.adapter, name)

    def authorise(self, document: object, ref: object) -> None:
        self._happens(ref)  # type: ignore[operator]
        self._delivery.adapter.authorise(document, ref)


def stopped(_ref: object) -> None:
    raise Killed


@kinds(lambda bench: bench.with_drafts)
@pytest.mark.parametrize("moment", ["while no worker is at it", "in the moment before"])
def test_a_persons_edit_between_draft_and_authorise_is_noticed(case: Case, moment: str) -> None:
    """A draft that a person changed is brought back to what is meant, or held; it is never taken as it is."""
    delivery = case.ready()
    tamper = lambda ref: case.bench.tamper(case.kind, ref.key)  # noqa: E731
    last = delivery
    if moment == "in the moment before":
        counts = load(replace(delivery.run, destination=Interrupted(delivery, tamper)))  # type: ignore[arg-type]
    else:
        with pytest.raises(Killed):
            load(replace(delivery.run, destination=Interrupted(delivery, stopped)))  # type: ignore[arg-type]
        (held,) = case.held()
        case.bench.tamper(case.kind, held.key)
        assert delivery.differences() != []
        last = delivery.again()
        counts = load(last.run)
    if counts["held"]:
        assert last.findings[0].reason is Reason.DRAFT_DIFFERS
        assert delivery.differences() != []
    else:
        assert counts["created"] == 1
        assert last.trouble() == ""


@every_target
def test_a_refused_document_is_held_with_the_vendors_words(case: Case) -> None:
    """A refusal holds the document with the vendor's words, nothing is in force, and another try is no harm."""
    document, words = case.bench.refused(case.kind)
    delivery = case.ready(document)
    for _ in range(2):
        assert load(delivery.run)["held"] == 1
        assert words in delivery.findings[0].message
        assert delivery.run.journal.entry(document.key).outcome is Outcome.HELD
    assert not any(one.authorised for one in case.held())


@kinds(lambda bench: bench.shown_otherwise)
def test_what_the_vendor_would_show_otherwise_is_held_unauthorised(case: Case) -> None:
    """A document that the vendor takes, but shows otherwise than meant, is held with the field and stays a draft."""
    document, name = case.bench.otherwise(case.kind)
    delivery = case.ready(document)
    assert load(delivery.run)["held"] == 1
    assert delivery.findings[0].reason is Reason.DRAFT_DIFFERS
    assert f"{name}:" in delivery.findings[0].message
    assert not any(one.authorised for one in case.held())


def keyed_by_hand(case: Case) -> Delivery:
    """A delivery of a document that a person has keyed into the target already."""
    first = case.ready()
    ref = first.adapter.draft(first.document, MARKER, None, lambda _ref: None)
    first.adapter.authorise(first.document, ref)
    case.bench.disown(case.kind, ref.key)
    return case.next(case.bench.document(case.kind))


@kinds(lambda bench: bench.with_natural_keys)
def test_an_equal_record_keyed_by_hand_is_adopted(case: Case) -> None:
    """A record of the same natural key that shows what is meant is linked, and nothing is written."""
    delivery = keyed_by_hand(case)
    assert load(delivery.run)["unchanged"] == 1
    assert delivery.writes() == 0
    assert delivery.trouble() == ""


@kinds(lambda bench: bench.with_natural_keys)
def test_a_differing_record_keyed_by_hand_is_held(case: Case) -> None:
    """A record of the same natural key that shows something else is a person's to decide, and nothing is written."""
    delivery = keyed_by_hand(case)
    (held,) = case.held()
    case.bench.tamper(case.kind, held.key)
    assert load(delivery.run)["held"] == 1
    assert delivery.findings[0].reason is Reason.EXISTS_DIFFERENTLY
    assert delivery.writes() == 0
    assert [one.key for one in case.held()] == [held.key]


@kinds(matched_kinds)
def test_a_supplier_keyed_by_hand_is_linked_and_not_created_again(case: Case) -> None:
    """A supplier that stands on both sides is matched, linked, and given what it lacks of ours."""
    delivery = keyed_by_hand(case)
    counts = load(delivery.run)
    assert counts["created"] == 0
    assert counts["unchanged"] + counts["updated"] == 1, delivery.findings
    assert delivery.trouble() == ""
    assert case.bench.adapter(Worker()).find(delivery.document, MARKER).ours
