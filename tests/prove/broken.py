"""The proof over a connector that has been broken on purpose: ``broken.py WHICH [options of python -m prove]``.

With ``--play`` or ``--seed`` they are those of ``python -m prove.histories``.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from prove.__main__ import main

from ml_connector.domain.errors import AmbiguousWrite
from ml_connector.domain.status import Progress
from ml_connector.sync import deliver, extract
from prove import histories

ONE: Any = deliver._One


def no_find_first() -> None:
    """A document without a stored reference is never looked for."""
    look = ONE._look
    ONE._look = lambda self: None if self.entry.ref is None else look(self)


def bound_late() -> None:
    """The reference is stored only once the document has been authorised."""
    advance = ONE._advance
    late = (Progress.AUTHORISED, Progress.VERIFIED)
    ONE._advance = lambda self, progress, ref=None: advance(self, progress, ref if progress in late else None)


def blind_repeat() -> None:
    """A write whose answer was lost is sent again at once."""

    def draft(self: Any, _begun: Any) -> Any:
        self._advance(Progress.SENT)
        bind = partial(self._advance, Progress.SENT)
        try:
            ref = self.target.draft(self.document, self.entry.marker, self.entry.ref, bind)
        except AmbiguousWrite:
            ref = self.target.draft(self.document, self.entry.marker, self.entry.ref, bind)
        self._advance(Progress.DRAFTED, ref)
        return self._read_back(ref)

    ONE._draft = draft


def mark_before_load() -> None:
    """The watermark moves as soon as the window has been read."""
    read: Any = extract.extract

    def early(run: Any, plan: Any) -> Any:
        counts = read(run, plan)
        run.watermarks.advance(plan.end)
        return counts

    module: Any = extract
    module.extract = early


def owners_ignored() -> None:
    """Each flow of suppliers writes all fields, whoever owns them."""
    ONE._owned_wanted = lambda self: self.wanted


PARTS = (no_find_first, bound_late, blind_repeat, mark_before_load, owners_ignored)
BROKEN = {one.__name__: one for one in PARTS}

if __name__ == "__main__":
    BROKEN[sys.argv.pop(1)]()
    sys.exit(histories.main() if {"--play", "--seed"} & set(sys.argv) else main())
