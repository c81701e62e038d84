"""What a check of the audit trail found: how much there is, and the first thing wrong with each document."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

MOST_PROBLEMS = 1000
"""Problems named; more are counted."""


class Wrong(str, Enum):
    """What was done to a trail."""

    EDITED = "edited"
    DELETED = "deleted"
    REORDERED = "re-ordered"
    INSERTED = "inserted"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Problem:
    """The first thing wrong with one document's chain, or with the anchors.

    Args:
        flow: "" for an anchor.
        key: the document's; "" for steps of a whole flow.
        seq: which entry of the document, counted from 1; for an anchor its number, for an export the line.
        entry: ``mlc_audit_entry.id``, where the entry is there.
        what: what is wrong: an entry, an anchor, or a line of an export.
    """

    wrong: Wrong
    flow: str
    key: str
    seq: int
    message: str
    entry: int | None = None
    what: Literal["entry", "anchor", "line"] = "entry"

    def __str__(self) -> str:
        """Return e.g. ``suppliers S1, entry 3 (id 77): edited: …``."""
        place = f"{self.flow} {self.key or '(flow)'}, " if self.what == "entry" else ""
        where = f"{place}{self.what} {self.seq}"
        return f"{where}{f' (id {self.entry})' if self.entry else ''}: {self.wrong.value}: {self.message}"

    def to_json(self) -> dict[str, Any]:
        """Return the problem as plain JSON values."""
        known = {"what": self.what, "wrong": self.wrong.value, "flow": self.flow, "key": self.key, "seq": self.seq}
        return {**known, "id": self.entry, "message": self.message}


@dataclass
class Verdict:
    """What a check found.

    Args:
        removed: entries that a retention removed, and that tombstones account for.
        migrated: entries from before the chain, chained as they stood at the upgrade.
        unanchored: entries that no anchor covers yet.
        last_anchor: ``number:hash`` of the last anchor; "" for none.
        signature: ``proven``, ``not checked`` (no key was given) or ``not proven``.
    """

    deployment: str
    entries: int = 0
    documents: int = 0
    anchors: int = 0
    removed: int = 0
    migrated: int = 0
    unanchored: int = 0
    last_anchor: str = ""
    signature: str = "not checked"
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    _known: set[tuple[str, str]] = field(default_factory=set, repr=False)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem_count

    def add(self, problem: Problem) -> None:
        """Take a problem in: of each document the first one only."""
        chain = (problem.flow, problem.key)
        if problem.what == "entry" and chain in self._known:
            return
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)
            if problem.what == "entry":
                self._known.add(chain)

    def text(self) -> str:
        """Return the verdict as a person reads it."""
        told = f"{self.deployment}: {self.entries} entries of {self.documents} documents, {self.anchors} anchors"
        told += f", {self.removed} entries removed by retention" if self.removed else ""
        told += f", {self.migrated} from before the chain" if self.migrated else ""
        told += f", {self.unanchored} not anchored yet" if self.unanchored else ""
        lines = [told, f"last anchor {self.last_anchor or 'none'}, signature {self.signature}"]
        lines += [f"  {problem}" for problem in self.problems]
        more = self.problem_count - len(self.problems)
        lines += [f"  and {more} more"] if more else []
        return "\n".join([*lines, "the trail is unbroken" if self.good else "the trail is BROKEN"])

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain JSON values."""
        names = ("deployment", "entries", "documents", "anchors", "removed", "migrated", "unanchored", "last_anchor")
        told = {name: getattr(self, name) for name in (*names, "signature")}
        problems = [problem.to_json() for problem in self.problems]
        return {**told, "good": self.good, "problem_count": self.problem_count, "problems": problems}
