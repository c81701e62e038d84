"""What all postings share: validation only, all or nothing, warnings, and the counts at the end.

Parameters ValidateOnly, ApplyIfEntireDocumentValid and IgnoreWarnings, and the names of the counts:
https://github.com/LuntuSYSPRO/myGitHub-rep (``business_objects_catalog.json``). Where ApplyIfEntireDocumentValid is
left out we take it as Y.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from .call import Call, Item
from .markup import Node


@dataclass
class Outcome:
    """The items of a document and what each has become: the nodes that name it, None when it was not posted."""

    items: list[Item] = field(default_factory=list)
    posted: list[list[Node] | None] = field(default_factory=list)
    ignore_warnings: bool = False
    is_validation: bool = False

    @property
    def invalid(self) -> int:
        """How many items are wrong."""
        return sum(item.is_refused(ignore_warnings=self.ignore_warnings) for item in self.items)

    def counts(self, *, width: int = 1) -> list[Node]:
        """Return the counts of a transaction, filled with zeros to `width`."""
        warned = [item for item in self.items if item.warnings and not item.errors]
        applied = sum(nodes is not None for nodes in self.posted)
        made: list[Node] = [
            ("ItemsProcessed", f"{applied:0{width}}"),
            ("ItemsInvalid", f"{self.invalid:0{width}}"),
        ]
        if warned:
            name = "ItemsProcessedWithWarnings" if self.ignore_warnings else "ItemsRejectedWithWarnings"
            made.append((name, f"{len(warned):0{width}}"))
        return made


def post(
    call: Call, elements: list[ET.Element], one: Callable[[Item], list[Node] | None], *, is_whole: bool | None = None
) -> Outcome:
    """Post items in their order and return what became of them.

    Args:
        call: the call.
        elements: an element for each item.
        one: checks an item and, when it is not refused, writes it and returns the nodes that name it; else None.
        is_whole: nothing is written when an item is wrong; as the parameters say where not given.
    """
    whole = call.is_on("ApplyIfEntireDocumentValid", default=True) if is_whole is None else is_whole
    made = Outcome(
        ignore_warnings=call.is_on("IgnoreWarnings"),
        is_validation=call.is_on("ValidateOnly"),
    )
    before = call.company.snapshot()
    for element in elements:
        item = Item(element)
        made.items.append(item)
        made.posted.append(one(item))
    if made.is_validation or (whole and made.invalid):
        call.company.restore(before)
    if whole and made.invalid:
        made.posted = [None] * len(elements)
    return made
