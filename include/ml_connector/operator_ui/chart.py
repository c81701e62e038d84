"""Small bar charts as SVG, drawn on the server; the same numbers stand in a table beside each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DRAWN = ("created", "updated", "held", "waiting", "failed")
"""Outcomes from the foot of a bar to its top; what was unchanged is in the table only, it would dwarf the rest."""
HEIGHT, BAR, GAP = 48, 8, 3
"""In pixels."""


@dataclass(frozen=True)
class Piece:
    """One outcome of one run, as a rectangle."""

    kind: str
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Chart:
    """A bar for each run, oldest on the left."""

    width: int
    height: int
    pieces: tuple[Piece, ...]
    highest: int


def bars(runs: Sequence[dict[str, int]]) -> Chart:
    """Return the chart of runs given oldest first."""
    highest = max((sum(counts[kind] for kind in DRAWN) for counts in runs), default=0)
    pieces = [piece for index, counts in enumerate(runs) for piece in _bar(index, counts, highest)]
    return Chart(max(1, len(runs)) * (BAR + GAP), HEIGHT, tuple(pieces), highest)


def _bar(index: int, counts: dict[str, int], highest: int) -> list[Piece]:
    pieces, foot = [], float(HEIGHT)
    for kind in DRAWN:
        if counts[kind]:
            height = max(1.5, counts[kind] / highest * HEIGHT)
            foot = max(0.0, foot - height)
            pieces.append(Piece(kind, index * (BAR + GAP), round(foot, 1), round(height, 1)))
    return pieces
