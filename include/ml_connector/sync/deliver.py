"""Deliver one document: find → draft → bind → verify → authorise → audit, from wherever it stands.

Each step is on disk before the call that leaves it, so that after a kill at any line the next try knows what
may have happened and looks it up instead of sending it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

from ml_connector.domain.documents import Document, DocumentStatus, Supplier
from ml_connector.domain.errors import AmbiguousWrite, NotReady, Refused
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome, Progress, TargetStatus
from ml_connector.sync.compare import Difference, differences, in_words, owned
from ml_connector.sync.evidence import AMENDING, payload_note
from ml_connector.sync.planning import WOULD, Planned, changes_of, not_approved
from ml_connector.sync.ports import Found, TargetRef
from ml_connector.sync.run import FlowRun
from ml_connector.sync.stores import Entry, Staged
from ml_connector.sync.validate import link_of

IN_FLIGHT = (Progress.SENT, Progress.UNKNOWN)
MOST_SLEEP_SECONDS = 30.0
"""Longest wait inside a task for a write to settle; a longer one is left to the task's retry."""


@dataclass(frozen=True)
class Result:
    """How one delivery ended."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    note: str = ""


@dataclass
class Delivery:
    """Delivers the documents of one flow run."""

    run: FlowRun

    def deliver(self, staged: Staged) -> Result:
        """Bring one document, whose lock is held, to the target, or say why not; in a dry run, say what would be done.

        Raises:
            SyncError: the call failed; what is known is in the journal.
        """
        assert staged.resolved is not None
        one = _One(self, staged, staged.resolved, self.run.journal.entry(staged.key))
        return one.plan() if self.run.dry_run else one.deliver()

    @cached_property
    def linked(self) -> dict[str, str]:
        """Source key → target key of all supplier links, read once a load."""
        links = self.run.links.by(self.run.flow.source)
        if self.run.flow.source == "cin7":
            return {key: link.partner_key for key, link in links.items()}
        return {key: link.cin7_key for key, link in links.items()}

    @cached_property
    def present(self) -> dict[str, Found]:
        """All suppliers of the target by key, listed once a load instead of read one by one."""
        return {found.ref.key: found for found in self.run.destination.present(Supplier.kind)}


@dataclass
class _One:
    """One document on its way; `entry` is what the journal knows of it."""

    delivery: Delivery
    staged: Staged
    document: Document
    entry: Entry

    def __post_init__(self) -> None:
        self.run = self.delivery.run
        self.target = self.run.destination
        self.journal = self.run.journal
        self.wanted = owned(self.target.project(self.document), frozenset())

    # --- what to do, from where it stands ---

    def deliver(self) -> Result:
        """Go on from where the document stands."""
        if self.document.status is DocumentStatus.VOIDED:
            return self._voided()
        if self._is_done():
            return Result(Outcome.UNCHANGED)
        left = self._left_for_another_run()
        if left is not None:
            return left
        linked = self._linked()
        if linked is not None or self.entry.progress is Progress.VERIFIED:
            return self._bring_up_to_date(linked)
        return self._create()

    def plan(self) -> Result:
        """Say what `deliver` would do, reading the target but writing nothing to it."""
        if self._is_done():
            return Result(Outcome.UNCHANGED)
        if self.document.status is DocumentStatus.VOIDED:
            return Result(Outcome.UNCHANGED) if (self._linked() or self._look()) is None else self._held_void()
        linked = self._linked()
        found = linked or self._look()
        if found is not None and linked is None and not found.ours and self.entry.ref is None:
            held = self._held_against(found)
            if held is not None:
                return held
        planned = self._planned(found)
        self.run.audit.note(self.staged.key, f"{WOULD}{planned.would}", planned.told(self.staged.label))
        return Result(Outcome(planned.would))

    def _planned(self, found: Found | None) -> Planned:
        wanted = self._owned_wanted() if found else self.wanted
        changes = differences(wanted, found.fields if found else {})
        is_done = found is not None and not changes and found.status is not TargetStatus.DRAFT
        would = Outcome.UNCHANGED if is_done else Outcome.UPDATED if found else Outcome.CREATED
        return Planned.of(would, self.staged.content_hash, changes)

    def _left_for_another_run(self) -> Result | None:
        """Return how a document is left that goes beyond the approval; None to go on, also with what it had begun."""
        if self.run.approved is None:
            return None
        planned, listed = self._planned(self._linked() or self._look()), self.run.approved.get(self.staged.key)
        is_begun = self.entry.progress not in (Progress.NONE, Progress.VERIFIED)
        may = planned.changes_nothing or planned == listed or (is_begun and planned.goes_on_with(listed))
        return None if may else Result(Outcome.WAITING, (not_approved(self.staged.label, planned, listed),))

    def _is_done(self) -> bool:
        return self.entry.progress is Progress.VERIFIED and self.entry.source_hash == self.staged.content_hash

    # --- looking ---

    def _linked(self) -> Found | None:
        """Return the target's record of a supplier linked before or by matching."""
        if not isinstance(self.document, Supplier):
            return None
        key = self.delivery.linked.get(self.staged.key)
        found = None if key is None else self.delivery.present.get(key)
        return self.target.fetch(self.document, found.ref) if found is not None and found.partial else found

    def _look(self) -> Found | None:
        """Return the document as the target shows it: by its reference, else by marker and natural key."""
        if self.entry.ref is not None:
            return self.target.fetch(self.document, self.entry.ref)
        found = self.target.find(self.document, self.entry.marker)
        if found is None or found.ours:
            return found
        return next((one for one in (found, *found.alternatives) if self._is_free(one)), None)

    def _is_free(self, found: Found) -> bool:
        """Tell whether no other document is bound to what was found."""
        return self.journal.key_of(found.ref.key) in (None, self.staged.key)

    def _settled_look(self) -> Found | None:
        """Look up a write of unknown outcome, a few times within a wait that a task may sleep.

        Raises:
            AmbiguousWrite: not found, and the vendor's settling time is not over: absence is not believed yet.
        """
        found = self._look()
        tries = self.run.policies.settle_tries
        pause = min(self.target.settle_seconds, MOST_SLEEP_SECONDS) / tries
        for _ in range(tries):
            if found is not None or not self._unsettled():
                return found
            self.run.sleep(pause)
            found = self._look()
        if found is None and self._unsettled():
            msg = f"its answer was lost, and {self.target.system} may still show it within {self._unsettled():.0f} s"
            raise AmbiguousWrite(msg)
        return found

    def _unsettled(self) -> float:
        """Return the seconds until absence may be believed."""
        if self.entry.sent_at is None:
            return 0.0
        return max(0.0, self.target.settle_seconds - (self.run.now() - self.entry.sent_at).total_seconds())

    # --- creating ---

    def _create(self) -> Result:
        if self.entry.progress is Progress.NONE:
            self._advance(Progress.INTENDED)
        in_flight = self.entry.progress in IN_FLIGHT
        found = self._settled_look() if in_flight else self._look()
        if found is None and self.entry.progress not in (*IN_FLIGHT, Progress.INTENDED):
            return self._held(
                Reason.DELETED_IN_TARGET,
                f"our draft {self.entry.ref.number if self.entry.ref else ''} is gone.",
                "If that was on purpose, void the document at its source; else release it again.",
            )
        if found is not None and not found.ours and self.entry.ref is None:
            return self._adopt(found)
        if found is None or in_flight or self.entry.progress is Progress.INTENDED:
            found = self._draft(found)
        return self._authorise(found, Outcome.CREATED)

    def _draft(self, begun: Found | None) -> Found:
        """Create the draft, or complete the one begun, and return it read back."""
        if begun is not None:
            self._advance(Progress.SENT, begun.ref, payload_note(self.document))
            if not differences(self.wanted, begun.fields):
                self._advance(Progress.DRAFTED, begun.ref)
                return begun
        else:
            self._advance(Progress.SENT, note=payload_note(self.document))
        bind = partial(self._advance, Progress.SENT)
        try:
            ref = self.target.draft(self.document, self.entry.marker, self.entry.ref, bind)
        except AmbiguousWrite:
            self._advance(Progress.UNKNOWN)
            found = self._settled_look()
            if found is None or begun is not None:
                raise  # settled and not there: the next try sends it again
            return self._draft(found)
        except (Refused, NotReady):
            if self.entry.ref is None:
                self._advance(Progress.NONE)
            raise
        self._advance(Progress.DRAFTED, ref)
        return self._read_back(ref)

    def _adopt(self, found: Found) -> Result:
        """Decide about a record that stands in the target already and is not ours."""
        held = self._held_against(found)
        if held is None:
            self._verified(found)
        said = f"found {found.ref.number or found.ref.key} in {self.target.system}, equal: linked to it"
        return held or Result(Outcome.UNCHANGED, note=said)

    def _held_against(self, found: Found) -> Result | None:
        """Return how the document is held because of a record that is not ours; None where the two are equal."""
        number, system = found.ref.number or found.ref.key, self.target.system
        there = f"{system} already has {number}, keyed there"
        different = differences(self.wanted, found.fields)
        if different:
            return self._held(
                Reason.EXISTS_DIFFERENTLY,
                f"{there}, and it differs: {in_words(different)}.",
                f"Correct one of the two, or delete {number} in {system}, then release it.",
            )
        if found.status is not TargetStatus.AUTHORISED:
            return self._held(
                Reason.EXISTS_DIFFERENTLY,
                f"{there}, but it is not authorised.",
                f"Authorise or delete {number} in {system}, then release the document.",
            )
        return None

    # --- authorising ---

    def _authorise(self, found: Found, outcome: Outcome) -> Result:
        """Compare the draft with what we mean, authorise it, and compare again."""
        found, different = self._mend(found)
        if different:
            return self._held(
                Reason.DRAFT_DIFFERS,
                f"the draft {found.ref.number} in {self.target.system} does not show what was sent: "
                f"{in_words(different)}. It has not been authorised.",
                f"See what {self.target.system} changes on entry (defaults, rounding), then release it.",
            )
        if found.status is TargetStatus.DRAFT:
            self._advance(Progress.AUTHORISING, found.ref)
            try:
                self.target.authorise(self.document, found.ref)
            except AmbiguousWrite:
                self.run.say(f"{self.run.where(self.staged.label)}: authorise answer lost, reading back")
            found = self._read_back(found.ref)
        if found.status is not TargetStatus.AUTHORISED:
            msg = f"{found.ref.number} is still {found.status.value} in {self.target.system} after authorising"
            raise AmbiguousWrite(msg) if found.status is TargetStatus.DRAFT else Refused(msg)
        self._advance(Progress.AUTHORISED, found.ref)
        different = differences(self.wanted, found.fields)
        if different:
            return self._held(
                Reason.DRAFT_DIFFERS,
                f"{found.ref.number} changed in {self.target.system} while it was authorised: {in_words(different)}.",
                f"Compare the two and correct {found.ref.number} in {self.target.system}.",
            )
        self._verified(found)
        return Result(outcome)

    def _mend(self, found: Found) -> tuple[Found, list[Difference]]:
        """Bring a draft of ours to what we mean now, once: the source may have changed meanwhile."""
        different = differences(self.wanted, found.fields)
        if different and found.status is TargetStatus.DRAFT and not found.frozen:
            self._change(found, different)
            found = self._read_back(found.ref)
            different = differences(self.wanted, found.fields)
        return found, different

    # --- amending and voiding what is there ---

    def _bring_up_to_date(self, linked: Found | None) -> Result:
        found = linked or self._look()
        if found is None:
            return self._held(
                Reason.DELETED_IN_TARGET,
                f"it is gone from {self.target.system}.",
                "If that was on purpose, void the document at its source; else link or create it again.",
            )
        wanted = self._owned_wanted()
        different = differences(wanted, found.fields)
        self._report_strays(found, wanted)
        if not different and found.status is TargetStatus.DRAFT:
            return self._authorise(found, Outcome.UPDATED)
        if not different:
            self._verified(found)
            return Result(Outcome.UNCHANGED)
        if found.frozen:
            return self._held(
                Reason.FROZEN_IN_TARGET,
                f"it changed after it was sent ({in_words(different)}), but {found.frozen}",
                f"Correct {found.ref.number} in {self.target.system} by hand, then release it.",
            )
        return self._amend(found, wanted, different)

    def _amend(self, found: Found, wanted: dict[str, str], different: list[Difference]) -> Result:
        lost: AmbiguousWrite | None = None
        try:
            self._change(found, different)
        except AmbiguousWrite as error:
            lost = error
        found = self._read_back(found.ref)
        different = differences(wanted, found.fields)
        if different and lost is not None:
            raise lost  # it has not arrived; the next try sends the same again
        if different:
            return self._held(
                Reason.DRAFT_DIFFERS,
                f"{self.target.system} did not take the change: {in_words(different)}.",
                f"Make the change in {self.target.system} by hand, then release the document.",
            )
        if found.status is TargetStatus.DRAFT:
            return self._authorise(found, Outcome.UPDATED)
        self._verified(found)
        return Result(Outcome.UPDATED)

    def _owned_wanted(self) -> dict[str, str]:
        return dict(owned(self.wanted, self.run.flow.owned_fields))

    def _voided(self) -> Result:
        if self.entry.ref is None and self.entry.progress in (Progress.NONE, Progress.INTENDED):
            return Result(Outcome.UNCHANGED, note="voided before it was sent: nothing to do")
        found = self._settled_look()
        if found is None or found.status is TargetStatus.VOIDED:
            return Result(Outcome.UNCHANGED, note="voided on both sides")
        return self._held_void(found)

    def _held_void(self, found: Found | None = None) -> Result:
        number = found.ref.number if found else ""
        return self._held(
            Reason.VOIDED_AFTER_SENDING,
            f"it was voided in {self.document.source} after it had been sent; {self.target.system} still has {number}.",
            f"Cancel or reverse {number} in {self.target.system}; the next run then closes this.",
        )

    # --- the journal ---

    def _read_back(self, ref: TargetRef) -> Found:
        found = self.target.fetch(self.document, ref)
        if found is None:
            msg = f"{ref.number or ref.key} was written to {self.target.system} but cannot be read back"
            raise AmbiguousWrite(msg)
        return found

    def _advance(self, progress: Progress, ref: TargetRef | None = None, note: str = "") -> None:
        self.entry = self.journal.advance(
            self.staged.key, progress, ref=ref, document=self.staged.document, label=self.staged.label, note=note
        )

    def _change(self, found: Found, different: list[Difference]) -> None:
        """Bring these fields of what stands in the target to what we mean; told in the trail before it is done."""
        told = {"changes": changes_of(different), "ref": found.ref.key, "note": payload_note(self.document)}
        self.run.audit.note(self.staged.key, AMENDING, told)
        self.target.amend(self.document, found, [one.field for one in different])

    def _verified(self, found: Found) -> None:
        """Note that all is done: the link first, which nobody would make once the journal says so."""
        if isinstance(self.document, Supplier) and self.staged.key not in self.delivery.linked:
            self.run.links.add(link_of(self.run, self.staged.key, found.ref.key, "created"))
            self.delivery.linked[self.staged.key] = found.ref.key
        self.entry = self.journal.advance(
            self.staged.key, Progress.VERIFIED, ref=found.ref, source_hash=self.staged.content_hash
        )

    def _report_strays(self, found: Found, wanted: dict[str, str]) -> None:
        """Have the flow the other way look again, where fields that it owns differ between the two sides."""
        strays = [d.field for d in differences(self.wanted, found.fields) if d.field not in wanted]
        if strays and self.run.reverse_journal is not None:
            self.run.audit.note(self.staged.key, "differs in fields owned by the other side", {"fields": strays})
            self.run.reverse_journal.resend(found.ref.key)

    def _held(self, reason: Reason, message: str, next_step: str) -> Result:
        label = self.staged.label[:1].upper() + self.staged.label[1:]
        return Result(Outcome.HELD, (Finding(reason=reason, message=f"{label}: {message}", next_step=next_step),))
