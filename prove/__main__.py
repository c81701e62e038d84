"""The command line of the proof: ``python -m prove``; see ``make help`` and docs/proof.md."""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import sys
from pathlib import Path

from prove import home

SUMMARY = Path("build/prove/summary.json")


def main() -> int:
    """Run the proof; return 0 when every case ended well."""
    asked = _asked()
    home.settle()
    atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
    from ml_connector_sandbox.demo.show import SHOWS  # noqa: PLC0415 - Airflow must have a home before
    from prove import clock, report  # noqa: PLC0415
    from prove.proof import Proof  # noqa: PLC0415

    clock.install()
    pairs = [asked.case.partition("/")[0]] if asked.case else asked.pairs.split(",") if asked.pairs else sorted(SHOWS)
    tallies = [Proof(pair, asked.case, asked.short, asked.whole, asked.jobs, say).run() for pair in pairs]
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


if __name__ == "__main__":
    sys.exit(main())
