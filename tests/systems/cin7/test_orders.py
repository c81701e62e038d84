"""Purchase orders into Cin7: header, lines as draft, read back, authorised; never two."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.documents import DocumentStatus
from ml_connector.domain.errors import AmbiguousWrite, ContractError, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.sync.compare import differences
from ml_connector.sync.ports import TargetRef, Window

MARKER = "mlc:1a2b3c4d5e6f7a8b"
KESTREL, OTHER = "5a000000-0000-4000-8000-000000000001", "5a000000-0000-4000-8000-000000000002"
D = Decimal


def shown_as_meant(adapter: Any, order: Any, ref: Any) -> list[str]:
    """What the purchase shows otherwise than meant."""
    return [str(one) for one in differences(adapter.project(order), adapter.fetch(order, ref).fields)]


@pytest.mark.parametrize("purchase_type", ["Simple", "Advanced"])
@pytest.mark.parametrize("reverse_lines", [True, False])
def test_an_order_is_written_in_two_steps(world: Any, make: Any, purchase_type: str, reverse_lines: bool) -> None:
    """An order is created as a bound draft with lines and charges, reads back as meant, and is then authorised."""
    world.set(reverse_lines=reverse_lines)
    adapter, order = world.adapter(purchase_type=purchase_type), make.order()
    ref = adapter.draft(order, MARKER, None, world.bind)
    assert (world.bound, ref.number) == ([ref], "PO-00001")
    found = adapter.fetch(order, ref)
    assert (found.status, found.ours, found.frozen) == (TargetStatus.DRAFT, True, "")
    assert shown_as_meant(adapter, order, ref) == []
    adapter.authorise(order, ref)
    found = adapter.fetch(order, ref)
    assert found.status is TargetStatus.AUTHORISED
    assert "undo" in found.frozen
    assert shown_as_meant(adapter, order, ref) == []
    (row,) = world.held("purchase")
    assert (row["Type"], row["Note"]) == (f"{purchase_type} Purchase", f"004512 {MARKER}")
    assert (row["Order"]["Total"], row["RequiredBy"], row["Terms"]) == (D("666.6"), "2026-03-30T00:00:00", "30 days")
    assert [line["Description"] for line in row["Order"]["AdditionalCharges"]] == ["Inbound Freight"]


def test_the_lines_are_bound_to_a_header_that_is_known_first(world: Any, make: Any) -> None:
    """The header is bound before any line is sent."""
    seen: list[int] = []
    world.adapter().draft(make.order(), MARKER, None, lambda _ref: seen.append(world.count("order", "POST")))
    assert seen == [0]


def test_an_authorised_order_is_left_alone(world: Any, make: Any) -> None:
    """Authorising twice posts once."""
    adapter, order = world.adapter(), make.order()
    ref = adapter.draft(order, MARKER, None, world.bind)
    for _ in range(2):
        adapter.authorise(order, ref)
    assert world.count("purchase/order", "POST") == 2


def test_an_order_killed_after_its_header_is_completed(world: Any, make: Any) -> None:
    """With a bound header the lines go into it: no second purchase is made."""
    adapter, order = world.adapter(), make.order()
    world.fault("reset_before", "purchase/order", "POST", times=50)
    with pytest.raises(AmbiguousWrite):
        adapter.draft(order, MARKER, None, world.bind)
    (ref,) = world.bound
    world.sim("DELETE", "faults")
    assert adapter.draft(order, MARKER, ref, world.bind) == ref
    assert shown_as_meant(adapter, order, ref) == []
    assert len(world.held("purchase")) == 1


@pytest.mark.parametrize("purchase_type", ["Simple", "Advanced"])
def test_a_lost_header_is_found_by_its_marker(world: Any, make: Any, purchase_type: str) -> None:
    """The header whose answer was lost is found among all purchases, is ours, and the create is not sent again."""
    world.purchase("ordered", "PO-00001")
    adapter, order = world.adapter(purchase_type=purchase_type), make.order()
    world.fault("reset_after", "purchase$", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(order, MARKER, None, world.bind)
    assert world.bound == []
    found = adapter.find(order, MARKER)
    assert (found.ours, found.status, found.ref.number) == (True, TargetStatus.DRAFT, "PO-00002")
    assert adapter.find(order, "mlc:ffff") is None
    assert world.count("purchase$", "POST") == 1
    assert adapter.find(make.order(supplier_key=OTHER), MARKER) is None


@pytest.mark.parametrize(("days", "details"), [(1, 1), (5, 1), (40, 1)])
def test_a_lost_header_is_found_after_a_long_outage(world: Any, make: Any, days: int, details: int) -> None:
    """Weeks later the lost header is still found, and of the supplier's authorised orders only recent ones are read."""
    world.purchase("ordered", "PO-00001", at=world.clock.now() - dt.timedelta(days=3))
    adapter, order = world.adapter(), make.order()
    world.fault("reset_after", "purchase$", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(order, MARKER, None, world.bind)
    world.advance(days=days)
    assert adapter.find(order, MARKER).ours
    assert world.count("advanced-purchase$") == details
    assert world.count("/purchase$") == 0


def test_a_header_completed_by_a_person_is_still_ours(world: Any, make: Any) -> None:
    """A lost header that a person filled and authorised is found, so that no second order is made."""
    adapter, order = world.adapter(), make.order()
    world.fault("reset_after", "purchase$", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.draft(order, MARKER, None, world.bind)
    (row,) = world.held("purchase")
    world.edit("purchase", row["ID"], Order={**row["Order"], "Status": "AUTHORISED"},
               Note=f"Ring first.\n004512 {MARKER} - thanks!")  # fmt: skip
    found = adapter.find(order, MARKER)
    assert (found.ours, found.status, found.fields["number"]) == (True, TargetStatus.AUTHORISED, "004512")


@pytest.mark.parametrize("days", [1, 3, 40])
def test_an_order_is_found_by_a_connector_that_has_lost_its_memory(world: Any, make: Any, days: int) -> None:
    """Its database was put back from a backup: what was authorised since carries the marker."""
    adapter, order = world.adapter(), make.order()
    ref = adapter.draft(order, MARKER, None, world.bind)
    adapter.authorise(order, ref)
    other = make.order(number="004513", required_by=order.required_by + dt.timedelta(days=7))
    adapter.authorise(other, adapter.draft(other, "mlc:ffffffffffffffff", None, world.bind))
    world.advance(days=days)
    found = world.adapter().find(order, MARKER)
    assert (found.ref.key, found.ours, found.status) == (ref.key, True, TargetStatus.AUTHORISED)


def test_a_purchase_keyed_by_a_person_is_not_ours(world: Any, make: Any) -> None:
    """A purchase of the same supplier without our marker is not taken for the order."""
    made = world.purchase("order in draft")
    adapter = world.adapter()
    assert adapter.find(make.order(), MARKER) is None
    assert adapter.fetch(make.order(), TargetRef(key=made["ID"])).ours is False


def test_a_purchase_that_is_gone_is_none(world: Any, make: Any) -> None:
    """An unknown key is no purchase."""
    assert world.adapter().fetch(make.order(), TargetRef(key="99999999-9999-4999-8999-999999999999")) is None


# --- how an order is said ---


def line_sent(world: Any, make: Any, **changes: Any) -> dict[str, Any]:
    """The line that goes out for a line of an order."""
    order = make.order(lines=(make.line(**changes),))
    adapter = world.adapter()
    ref = adapter.draft(order, MARKER, None, world.bind)
    assert shown_as_meant(adapter, order, ref) == []
    return dict(world.sent("purchase/order")["Lines"][0])


@pytest.mark.parametrize(
    ("quantity", "unit_price", "net", "price"),
    [
        ("40", "12.5", "500.00", "12.5"),
        ("3", "3.333333", "10.00", "3.3333"),
        ("3", "4", "10.00", "3.3333"),
        ("0.5", "0.01", "0.01", "0.01"),
        ("-2", "5.005", "-10.01", "5.005"),
        ("10", "1.000049", "10.00", "1"),
    ],
)
def test_a_price_of_four_decimals_gives_the_net_amount(
    world: Any, make: Any, quantity: str, unit_price: str, net: str, price: str
) -> None:
    """The price sent has four decimals at most and gives the line's net amount by Cin7's own rule."""
    sent = line_sent(world, make, quantity=D(quantity), unit_price=D(unit_price), net=D(net))
    assert (D(sent["Price"]), D(sent["Total"])) == (D(price), D(net))


def test_a_line_that_cannot_be_said_is_refused_before_anything_is_written(world: Any, make: Any) -> None:
    """Where no price of four decimals gives the net amount, nothing is sent, and the line is named."""
    odd = make.line(quantity=D(10_000), unit_price=D("0.12345"), net=D("1234.50"))
    with pytest.raises(Refused, match=r"HP-CLAMP-50.*10000 at 0.12345 for 1234.5"):
        world.adapter().draft(make.order(lines=(odd,)), MARKER, None, world.bind)
    assert (world.held("purchase"), world.count("", "POST")) == ([], 0)


def test_a_line_without_tax_rule_takes_the_one_chosen_or_is_refused(world: Any, make: Any) -> None:
    """Cin7 takes no line without a tax rule: the deployment's is used, else nothing is written."""
    order = make.order(lines=(make.line(tax_rule="", tax=D(0)),))
    with pytest.raises(Refused, match=r"options\.cin7\.tax_rule"):
        world.adapter().draft(order, MARKER, None, world.bind)
    assert world.held("purchase") == []
    world.adapter(tax_rule="Tax Exempt").draft(order, MARKER, None, world.bind)
    assert world.sent("purchase/order")["Lines"][0]["TaxRule"] == "Tax Exempt"


def test_a_product_twice_at_one_price_is_one_line(world: Any, make: Any) -> None:
    """Lines of one product, price and tax rule are put together, since some accounts refuse a product twice."""
    world.set(duplicate_sku_lines="rejected")
    other = make.line(quantity=D(4), net=D(50), tax=D(5))
    order = make.order(lines=(make.line(), make.line(item="HP-PLATE-10"), other))
    adapter = world.adapter()
    ref = adapter.draft(order, MARKER, None, world.bind)
    assert shown_as_meant(adapter, order, ref) == []
    lines = world.sent("purchase/order")["Lines"]
    assert [(line["SKU"], line["Quantity"], line["Tax"]) for line in lines] == [
        ("HP-CLAMP-50", 44, 55),
        ("HP-PLATE-10", 40, 50),
    ]


def test_a_product_twice_at_two_prices_stays_two_lines(world: Any, make: Any) -> None:
    """Lines of different prices are not put together."""
    order = make.order(lines=(make.line(), make.line(unit_price=D(5), net=D(200))))
    adapter = world.adapter()
    assert shown_as_meant(adapter, order, adapter.draft(order, MARKER, None, world.bind)) == []
    assert len(world.sent("purchase/order")["Lines"]) == 2


def test_an_order_in_another_currency_than_the_suppliers_shows_the_difference(world: Any, make: Any) -> None:
    """Cin7 orders in the supplier's currency: an order in another one differs, so it is not authorised."""
    adapter, order = world.adapter(), make.order(currency="EUR")
    ref = adapter.draft(order, MARKER, None, world.bind)
    assert shown_as_meant(adapter, order, ref) == ["currency: “EUR” wanted, “USD” there"]


@pytest.mark.parametrize(
    "changes", [{"lines": ()}, {"required_by": None, "terms": ""}, {"location": "Second Warehouse"}]
)
def test_an_order_with_gaps_reads_back_as_meant(world: Any, make: Any, changes: dict[str, Any]) -> None:
    """What an order does not say is left to Cin7 and is no difference."""
    adapter, order = world.adapter(), make.order(**changes)
    ref = adapter.draft(order, MARKER, None, world.bind)
    assert shown_as_meant(adapter, order, ref) == []


@pytest.mark.parametrize("purchase_type", ["Simple", "Advanced"])
def test_a_draft_is_amended_in_header_and_lines(world: Any, make: Any, purchase_type: str) -> None:
    """A changed date and changed lines are brought to a draft; marker and other header fields stay."""
    adapter, order = world.adapter(purchase_type=purchase_type), make.order()
    ref = adapter.draft(order, MARKER, None, world.bind)
    before = world.held("purchase")[0]
    later = make.order(required_by=dt.date(2026, 5, 1), lines=(make.line(quantity=D(2), net=D(25)),))
    fields = [one.field for one in differences(adapter.project(later), adapter.fetch(later, ref).fields)]
    adapter.amend(later, adapter.fetch(later, ref), fields)
    assert shown_as_meant(adapter, later, ref) == []
    after = world.held("purchase")[0]
    kept = ("Note", "Terms", "Location", "TaxCalculation", "SupplierID", "Approach", "Type", "CurrencyRate")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_an_unknown_product_is_refused_in_cin7s_words(world: Any, make: Any) -> None:
    """What Cin7 says of a line is handed on, and the header stays bound for the next try."""
    order = make.order(lines=(make.line(item="NOPE"),))
    with pytest.raises(Refused, match="Product 'NOPE' was not found"):
        world.adapter().draft(order, MARKER, None, world.bind)
    assert len(world.bound) == 1


def test_other_documents_are_refused(world: Any, make: Any) -> None:
    """A void order is nothing that Cin7 takes from us."""
    with pytest.raises(Refused):
        world.adapter().draft(make.order(status=DocumentStatus.VOIDED), MARKER, None, world.bind)


def test_a_create_without_a_purchase_in_its_answer_is_no_success(world: Any, make: Any) -> None:
    """An answer of another shape to the create is an error of contract, and nothing is bound."""
    world.fault("status_after", "purchase$", "POST", status=200, answer={"Success": True})
    with pytest.raises(ContractError):
        world.adapter().draft(make.order(), MARKER, None, world.bind)
    assert world.bound == []


def test_what_we_wrote_comes_back_as_a_document(world: Any, make: Any) -> None:
    """Our own authorised order is the same document whether it is fetched or read as a source."""
    adapter, order = world.adapter(), make.order()
    ref = adapter.draft(order, MARKER, None, world.bind)
    adapter.authorise(order, ref)
    fetched = adapter.fetch(order, ref).document
    (read,) = adapter.read("purchase_order", Window(None, world.clock.now() + dt.timedelta(days=1)))
    assert fetched.content_hash() == read.content_hash()
    assert (read.key, read.net, read.gross) == (ref.key, order.net, order.gross)


def test_what_stands_is_listed_for_reconciliation(world: Any) -> None:
    """Every purchase with an order is listed with its status, and nothing is read in detail."""
    for number, name in enumerate(("ordered", "order in draft", "voided", "blind receipt"), 1):
        world.purchase(name, f"PO-{number:05}")
    present = {one.ref.number: one.status for one in world.adapter().present("purchase_order")}
    assert present == {
        "PO-00001": TargetStatus.AUTHORISED,
        "PO-00002": TargetStatus.DRAFT,
        "PO-00003": TargetStatus.VOIDED,
    }
    assert world.count("purchase$") == 0
