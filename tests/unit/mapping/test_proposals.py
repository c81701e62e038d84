"""What is proposed for a code without counterpart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.reference import KnownCode
from ml_connector.mapping.proposals import MOST, propose

CHART = {
    "6120": KnownCode("Tooling"),
    "6121": KnownCode("Tooling repair"),
    "61-20": KnownCode("Old tooling", usable=False),
    "4000": KnownCode("Sales"),
}


def test_the_same_code_comes_first() -> None:
    """A code that the target has itself is the best proposal."""
    first, *others = propose("6120", CHART)
    assert (first.code, first.name, first.how, first.score) == ("6120", "Tooling", "the same code", 100)
    assert all(other.how == "looks alike" for other in others)


def test_spelling_does_not_hide_a_code() -> None:
    """Case, blanks, punctuation and leading zeros are overlooked, and said to be."""
    assert propose("61.20", CHART)[0].how == "the same but for its spelling"
    assert propose("net 30", {"NET-30": KnownCode(), "NET-60": KnownCode()})[0].code == "NET-30"
    assert propose("00123", {"123": KnownCode()})[0].score == 95


def test_names_are_compared() -> None:
    """An equal name is proposed before one that only looks like it."""
    known = {"V1": KnownCode("Müller & Söhne GmbH"), "V2": KnownCode("Mueller und Sohn"), "V3": KnownCode("Kestrel")}
    found = propose("MULLER AND SOHNE GMBH", known)
    assert [(one.code, one.how) for one in found] == [("V1", "the same name"), ("V2", "looks alike")]
    assert propose("9", {"1": KnownCode("Freight")}, name="freight")[0].how == "the same name"


def test_codes_that_documents_must_not_bear_are_not_proposed() -> None:
    """A closed account is no proposal, however alike."""
    assert all(one.code != "61-20" for one in propose("61-20", CHART))


def test_what_is_unlike_is_not_proposed() -> None:
    """Nothing is proposed for the sake of proposing."""
    assert propose("Zebra crossing", CHART) == []
    assert propose("…", {"!": KnownCode("?")}) == []


@given(st.text(max_size=20), st.dictionaries(st.text(max_size=8), st.builds(KnownCode, st.text(max_size=8))))
def test_proposals_are_few_sorted_and_of_the_target(code: str, known: dict[str, KnownCode]) -> None:
    """Whatever the codes are, proposals exist in the target, are at most five, best first, each once."""
    found = propose(code, known)
    assert len(found) <= MOST
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert len({one.code for one in found}) == len(found)
    assert all(one.code in known and 70 <= one.score <= 100 for one in found)
