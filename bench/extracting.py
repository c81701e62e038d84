"""100,000 suppliers read into durable staging, against a bare loop and against dlt's REST source.

Each reader is a process of its own against the same server (`bench.vendor`), one after the other, in turns. A run is
judged by processor time, which does not depend on what else the machine does; wall time is told beside it. Bare loops
write files of lines. dlt writes by key into SQLite, as the connector does, and into files, its quickest destination.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figures import Row, at_least, at_most, load
from bench.vendor import Vendor, serving

RECORDS, MANY, ROUNDS = 100_000, 1_000_000, 3
DLT = Path("build/bench/venv/bin/python")
"""An environment of its own: Airflow's constraints and dlt's dependencies exclude each other. The Makefile makes it."""
WAYS = {"pages": "page and limit (Cin7 Core)", "odata": "OData, two tables (SYSPRO)"}
Told = dict[str, float]


def against_others() -> list[Row]:
    """Return how many times as fast as dlt the connector is, and how much slower than a bare loop."""
    return [row for way in WAYS for row in _compare(way)]


def _compare(way: str) -> list[Row]:
    names = [f"connector_{way}", f"bare_{way}", f"dlt_{way}", f"dlt_{way}_files"]
    runs: dict[str, list[Told]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name in names:
            runs[name].append(read(name, RECORDS))
    middle = {name: _middle(told) for name, told in runs.items()}
    ours, title = middle[names[0]], WAYS[way]
    rows = [_told(f"{RECORDS:,} suppliers by {title}, {_who(name)}", middle[name]) for name in names]
    for name in names[1:]:
        times, walls = (middle[name][key] / ours[key] for key in ("cpu", "seconds"))
        said = f"times our processor time; wall {walls:.2f}; medians of {ROUNDS}; {load()}"
        title_of = f"{RECORDS:,} suppliers by {title}, {_who(name)} against ours"
        rows.append(at_least(title_of, times, 3, said) if name == f"dlt_{way}" else Row(title_of, times, note=said))
    return rows


def memory() -> list[Row]:
    """Return how much more memory ten times as many suppliers take; takes minutes."""
    return [_memory(way) for way in WAYS]


def _memory(way: str) -> Row:
    few, many = (read(f"connector_{way}", records) for records in (RECORDS, MANY))
    told = f"most memory of {MANY:,} over that of {RECORDS:,}: {many['mb']:.0f} and {few['mb']:.0f} MB"
    return at_most(f"memory of ten times the suppliers by {WAYS[way]}", many["mb"] / few["mb"], 1.2, told)


def read(name: str, records: int) -> Told:
    """Run a reader and return its seconds, processor seconds and most memory (MB).

    Raises:
        RuntimeError: it failed, or has read another number of records.
    """
    python = str(DLT) if name.startswith("dlt") else sys.executable
    with serving(Vendor(records)) as url, tempfile.TemporaryDirectory() as folder:
        run = [python, "-m", "bench.readers", name, url, folder]
        done = subprocess.run(run, check=False, capture_output=True, text=True)  # noqa: S603 - our own module
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
    if told.get("records") != records:
        raise RuntimeError(f"{name}: {told.get('records')} of {records} records\n{done.stderr[-2000:]}")
    return told


def _middle(runs: Sequence[Told]) -> Told:
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def _told(name: str, run: Told) -> Row:
    told = f"processor s; {run['seconds']:.1f} s, {run['records'] / run['seconds']:,.0f} records/s, {run['mb']:.0f} MB"
    return Row(name, run["cpu"], note=told)


def _who(name: str) -> str:
    first, _, rest = name.partition("_")
    return f"{first} into files" if rest.endswith("_files") else first
