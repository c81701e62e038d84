"""The frame of all figures: rows, one table, one summary file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One measured value.

    Args:
        name: what it is, unique over all figures.
        goal: what it should be, in words; "" for a value that is only told.
        met: None without a goal.
        note: unit, and how it was measured.
    """

    name: str
    value: float
    goal: str = ""
    met: bool | None = None
    note: str = ""


def at_most(name: str, value: float, goal: float, note: str = "") -> Row:
    """Return a row whose value should not be above the goal."""
    return Row(name, value, f"<= {goal:g}", value <= goal, note)


def at_least(name: str, value: float, goal: float, note: str = "") -> Row:
    """Return a row whose value should not be below the goal."""
    return Row(name, value, f">= {goal:g}", value >= goal, note)


def load() -> str:
    """Return how busy the machine is, to be told beside a value."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def show(rows: Iterable[Row]) -> None:
    """Print the rows as one table."""
    table = Table("figure", "value", "goal", "met", "note")
    for row in rows:
        table.add_row(row.name, f"{row.value:,.4g}", row.goal, {None: "", True: "yes", False: "NO"}[row.met], row.note)
    Console(width=None if Console().is_terminal else 160).print(table)


def merge(path: Path, rows: Sequence[Row]) -> None:
    """Put the rows into the summary; what other figures have left there stays."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for row in rows:
        told = {"value": row.value, "note": row.note}
        if row.goal:
            found.setdefault("figures", {})[row.name] = {**told, "goal": row.goal, "met": row.met}
        else:
            found.setdefault("measured", {})[row.name] = told
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
