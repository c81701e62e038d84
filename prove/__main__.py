"""The command line of the proof: ``python -m prove``; see ``make help``."""

from __future__ import annotations

import argparse
import atexit
import os
import re
import shutil
import sys
import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from prove import home

if TYPE_CHECKING:
    from prove.course import Course
    from prove.faults import Case
    from prove.recording import Recording
    from prove.report import Tally

_PATTERN = re.compile(r"[*?\[]")
SUMMARY = Path("build/prove/summary.json")
MOST_SHOWN = 10
"""Cases that ended badly, told in full."""
PROGRESS_SECONDS = 10.0


def main() -> int:
    """Run the proof; return 0 when every case ended well."""
    asked = _asked()
    home.settle()
    atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
    from ml_connector_sandbox.demo.show import SHOWS  # noqa: PLC0415 - Airflow must have a home before
    from prove import clock, report  # noqa: PLC0415

    clock.install()
    pairs = [asked.case.partition("/")[0]] if asked.case else asked.pairs.split(",") if asked.pairs else sorted(SHOWS)
    tallies = [_one(pair, asked) for pair in pairs]
    say("\n" + report.table(tallies))
    if asked.summary or not asked.case:
        path = asked.summary or SUMMARY
        report.write_summary(path, tallies, sample=asked.short or bool(asked.case))
        say(f"written to {path}")
    return 0 if all(tally.is_well for tally in tallies) else 1


def say(line: str) -> None:
    """Show a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m prove", description=__doc__)
    parser.add_argument("--pairs", default="", help="only these pairs, with commas between")
    parser.add_argument("--short", action="store_true", help="each fault at each sort of boundary once a pair")
    parser.add_argument("--case", default="", help="only this case, or these: * and ? stand for others")
    parser.add_argument("--whole", action="store_true", help="play every case to its end")
    parser.add_argument("--jobs", type=int, default=2, help="cases at once")
    parser.add_argument("--summary", type=Path, help=f"where the numbers go; {SUMMARY} unless it is a case")
    return parser.parse_args()


def _one(pair: str, asked: argparse.Namespace) -> Tally:
    """Prove one pair."""
    from prove.course import Course, Verdict  # noqa: PLC0415 - Airflow must have a home before
    from prove.recording import NotWellError, record  # noqa: PLC0415
    from prove.report import Tally  # noqa: PLC0415

    begun, cpu, tally = time.monotonic(), sum(os.times()[:4]), Tally(pair)
    try:
        recording = record(pair)
        cases = _cases(pair, recording, asked)
        tally.boundaries = len({case.boundary for case in cases})
        tally.faults = len({case.fault.name for case in cases})
        say(f"{pair}: {len(cases)} cases at {tally.boundaries} boundaries")
        course = Course(pair, recording, whole=asked.whole or bool(asked.case and not _PATTERN.search(asked.case)))
        _play(course, cases, asked.jobs, tally)
    except NotWellError as error:
        tally.add(Verdict(pair, "no fault", "none", wrong=str(error).splitlines()))
        say(f"{pair} does not end well without any fault:\n{error}")
    tally.seconds, tally.cpu_seconds = time.monotonic() - begun, sum(os.times()[:4]) - cpu
    return tally


def _cases(pair: str, recording: Recording, asked: argparse.Namespace) -> list[Case]:
    from prove.sample import sample  # noqa: PLC0415 - Airflow must have a home before

    every = recording.cases()
    if asked.case:
        found = [case for case in every if fnmatchcase(f"{pair}/{case.name}", asked.case)]
        return found or sys.exit(f"there is no case {asked.case}")
    return sample(pair, every) if asked.short else every


def _play(course: Course, cases: list[Case], jobs: int, tally: Tally) -> None:
    from prove.report import in_full  # noqa: PLC0415 - Airflow must have a home before

    begun = shown = time.monotonic()
    for verdict in course.play(cases, jobs):
        tally.add(verdict)
        if (verdict.wrong or verdict.skipped or len(cases) == 1) and len(tally.bad) <= MOST_SHOWN:
            say(in_full(verdict))
        if time.monotonic() - shown > PROGRESS_SECONDS or tally.cases == len(cases):
            shown = time.monotonic()
            told = f"{tally.pair}: {tally.cases} of {len(cases)}, {len(tally.bad)} bad, {shown - begun:.0f} s"
            say(f"{told}; {verdict.case}")


if __name__ == "__main__":
    sys.exit(main())
