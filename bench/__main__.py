"""The command line of the figures: ``python -m bench [NAME …]``; without names all of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from bench.figures import Row, merge, show

SUMMARY = Path("build/bench/summary.json")
FIGURES = {
    "allowance": "bench.allowance:shared",
    "budget": "bench.budget:two_processes",
    "booking": "bench.booking:cost",
    "pages": "bench.pages:speed",
    "extract": "bench.extracting:against_others",
    "details": "bench.details:list_and_detail",
    "calls": "bench.calls:per_document",
    "load": "bench.loading:speed",
    "parse": "bench.parsing:fleet",
    "fleet": "bench.scheduling:waiting",
    "growth": "bench.growth:lines",
}
"""Name → the function that measures it and returns its rows."""
LONG = {"memory": "bench.extracting:memory"}
"""Those that are measured only when they are named."""


def main() -> int:
    """Measure; return 0 when every goal is met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "figures",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(FIGURES)}; none means all these; long: {', '.join(LONG)}",
    )
    parser.add_argument("--summary", type=Path, default=SUMMARY, help="where the values are kept (default %(default)s)")
    asked = parser.parse_args()
    unknown = set(asked.figures) - set(FIGURES | LONG)
    if unknown:
        parser.error(f"no figure is called {', '.join(sorted(unknown))}; there are {', '.join(FIGURES | LONG)}")
    rows: list[Row] = []
    for name in asked.figures or FIGURES:
        sys.stdout.write(f"measuring {name} …\n")
        sys.stdout.flush()
        made = _load((FIGURES | LONG)[name])()
        merge(asked.summary, made)
        rows += made
    show(rows)
    sys.stdout.write(f"written to {asked.summary}\n")
    return 1 if any(row.met is False for row in rows) else 0


def _load(place: str) -> Callable[[], list[Row]]:
    module, _, name = place.partition(":")
    found: Callable[[], list[Row]] = getattr(import_module(module), name)
    return found


if __name__ == "__main__":
    sys.exit(main())
