"""Supplier names as people really type them: accents, ampersands, blanks, two spellings of one company."""

from __future__ import annotations

import random

_ONSETS = (
    "b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z",
    "br", "cl", "dr", "fl", "gr", "kr", "pl", "st", "tr", "sk", "sp",
)  # fmt: skip
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "io", "ou"]
_CODAS = ["", "", "n", "r", "s", "l", "x", "nd", "rt", "sk", "m"]
_TRADES = (
    "Fasteners", "Plastics", "Timber", "Foods", "Bearings", "Textiles", "Paints", "Chemicals", "Packaging",
    "Ceramics", "Instruments", "Freight", "Glass", "Castings", "Adhesives", "Cables", "Seeds", "Optics",
)  # fmt: skip
_FORMS = ("Ltd", "Limited", "GmbH", "Pty Ltd", "Inc.", "S.A.", "B.V.", "Co.", "LLC", "AG")
_ACCENTS = str.maketrans({"a": "á", "e": "é", "i": "í", "o": "ö", "u": "ü", "n": "ñ"})
_LATIN = str.maketrans({"s": "ß", "o": "ø", "l": "ł"})


def word(rng: random.Random, syllables: int) -> str:
    """Return an invented word."""
    parts = (rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS) for _ in range(syllables))
    return "".join(parts).capitalize()


def company(rng: random.Random) -> str:
    """Return a company name; two of them are never alike by chance at the sizes used here."""
    style = rng.randrange(8)
    first, second = word(rng, 3), word(rng, 3)
    trade, form = rng.choice(_TRADES), rng.choice(_FORMS)
    if style == 0:
        return f"{first} & {second} {trade} {form}"
    if style == 1:
        return f"{first.translate(_ACCENTS)} {second} {trade} {form}"
    if style == 2:
        return f"{first} {second.translate(_LATIN)} {trade}, {form}"
    if style == 3:
        return f"O’{first} {second} {trade} ({form})"
    return f"{first} {second} {trade} {form}"


def respelt(rng: random.Random, name: str) -> str:
    """Return `name` as somebody else typed it into the other system: still the same company."""
    ways = (
        str.upper,
        str.lower,
        lambda text: f"{text}  ",
        lambda text: text.replace(" & ", " and "),
        lambda text: text.replace(" Ltd", " Limited").replace(" Inc.", " Incorporated"),
        lambda text: text.replace(",", "").replace("’", "'"),
        lambda text: text.replace(" ", "  ", 1),
    )
    return rng.choice(ways)(name)
