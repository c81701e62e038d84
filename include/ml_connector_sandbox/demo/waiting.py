"""Documents that wait for another one: since when and for what, as ``ml-connector held`` tells it."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from ml_connector_sandbox.demo.stage import Stage

_MOST = 12
"""Waiting documents that are listed."""


def waiting(running: Stage, pair: str) -> list[dict[str, Any]]:
    """Return the documents of a pair that wait, longest first."""
    found: list[dict[str, Any]] = json.loads(running.command("held", pair, "--json"))
    return [_row(one) for one in found if one["outcome"] == "waiting"]


def _row(one: dict[str, Any]) -> dict[str, Any]:
    said = [finding["message"].partition(": ")[2] or finding["message"] for finding in one["findings"]]
    return {"flow": one["flow"], "label": one["label"], "since": one["since"], "for": said}


def show_waiting(console: Console, pair: str, rows: list[dict[str, Any]]) -> None:
    """Print what waits."""
    if not rows:
        return
    table = Table(title=f"{pair}: waiting, since when and for what", title_justify="left")
    for name in ("document", "since (UTC)", "for"):
        table.add_column(name)
    for one in rows[:_MOST]:
        more = f" (and {len(one['for']) - 1} more lines)" if len(one["for"]) > 1 else ""
        table.add_row(one["label"], str(one["since"] or "")[:16].replace("T", " "), one["for"][0] + more)
    if len(rows) > _MOST:
        table.add_row(f"… and {len(rows) - _MOST} more", "", "")
    console.print(table)
