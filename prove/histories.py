"""Random histories: people, Airflow and misfortune in any order, and both sides agree in the end.

Hypothesis draws the steps; each history is lived in a forked process, which has the pair's world as it was set up.
``python -m prove.histories``; see ``make help`` and docs/proof.md.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prove import home

SUMMARY = Path("build/prove/histories.json")
STARTS = ("new", "synced")
"""``new``: the pair has never run. ``synced``: it has, and both sides agree."""


@dataclass
class Score:
    """What became of one pair's histories.

    Args:
        counts: of steps, runs, faults and more.
        findings: what failed, in words, with the steps to it.
    """

    pair: str
    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def numbers(self) -> dict[str, Any]:
        """Return the summary's entry."""
        told = {name: self.counts[name] for name in COLUMNS if name not in {"findings", "minutes"}}
        return {**told, "findings": len(self.findings), "minutes": round(self.seconds / 60, 1), "seed": self.seed}


COLUMNS = (
    "histories", "steps", "runs", "backfills", "edits", "map changes", "faults", "overlaps", "clears", "clock moves",
    "settled", "releases", "findings", "minutes",
)  # fmt: skip


def main() -> int:
    """Play histories; return 0 when none has found anything."""
    asked = _asked()
    home.settle()
    atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
    from ml_connector_sandbox.demo.show import SHOWS  # noqa: PLC0415 - Airflow must have a home before
    from prove import clock  # noqa: PLC0415

    clock.install()
    if asked.play:
        return _play_again(asked.play)
    scores = []
    for pair in asked.pairs.split(",") if asked.pairs else sorted(SHOWS):
        scores.append(play(pair, asked))
        say(_table(scores[-1:]))
    say("\n" + _table(scores))
    _write(asked.summary, scores)
    return 1 if any(score.findings for score in scores) else 0


def play(pair: str, asked: argparse.Namespace) -> Score:
    """Play one pair's histories, half of them from before its first run."""
    from prove.history import Played  # noqa: PLC0415

    begun, score = time.monotonic(), Score(pair, asked.seed)
    cpu = sum(os.times()[:4])
    for number, start in enumerate(STARTS):
        examples = (asked.examples + number) // len(STARTS)
        if examples:
            played = Played(
                pair,
                start,
                asked.seed + number,
                examples,
                asked.steps,
                shrink=asked.shrink,
                say=say if asked.show else None,
            )
            score.findings += played.play(score.counts)
    score.seconds = time.monotonic() - begun
    say(f"{pair}: {score.counts['histories']} histories in {score.seconds:.0f} s, "
        f"{sum(os.times()[:4]) - cpu:.0f} s of processor time")  # fmt: skip
    for finding in score.findings:
        say(f"{pair}: {finding}\n")
    return score


def _play_again(paths: list[Path]) -> int:
    """Play the histories in files, as they were printed; return 0 when all end well."""
    from prove.history import again  # noqa: PLC0415

    found = [again(path.read_text(encoding="utf-8"), say) for path in paths]
    say(f"{len(found)} histories, {sum(map(bool, found))} findings")
    return 1 if any(found) else 0


def say(line: str) -> None:
    """Show a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _table(scores: list[Score]) -> str:
    rows = [("pair", *COLUMNS), *((one.pair, *(str(one.numbers()[name]) for name in COLUMNS)) for one in scores)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _write(path: Path, scores: list[Score]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    failed = {one.pair: one.findings for one in scores if one.findings}
    told = {"pairs": {one.pair: one.numbers() for one in scores}, "failed": failed}
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    say(f"written to {path}")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m prove.histories", description=__doc__)
    parser.add_argument("--pairs", default="", help="only these pairs, with commas between")
    parser.add_argument("--examples", type=int, default=20, help="histories a pair")
    parser.add_argument("--steps", type=int, default=12, help="most steps of a history")
    parser.add_argument("--seed", type=int, default=1, help="which histories: the same number, the same ones")
    parser.add_argument("--no-shrink", dest="shrink", action="store_false", help="show a finding as it was found")
    parser.add_argument("--show", action="store_true", help="say each step")
    parser.add_argument("--play", type=Path, nargs="+", help="play the histories in these files, as they were printed")
    parser.add_argument("--summary", type=Path, default=SUMMARY, help="where the numbers go")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
