"""What it costs as the work grows: 1,000 to 100,000 records, and 1 to 4 workers; drawn in docs/images/growth.svg."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from bench.details import CALL_SECONDS, connector, seconds
from bench.extracting import DLT, read
from bench.figures import Row, at_least, at_most, load
from bench.vendor import Vendor, serving

RECORDS, WORKERS, PURCHASES = (1_000, 10_000, 100_000), (1, 2, 4), 400
POINTS, PICTURE = Path("build/bench/growth.json"), Path("docs/images/growth.svg")


def lines() -> list[Row]:
    """Return how far both lines are from straight, and draw them."""
    cost = [read("connector_pages", records)["cpu"] for records in RECORDS]
    with serving(Vendor(PURCHASES, CALL_SECONDS)) as url:
        pace = [PURCHASES / seconds(lambda n=n: connector(url, n), PURCHASES) for n in WORKERS]  # type: ignore[misc]
    few, some, many = cost
    each = (many - few) / (RECORDS[2] - RECORDS[0])
    expected = few + each * (RECORDS[1] - RECORDS[0])
    _draw(cost, pace)
    told = f"{few:.2f}, {some:.2f} and {many:.2f} processor s: {each * 1e6:.0f} µs a record; {load()}"
    return [
        at_most("10,000 suppliers, off the line from 1,000 to 100,000", abs(some / expected - 1), 0.2, told),
        at_least(
            "details with 4 workers, part of 4 times one", pace[2] / pace[0] / WORKERS[2], 0.85,
            f"{pace[0]:.0f}, {pace[1]:.0f} and {pace[2]:.0f} records/s; {load()}",
        ),
    ]  # fmt: skip


def _draw(cost: list[float], pace: list[float]) -> None:
    """Draw both lines, with matplotlib of the bench's own environment."""
    POINTS.parent.mkdir(parents=True, exist_ok=True)
    panels = [
        {
            "x": RECORDS,
            "y": cost,
            "xlabel": "suppliers",
            "ylabel": "processor seconds",
            "title": "Extract into staging",
        },
        {"x": WORKERS, "y": pace, "xlabel": "workers", "ylabel": "records/s", "title": "List and detail, 20 ms a call"},
    ]
    POINTS.write_text(json.dumps(panels), encoding="utf-8")
    subprocess.run([str(DLT), "-c", PLOT, str(POINTS), str(PICTURE)], check=True)  # noqa: S603 - our own lines


PLOT = """
import json, sys
import matplotlib
matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "bench"
from matplotlib import pyplot
panels = json.load(open(sys.argv[1]))
figure, axes = pyplot.subplots(1, len(panels), figsize=(9, 3.2), layout="constrained")
for axis, one in zip(axes, panels):
    axis.plot(one["x"], one["y"], marker="o")
    axis.set(xlabel=one["xlabel"], ylabel=one["ylabel"], title=one["title"], xlim=(0, None), ylim=(0, None))
    axis.grid(alpha=0.3)
figure.savefig(sys.argv[2], metadata={"Date": None})
"""
