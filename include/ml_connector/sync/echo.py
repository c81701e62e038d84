"""Documents that the flow the other way has written: they come back as their system's own, and are no news."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ml_connector.domain.documents import Document, Supplier
from ml_connector.sync.ports import Unreadable
from ml_connector.sync.run import FlowRun


def without_echoes(run: FlowRun, documents: Iterable[Document | Unreadable]) -> Iterator[Document | Unreadable]:
    """Yield the documents but those that were brought here from where they would now be sent.

    A document is bound to what it became before that is in force, so none slips through while both flows run.
    Suppliers are yielded: they have links, and each side owns fields of them.
    """
    reverse = run.reverse_journal
    if reverse is None or run.flow.kind == Supplier.kind:
        yield from documents
        return
    left_out = 0
    for document in documents:
        if reverse.key_of(document.key) is None:
            yield document
        else:
            left_out += 1
    if left_out:
        run.say(f"{run.where()}: {left_out} documents left out that came from {run.destination.system}")
