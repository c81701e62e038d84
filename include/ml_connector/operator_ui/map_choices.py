"""What a person needs to map one code there and then: what it means now, proposals, the codes to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ml_connector.domain.reference import KnownCode
from ml_connector.mapping.proposals import Proposal, propose
from ml_connector.operator_ui.pairs import Pair, system_name
from ml_connector.operator_ui.words import map_title
from ml_connector.store.codemap_edits import MapEdits
from ml_connector.store.database import Database

MOST_OFFERED = 500
"""Codes offered while typing; of a longer list only those near in spelling are proposed."""
MOST_COMPARED = 50_000
NEW = "NEW"
"""In the supplier map: create it. The store needs a code of its own for each towards Cin7."""


@dataclass(frozen=True)
class Offer:
    """One code of the target to choose from."""

    code: str
    name: str


@dataclass(frozen=True)
class MapChoice:
    """The form that maps one code.

    Args:
        source, target: systems, as the code knows them.
        seen: what the code means now, from which days on; "" when it is not mapped.
        known: how many codes the target had when last read; 0 when it cannot list them.
    """

    map_name: str
    source: str
    target: str
    code: str
    seen: str
    proposals: tuple[Proposal, ...]
    offers: tuple[Offer, ...]
    known: int

    @property
    def title(self) -> str:
        """What is asked."""
        return f"What is {map_title(self.map_name)} “{self.code}” in {system_name(self.target)}?"


def map_choice(database: Database, pair: Pair, flow: str, map_name: str, code: str) -> MapChoice | None:
    """Return what a person needs to map `code` of that flow's source; None for a flow that the pair does not have."""
    shape = pair.flow(flow)
    if shape is None:
        return None
    known = database.known_codes(pair.name, shape.destination).of(map_name, MOST_COMPARED)
    own = database.known_codes(pair.name, shape.source).of(map_name, MOST_COMPARED)
    return MapChoice(
        map_name=map_name,
        source=shape.source,
        target=shape.destination,
        code=code,
        seen=MapEdits(database.code_maps(pair.name), map_name).meaning(shape.source, code),
        proposals=tuple(propose(code, known, name=_name(own, code))),
        offers=_offers(known),
        known=len(known),
    )


def is_known(database: Database, pair: Pair, system: str, map_name: str, code: str) -> bool:
    """Tell whether the system had the code when last read; True where it cannot list its codes."""
    known = database.known_codes(pair.name, system)
    return (map_name == "supplier" and code.upper().startswith(NEW)) or known.has(map_name, code)


def target_of(map_name: str, source: str, code: str, chosen: str) -> str:
    """Return the target code to store: towards Cin7 each “new supplier” needs one of its own."""
    is_new = map_name == "supplier" and chosen.strip().upper() == NEW
    return f"{NEW} {code}" if is_new and source != "cin7" else chosen.strip()


def _name(own: Mapping[str, KnownCode], code: str) -> str:
    return own[code].name if code in own else ""


def _offers(known: Mapping[str, KnownCode]) -> tuple[Offer, ...]:
    usable = [Offer(code, one.name) for code, one in known.items() if one.usable]
    return tuple(usable) if len(usable) <= MOST_OFFERED else ()
