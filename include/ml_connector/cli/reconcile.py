"""``ml-connector reconcile``: what both systems list of a period, compared now."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from ml_connector.cli.command import Exit, add, note, print_json, takes_pair
from ml_connector.cli.visits import flows_of, visit
from ml_connector.domain.errors import ConfigurationError
from ml_connector.domain.money import plain
from ml_connector.orchestration.comparing import Compared, Days, compare, take_up
from ml_connector.orchestration.deployments import Deployment
from ml_connector.sync.causes import Cause
from ml_connector.sync.control_totals import ControlTotal
from ml_connector.sync.run import FlowRun
from ml_connector.sync.sides import Mismatch


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    parser = add(
        commands, "reconcile", _reconcile,
        text="compare what both systems list of a period; writes to neither",
        json="one object: dag, from, to, agree, taken_up; flows with agree, source, target, counts, totals, "
        "differences",
        found="both sides differ",
    )  # fmt: skip
    takes_pair(parser, systems=True)
    parser.add_argument("--from", dest="first", metavar="DAY", type=_day, help="first day, e.g. 2026-10-01; with --to")
    parser.add_argument(
        "--to", dest="last", metavar="DAY", type=_day, help="last day; without days the open accounting periods"
    )
    parser.add_argument("--flows", nargs="+", default=[], metavar="FLOW", help="only these flows")
    parser.add_argument("--take-up", action="store_true", help="have the next run take up what no run has read")
    parser.add_argument(
        "--accept", nargs="+", default=[], metavar="KEY", help="documents whose change in the target is right"
    )


def _reconcile(asked: argparse.Namespace) -> Exit:
    with visit(asked, say=lambda line: note(asked, line), of_one_moment=True) as workshop:
        deployment, database = workshop.deployment, workshop.database
        days = _days(asked, deployment, database.now())
        run_id = f"on demand {database.now():%Y-%m-%d %H:%M:%S}"
        runs = [workshop.flow_run(flow, run_id) for flow in flows_of(deployment, asked.flows)]
        for run in runs:
            database.comparisons(deployment.dag_id).forget_views(run.flow.name, asked.accept)
        found = list(compare(workshop, runs, days, run_id))
        taken = list(_taken(runs, found)) if asked.take_up else []
    if asked.json:
        print_json(_told(deployment, days, found, taken))
    else:
        print(_text(found, taken))
    return Exit.DONE if all(one.made.agree for one in found) else Exit.FOUND


def _taken(runs: Sequence[FlowRun], found: Sequence[Compared]) -> Iterator[str]:
    by_flow = {one.made.flow: one.made.result.mismatches for one in found}
    for run in runs:
        yield from take_up(run, by_flow.get(run.flow.name, ()))


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
