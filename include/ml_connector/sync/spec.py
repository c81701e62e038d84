"""What a pair is made of: flows, their kinds and directions, and who owns which field."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ml_connector.domain.documents import KINDS


class Flow(BaseModel):
    """One document kind in one direction.

    Args:
        name: task group and audit name, unique in the pair.
        kind: the canonical document's kind.
        after: flows whose load must have ended before this one reads.
        cadence: how often it is due unless a deployment says otherwise; a cron expression, UTC.
        within: the flow of the orders that these documents belong to; their `order_key` becomes the target's.
        watermark: ``newest`` stamp read, or the ``cutoff`` of the run, for a source that dates documents by when they
            were first seen changed: all that had changed by the cutoff has been seen then.
        matches_receipts: an invoice waits until the goods it bills have been received (three-way match).
        checks_only: read and checked against the target's books; nothing is written.
        enabled_by_default: False runs only where a deployment names it under ``flows``.
        owned_fields: for a kind that flows both ways, the projected fields that this direction may change in
            a record that exists on both sides; empty means all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: str
    source: str
    destination: str
    after: tuple[str, ...] = ()
    cadence: str = "*/15 * * * *"
    within: str = ""
    watermark: Literal["newest", "cutoff"] = "newest"
    matches_receipts: bool = False
    checks_only: bool = False
    enabled_by_default: bool = True
    owned_fields: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _sane(self) -> Flow:
        if self.kind not in KINDS:
            msg = f"flow {self.name}: unknown kind {self.kind!r}; known: {', '.join(sorted(KINDS))}"
            raise ValueError(msg)
        if self.source == self.destination:
            msg = f"flow {self.name}: source and destination are both {self.source!r}"
            raise ValueError(msg)
        return self


class PairSpec(BaseModel):
    """Cin7 and one partner: the shape of a generated DAG.

    Args:
        pair_id: DAG id of the first tenant, e.g. ``acumatica_cin7``.
        partner: the system beside Cin7.
        accounts_of_record: the system that owns the chart of accounts.
        compare_accounts: how often both charts are compared and the differences reported; a cron expression, "" never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pair_id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    partner: str
    accounts_of_record: str
    flows: tuple[Flow, ...]
    compare_accounts: str = ""
    description: str = ""

    @model_validator(mode="after")
    def _sane(self) -> PairSpec:
        names = [flow.name for flow in self.flows]
        if len(set(names)) != len(names):
            msg = f"pair {self.pair_id}: two flows have the same name"
            raise ValueError(msg)
        for flow in self.flows:
            unknown = {*flow.after, *filter(None, [flow.within])} - set(names)
            if unknown:
                msg = f"pair {self.pair_id}: flow {flow.name} comes after unknown {sorted(unknown)}"
                raise ValueError(msg)
        self.in_order()
        return self

    def flow(self, name: str) -> Flow:
        """Return the flow called `name`; KeyError when there is none."""
        return {flow.name: flow for flow in self.flows}[name]

    def in_order(self) -> tuple[Flow, ...]:
        """Return the flows so that each comes after those it depends on; ValueError on a cycle."""
        graph = {flow.name: {*flow.after, *filter(None, [flow.within])} for flow in self.flows}
        try:
            names = list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            msg = f"pair {self.pair_id}: flows wait for each other: {' → '.join(error.args[1])}"
            raise ValueError(msg) from error
        return tuple(self.flow(name) for name in names)

    def reverse_of(self, flow: Flow) -> Flow | None:
        """Return the flow that moves the same kind the other way, or None."""
        for other in self.flows:
            if other.kind == flow.kind and other.source == flow.destination:
                return other
        return None
