"""A pair's course without any fault: what it crosses, and how it ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from prove.acts import NotWellError, begin, until_quiet
from prove.checks import Clean, at_the_end, between_tasks, clean_of
from prove.clock import CLOCK
from prove.dagrun import DagRun, Step, boundary_of_task, steps_of
from prove.faults import Boundary, Case, cases_at
from prove.stage import Stage
from prove.state import digest, kept
from prove.trip import Trip


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

    def cases(self, act: str) -> list[Case]:
        """Return all cases of an act."""
        tokens = {one.system for one in self.boundaries if one.signs_in}
        return [case for one in self.boundaries for case in cases_at(act, one, has_tokens=one.system in tokens)]


def record(pair: str, act: str) -> Recording:
    """Run the pair undisturbed until it is quiet, in a world of its own.

    It is done in this process, so that what is loaded and compiled once is ready for the cases.

    Raises:
        NotWellError: it does not end well.
    """
    stage = Stage(pair)
    try:
        return _Undisturbed(stage, begin(stage, act)).record()
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
        begun = CLOCK.now()
        for step in steps_of(self.stage):
            trip = trip_of(self.stage, step)
            trip.look = lambda system: json.dumps(self.stage.state(system), default=str)
            if self.run.run_body(step, trip) is not None:
                raise NotWellError("\n".join(self.run.log))
            self.run.states[step.name] = "success"
            self.boundaries += [*trip.noted, boundary_of_task(step)]
            self._note(self.run, step.name)
        self.run = until_quiet(self.run, self._note)
        clean = clean_of(self.stage, begun)
        self.run.log += [*self.run.surprises, *at_the_end(self.stage, clean)]
        if self.run.log:
            raise NotWellError("\n".join(self.run.log))
        return Recording(self.boundaries, clean, self.states, self.kept)

    def _note(self, run: DagRun, step: str) -> None:
        run.log += between_tasks(self.stage, {})
        self.kept |= kept(self.stage)
        self.states.add(digest(self.stage, run, step, self.kept))


def trip_of(stage: Stage, step: Step) -> Trip:
    """Return an attempt in which nothing goes wrong."""
    return Trip(step.name, None, stage.trouble, {name: one.faults.waiting for name, one in stage.gateways.items()})
