"""Compare both systems' own lists of one flow in a period: reads, and writes to neither."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ml_connector.domain.documents import JournalEntry, Supplier
from ml_connector.mapping.codemap import CodeMaps
from ml_connector.sync.causes import Cause
from ml_connector.sync.comparison import absent, compare
from ml_connector.sync.control_totals import ControlTotal, control_totals
from ml_connector.sync.listing import Listed, documents_between, listed
from ml_connector.sync.ports import Fields
from ml_connector.sync.run import FlowRun
from ml_connector.sync.sides import Known, Result, Sides, calendar_month
from ml_connector.sync.spec import Flow

MOST_LOOKED_UP = 500
"""Documents asked for one by one because the source's list lacks them; more than that are told as deleted unseen."""


class Memory(Protocol):
    """What the connector's database knows of a deployment's flows."""

    def known(self, flow: str) -> list[Known]:
        """Return what the journal says of each document."""
        ...

    def other_way(self, flow: str) -> frozenset[str]:
        """Return the keys on both sides of what a flow has brought over."""
        ...

    def read_until(self, flow: str) -> dt.datetime | None:
        """Return the flow's watermark."""
        ...

    def suppliers(self, source: str) -> dict[str, str]:
        """Return supplier's key in `source` → in the other system."""
        ...

    def views(self, flow: str) -> Mapping[str, Fields]:
        """Return key → how the target showed the document when both sides agreed."""
        ...


@dataclass(frozen=True)
class FlowComparison:
    """One flow, compared.

    Args:
        looked_up: how many documents were asked for one by one.
    """

    flow: str
    source_system: str
    target_system: str
    first_day: dt.date
    last_day: dt.date
    result: Result
    totals: tuple[ControlTotal, ...]
    looked_up: int = 0

    @property
    def agree(self) -> bool:
        """Whether there is no difference but what is known."""
        return all(one.cause.is_known for one in self.result.mismatches)

    def counts(self) -> dict[str, int]:
        """Return how many pairs were compared, how many wait for the next run, and how many have which cause."""
        counts = {"pairs": self.result.pairs, "pending": self.result.pending}
        for cause in Cause:
            number = sum(one.cause is cause for one in self.result.mismatches)
            counts |= {cause.value: number} if number else {}
        return counts


def is_compared(flow: Flow) -> bool:
    """Tell whether a flow has documents on both sides that are listed for a comparison.

    Suppliers of a source without stamps are not: each run of such a flow reads all of them.
    """
    if flow.kind == Supplier.kind:
        return flow.watermark == "newest"
    return not flow.checks_only and flow.kind != JournalEntry.kind


def compare_flow(
    run: FlowRun,
    memory: Memory,
    first_day: dt.date,
    last_day: dt.date,
    period_of: Callable[[dt.date], str] = calendar_month,
) -> FlowComparison:
    """Return how both sides of a flow differ in the days from `first_day` to `last_day`.

    Raises:
        SyncError: a side could not be listed.
    """
    flow = run.flow
    reverse, is_master = run.pair.reverse_of(flow), flow.kind == Supplier.kind
    read_until = memory.read_until(flow.name)
    maps = run.maps()
    before = {one.key: one for one in memory.known(flow.name)}
    suppliers = memory.suppliers(flow.source)
    echoes = frozenset(suppliers) - before.keys() if is_master else frozenset()  # linked by the flow the other way
    sides = Sides(
        source_system=flow.source,
        target_system=flow.destination,
        first_day=first_day,
        last_day=last_day,
        source=_in_target_codes(documents_between(run.source, flow, first_day, last_day), maps),
        target=list(run.destination.present(flow.kind)),
        known=[replace(one, noted=_coded(one.noted, maps)) for one in memory.known(flow.name)],
        views=memory.views(flow.name),
        suppliers=suppliers,
        not_of_this_flow=memory.other_way(reverse.name) if reverse and not is_master else echoes,
        is_master=is_master,
        read_until=None if read_until is None else read_until - run.policies.overlap,
        has_stamps=flow.watermark == "newest",
        period_of=period_of,
    )
    missing = absent(sides)
    found = _looked_up(run, missing[:MOST_LOOKED_UP], maps)
    sides = replace(sides, looked_up={key: found.get(key) for key in missing})
    result = _without(compare(sides), {one.key for one in memory.known(flow.name) if before.get(one.key) != one})
    totals = tuple(control_totals(sides, result))
    return FlowComparison(
        flow.name, flow.source, flow.destination, first_day, last_day, result, totals, looked_up=len(missing)
    )


def _without(result: Result, moving: Collection[str]) -> Result:
    """Return the result without documents that another run worked on while the lists were read."""
    kept = tuple(one for one in result.mismatches if one.key not in moving)
    return replace(result, mismatches=kept, pending=result.pending + len(result.mismatches) - len(kept))


def _looked_up(run: FlowRun, keys: Sequence[str], maps: CodeMaps) -> dict[str, Listed]:
    if not keys:
        return {}
    has_stamps = run.flow.watermark == "newest"
    rows = [listed(one, has_stamps=has_stamps) for one in run.source.read_keys(run.flow.kind, keys)]
    return {one.key: one for one in _in_target_codes(rows, maps)}


def _in_target_codes(rows: Sequence[Listed], maps: CodeMaps) -> list[Listed]:
    return [made for one in rows if (made := _coded(one, maps)) is not None]


def _coded(one: Listed | None, maps: CodeMaps) -> Listed | None:
    """Return the row with its currency in the target's code."""
    if one is None or not one.currency:
        return one
    return replace(one, currency=maps.find("currency", one.currency, one.date) or one.currency)
