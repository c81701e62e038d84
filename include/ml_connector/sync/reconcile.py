"""Reconcile: do the run's numbers add up, and does the target hold exactly what the journal says?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from ml_connector.domain.money import plain
from ml_connector.domain.status import OPEN_OUTCOMES, Outcome, Progress, TargetStatus
from ml_connector.sync.ports import Found
from ml_connector.sync.run import FlowRun
from ml_connector.sync.stores import Entry

Totals = dict[str, dict[str, str]]
"""Currency → ``{"count": "12", "source": "4821.00", "target": "4821.00"}``."""


class FlowReport(BaseModel):
    """The numbers of one flow in one run, and what both sides hold over all runs.

    ``read = created + updated + unchanged + held + waiting + failed + rejected`` once nothing is undecided;
    `carried` of those were taken up again from earlier runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    read: int
    created: int
    updated: int
    unchanged: int
    held: int
    waiting: int
    failed: int
    rejected: int = 0
    undecided: int
    carried: int
    bound: int
    totals: Totals


class Report(BaseModel):
    """What the reconcile task says about a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deployment: str
    run_id: str
    agree: bool
    flows: dict[str, FlowReport]
    differences: tuple[str, ...]
    incomplete: tuple[str, ...]
    held: tuple[dict[str, Any], ...]

    def text(self) -> str:
        """Return the report as a person reads it in the task log."""
        lines = [f"{self.deployment}, run {self.run_id}: both sides {'agree' if self.agree else 'DIFFER'}"]
        for name, flow in self.flows.items():
            numbers = ", ".join(f"{word} {getattr(flow, word)}" for word in _WORDS)
            lines.append(f"  {name}: {numbers}")
            for currency, total in flow.totals.items():
                lines.append(f"    {currency}: source {total['source']}, target {total['target']}")
        lines += [f"  difference: {line}" for line in self.differences]
        lines += [f"  incomplete: {line}" for line in self.incomplete]
        return "\n".join(lines)


_WORDS = ("read", "created", "updated", "unchanged", "held", "waiting", "failed", "rejected")
RECONCILED = "reconciled"
"""Flow and step under which the audit trail keeps a run's report."""
MOST_HELD = 500
"""Held documents listed in a report; the rest is in the review queue."""


def reconcile(runs: Sequence[FlowRun], *, deployment: str, run_id: str) -> Report:
    """Compare, for each flow, the journal with what the target lists now.

    Args:
        runs: the flows that took part in the run.
        deployment: its DAG id.
        run_id: Airflow's run id.

    Raises:
        SyncError: a target could not be listed.
    """
    flows, different, incomplete, held = {}, [], [], []
    for run in runs:
        counts = run.staging.counts()
        bound, totals, problems = _compare(run)
        flows[run.flow.name] = FlowReport(
            **{word: counts.get(word, 0) for word in (*_WORDS, "undecided", "carried")},
            bound=bound,
            totals=totals,
        )
        different += problems + _sums(run, counts)
        incomplete += _incomplete(run, counts)
        held += _held(run)
    return Report(
        deployment=deployment,
        run_id=run_id,
        agree=not different and not incomplete,
        flows=flows,
        differences=tuple(different),
        incomplete=tuple(incomplete),
        held=tuple(held[:MOST_HELD]),
    )


def _compare(run: FlowRun) -> tuple[int, Totals, list[str]]:
    """Return how many documents are bound, both sides' totals, and every difference in words."""
    if run.flow.checks_only:
        return 0, {}, []
    present: dict[str, list[Found]] = defaultdict(list)
    for found in run.destination.present(run.flow.kind):
        present[found.ref.key].append(found)
    bound = {e.ref.key: e for e in run.journal.targets() if e.ref and _settled(e)}
    problems = [problem for key, entry in bound.items() for problem in _check(run, entry, present.get(key, []))]
    problems += _orphans(run, bound, present)
    return len(bound), _totals(bound, present), problems


def _settled(entry: Entry) -> bool:
    """Tell whether both sides should show the same.

    A held or rejected change of a document that was sent is a known difference.
    """
    return entry.progress is Progress.VERIFIED and entry.outcome not in (*OPEN_OUTCOMES, Outcome.REJECTED)


def _check(run: FlowRun, entry: Entry, found: list[Found]) -> list[str]:
    where = f"{run.flow.name}: {entry.label or entry.key}"
    number = entry.ref.number if entry.ref else ""
    if not found:
        return [f"{where} is missing: {run.destination.system} no longer lists {number}"]
    if found[0].status is TargetStatus.DRAFT:
        return [f"{where} is not authorised: {number} in {run.destination.system} is a draft"]
    there = found[0].fields.get("gross")
    if entry.money is not None and there is not None and Decimal(there) != entry.money.amount:
        return [f"{where} differs in amount: {entry.money} sent, {there} in {number}"]
    return []


def _orphans(run: FlowRun, bound: dict[str, Entry], present: dict[str, list[Found]]) -> list[str]:
    """Return our own documents in the target that no journal row owns: a duplicate or a lost binding."""
    owned = {entry.ref.key for entry in run.journal.targets() if entry.ref} | set(bound)
    return [
        f"{run.flow.name}: {found[0].ref.number or key} in {run.destination.system} was made by us but is "
        f"bound to no document: a duplicate, or a binding lost"
        for key, found in present.items()
        if found[0].ours and key not in owned
    ]


def _totals(bound: dict[str, Entry], present: dict[str, list[Found]]) -> Totals:
    source: dict[str, Decimal] = defaultdict(Decimal)
    target: dict[str, Decimal] = defaultdict(Decimal)
    count: Counter[str] = Counter()
    for key, entry in bound.items():
        if entry.money is None:
            continue
        listed = [found for found in present.get(key, []) if "gross" in found.fields]
        if present.get(key) and not listed:
            continue  # the target's list shows no amounts
        currency = entry.money.currency
        count[currency] += 1
        source[currency] += entry.money.amount
        for found in listed:
            target[found.fields.get("currency") or currency] += Decimal(found.fields["gross"] or 0)
    return {
        currency: {
            "count": str(count[currency]),
            "source": plain(source[currency]),
            "target": plain(target[currency]),
        }
        for currency in sorted({*source, *target})
    }


def _sums(run: FlowRun, counts: dict[str, int]) -> list[str]:
    parts = sum(counts.get(outcome.value, 0) for outcome in Outcome) + counts.get("undecided", 0)
    if parts == counts["read"]:
        return []
    return [f"{run.flow.name}: {counts['read']} documents read, but their outcomes come to {parts}"]


def _incomplete(run: FlowRun, counts: dict[str, int]) -> list[str]:
    found = []
    if counts["undecided"]:
        found.append(f"{run.flow.name}: {counts['undecided']} documents have no outcome; clear the failed task")
    if counts.get("failed"):
        found.append(
            f"{run.flow.name}: {counts['failed']} documents failed; see their reasons, then clear the load task"
        )
    return found


def _held(run: FlowRun) -> list[dict[str, Any]]:
    return [
        {
            "flow": run.flow.name,
            "key": staged.key,
            "label": staged.label,
            "outcome": staged.outcome.value,
            "reasons": list(dict.fromkeys(finding.reason.value for finding in staged.findings)),
            "message": staged.findings[0].message if staged.findings else "",
        }
        for staged in run.staging.all()
        if staged.outcome in OPEN_OUTCOMES
    ]
