"""What must hold once a history has settled, whatever has happened: looked at without the connector."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ml_connector_sandbox.demo import acumatica_cin7, cin7_qad, cin7_target
from ml_connector_sandbox.demo.witness import Standing
from prove.checks import _audit_differs, _references, _variables, _without_end, trail_broken
from prove.papers import Paper, Papers
from prove.people import BOTH_WAYS, PLACES, Link, People
from prove.stage import Near, Stage

_READ = """SELECT flow, key, max(modified_at) FROM mlc_staged_document
    WHERE NOT carried AND run_id LIKE 'own-%' GROUP BY 1, 2"""
"""What the pair's own runs have read; a backfill dates documents by when it reads them."""
_ENDED = """SELECT d.flow, d.key, d.label, max(a.at) FROM mlc_document AS d
    JOIN mlc_audit_entry AS a ON a.flow = d.flow AND a.key = d.key AND a.step = d.outcome GROUP BY 1, 2, 3"""
DONE = {"created", "updated", "unchanged"}
FOUND_THERE = {"acumatica": acumatica_cin7.present, "qad": cin7_qad.present}


@dataclass(frozen=True)
class Row:
    """A document in the journal."""

    flow: str
    key: str
    label: str
    outcome: str
    reasons: tuple[str, ...]

    @property
    def is_parked(self) -> bool:
        """Whether it waits for a person, or for something else."""
        return self.outcome not in DONE


def journal(stage: Stage) -> list[Row]:
    """Return the journal."""
    rows = stage.query("SELECT flow, key, label, outcome, findings FROM mlc_document ORDER BY flow, key")
    return [
        Row(flow, key, label, outcome, tuple(one["reason"] for one in json.loads(findings or "[]")))
        for flow, key, label, outcome, findings in rows
    ]


