"""What counts as the same supplier name, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.mapping.names import near_names, normalised_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kestrel Fasteners Ltd", "KESTREL FASTENERS LIMITED "),
        ("Müller & Söhne GmbH", "muller und sohne gmbh"),
        ("O’Brien Glass, Inc.", "O'Brien Glass Incorporated"),
        ("Ærø Seeds S.A.", "aero seeds sa"),
        ("A+B Paints", "A & B Paints"),
    ],
)
def test_the_same_name_typed_differently_is_equal(one: str, other: str) -> None:
    """Case, accents, punctuation, blanks and the legal form's spelling do not make another supplier."""
    assert normalised_name(one) == normalised_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Plant 1 Ltd", "Plant 2 Ltd"),
        ("Ltd Kestrel", "Kestrel Ltd"),
        ("東京商事", "大阪商事"),
        ("Kestrel", "Kestrels"),
    ],
)
def test_what_tells_two_suppliers_apart_is_kept(one: str, other: str) -> None:
    """Digits, word order, other scripts and single letters keep two suppliers apart."""
    assert normalised_name(one) != normalised_name(other)


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing(name: str) -> None:
    """A normalised name is its own normalised form, whatever was typed."""
    once = normalised_name(name)
    assert normalised_name(once) == once


def test_near_names_are_proposed_best_first() -> None:
    """A name with one letter more is proposed, a different company is not."""
    found = near_names("northwind traders inc", ["northwind trader inc", "southgate timber inc"], 88)
    assert [name for name, _ in found] == ["northwind trader inc"]
    assert found[0][1] >= 88
