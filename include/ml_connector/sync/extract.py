"""Extract: read the window from the source into durable staging."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator
from contextlib import contextmanager

from ml_connector.domain.documents import Document
from ml_connector.sync.batches import BATCH, batches
from ml_connector.sync.echo import without_echoes
from ml_connector.sync.poison import BUGS, unstorable
from ml_connector.sync.ports import Unreadable
from ml_connector.sync.run import FlowRun
from ml_connector.sync.window import WindowPlan

_FEW = 50_000
"""New objects after which garbage is looked for; the interpreter's own number is 700, from 3.13 on 2,000."""
_NO_TIME = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


def extract(run: FlowRun, plan: WindowPlan) -> dict[str, int]:
    """Stage what the plan asks for, and the documents that earlier runs left open; return the counts.

    A repeated extract starts afresh: what was staged by a try that died is replaced. What the flow the other way has
    written is left out.

    Raises:
        SyncError: the source could not be read to the end; the watermark has not moved.
    """
    run.staging.begin()
    if plan.carries_open:
        carried = run.staging.add(run.journal.open_documents(), carried=True)
        if carried:
            run.say(f"{run.where()}: {carried} open documents of earlier runs taken up again")
    read = 0
    with _few_collections():
        for batch in batches(without_echoes(run, _documents(run, plan)), BATCH):
            read += _stage(run, batch)
            run.say(f"{run.where()}: {read} documents read")
    return run.staging.counts()


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for garbage in circles less often: records make none, and the looking is a tenth of all work on them."""
    before = gc.get_threshold()
    gc.set_threshold(_FEW, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _stage(run: FlowRun, batch: list[Document | Unreadable]) -> int:
    """Stage a batch; where one of it cannot be stored, the others are, and that one is staged as unreadable."""
    try:
        return run.staging.add(batch)
    except BUGS:
        return sum(_stage_alone(run, document) for document in batch)


def _stage_alone(run: FlowRun, document: Document | Unreadable) -> int:
    try:
        return run.staging.add([document])
    except BUGS as error:
        if isinstance(document, Unreadable):
            raise
        key, finding, raw = unstorable(document, error)
        run.say(f"{run.where()}: {finding.message}")
        return run.staging.add([Unreadable(key, _NO_TIME, finding, raw)])


def _documents(run: FlowRun, plan: WindowPlan) -> Iterator[Document | Unreadable]:
    kind = run.flow.kind
    if plan.keys:
        return run.source.read_keys(kind, plan.keys)
    return run.source.read(kind, plan.window)
