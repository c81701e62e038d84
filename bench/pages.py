"""How long the operator pages take on a database that has grown: tests/pages/test_speed.py."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from bench.figures import Row, at_most


def speed() -> list[Row]:
    """Return how many pages take longer than they may."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        run = [sys.executable, "-m", "pytest", "-q", "tests/pages/test_speed.py", "-m", "bench", f"--junitxml={report}"]
        subprocess.run(run, check=False, stdout=subprocess.DEVNULL)  # noqa: S603 - our own tests
        cases = ET.parse(report).getroot().findall(".//testcase")  # noqa: S314 - written by pytest a moment ago
    slow = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return [at_most("pages over 200 ms", len(slow), 0, f"of {len(cases)}; processor time of the median of five")]
