"""``ml-connector reconcile``: what both systems list of a period, compared now."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from ml_connector.cli.database import opened
from ml_connector.domain.errors import ConfigurationError
from ml_connector.domain.money import plain
from ml_connector.orchestration.comparing import Compared, Days, compare, take_up
from ml_connector.orchestration.deployments import Deployment, find, place, read, suggestion
from ml_connector.orchestration.wiring import Workshop
from ml_connector.store.columns import to_json
from ml_connector.sync.causes import Cause
from ml_connector.sync.control_totals import ControlTotal
from ml_connector.sync.run import FlowRun
from ml_connector.sync.sides import Mismatch

DIFFERS = 1
NOT_DONE = 2


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    parser = commands.add_parser("reconcile", help="compare what both systems list of a period; writes to neither")
    parser.add_argument("deployment", help="DAG id, e.g. cin7_qad")
    parser.add_argument("--from", dest="first", type=_day, help="first day, e.g. 2026-10-01; with --to")
    parser.add_argument("--to", dest="last", type=_day, help="last day; without days the open accounting periods")
    parser.add_argument("--flows", nargs="+", default=[], help="only these flows")
    parser.add_argument("--take-up", action="store_true", help="have the next run take up what no run has read")
    parser.add_argument(
        "--accept", nargs="+", default=[], metavar="KEY", help="documents whose change in the target is right"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument("--pairs", type=Path, help="the deployments' file (default: $ML_CONNECTOR_PAIRS)")
    parser.set_defaults(command=_reconcile, on_error=NOT_DONE)


def _reconcile(asked: argparse.Namespace) -> int:
    deployment = find(asked.deployment, read(asked.pairs or place()))
    database = opened(asked)
    days = _days(asked, deployment, database.now())
    run_id = f"on demand {database.now():%Y-%m-%d %H:%M:%S}"
    workshop = Workshop(deployment, database, say=lambda line: print(line, file=sys.stderr), of_one_moment=True)
    try:
        runs = [workshop.flow_run(flow, run_id) for flow in _flows(asked.flows, deployment)]
        for run in runs:
            database.comparisons(deployment.dag_id).forget_views(run.flow.name, asked.accept)
        found = list(compare(workshop, runs, days, run_id))
        taken = list(_taken(runs, found)) if asked.take_up else []
    finally:
        workshop.close()
    print(to_json(_told(deployment, days, found, taken)) if asked.json else _text(found, taken))
    return 0 if all(one.made.agree for one in found) else DIFFERS


def _taken(runs: Sequence[FlowRun], found: Sequence[Compared]) -> Iterator[str]:
    by_flow = {one.made.flow: one.made.result.mismatches for one in found}
    for run in runs:
        yield from take_up(run, by_flow.get(run.flow.name, ()))


def _flows(names: Sequence[str], deployment: Deployment) -> list[Any]:
    known = {flow.name: flow for flow in deployment.active_flows()}
    for name in names:
        if name not in known:
            raise ConfigurationError(f"{deployment.dag_id} has no flow {name!r}{suggestion(name, known)}")
    return [flow for name, flow in known.items() if not names or name in names]


def _days(asked: argparse.Namespace, deployment: Deployment, now: dt.datetime) -> Days:
    if asked.first is None and asked.last is None:
        return deployment.calendar.open_days(now)
    if asked.first is None or asked.last is None or asked.first > asked.last:
        raise ConfigurationError("give two days, --from the first and --to the last, or none")
    return asked.first, asked.last


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 2026-10-01") from None


# --- what is told ---


def _told(deployment: Deployment, days: Days, found: Sequence[Compared], taken: Sequence[str]) -> dict[str, Any]:
    return {
        "dag": deployment.dag_id,
        "from": days[0],
        "to": days[1],
        "agree": all(one.made.agree for one in found),
        "flows": {one.made.flow: _flow(one) for one in found},
        "taken_up": list(taken),
    }


def _flow(one: Compared) -> dict[str, Any]:
    return {
        "agree": one.made.agree,
        "source": one.made.source_system,
        "target": one.made.target_system,
        "counts": one.made.counts(),
        "totals": [total.told() for total in one.made.totals],
        "differences": [_row(mismatch) for mismatch in one.made.result.mismatches],
        "new": len(one.new),
        "cleared": one.cleared,
        "calls": one.calls,
    }


def _row(one: Mismatch) -> dict[str, Any]:
    sides = {"source": one.source and one.source.told(), "target": one.target and one.target.told()}
    return {"cause": one.cause, "key": one.key, "label": one.label, "detail": one.detail, **sides}


def _text(found: Sequence[Compared], taken: Sequence[str]) -> str:
    lines = []
    for one in found:
        lines.append(one.text())
        lines += [
            f"  {total.currency or 'no currency'} {total.status}: {', '.join(_sums(one, total))}"
            for total in one.made.totals
        ]
        lines += _differences(one.made.result.mismatches)
    lines += [f"the next run takes up {label}" for label in taken]
    return "\n".join(lines)


def _sums(one: Compared, total: ControlTotal) -> Iterator[str]:
    sides = (one.made.source_system, total.source), (one.made.target_system, total.target), ("others", total.theirs)
    for name, part in sides:
        if part.count:
            yield f"{name} {part.count} with {'no amount shown' if part.gross is None else plain(part.gross)}"


def _differences(mismatches: Sequence[Mismatch]) -> Iterator[str]:
    order = list(Cause)
    for cause, group in groupby(sorted(mismatches, key=lambda one: order.index(one.cause)), lambda one: one.cause):
        yield f"  {cause.value}: {cause.heading}. {cause.next_step}"
        yield from (f"    {one.label} (key {one.key}): {one.detail}" for one in group)
