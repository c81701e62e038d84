"""The course of one pair's first run, step by step; at each step a process is forked for every case.

A forked process has the whole world as it stands there: both simulators, sessions and tokens, the database, the time.
It lets its fault happen, goes on as Airflow would until the pair is quiet, and tells what it found. Once the world
stands as it stood at the same place in a course that ended well, there is nothing new to be seen, and it stops.
"""

from __future__ import annotations

import gc
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from prove.checks import Clean, at_the_end, between_tasks, clean_of
from prove.clock import CLOCK
from prove.crew import Crew, Told, alone
from prove.dagrun import DagRun, NotReachedError, Step, boundary_of_task, steps_of
from prove.faults import Boundary, Case, cases_at
from prove.stage import Stage
from prove.state import digest, kept
from prove.trip import Trip

LATER = 4 * 3600.0
"""Seconds until a person comes, or the next run: after every outage."""
INTERVAL = 900.0
MOST_RUNS = 5


class SeenBeforeError(Exception):
    """The world stands as it stood in a course that ended well."""


@dataclass
class Verdict:
    """What became of a case.

    Args:
        wrong: in words.
        skipped: the fault did not happen.
        runs: how many runs the pair took.
        states: digests of the world, from the fault to the end.
    """

    case: str
    what: str
    fault: str
    wrong: list[str] = field(default_factory=list)
    skipped: bool = False
    runs: int = 1
    seconds: float = 0.0
    log: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)


@dataclass
class Recording:
    """What an undisturbed course crosses, and how it ends.

    Args:
        states: digests of the world after each task.
        kept: the records that it keeps to save calls.
    """

    boundaries: dict[str, list[Boundary]]
    clean: Clean
    states: set[str]
    kept: set[str]

    def cases(self) -> list[Case]:
        """Return all cases of the pair."""
        every = [one for found in self.boundaries.values() for one in found]
        tokens = {one.system for one in every if one.signs_in}
        return [case for one in every for case in cases_at(one, has_tokens=one.system in tokens)]


class Course:
    """One pair's course.

    Args:
        whole: play every case to its end, even where the world stands as it stood before.
    """

    def __init__(self, pair: str, *, whole: bool = False) -> None:
        self.pair, self.whole, self.stage = pair, whole, Stage(pair)
        self.steps = steps_of(self.stage)
        self.run = DagRun(self.stage, "run-1", [])

    # --- undisturbed ---

    def record(self) -> Recording:
        """Run the pair undisturbed, in a forked process, until it is quiet.

        Raises:
            RuntimeError: it does not end well.
        """
        folder = self.stage.copy()
        told = alone(lambda: _Undisturbed(self, folder).tell())
        boundaries = {name: [Boundary(**one) for one in found] for name, found in told["boundaries"].items()}
        clean = Clean(
            {(f, k): v for f, k, v in told["read"]},
            {(f, k): (p, o) for f, k, p, o in told["outcomes"]},
            Counter(told["books"]),
        )
        return Recording(boundaries, clean, set(told["states"]), set(told["kept"]))

    # --- disturbed ---

    def play(self, cases: list[Case], recording: Recording, jobs: int) -> Iterator[Verdict]:
        """Go through the course and try `cases`, several at once; yield what became of each."""
        by_step: dict[str, list[Case]] = {}
        for case in cases:
            by_step.setdefault(case.boundary.step, []).append(case)
        known = set() if self.whole else recording.states
        gc.collect()
        gc.freeze()
        crew: Crew[tuple[Case, Path]] = Crew(jobs)
        for step in self.steps:
            for case in by_step.pop(step.name, []):
                yield from self._begin(crew, case, recording, known)
            if not by_step:
                break
            if self.run.run_body(step, trip_of(self.stage, step)) is not None:
                raise RuntimeError("\n".join(self.run.log))
            self.run.states[step.name] = "success"
        for told in crew.rest():
            yield self._verdict(told, known)

    def _begin(
        self, crew: Crew[tuple[Case, Path]], case: Case, recording: Recording, known: set[str]
    ) -> Iterator[Verdict]:
        folder = self.stage.copy()
        for told in crew.take((case, folder), lambda: asdict(_Disturbed(self, case, recording, known).play(folder))):
            yield self._verdict(told, known)

    def _verdict(self, told: Told[tuple[Case, Path]], known: set[str]) -> Verdict:
        case, folder = told.of
        shutil.rmtree(folder, ignore_errors=True)
        if told.error:
            verdict = Verdict(f"{self.pair}/{case.name}", case.boundary.what, case.fault.name, wrong=[told.error])
        else:
            verdict = Verdict(**told.result)
        verdict.seconds = told.seconds
        if not self.whole and not verdict.wrong and not verdict.skipped:
            known.update(verdict.states)
        return verdict


def trip_of(stage: Stage, step: Step) -> Trip:
    """Return an attempt in which nothing goes wrong."""
    return Trip(step.name, None, stage.trouble, {name: one.faults.waiting for name, one in stage.gateways.items()})


