"""The course of one pair, step by step; at each step a process is forked for every case.

A forked process has the whole world as it stands there: both simulators, sessions and tokens, the database, the time.
It lets its fault happen, goes on as Airflow would until the pair is quiet, and tells what it found. Once the world
stands as it stood at the same place in a course that ended well, there is nothing new to be seen, and it stops.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from prove.acts import LATER, MOST_RUNS, begin, books_text, next_run
from prove.checks import at_the_end, between_tasks, trail_broken
from prove.clock import CLOCK
from prove.crew import Crew, Told
from prove.dagrun import NotReachedError, steps_of
from prove.faults import Case
from prove.recording import Recording, trip_of
from prove.stage import Stage
from prove.state import digest


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


class Course:
    """One pair's course in one act.

    Args:
        recording: how it goes undisturbed.
        whole: play every case to its end, even where the world stands as it stood before.
    """

    def __init__(self, pair: str, act: str, recording: Recording, *, whole: bool = False) -> None:
        self.pair, self.recording, self.whole, self.stage = pair, recording, whole, Stage(pair)
        self.known = set() if whole else set(recording.states)
        self.steps = steps_of(self.stage)
        self.run = begin(self.stage, act)

    def play(self, cases: list[Case], jobs: int) -> Iterator[Verdict]:
        """Go through the course and try `cases`, several at once; yield what became of each."""
        by_step: dict[str, list[Case]] = {}
        for case in cases:
            by_step.setdefault(case.boundary.step, []).append(case)
        gc.collect()
        gc.freeze()
        crew: Crew[tuple[Case, Path]] = Crew(jobs)
        for step in self.steps:
            for case in by_step.pop(step.name, []):
                yield from self._begin(crew, case)
            if not by_step:
                break
            if self.run.run_body(step, trip_of(self.stage, step)) is not None:
                raise RuntimeError("\n".join(self.run.log))
            self.run.states[step.name] = "success"
        for told in crew.rest():
            yield self._verdict(told)
        self.stage.discard()

    def _begin(self, crew: Crew[tuple[Case, Path]], case: Case) -> Iterator[Verdict]:
        folder = self.stage.copy()
        for told in crew.take((case, folder), lambda: asdict(_Disturbed(self, case).play(folder))):
            yield self._verdict(told)

    def _verdict(self, told: Told[tuple[Case, Path]]) -> Verdict:
        case, folder = told.of
        shutil.rmtree(folder, ignore_errors=True)
        if told.error:
            verdict = Verdict(f"{self.pair}/{case.name}", case.boundary.what, case.fault.name, wrong=[told.error])
        else:
            verdict = Verdict(**told.result)
        verdict.seconds = told.seconds
        if not self.whole and not verdict.wrong and not verdict.skipped:
            self.known.update(verdict.states)
        return verdict


@dataclass
class _Disturbed:
    """One case, in a forked process."""

    course: Course
    case: Case

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
            self.wrong += at_the_end(self.stage, self.course.recording.clean)
        except SeenBeforeError:
            pass
        except NotReachedError:
            self.verdict.skipped = True
        self.wrong += trail_broken(self.stage)
        self.verdict.runs = self.run.number - self.course.run.number + 1
        self.verdict.wrong = [*dict.fromkeys([*self.run.surprises, *self.wrong])]
        self.verdict.log = self.run.log
        return self.verdict

    def _watch(self, step: str) -> None:
        """Look at the world after a task."""
        self.wrong += between_tasks(self.stage, self.course.recording.clean.read)
        state = digest(self.stage, self.run, step, self.course.recording.kept)
        if state in self.course.known:
            raise SeenBeforeError
        self.verdict.states.append(state)

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
