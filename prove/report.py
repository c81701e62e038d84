"""What a person and a machine read of the proof."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prove.course import Verdict

_DOUBLE = re.compile(r"is there \d+ times|should not|too much|stands at \d+ suppliers|is bound to|is linked to \d")
_LOST = re.compile(r"is missing|lacking|is not in|has no (vendor|supplier|outcome)|stands nowhere|not audited")
COLUMNS = (
    "boundaries",
    "faults",
    "cases",
    "duplicates",
    "lost",
    "otherwise wrong",
    "skipped",
    "played on",
    "minutes",
    "cpu minutes",
)
_REPEAT = "make prove CASE='{}'"


@dataclass
class Tally:
    """What became of one pair's cases.

    Args:
        played_on: cases that came through a state of the world not seen before.
        cpu_seconds: of all processes; what the proof takes on two cores of its own is about half of it.
    """

    pair: str
    boundaries: int = 0
    faults: int = 0
    cases: int = 0
    duplicates: int = 0
    lost: int = 0
    otherwise: int = 0
    skipped: int = 0
    played_on: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    bad: list[Verdict] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        """Count a case."""
        self.cases += 1
        self.played_on += bool(verdict.states) and not verdict.wrong
        self.skipped += verdict.skipped
        if verdict.wrong or verdict.skipped:
            self.bad.append(verdict)
        if verdict.wrong:
            text = "\n".join(verdict.wrong)
            double, lost = _DOUBLE.search(text) is not None, _LOST.search(text) is not None
            self.duplicates += double
            self.lost += lost
            self.otherwise += not (double or lost)

    @property
    def is_well(self) -> bool:
        """Whether every case was played and ended well."""
        return bool(self.cases) and not self.bad

    def numbers(self) -> dict[str, Any]:
        """Return the summary's entry."""
        return {
            "boundaries": self.boundaries,
            "faults": self.faults,
            "cases": self.cases,
            "duplicates": self.duplicates,
            "lost": self.lost,
            "otherwise wrong": self.otherwise,
            "skipped": self.skipped,
            "played on": self.played_on,
            "minutes": round(self.seconds / 60, 1),
            "cpu minutes": round(self.cpu_seconds / 60, 1),
        }


def table(tallies: Sequence[Tally]) -> str:
    """Return one line a pair."""
    rows = [("pair", *COLUMNS), *((one.pair, *(str(one.numbers()[name]) for name in COLUMNS)) for one in tallies)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def in_full(verdict: Verdict) -> str:
    """Return a case that ended badly, with what to type to see it again."""
    said = ["the fault did not happen: the course was another"] if verdict.skipped else verdict.wrong
    lines = [f"{verdict.case} ({verdict.fault} at {verdict.what}), {verdict.runs} runs:"]
    lines += [f"  wrong: {line}" for line in said[:10]]
    lines += [f"  log: {line[:200]}" for line in verdict.log[-8:]]
    return "\n".join([*lines, f"  again: {_REPEAT.format(verdict.case)}"])


def write_summary(path: Path, tallies: Sequence[Tally], *, sample: bool) -> None:
    """Write what was counted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"sample": sample, "pairs": {one.pair: one.numbers() for one in tallies}}
    told["failed"] = [verdict.case for one in tallies for verdict in one.bad]
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