@dataclass
class _Undisturbed:
    """The course without a fault, in a forked process."""

    course: Course
    folder: Path
    states: list[str | None] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)

    def _note(self, run: DagRun, step: str) -> None:
        self.kept |= kept(self.course.stage)
        self.states.append(digest(self.course.stage, run, step, self.kept))

    def tell(self) -> dict[str, Any]:
        """Return what it crosses and how it ends."""
        stage, run = self.course.stage, self.course.run
        stage.detach(self.folder)
        boundaries = self._boundaries(run)
        run = self._until_quiet(run)
        clean = clean_of(stage)
        wrong = [*run.surprises, *at_the_end(stage, clean), *between_tasks(stage, clean)]
        stage.discard()
        if wrong:
            raise RuntimeError(f"{self.course.pair} is wrong without any fault:\n" + "\n".join([*wrong, *run.log]))
        return {
            "boundaries": boundaries,
            "states": [one for one in self.states if one],
            "kept": sorted(self.kept),
            "read": [[*key, value] for key, value in clean.read.items()],
            "outcomes": [[*key, *value] for key, value in clean.outcomes.items()],
            "books": dict(clean.books),
        }

    def _boundaries(self, run: DagRun) -> dict[str, Any]:
        boundaries = {}
        for step in self.course.steps:
            trip = trip_of(self.course.stage, step)
            if run.run_body(step, trip) is not None:
                raise RuntimeError("\n".join(run.log))
            run.states[step.name] = "success"
            boundaries[step.name] = [asdict(one) for one in [*trip.noted, boundary_of_task(step)]]
            self._note(run, step.name)
        return boundaries

    def _until_quiet(self, run: DagRun) -> DagRun:
        for _ in range(MOST_RUNS):
            before, run = books_text(self.course.stage), next_run(run)
            run.go(watch=lambda step, run=run: self._note(run, step))  # type: ignore[misc]
            if not run.is_done:
                raise RuntimeError("\n".join(run.log))
            if before == books_text(self.course.stage):
                return run
        raise RuntimeError(f"{self.course.pair} is not quiet after {MOST_RUNS} runs without any fault")


@dataclass
class _Disturbed:
    """One case, in a forked process."""

    course: Course
    case: Case
    recording: Recording
    known: set[str]

    def __post_init__(self) -> None:
        case = self.case
        self.stage, self.run = self.course.stage, self.course.run
        self.verdict = Verdict(f"{self.course.pair}/{case.name}", case.boundary.what, case.fault.name)
        self.wrong: list[str] = []

    def play(self, folder: Path) -> Verdict:
        """Let the fault happen and go on until the pair is quiet, or what follows is known."""
        self.stage.detach(folder)
        try:
            self._begin()
            self._recover()
            self._until_quiet()
            self.wrong += at_the_end(self.stage, self.recording.clean)
        except SeenBeforeError:
            pass
        except NotReachedError:
            self.verdict.skipped = True
        self.verdict.runs = int(self.run.run_id.rpartition("-")[2])
        self.verdict.wrong = [*dict.fromkeys([*self.run.surprises, *self.wrong])]
        self.verdict.log = self.run.log
        return self.verdict

    def _watch(self, step: str) -> None:
        """Look at the world after a task."""
        self.wrong += between_tasks(self.stage, self.recording.clean)
        state = digest(self.stage, self.run, step, self.recording.kept)
        if state in self.known:
            raise SeenBeforeError
        self.verdict.states += [state] if state else []

    def _begin(self) -> None:
        """Run on from the case's step, with its fault."""
        step, run = self.case.boundary.step, self.run
        if self.case.boundary.kind != "task":
            run.elsewhere = self.case.recovery == "elsewhere"
            run.go(first=step, case=self.case, watch=self._watch)
            return
        run.go_one(step)
        if self.case.fault.name == "abandoned":
            run.states["reconcile"] = "failed"
            return
        if self.case.fault.name == "cleared":
            del run.states[step]
        if self.case.fault.name == "a_day_later":
            CLOCK.sleep(86_400.0)
        run.go(watch=self._watch)

    def _recover(self) -> None:
        """Do what a person does about a run that failed: clear it, or leave it to the next."""
        for _ in range(3):
            if self.run.is_done or self.case.recovery == "next" or self.case.fault.name == "abandoned":
                break
            CLOCK.sleep(LATER)
            self.run.clear()
            self.run.go(watch=self._watch)

    def _until_quiet(self) -> None:
        """Run again until a run changed nothing on either side."""
        for _ in range(MOST_RUNS):
            was_done, before = self.run.is_done, books_text(self.stage)
            self.run = next_run(self.run)
            self.run.go(watch=self._watch)
            if was_done and self.run.is_done and before == books_text(self.stage):
                return
        self.wrong.append(f"it is not quiet after {MOST_RUNS + 1} runs; not well: {', '.join(self.run.failed)}")


def next_run(run: DagRun) -> DagRun:
    """Return the pair's next run, which begins later."""
    CLOCK.sleep(INTERVAL if run.is_done else LATER)
    number = int(run.run_id.rpartition("-")[2]) + 1
    return DagRun(run.stage, f"run-{number}", run.log, surprises=run.surprises)


def books_text(stage: Stage) -> str:
    """Return everything that both systems' books hold."""
    return json.dumps(stage.records(), default=str, sort_keys=True)
