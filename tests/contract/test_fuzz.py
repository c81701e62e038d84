"""Whatever a vendor answers, a source ends in documents, documents held with a reason, or an error with a name.

``make fuzz EXAMPLES=…`` for more of each.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cases import every_source
from deliveries import Case
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import Player, Spoiled, Tape, spoilt
from test_source import LATER

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import SyncError
from ml_connector.sync.ports import Unreadable
from ml_connector.transport.redaction import MAX_CHARACTERS

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
SECONDS = 30
"""Longest that one reading may take; without a fault it is a fraction of a second."""
part = st.floats(0, 1, exclude_max=True)
changes = st.lists(st.builds(Spoiled, part, part, st.integers(0, 5), st.integers(0, 10**4)), min_size=1, max_size=3)


@contextmanager
def soon() -> Iterator[None]:
    """End what hangs."""

    def end(*_: Any) -> None:
        raise AssertionError(f"no end after {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(one: Any) -> None:
    """A document is whole; what cannot be read says so to a clerk."""
    assert isinstance(one, Document | Unreadable), one
    assert one.key
    if isinstance(one, Unreadable):
        assert one.finding.message
        assert one.finding.next_step
        return
    assert type(one).model_validate_json(one.model_dump_json()) == one
    assert one.label
    assert len(one.content_hash()) == 64


@every_source
def test_no_answer_breaks_a_source(case: Case) -> None:
    """Answers with odd values, rows too few or twice, cut or garbled: no crash, no hang, nothing without a reason."""
    put, tape = case.bench.put(case.kind, 3), Tape()
    window = case.bench.window(put[0].at, LATER)

    def read(worker: Player) -> list[Any]:
        return list(case.bench.adapter(worker).read(case.kind, window))

    assert sorted(one.key for one in read(Player(tape, {}))) == sorted(one.key for one in put)
    told: list[int] = []  # lengths of errors' texts

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize="FUZZ_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(changes)
    def one(spoil: list[Spoiled]) -> None:
        case.bench.clock.seconds = 0
        worker = Player(tape, spoilt(tape, spoil))
        try:
            with soon():
                found = read(worker)
        except SyncError as error:
            told.append(len(str(error)))
            return
        finally:
            worker.close()
        for document in found:
            check(document)

    one()
    assert told, "some answers were refused: the answers were spoilt at all"
    assert 0 < min(told) <= max(told) < 3 * MAX_CHARACTERS, "each with a text that a log and a page can take"
