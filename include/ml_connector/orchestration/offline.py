"""Replays what runs sent from what is stored alone, without a system, and tells every difference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from ml_connector.domain.errors import ConfigurationError
from ml_connector.mapping.codemap import CodeMaps
from ml_connector.orchestration import catalog
from ml_connector.store.database import Database
from ml_connector.store.kept import InForce, KeptRuns
from ml_connector.sync.rebuild import Difference, rebuild
from ml_connector.sync.run import Policies
from ml_connector.sync.spec import Flow, PairSpec


@dataclass(frozen=True)
class Replayed:
    """One document of one run, made again.

    Args:
        release: of the connector that mapped it; "" where it was not noted.
        differences: none when it comes out to the byte as it was.
        is_kept: False when it was written and nothing of it is stored any more.
        proven: the audit trail holds the hash of what was sent, and it is this.
    """

    run_id: str
    flow: str
    key: str
    label: str = ""
    release: str = ""
    differences: tuple[Difference, ...] = ()
    is_kept: bool = True
    proven: bool = False


def replay(database: Database, dag_id: str, start: dt.datetime | None, end: dt.datetime) -> Iterator[Replayed]:
    """Yield every document that runs begun in ``[start, end)`` mapped, or wrote.

    Raises:
        ConfigurationError: there is no such pair.
    """
    runs, spec = KeptRuns(database.engine, dag_id), spec_of(dag_id)
    flows = {flow.name: flow for flow in spec.flows}
    for run_id, name in runs.flows(start, end):
        if name in flows:
            yield from _of_run(database, runs, run_id, flows[name])


def spec_of(dag_id: str) -> PairSpec:
    """Return the pair of a deployment; its DAG id begins with the pair's.

    Raises:
        ConfigurationError: there is no such pair.
    """
    pair = dag_id.partition("__")[0]
    if pair not in catalog.PAIRS:
        raise ConfigurationError(f"there is no pair {pair!r}; there are: {', '.join(sorted(catalog.PAIRS))}")
    spec: PairSpec = catalog.load(catalog.PAIRS[pair])
    return spec


def _of_run(database: Database, runs: KeptRuns, run_id: str, flow: Flow) -> Iterator[Replayed]:
    noted = runs.mapping(run_id, flow.name)
    maps = _maps(database, runs.deployment, flow, noted)
    for kept in runs.documents(run_id, flow.name):
        found = rebuild(kept, maps, within_orders=bool(flow.within))
        proven = kept.noted is not None and not found
        yield Replayed(run_id, flow.name, kept.key, kept.label, noted.release, tuple(found), proven=proven)
    for key in runs.lost(run_id, flow.name):
        yield Replayed(run_id, flow.name, key, is_kept=False)


def _maps(database: Database, dag_id: str, flow: Flow, noted: InForce) -> CodeMaps:
    """Return the code maps as they were; as they are, where an older release did not note their versions."""
    store = database.code_maps(dag_id)
    identity = Policies().identity_maps if noted.identity is None else noted.identity
    today = noted.today or dt.date.min  # a release that noted no day knew no entry with a date
    if noted.versions is None:
        return CodeMaps(store.load(flow.source), identity, today=today)
    return CodeMaps(store.load_at(flow.source, noted.versions), identity, today=today)
