"""A pair's course without any fault: what it crosses, and how it ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from prove.checks import Clean, at_the_end, between_tasks, clean_of
from prove.clock import CLOCK
from prove.dagrun import DagRun, Step, boundary_of_task, steps_of
from prove.faults import Boundary, Case, cases_at
from prove.stage import Stage
from prove.state import digest, kept
from prove.trip import Trip

LATER = 4 * 3600.0
"""Seconds until a person comes, or the next run: after every outage."""
INTERVAL = 900.0
MOST_RUNS = 5


class NotWellError(Exception):
    """The pair does not end well without any fault."""


@dataclass
class Recording:
    """What an undisturbed course crosses, and how it ends.

    Args:
        states: digests of the world after each task.
        kept: the records that it keeps to save calls.
    """

    boundaries: list[Boundary]
    clean: Clean
    states: set[str]
    kept: set[str]

    def cases(self) -> list[Case]:
        """Return all cases of the pair."""
        tokens = {one.system for one in self.boundaries if one.signs_in}
        return [case for one in self.boundaries for case in cases_at(one, has_tokens=one.system in tokens)]


def record(pair: str) -> Recording:
    """Run the pair undisturbed until it is quiet, in a world of its own.

    It is done in this process, so that what is loaded and compiled once is ready for the cases.

    Raises:
        NotWellError: it does not end well.
    """
    stage = Stage(pair)
    try:
        return _Undisturbed(stage, DagRun(stage, "run-1", [])).record()
    finally:
        stage.discard()


@dataclass
class _Undisturbed:
    stage: Stage
    run: DagRun
    boundaries: list[Boundary] = field(default_factory=list)
    states: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)

    def record(self) -> Recording:
        for step in steps_of(self.stage):
            trip = trip_of(self.stage, step)
            self._well(self.run.run_body(step, trip) is None)
            self.run.states[step.name] = "success"
            self.boundaries += [*trip.noted, boundary_of_task(step)]
            self._note(step.name)
        self._until_quiet()
        clean = clean_of(self.stage)
        self.run.log += [*self.run.surprises, *at_the_end(self.stage, clean)]
        self._well(not self.run.log)
        return Recording(self.boundaries, clean, self.states, self.kept)

    def _until_quiet(self) -> None:
        for _ in range(MOST_RUNS):
            before, self.run = books_text(self.stage), next_run(self.run)
            self.run.go(watch=self._note)
            self._well(self.run.is_done)
            if before == books_text(self.stage):
                return
        self.run.log.append(f"it is not quiet after {MOST_RUNS + 1} runs")

    def _note(self, step: str) -> None:
        self.run.log += between_tasks(self.stage, {})
        self.kept |= kept(self.stage)
        self.states.add(digest(self.stage, self.run, step, self.kept))

    def _well(self, is_so: bool) -> None:
        if not is_so:
            raise NotWellError("\n".join(self.run.log))


def trip_of(stage: Stage, step: Step) -> Trip:
    """Return an attempt in which nothing goes wrong."""
    return Trip(step.name, None, stage.trouble, {name: one.faults.waiting for name, one in stage.gateways.items()})


def next_run(run: DagRun) -> DagRun:
    """Return the pair's next run, which begins later."""
    CLOCK.sleep(INTERVAL if run.is_done else LATER)
    number = int(run.run_id.rpartition("-")[2]) + 1
    return DagRun(run.stage, f"run-{number}", run.log, surprises=run.surprises)


def books_text(stage: Stage) -> str:
    """Return everything that both systems' books hold."""
    return json.dumps(stage.records(), default=str, sort_keys=True)
