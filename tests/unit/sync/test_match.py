"""First contact between two systems that both hold suppliers already."""

from __future__ import annotations

from fakes import TODAY
from sync_world import supplier

from ml_connector.domain.documents import Supplier
from ml_connector.domain.finding import Reason
from ml_connector.mapping.codemap import CodeMaps, Mapped
from ml_connector.sync.match import Match, Matcher


def vendor(name: str, key: str, **more: str) -> Supplier:
    return supplier(name, key, source="acumatica", **{"code": key, **more})


def match(
    sources: list[Supplier], targets: list[Supplier], *, linked: dict[str, str] | None = None,
    decided: dict[str, str] | None = None, create: bool = True,
) -> list[Match]:  # fmt: skip
    table = {"supplier": {key: [Mapped(value, 1)] for key, value in (decided or {}).items()}}
    matcher = Matcher(sources, targets, linked or {}, CodeMaps(table, today=TODAY), 88, create, "Acumatica")
    return [matcher.match(one) for one in sources]


def reason(found: Match) -> Reason:
    assert found.verdict == "held"
    return found.findings[0].reason


def test_a_shared_code_links_whatever_the_names() -> None:
    """Suppliers with the same code are linked even when their names differ."""
    (found,) = match([supplier("Kestrel", "K1", code="V1")], [vendor("Other name", "V1"), vendor("Kestrel", "V2")])
    assert (found.verdict, found.target, found.how) == ("linked", "V1", "code")


def test_our_own_key_kept_over_there_links() -> None:
    """A vendor that carries the Cin7 key as its reference is that supplier."""
    (found,) = match([supplier("Kestrel", "K1")], [vendor("Renamed", "V1", counterpart_key="K1")])
    assert found.target == "V1"


def test_an_equal_normalised_name_links() -> None:
    """The same name typed differently is linked."""
    (found,) = match([supplier("Kestrel & Sons Ltd ", "K1")], [vendor("KESTREL AND SONS LIMITED", "V1")])
    assert (found.target, found.how) == ("V1", "name")


def test_two_of_ours_with_one_name_are_held() -> None:
    """The same name in two cases on our side is held on both, never merged and never created."""
    found = match([supplier("Meridian", "K1"), supplier("MERIDIAN", "K2")], [])
    assert [reason(one) for one in found] == [Reason.SUPPLIER_AMBIGUOUS] * 2


def test_two_of_theirs_with_one_name_are_held() -> None:
    """A name that two vendors have is not guessed."""
    (found,) = match([supplier("Meridian", "K1")], [vendor("Meridian", "V1"), vendor("meridian ", "V2")])
    assert reason(found) is Reason.SUPPLIER_AMBIGUOUS
    assert "V1" in found.findings[0].message
    assert "V2" in found.findings[0].message


def test_a_name_that_is_linked_already_is_not_created_again() -> None:
    """A second supplier with the name of a linked vendor is held, not created."""
    sources = [supplier("Meridian", "K2")]
    (found,) = match(sources, [vendor("Meridian", "V1")], linked={"K1": "V1"})
    assert reason(found) is Reason.SUPPLIER_AMBIGUOUS


def test_a_near_name_is_proposed_not_merged() -> None:
    """A name that is only alike is held with the candidate and its score."""
    (found,) = match([supplier("Northwind Traders Inc", "K1")], [vendor("Northwind Trader Inc", "V1")])
    assert reason(found) is Reason.SUPPLIER_NEAR_MATCH
    assert "“Northwind Trader Inc” (V1, " in found.findings[0].message


def test_a_near_name_that_is_somebody_else_is_no_obstacle() -> None:
    """A vendor that is the exact namesake of another of our suppliers is not proposed for this one."""
    sources = [supplier("Northwind Traders Inc", "K1"), supplier("Northwind Trader Inc", "K2")]
    found = match(sources, [vendor("Northwind Trader Inc", "V1")])
    assert found[0].verdict == "new"
    assert found[1].target == "V1"


def test_a_person_decides() -> None:
    """The supplier map links by key or name, creates on NEW, and is refused when it leads nowhere."""
    targets = [vendor("Northwind Trader Inc", "V1")]
    ours = [supplier("Northwind Traders Inc", "K1")]
    assert match(ours, targets, decided={"K1": "V1"})[0].target == "V1"
    assert match(ours, targets, decided={"Northwind Traders Inc": "V1"})[0].how == "person"
    assert match(ours, targets, decided={"K1": "NEW"})[0].verdict == "new"
    assert reason(match(ours, targets, decided={"K1": "V9"})[0]) is Reason.SUPPLIER_AMBIGUOUS


def test_a_currency_that_differs_holds_the_link() -> None:
    """Two records of different currency are not linked without a person."""
    (found,) = match([supplier("Kestrel", "K1", currency="EUR")], [vendor("Kestrel", "V1", currency="GBP")])
    assert reason(found) is Reason.SUPPLIER_CURRENCY_DIFFERS


def test_without_permission_to_create_the_unknown_is_held() -> None:
    """A deployment that creates no suppliers holds what has no match."""
    (found,) = match([supplier("Kestrel", "K1")], [], create=False)
    assert reason(found) is Reason.SUPPLIER_NOT_LINKED
