"""Proposals for a code without counterpart: what a clerk would look at first. Nothing is mapped by a proposal alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process

from ml_connector.domain.reference import KnownCode
from ml_connector.mapping.codemap import normalised_code
from ml_connector.mapping.names import normalised_name

AT_LEAST = 70
"""Alikeness (0–100) from which on something is proposed at all."""
MOST = 5
How = Literal["the same code", "the same but for its spelling", "the same name", "looks alike"]


@dataclass(frozen=True)
class Proposal:
    """One code of the target that may be meant.

    Args:
        score: 0 to 100.
    """

    code: str
    name: str
    how: How
    score: int


def propose(code: str, known: Mapping[str, KnownCode], *, name: str = "") -> list[Proposal]:
    """Return the codes of the target that may be meant by `code`, best first.

    Args:
        code: the source's code.
        known: the target's codes; those that documents must not bear are not proposed.
        name: what the source calls the code, where it has names; a supplier's code is its name.
    """
    usable = {key: one.name for key, one in known.items() if one.usable}
    found: dict[str, Proposal] = {}
    for one in _candidates(code, name or code, usable):
        if one.code not in found or found[one.code].score < one.score:
            found[one.code] = one
    return sorted(found.values(), key=lambda one: (-one.score, one.code))[:MOST]


def _candidates(code: str, name: str, usable: Mapping[str, str]) -> Iterable[Proposal]:
    if code in usable:
        yield Proposal(code, usable[code], "the same code", 100)
    for key in usable:
        if key != code and (normalised_code(key) == normalised_code(code) or _bare(key) == _bare(code) != ""):
            yield Proposal(key, usable[key], "the same but for its spelling", 95)
    wanted = normalised_name(name)
    names = {key: normalised_name(text) for key, text in usable.items() if text}
    for key, text in names.items():
        if wanted and text == wanted:
            yield Proposal(key, usable[key], "the same name", 95)
    yield from _alike(wanted, names, usable, fuzz.token_sort_ratio)
    yield from _alike(_bare(code), {key: _bare(key) for key in usable}, usable, fuzz.ratio)


def _alike(
    wanted: str, texts: Mapping[str, str], usable: Mapping[str, str], scorer: Callable[..., float]
) -> Iterable[Proposal]:
    if wanted:
        for _, score, key in process.extract(wanted, texts, scorer=scorer, score_cutoff=AT_LEAST, limit=MOST):
            yield Proposal(key, usable[key], "looks alike", min(94, round(score)))


def _bare(code: str) -> str:
    """Return a code without blanks, punctuation, case and leading zeros."""
    return re.sub(r"[\W_]+", "", code.casefold()).lstrip("0")
