"""Histories: written ones of every pair, drawn ones, and a connector broken on purpose, which they find."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITTEN = sorted((Path(__file__).parent / "histories").glob("*.txt"))


def play(*command: str) -> tuple[int, str]:
    """Play histories in a process of its own; return its exit code and what it printed."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "include")])
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_written_history_of_each_pair_ends_well() -> None:
    """Edits on both sides, a lost call, a lost commit, killed workers and two runs at once end in agreement."""
    code, said = play("-m", "prove.histories", "--play", *map(str, WRITTEN))
    assert (code, said.splitlines()[-1:]) == (0, ["5 histories, 0 findings"]), said
    assert all(word in said for word in ("reset_after at", "killed_after at", "commit_unheard at", "two runs at once"))


def test_drawn_histories_are_counted(tmp_path: Path) -> None:
    """The command draws histories from a seed, plays them and writes what they did."""
    told = tmp_path / "histories.json"
    drawn = ("--pairs", "cin7_qad", "--examples", "1", "--steps", "4", "--seed", "3", "--summary", str(told))
    code, said = play("-m", "prove.histories", *drawn)
    assert code == 0, said
    numbers = json.loads(told.read_text())["pairs"]["cin7_qad"]
    assert (numbers["findings"], numbers["histories"] >= 1, numbers["runs"] > 0) == (0, True, True)


def test_a_connector_that_disregards_owners_is_found(tmp_path: Path) -> None:
    """Where each flow writes all fields, whoever owns them, a history ends with both sides at odds."""
    history = tmp_path / "history.txt"
    history.write_text(
        "start acumatica_cin7 synced\nstate.edit_supplier(by_owner=False, name='phone', nth=1)\nstate.settle()\n"
    )
    code, said = play("tests/prove/broken.py", "owners_ignored", "--play", str(history))
    assert code == 1, said
    assert "its owner" in said
