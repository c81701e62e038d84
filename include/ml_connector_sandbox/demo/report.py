"""The demo's last words: a table, both sides' totals, who is held and why; and the summary for scripts."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ml_connector_sandbox.demo.witness import Verdict

COUNTS = ("read", "created", "updated", "unchanged", "held", "waiting", "failed")
_LABELS = 3
"""Held documents named per reason."""
_LABEL_WIDTH = 40


def of_pair(result: dict[str, Any], verdict: Verdict) -> dict[str, Any]:
    """Return what ``summary.json`` holds of one pair: the reconcile task's numbers.

    Both sides agree only if the demo saw so too.
    """
    flows = result["flows"]
    return {
        "agree": bool(result["agree"]) and not verdict.wrong,
        "flows": {name: {word: int(flow[word]) for word in COUNTS} for name, flow in flows.items()},
        "totals": {name: flow["totals"] for name, flow in flows.items() if flow["totals"]},
        "held": list(result["held"]),
    }


def write(path: Path, told: dict[str, Any]) -> None:
    """Write the summary, whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def show(console: Console, pair: str, one: dict[str, Any]) -> None:
    """Print the numbers of one pair."""
    table = Table(title=f"{pair}: what the run did", title_justify="left")
    table.add_column("flow")
    for word in COUNTS:
        table.add_column(word, justify="right")
    for name, flow in one["flows"].items():
        table.add_row(name, *(str(flow[word]) for word in COUNTS))
    console.print(table)
    console.print(_totals(one["totals"]))
    _held(console, one["held"])


def _totals(totals: dict[str, dict[str, dict[str, str]]]) -> Table:
    table = Table(title="Control totals of what is linked, over all runs", title_justify="left")
    for name in ("flow", "currency"):
        table.add_column(name)
    for name in ("documents", "source", "target", ""):
        table.add_column(name, justify="right")
    for flow, currencies in totals.items():
        for currency, total in currencies.items():
            same = "equal" if total["source"] == total["target"] else "DIFFER"
            table.add_row(flow, currency, total["count"], total["source"], total["target"], same)
    return table


def _held(console: Console, held: list[dict[str, Any]]) -> None:
    grouped: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in held:
        reasons = ", ".join(dict.fromkeys(one["reasons"])) or "?"
        grouped[one["outcome"], reasons, one["flow"]].append(_short(one["label"] or one["key"]))
    table = Table(title="Held for a person, or waiting for another document", title_justify="left")
    for name in ("", "reason", "flow", "documents"):
        table.add_column(name)
    for (outcome, reasons, flow), labels in sorted(grouped.items()):
        more = f" and {len(labels) - _LABELS} more" if len(labels) > _LABELS else ""
        table.add_row(outcome, reasons, flow, "; ".join(labels[:_LABELS]) + more)
    if grouped:
        console.print(table)


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_WIDTH else label[: _LABEL_WIDTH - 1] + "…"


def show_verdict(console: Console, verdict: Verdict) -> None:
    """Print what the demo saw in both systems itself."""
    if not verdict.wrong:
        console.print(
            f"Looked at both systems, without the connector: {verdict.documents} documents stand in the target exactly "
            f"once with the right gross and currency, {verdict.suppliers} suppliers are linked one to one; nothing is "
            f"missing, doubled, or there against expectation."
        )
        return
    console.print("[bold red]Looked at both systems, without the connector, and found:[/]")
    for line in verdict.wrong:
        console.print(f"  - {line}", markup=False)
