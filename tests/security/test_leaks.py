"""No secret of a connection stands anywhere but in the connection, whatever goes wrong and however much is logged."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))

import marks

PAIRS = ("acumatica_cin7", "ifs_cin7", "cin7_qad", "infor_cin7", "syspro_cin7")
DEADLINE_SECONDS = 1200
SECRET = "geheim/é+Passwort=9"


def run(pair: str, folder: Path, *how: str) -> dict[str, Any]:
    """Return what was found of a pair that ran in a process of its own."""
    asked = [sys.executable, str(FOLDER / "leak_run.py"), pair, str(folder), *how]
    done = subprocess.run(asked, capture_output=True, timeout=DEADLINE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    found: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return found


@pytest.mark.parametrize("pair", PAIRS)
def test_no_secret_stands_anywhere(pair: str, tmp_path: Path) -> None:
    """A run in trouble and one without, all pages and commands, at DEBUG: logs, results, databases, files, texts."""
    found = run(pair, tmp_path / "run")
    assert found["found"] == []
    assert found["quoted"] > 0, "vendors quoted secrets, and the quotes were shown with the secret hidden"
    assert found["pages"] > 10
    assert found["calls"] > 0
    assert found["written"] > 0, "documents went over"
    assert "broken" not in found, "a page or a command broke down"
    assert {"failed"} < {*found["states"], "success"}, "the first run was in trouble"


def test_a_leak_is_found(tmp_path: Path) -> None:
    """A client that logs its headers is found out: the test above can fail."""
    found = "\n".join(run("cin7_qad", tmp_path / "run", "leak")["found"])
    assert "cin7_application_key (plain)" in found
    assert "access token" in found


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        SECRET.upper(),
        f"https://x/?p={quote(SECRET, safe='')}&y=1",
        json.dumps({"p": SECRET}),
        *(base64.b64encode(f"{'u' * n}:{SECRET}".encode()).decode() for n in range(4)),
        base64.urlsafe_b64encode(f"user:{SECRET} and more".encode()).decode(),
        SECRET.encode().hex(),
    ],
)
def test_a_secret_is_known_in_any_form(text: str) -> None:
    """Plain, in an address, in JSON, in base64 at any place, and in hexadecimal."""
    assert marks.search({"it": SECRET}, [("here", f"before {text} behind")])
    assert not marks.search({"it": SECRET}, [("here", "before geheim behind, Passwort=9")])
