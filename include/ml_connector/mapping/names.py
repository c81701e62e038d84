"""Supplier names and codes made comparable: what a clerk would call the same, and what only looks like it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, process

_WORDS = {
    "and": "&", "und": "&", "et": "&",
    "limited": "ltd", "incorporated": "inc", "corporation": "corp", "company": "co",
    "proprietary": "pty", "private": "pvt",
}  # fmt: skip
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})


def normalised_name(name: str) -> str:
    """Return `name` without case, accents, punctuation, double blanks and with legal forms abbreviated.

    Two names with the same result are taken for the same supplier, so nothing that tells two apart may be
    lost: digits, letters of other scripts and word order stay.
    """
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold().translate(_LETTERS))
    text = "".join(letter for letter in text.casefold() if not unicodedata.combining(letter))
    text = re.sub(r"['’`.]", "", text).replace("&", " & ").replace("+", " & ")
    words = re.findall(r"[^\W_]+|&", text)
    return " ".join(_WORDS.get(word, word) for word in words)


def bare_code(code: str) -> str:
    """Return `code` without case, blanks, punctuation and leading zeros: as two clerks write the same one."""
    letters = "".join(letter for letter in code.casefold() if letter.isalnum())
    return letters.lstrip("0") or letters


def near_names(name: str, others: Iterable[str], at_least: int) -> list[tuple[str, int]]:
    """Return those of `others` that are at least `at_least` (0 to 100) like `name`, best first, five at most.

    `name` and `others` are normalised; equal ones are included.
    """
    found = process.extract(name, list(others), scorer=fuzz.token_sort_ratio, score_cutoff=at_least, limit=5)
    return [(other, round(score)) for other, score, _ in found]
