"""The proof of one pair: its acts recorded, its cases chosen and played, what became of them counted."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from prove.acts import ACTS, NotWellError
from prove.course import Course, Verdict
from prove.faults import Case
from prove.recording import Recording, record
from prove.report import Tally, in_full
from prove.sample import sample

MOST_SHOWN = 10
"""Cases that ended badly, told in full."""
PROGRESS_SECONDS = 10.0
_PATTERN = re.compile(r"[*?\[]")


@dataclass
class Proof:
    """The proof of one pair.

    Args:
        case: only the cases of this name; ``*`` and ``?`` stand for others; "" is all.
        short: only a sample.
        whole: every case is played to its end.
        jobs: cases at once.
        say: progress for a person.
    """

    pair: str
    case: str
    short: bool
    whole: bool
    jobs: int
    say: Callable[[str], None]

    def __post_init__(self) -> None:
        self.tally = Tally(self.pair)
        self.whole = self.whole or bool(self.case and not _PATTERN.search(self.case))
        self.begun = self.shown = time.monotonic()

    def run(self) -> Tally:
        """Prove the pair; return what was counted."""
        cpu = sum(os.times()[:4])
        try:
            self._run()
        except NotWellError as error:
            self.tally.add(Verdict(self.pair, "no fault", "none", wrong=str(error).splitlines()))
            self.say(f"{self.pair} does not end well without any fault:\n{error}")
        self.tally.seconds, self.tally.cpu_seconds = time.monotonic() - self.begun, sum(os.times()[:4]) - cpu
        return self.tally

    def _run(self) -> None:
        acts = [act for act in ACTS if not self.case or fnmatchcase(act, self.case.split("/")[1])]
        recordings = {act: record(self.pair, act) for act in acts}
        cases = self._chosen([case for act in acts for case in recordings[act].cases(act)])
        self.tally.boundaries = len({(case.act, case.boundary) for case in cases})
        self.tally.faults = len({case.fault.name for case in cases})
        self.say(f"{self.pair}: {len(cases)} cases at {self.tally.boundaries} boundaries")
        for act in acts:
            self._play(act, recordings[act], [case for case in cases if case.act == act], len(cases))

    def _chosen(self, every: list[Case]) -> list[Case]:
        if self.case:
            return [case for case in every if fnmatchcase(f"{self.pair}/{case.name}", self.case)]
        return sample(self.pair, every) if self.short else every

    def _play(self, act: str, recording: Recording, cases: list[Case], total: int) -> None:
        if not cases:
            return
        for verdict in Course(self.pair, act, recording, whole=self.whole).play(cases, self.jobs):
            self.tally.add(verdict)
            if (verdict.wrong or verdict.skipped or total == 1) and len(self.tally.bad) <= MOST_SHOWN:
                self.say(in_full(verdict))
            if time.monotonic() - self.shown > PROGRESS_SECONDS or self.tally.cases == total:
                self.shown = time.monotonic()
                told = f"{self.tally.cases} of {total}, {len(self.tally.bad)} bad, {self.shown - self.begun:.0f} s"
                self.say(f"{self.pair}: {told}; {verdict.case}")
