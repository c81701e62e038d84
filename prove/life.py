"""One history as it is lived: steps that people, Airflow and misfortune take in one pair's world."""

from __future__ import annotations

import datetime as dt
import re
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ml_connector.store.engine import reading
from ml_connector.store.reviews import state_of
from prove.acts import INTERVAL, LATER, books_text, until_quiet
from prove.agreement import Agreement, journal
from prove.clock import CLOCK
from prove.codes import Codes
from prove.dagrun import DagRun, Step
from prove.faults import FAULTS, Boundary, Case, Fault
from prove.papers import papers_of
from prove.people import People
from prove.stage import Stage
from prove.trip import SIGN_IN
from prove.turns import Turn

MOST_RUNS = 6
SWEEP = 25 * 3600.0
"""Seconds after which every system's suppliers have been read again: docs/operations.md."""
OWN, BACKFILL = "own", "backfill"
_READS = re.compile(r"/m3api-rest/v2/execute$")
"""Calls by POST that may only read; what they change shows in the books."""


@dataclass
class Told:
    """What a step did, and what is wrong since.

    Args:
        did: in words.
        counts: what to add up.
    """

    did: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)


class Life:
    """The world of one pair, and what has become of it.

    Args:
        synced: whether the pair has run before.
    """

    def __init__(self, pair: str, *, synced: bool) -> None:
        self.stage = Stage(pair)
        self.people, self.papers = People(self.stage), papers_of(self.stage)
        self.agreement, self.codes = Agreement(self.stage, self.people, self.papers), Codes(self.stage)
        self.runs, self.told = 0, Told()
        self.open: dict[str, Turn] = {}
        self.last: Turn | None = None
        if synced:
            run = DagRun(self.stage, "before-1", [])
            run.go()
            until_quiet(run)
            CLOCK.sleep(INTERVAL)

    def detach(self, folder: Path) -> None:
        """In a forked process: go on in a folder of its own."""
        self.stage.detach(folder)

    def step(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Take a step; return what it did and what is wrong since."""
        self.told = Told()
        try:
            getattr(self, name)(**arguments)
        except Exception:  # noqa: BLE001 - whatever it is, the history has found something
            self.told.wrong.append(traceback.format_exc())
        self.told.wrong = list(dict.fromkeys(self.told.wrong))
        return vars(self.told)

    def _say(self, did: str, **counts: int) -> None:
        if did:
            self.told.did.append(did)
            self.told.counts.update(counts or {"edits": 1})

    # --- people ---

    def new_document(self, which: int) -> None:
        """Somebody enters an order, or an order with receipt and invoice."""
        self._say(self.papers.new(which))

    def edit_order(self, nth: int) -> None:
        """Somebody orders more."""
        self._say(self.papers.edit(nth))

    def void_order(self, nth: int) -> None:
        """Somebody voids an order."""
        self._say(self.papers.void(nth))

    def edit_supplier(self, nth: int, name: str, *, by_owner: bool) -> None:
        """Somebody changes a field of a supplier, where it belongs or where it does not."""
        self._say(self.people.edit(nth, name, by_owner=by_owner))

    def edit_both(self, nth: int, name: str) -> None:
        """Two people change the same field of a supplier, one in each system."""
        for by_owner in (True, False):
            self._say(self.people.edit(nth, name, by_owner=by_owner))

    def new_supplier(self, *, at_partner: bool) -> None:
        """Somebody enters a supplier, where the pair takes suppliers from."""
        self._say(self.people.new(at_partner=at_partner))

    def map_codes(self) -> None:
        """Somebody maps the codes for which documents are held."""
        self._say(self.codes.map_missing(), map_changes=1)
        self.papers.unblock("tax_rule_unmapped")
        self.agreement.blocked_suppliers.clear()

    def change_code(self) -> None:
        """Somebody has an account mean another one from now on, or the first again."""
        self._say(self.codes.change(), map_changes=1)

    def later(self, seconds: int) -> None:
        """Time passes."""
        CLOCK.sleep(seconds)
        self._say(f"{dt.timedelta(seconds=seconds)} later", clock_moves=1)

    # --- Airflow ---

    def run(self) -> None:
        """The pair runs, or the run that has begun goes on to its end."""
        self._go(self._turn(OWN))

    def backfill(self, days: int) -> None:
        """A backfill of the last days runs from its beginning to its end."""
        self._go(self._turn(BACKFILL, days))

    def some_tasks(self, kind: str, tasks: int) -> None:
        """A run goes on for some tasks; it stays open."""
        turn = self._turn(kind)
        for _ in range(tasks):
            if turn.next_step is not None:
                self._take(turn, turn.next_step)
        self._close(turn, kind)

    def faulty(self, kind: str, after: int, nth: int, fault: str) -> None:
        """A run goes on to its end; at the nth boundary from one of its tasks on something goes wrong."""
        turn = self._turn(kind)
        for _ in range(after % max(1, len(turn.steps) - len(turn.states))):
            if turn.next_step is not None:
                self._take(turn, turn.next_step)
        boundary, name, recovery = fault.split("/")
        found = next(one for one in FAULTS if (one.kind, one.name) == (boundary, name))
        turn.coming, turn.elsewhere = _case(found, nth, recovery), recovery == "elsewhere"
        self._go(turn)
        turn.coming, turn.elsewhere = None, False

    def at_once(self, first: str, nth: int, tasks: int) -> None:
        """While a task of one run works, at its nth call, another run goes on for some tasks."""
        mine, other = self._turn(first), self._turn(BACKFILL if first == OWN else OWN)
        step = mine.next_step
        assert step is not None

        def meanwhile() -> None:
            for _ in range(tasks):
                theirs = other.next_step
                if theirs is None or not other.try_once(theirs):
                    return

        while step is not None and not mine.take_during(step, nth, meanwhile):
            self._watch(step.name)
            step = mine.next_step
        self._say(f"two runs at once in {step.name}" if step else "", overlaps=1)
        if step is not None and step.name not in mine.states:
            self._take(mine, step)
        for turn, kind in ((mine, first), (other, BACKFILL if first == OWN else OWN)):
            self._close(turn, kind)

    def clear(self, nth: int) -> None:
        """Somebody clears a task of the last run, ended well or not, with all that comes after it."""
        if self.last is None or OWN in self.open:
            return
        names = [step.name for step in self.last.steps]
        self.last.clear_from(names[nth % len(names)])
        self._say(f"{names[nth % len(names)]} of {self.last.run_id} cleared", clears=1)
        self._go(self.last)

    def _turn(self, kind: str, days: int = 40) -> Turn:
        if kind not in self.open:
            self.runs += 1
            interval = (CLOCK.now() - dt.timedelta(days=days), CLOCK.now()) if kind == BACKFILL else None
            self.open[kind] = Turn(self.stage, f"{kind}-{self.runs}", [], interval=interval)
            self.told.counts["backfills" if interval else "runs"] += 1
        return self.open[kind]

    def _go(self, turn: Turn) -> None:
        while turn.next_step is not None:
            self._take(turn, turn.next_step)
        self._close(turn, turn.run_id.partition("-")[0])

    def _take(self, turn: Turn, step: Step) -> None:
        turn.take(step)
        self._watch(step.name)

    def _watch(self, _step: str) -> None:
        """Look at the world after a task."""
        self.told.wrong += self.agreement.between_tasks()

    def _close(self, turn: Turn, kind: str) -> None:
        for one in turn.happened:
            self._say(one, faults=1)
        turn.happened.clear()
        self.told.wrong += turn.surprises
        self.told.log += turn.log
        turn.log.clear()
        turn.surprises.clear()
        if turn.next_step is None:
            self.open.pop(kind, None)
            self.last = turn if kind == OWN else self.last
            failed = f", not well: {', '.join(turn.failed)}" if turn.failed else ""
            self.told.did.append(f"{turn.run_id} has ended{failed}")
            CLOCK.sleep(INTERVAL)

    # --- settling ---

    def settle(self) -> None:
        """All troubles end; the pair runs until it is quiet; then both sides must agree."""
        for turn in list(self.open.values()):
            self._go(turn)
        self.stage.trouble.until.clear()
        CLOCK.sleep(LATER)
        self._until_quiet()
        self._release()
        CLOCK.sleep(SWEEP)
        self._until_quiet()
        self.told.wrong += self.agreement.wrong()
        self.told.counts["settled"] += 1

    def _until_quiet(self) -> None:
        for _ in range(MOST_RUNS):
            before, calls = books_text(self.stage), self._calls()
            turn = self._turn(OWN)
            self._go(turn)
            if before == books_text(self.stage) and not set(turn.failed) - {"reconcile"}:
                written = self._written(calls)
                self.told.wrong += [f"it is quiet and yet calls {one}" for one in written]
                return
        self.told.wrong.append(f"it is not quiet after {MOST_RUNS} runs; not well: {', '.join(turn.failed)}")

    def _calls(self) -> dict[str, int]:
        return {name: max((row["seq"] for row in one.journal.find(limit=10**9)), default=0)
                for name, one in self.stage.gateways.items()}  # fmt: skip

    def _written(self, since: dict[str, int]) -> list[str]:
        """Return the calls since then that are no readings and no sign-ins."""
        return [
            f"{name} {row['method']} {row['path']}"
            for name, number in since.items()
            for row in self.stage.gateways[name].journal.find(since=number, limit=10**9)
            if row["method"] != "GET" and not SIGN_IN.search(row["path"]) and not _READS.search(row["path"])
        ]

    def _release(self) -> None:
        """A person releases what was parked since the connector met answers that it does not know."""
        reviews = self.stage.database.reviews(self.stage.deployment.dag_id)
        for row in journal(self.stage):
            if row.is_parked and "connector_error" in row.reasons:
                with reading(self.stage.database.engine) as connection:
                    seen = reviews._rows(connection, row.flow, [row.key])  # noqa: SLF001 - as the review page reads it
                reviews.release(row.flow, {row.key: state_of(seen[row.key])}, by="prove")
                self._say(f"{row.label} is released", releases=1)


def _case(fault: Fault, nth: int, recovery: str) -> Case:
    return Case("", Boundary("", nth, fault.kind, ""), fault, recovery)