class Agreement:
    """Compares what people did with what stands on both sides."""

    def __init__(self, stage: Stage, people: People, papers: Papers) -> None:
        self.stage, self.people, self.papers = stage, people, papers
        self.target = stage.deployment.spec.flow("purchase_orders").destination
        self.blocked_suppliers = {one.label for one in stage.scenario.held if one.flow == "suppliers"}
        self.suppliers_before = self._suppliers()
        self.left_alone = {
            (system, key, field): PLACES[system][field].read(stage, system, key)
            for field, system in people.owners.items()
            for key in self.suppliers_before[system]
        }

    def wrong(self) -> list[str]:
        """Return all that is wrong once the pair is quiet."""
        return [
            *self._documents(),
            *self._suppliers_wrong(),
            *self._fields_wrong(),
            *self._unexplained(),
            *_references(self.stage),
            *_audit_differs(self.stage),
            *_without_end(self.stage),
            *_variables(self.stage),
            *trail_broken(self.stage),
        ]

    def between_tasks(self) -> Iterator[str]:
        """Yield what is wrong after a task: a mark past an unaudited document, or a trail unlike the journal."""
        marks = {flow: str(known) for flow, known in self.stage.query("SELECT flow, known FROM mlc_watermark")}
        ended = {(flow, key): (label, str(at)) for flow, key, label, at in self.stage.query(_ENDED)}
        touched = {key: str(at.replace(tzinfo=None)) for key, at in (self.people.touched | self.papers.touched).items()}
        for flow, key, read in self.stage.query(_READ):
            changed = max(read, touched.get(key, ""))
            if flow in marks and changed < marks[flow] and ended.get((flow, key), ("", ""))[1] < changed:
                yield f"the watermark of {flow}, {marks[flow]}, has passed {key}, changed {changed}, not audited"
        for paper in self.papers.papers:
            changed, mark = str(paper.changed.replace(tzinfo=None)), marks.get(paper.flow, "")
            labelled = [
                at for (flow, _), (label, at) in ended.items() if flow == paper.flow and paper.is_labelled(label)
            ]
            if changed < mark and max(labelled, default="") < changed:
                wrong = f"has passed {paper.number}, changed {changed}, not audited"
                yield f"the watermark of {paper.flow}, {mark}, {wrong}"
        yield from _audit_differs(self.stage)

    # --- documents ---

    def standing(self) -> list[Standing]:
        """Return what stands in the target."""
        there = self._near(self.target)
        if self.target in FOUND_THERE:
            return FOUND_THERE[self.target](there)
        return [one for row in there.state("purchase") for one in cin7_target.documents(row)]

    def _near(self, system: str) -> Near:
        return Near(system, "", self.stage.account_of(system), self.stage.simulators[system])

    def _documents(self) -> Iterator[str]:
        there: dict[tuple[str, str], list[Standing]] = defaultdict(list)
        for one in self.standing():
            there[one.kind, one.number.casefold()].append(one)
        known = journal(self.stage)
        for paper in self.papers.papers:
            rows = [row for row in known if row.flow == paper.flow and paper.is_labelled(row.label)]
            if len(rows) != 1:
                yield f"{paper.kind} {paper.number} stands {len(rows)} times in the journal"
                continue
            found = there.pop((paper.kind, paper.number.casefold()), [])
            yield from (f"{paper.kind} {paper.number} {wrong}" for wrong in self._document(paper, rows[0], found))
        yield from (f"{one.name} ({one.kind} {one.number!r}) should not stand in the target"
                    for found in there.values() for one in found)  # fmt: skip

    def _document(self, paper: Paper, row: Row, found: list[Standing]) -> Iterator[str]:
        if len(found) > 1:
            yield f"is there {len(found)} times: {[one.name for one in found]}"
        if paper.voided or paper.blocked:
            yield from self._not_to_be_sent(paper, row, found)
            return
        frozen = row.is_parked and row.reasons == ("frozen_in_target",) and len(paper.amounts) > 1
        if row.is_parked and not frozen:
            yield f"is {row.outcome}: {row.reasons}"
        if not found:
            yield "is missing in the target"
            return
        one = found[0]
        if not one.authorised:
            yield f"is not authorised: {one.name}"
        if one.gross not in {abs(amount) for amount in (paper.amounts if frozen else paper.amounts[-1:])}:
            yield f"comes to {paper.amounts[-1]}, and to {one.gross} in {one.name}"
        if one.currency != ("" if paper.kind == "goods_receipt" else paper.currency):
            yield f"is in {paper.currency}, and in {one.currency} in {one.name}"
        if not self._is_of(paper, one):
            yield f"is of supplier {paper.supplier}, and stands at {one.supplier}"

    def _not_to_be_sent(self, paper: Paper, row: Row, found: list[Standing]) -> Iterator[str]:
        if paper.blocked and found:
            yield f"is there, and must be held: {paper.blocked}"
        reason = "voided_after_sending" if paper.voided else paper.blocked
        if (found or paper.blocked) and (not row.is_parked or reason not in row.reasons):
            yield f"is {row.outcome} {row.reasons}, and must be held: {reason}"
        if not found and paper.voided and row.is_parked:
            yield f"is void and not in the target, and is {row.outcome}: {row.reasons}"

    def _is_of(self, paper: Paper, one: Standing) -> bool:
        for link in self.people.links():
            if _same(link.key(self.papers.source), paper.supplier):
                return _same(link.key(self.target), one.supplier)
        return False

    # --- suppliers ---

    def _suppliers(self) -> dict[str, list[str]]:
        found = {}
        for system in ("cin7", self.people.partner):
            place = PLACES[system]["name"]
            rows = self.stage.simulators[system].state(self.stage.account_of(system), place.entity)[place.entity]
            found[system] = [str(row[place.supplier]) for row in rows]
        return found

    def _suppliers_wrong(self) -> Iterator[str]:
        """Each supplier that can pass is linked once; whoever is new was entered there, or brought there once."""
        links = self.people.links()
        first = self.stage.deployment.spec.flow("suppliers").source
        held = {row.key for row in journal(self.stage) if row.flow.startswith("suppliers") and row.is_parked}
        for system, keys in self._suppliers().items():
            times = Counter(_plain(link.key(system)) for link in links)
            for key in keys:
                if times[_plain(key)] > 1:
                    yield f"supplier {key} of {system} is linked {times[_plain(key)]} times"
                must = system == first or self.people.pair in BOTH_WAYS or key not in self.suppliers_before[system]
                if must and not times[_plain(key)] and key not in held:
                    yield f"supplier {key} of {system} is linked to none: lost, or made twice"

    def _fields_wrong(self) -> Iterator[str]:
        """Each field is as its owner has it, on both sides, and at its owner as a person wrote it."""
        for (system, key, field), value in {**self.left_alone, **self.people.wrote}.items():
            now = PLACES[system][field].read(self.stage, system, key)
            if now != value:
                yield f"{field} of {key} in {system}, its owner, was {value!r} and has become {now!r}"
        for link in self.people.links():
            for field, owner in self.people.owners.items():
                yield from self._field(link, field, owner)

    def _field(self, link: Link, field: str, owner: str) -> Iterator[str]:
        other = "cin7" if owner != "cin7" else self.people.partner
        meant, there = (
            self.people.in_cin7s_words(field, system, PLACES[system][field].read(self.stage, system, link.key(system)))
            for system in (owner, other)
        )
        strays = {self.people.in_cin7s_words(field, other, one) for one in self.people.strays.get((link, field), ())}
        if there != meant and there not in strays:
            yield f"{field} of {link.partner} is {meant!r} in {owner}, its owner, and {there!r} in {other}"

    # --- what waits for a person ---

    def _unexplained(self) -> Iterator[str]:
        """Yield suppliers, and documents that nobody made, that are held without a reason that people gave."""
        for row in journal(self.stage):
            mine = any(row.flow == paper.flow and paper.is_labelled(row.label) for paper in self.papers.papers)
            if row.is_parked and not mine and not any(name in row.label for name in self.blocked_suppliers):
                yield f"{row.flow} {row.label} is {row.outcome}: {row.reasons}"


def _plain(key: str) -> str:
    return key.strip().lower().lstrip("0")


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)
