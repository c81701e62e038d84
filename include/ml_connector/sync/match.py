"""First contact: which supplier of the source is which of the target, when both hold suppliers already.

By shared code, then by the same code in another writing, then by equal normalised name. What is only alike is
proposed to a person, never merged by guess; what might exist is never created.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ml_connector.domain.documents import Supplier
from ml_connector.domain.finding import Finding, Reason
from ml_connector.mapping.codemap import CodeMaps
from ml_connector.mapping.names import bare_code, near_names, normalised_name


@dataclass(frozen=True)
class Match:
    """What matching says of one supplier.

    Args:
        verdict: ``linked`` (now or before), ``new`` (create it), or ``held``.
        target: the target's key when linked.
        how: ``code``, ``name``, ``person``; "" when it was linked before.
    """

    verdict: Literal["linked", "new", "held"]
    target: str = ""
    how: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass
class Matcher:
    """Matches the suppliers of one run against those of the target.

    Args:
        sources: the run's suppliers, in the source's codes.
        targets: all suppliers of the target.
        linked: source key → target key of all links made before.
        maps: the code maps; map ``supplier`` holds what a person decided: by key or name of the source
            supplier the target's key, or a text that begins with ``NEW`` to create it.
        near: names at least this alike (0–100) are proposed.
        create: False holds what has no match.
    """

    sources: Sequence[Supplier]
    targets: Sequence[Supplier]
    linked: Mapping[str, str]
    maps: CodeMaps
    near: int
    create: bool
    target_name: str
    _free: dict[str, Supplier] = field(init=False)
    _by_name: dict[str, list[Supplier]] = field(init=False)
    _rivals: dict[str, list[Supplier]] = field(init=False)
    _by_code: dict[str, list[Supplier]] = field(init=False)
    _code_rivals: dict[str, list[Supplier]] = field(init=False)

    def __post_init__(self) -> None:
        taken = set(self.linked.values())
        self._free = {supplier.key: supplier for supplier in self.targets if supplier.key not in taken}
        self._by_name = defaultdict(list)
        for supplier in self.targets:
            self._by_name[normalised_name(supplier.name)].append(supplier)
        self._rivals = defaultdict(list)
        for supplier in self.sources:
            if supplier.key not in self.linked:
                self._rivals[normalised_name(supplier.name)].append(supplier)
        self._by_code = _by_bare_code(self._free.values())
        self._code_rivals = _by_bare_code(one for one in self.sources if one.key not in self.linked)

    def match(self, supplier: Supplier) -> Match:
        """Return what `supplier` is in the target."""
        if supplier.key in self.linked:
            return Match("linked", self.linked[supplier.key])
        decided = self.maps.find("supplier", supplier.key, None) or self.maps.find("supplier", supplier.name, None)
        if decided:
            return self._decided(supplier, decided)
        same_code = [other for other in self._free.values() if _same_code(supplier, other)]
        if len(same_code) == 1:
            return self._link(supplier, same_code[0], "code")
        if same_code:
            return self._ambiguous(supplier, same_code)
        return self._match_written_otherwise(supplier) or self._match_name(supplier)

    def _match_written_otherwise(self, supplier: Supplier) -> Match | None:
        """Return what a code says that is written otherwise; None where there is none."""
        code = bare_code(supplier.code or "")
        same = [other for other in self._by_code.get(code, []) if other.key in self._free]
        if not code or not same:
            return None
        rivals = [other for other in self._code_rivals[code] if other.key != supplier.key]
        if len(same) == 1 and not rivals:
            return self._link(supplier, same[0], "code")
        return self._ambiguous(supplier, same, rivals)

    def _decided(self, supplier: Supplier, decided: str) -> Match:
        if decided.upper().startswith("NEW"):
            return Match("new", how="person")
        target = self._free.get(decided)
        if target is None:
            return _held(
                Reason.SUPPLIER_AMBIGUOUS,
                supplier,
                f"the supplier map leads to “{decided}”, which {self.target_name} does not have or which is "
                f"linked to another supplier.",
                f"Correct the entry “{supplier.name}” in the supplier map.",
            )
        return self._link(supplier, target, "person")

    def _match_name(self, supplier: Supplier) -> Match:
        name = normalised_name(supplier.name)
        same_name = self._by_name.get(name, [])
        rivals = [other for other in self._rivals[name] if other.key != supplier.key]
        if len(same_name) == 1 and not rivals and same_name[0].key in self._free:
            return self._link(supplier, same_name[0], "name")
        if same_name or rivals:
            return self._ambiguous(supplier, same_name, rivals)
        return self._match_near(supplier, name)

    def _match_near(self, supplier: Supplier, name: str) -> Match:
        near = []
        for other_name, score in near_names(name, self._by_name, self.near):
            # a target that is the very same name as another of our suppliers is that one, not this one
            if not self._rivals.get(other_name):
                near += [(o, score) for o in self._by_name[other_name] if o.key in self._free]
        if near:
            proposals = "; ".join(f"“{other.name}” ({other.key}, {score} %)" for other, score in near)
            return _held(
                Reason.SUPPLIER_NEAR_MATCH,
                supplier,
                f"{self.target_name} has no supplier of this name, but some that look like it: {proposals}.",
                f"In the supplier map give “{supplier.name}” the right key, or NEW to create it.",
            )
        if not self.create:
            return _held(
                Reason.SUPPLIER_NOT_LINKED,
                supplier,
                f"{self.target_name} has no such supplier, and this deployment creates none.",
                f"Create it in {self.target_name}, or add “{supplier.name}” to the supplier map.",
            )
        return Match("new")

    def _link(self, supplier: Supplier, target: Supplier, how: str) -> Match:
        if supplier.currency and target.currency and supplier.currency != target.currency:
            return _held(
                Reason.SUPPLIER_CURRENCY_DIFFERS,
                supplier,
                f"its currency is {supplier.currency}, but that of “{target.name}” ({target.key}) in "
                f"{self.target_name} is {target.currency}.",
                "Correct the currency on one side; if they are two suppliers, decide in the supplier map.",
            )
        self._free.pop(target.key, None)
        return Match("linked", target.key, how)

    def _ambiguous(self, supplier: Supplier, targets: Sequence[Supplier], rivals: Sequence[Supplier] = ()) -> Match:
        there = ", ".join(f"“{other.name}” ({other.key})" for other in targets) or "none"
        here = "".join(f"; {supplier.source} also has “{other.name}” ({other.key})" for other in rivals)
        return _held(
            Reason.SUPPLIER_AMBIGUOUS,
            supplier,
            f"it cannot be told which supplier of {self.target_name} it is. Candidates there: {there}{here}.",
            f"In the supplier map give “{supplier.name}” the right key, or NEW to create it.",
        )


def _by_bare_code(suppliers: Iterable[Supplier]) -> dict[str, list[Supplier]]:
    found: dict[str, list[Supplier]] = defaultdict(list)
    for supplier in suppliers:
        found[bare_code(supplier.code or "")].append(supplier)
    return found


def _same_code(supplier: Supplier, other: Supplier) -> bool:
    return (
        (supplier.code is not None and supplier.code == other.code)
        or other.counterpart_key == supplier.key
        or supplier.counterpart_key == other.key
    )


def _held(reason: Reason, supplier: Supplier, message: str, next_step: str) -> Match:
    name = supplier.name if len(supplier.name) <= 80 else f"{supplier.name[:77]}…"  # noqa: PLR2004 - readable
    finding = Finding(
        reason=reason,
        field="name",
        value=supplier.name,
        message=f"Supplier {name}: {message}",
        next_step=next_step,
    )
    return Match("held", findings=(finding,))
