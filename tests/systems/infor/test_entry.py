"""Orders into M3: entered once, whatever call fails, completed where half of one stands, and never echoed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ml_connector.domain.documents import Document, Line, PurchaseOrder, Supplier
from ml_connector.domain.errors import AmbiguousWrite, Refused, RetryableError, SyncError
from ml_connector.domain.status import TargetStatus
from ml_connector.mapping.codemap import Mapped, Tables
from ml_connector.mapping.links import SupplierLink
from ml_connector.store.database import Database
from ml_connector.sync.compare import differences
from ml_connector.sync.extract import extract
from ml_connector.sync.load import load
from ml_connector.sync.ports import TargetRef
from ml_connector.sync.reconcile import reconcile
from ml_connector.sync.run import FlowRun, Policies
from ml_connector.sync.validate import validate
from ml_connector.sync.window import WindowPlan
from ml_connector.systems.infor.pair import PAIR

if TYPE_CHECKING:
    from conftest import World

D = Decimal
MARKER = "mlc:1a2b3c4d5e6f7a8b"
FLOW = PAIR.flow("purchase_orders_to_infor")


def line(item: str | None = "PACK-BOX-S", quantity: str = "20", net: str = "45.80", **changes: Any) -> Line:
    price = D(net) / D(quantity) if D(quantity) else D(0)
    return Line(item=item, quantity=D(quantity), unit_price=price, net=D(net), unit="EA", **changes)


def order(*lines: Line, **changes: Any) -> PurchaseOrder:
    lines = lines or (line(), line("FAST-M6-25", "300", "100.00"))
    net = sum((one.net for one in lines), D(0))
    plain = {
        "source": "cin7",
        "key": "p1",
        "modified_at": dt.datetime(2026, 3, 18, tzinfo=dt.timezone.utc),
        "number": "PO-00457",
        "supplier_key": "Y30001",
        "supplier_name": "Nordwind Fasteners AB",
        "date": dt.date(2026, 3, 18),
        "required_by": dt.date(2026, 3, 30),
        "currency": "SEK",
        "terms": "30D",
        "lines": lines,
        "net": net,
        "tax": D(0),
        "gross": net,
    }
    return PurchaseOrder(**{**plain, **changes})


def entered(world: World, **options: Any) -> Any:
    """Enter an order whole, and return it as found."""
    adapter = world.adapter(**options)
    ref = adapter.draft(order(), MARKER, None, world.bind)
    adapter.authorise(order(), ref)
    return adapter.fetch(order(), ref)


# --- one step at a time ---


def test_a_draft_is_in_entry_until_it_is_authorised(world: World) -> None:
    """Head and lines stand at a status before registration; finishing the entry registers the order."""
    adapter = world.adapter()
    ref = adapter.draft(order(), MARKER, None, world.bind)
    draft = adapter.fetch(order(), ref)
    assert draft is not None
    assert (draft.status, draft.ours, draft.frozen) == (TargetStatus.DRAFT, True, "")
    assert draft.fields == adapter.project(order())
    adapter.authorise(order(), ref)
    adapter.authorise(order(), ref)
    found = adapter.fetch(order(), ref)
    assert found is not None
    assert found.status is TargetStatus.AUTHORISED
    assert found.fields == adapter.project(order())
    assert len(world.journal("FinishEntry")) == 1


def test_the_head_carries_number_and_marker(world: World) -> None:
    """Our order number and marker stand in the order's reference, by which it is found again."""
    found = entered(world)
    (head,) = world.held("MPHEAD")
    assert head["YRE1"] == f"PO-00457 {MARKER}"
    again = world.adapter().find(order(), MARKER)
    assert again is not None
    assert (again.ref.key, again.ours, again.fields["number"]) == (found.ref.key, True, "PO-00457")


def test_an_order_keyed_in_m3_is_found_by_its_number_and_is_not_ours(world: World) -> None:
    """An order of the same supplier, day and number is told as one that we did not make."""
    world.seed("MPHEAD", {"PUNO": "4500012", "SUNO": "Y30001", "PUDT": "20260318", "YRE1": "po-00457"})
    found = world.adapter().find(order(), MARKER)
    assert found is not None
    assert not found.ours


def test_two_orders_of_one_number_need_a_person(world: World) -> None:
    """Several orders that could be the one are refused."""
    head = {"SUNO": "Y30001", "PUDT": "20260318", "YRE1": "PO-00457"}
    world.seed("MPHEAD", {**head, "PUNO": "1"}, {**head, "PUNO": "2"})
    with pytest.raises(Refused, match="1, 2"):
        world.adapter().find(order(), MARKER)


def test_an_order_is_found_in_the_index_where_exporting_is_blocked(world: World) -> None:
    """With discovery by search, our order is looked up in the index."""
    world.set(blocked_programs=["EXPORTMI"], index_lag_seconds=0)
    entered(world, discovery="search")
    found = world.adapter(discovery="search").find(order(), MARKER)
    assert found is not None
    assert found.ours


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (order(number="PO-0045789012345"), "number"),
        (order(line(None, "1", "10.00", description="Freight")), "charge_item"),
        (order(line(quantity="0", net="0")), "quantity"),
        (order(line(quantity="30000000", net="100.00")), "six decimals"),
    ],
)
def test_what_m3_cannot_keep_is_refused_before_anything_is_sent(
    world: World, document: PurchaseOrder, words: str
) -> None:
    """A number too long, a line without item or quantity, an amount that no price gives: nothing is entered."""
    with pytest.raises(Refused, match=words):
        world.adapter().draft(document, MARKER, None, world.bind)
    assert world.journal("StartEntry") == []


def test_a_charge_goes_under_the_configured_item(world: World) -> None:
    """A line without item is ordered as the item that stands for charges."""
    document = order(line(None, "0", "10.00", description="Freight"))
    adapter = world.adapter(charge_item="FREIGHT")
    ref = adapter.draft(document, MARKER, None, world.bind)
    found = adapter.fetch(document, ref)
    assert found is not None
    assert found.fields == adapter.project(document)
    assert found.fields["lines[0].item"] == "FREIGHT"


def test_m3s_refusal_comes_in_its_own_words(world: World) -> None:
    """An item that M3 does not know refuses the order with M3's words."""
    with pytest.raises(Refused, match="NO-SUCH-ITEM does not exist"):
        world.adapter().draft(order(line("NO-SUCH-ITEM")), MARKER, None, world.bind)


def test_lines_that_nobody_wants_are_not_sent_past(world: World) -> None:
    """A draft with other lines is refused, since no line is taken away by us."""
    adapter = world.adapter()
    ref = adapter.draft(order(), MARKER, None, world.bind)
    with pytest.raises(Refused, match="FAST-M6-25"):
        adapter.draft(order(line()), MARKER, ref, world.bind)


def test_an_order_in_force_is_changed_in_m3_only(world: World) -> None:
    """A registered order says why it is not changed, and a change of it is refused."""
    found = entered(world)
    assert "in force" in found.frozen
    with pytest.raises(Refused, match="in force"):
        world.adapter().amend(order(line()), found, ["lines[0].quantity"])


def test_a_head_that_differs_is_not_changed_by_us(world: World) -> None:
    """Of a draft only lines are added; another date of the order stays, and shows as a difference."""
    adapter = world.adapter()
    ref = adapter.draft(order(), MARKER, None, world.bind)
    found = adapter.fetch(order(), ref)
    assert found is not None
    later = order(date=dt.date(2026, 4, 1))
    adapter.amend(later, found, ["date"])
    shown = adapter.fetch(later, ref)
    assert shown is not None
    assert [str(one) for one in differences(adapter.project(later), shown.fields)] == [
        "date: “2026-04-01” wanted, “2026-03-18” there"
    ]


def test_an_entry_whose_number_is_lost_needs_a_person(world: World) -> None:
    """A draft that another database began cannot be finished by guessing."""
    adapter = world.adapter()
    adapter.draft(order(), MARKER, None, world.bind)
    found = adapter.find(order(), MARKER)
    assert found is not None
    with pytest.raises(Refused, match="PPS370"):
        adapter.authorise(order(), found.ref)


def test_suppliers_are_not_written(world: World) -> None:
    """A supplier for Infor is refused."""
    supplier = Supplier(source="cin7", key="s", modified_at=order().modified_at, name="New")
    with pytest.raises(Refused, match="supplier"):
        world.adapter().find(supplier, MARKER)


@pytest.mark.parametrize("discovery", ["exportmi", "search"])
def test_every_order_is_listed_for_reconciliation(world: World, discovery: str) -> None:
    """Orders that carry our mark are listed whole and as ours; those of M3's own users with their status alone."""
    world.set(index_lag_seconds=0)
    keyed = {"SUNO": "Y30001", "YRE1": "A. Berg"}
    world.seed("MPHEAD", {**keyed, "PUNO": "4500012"}, {**keyed, "PUNO": "4500013", "PUSL": "10", "PUST": "10"})
    found = entered(world)
    shown = {one.ref.key: one for one in world.adapter(discovery=discovery).present("purchase_order")}
    assert {key: (one.status, one.ours) for key, one in shown.items()} == {
        "4500012": (TargetStatus.AUTHORISED, False),
        "4500013": (TargetStatus.DRAFT, False),
        found.ref.key: (TargetStatus.AUTHORISED, True),
    }
    assert shown[found.ref.key].fields == found.fields
    assert list(world.adapter().present("supplier")) == []


def test_an_order_of_another_document_of_ours_is_not_taken(world: World) -> None:
    """An order of the same number that carries another mark of ours is refused, and not adopted or finished."""
    entered(world)
    with pytest.raises(Refused, match="another document"):
        world.adapter().find(order(), "mlc:ffffffffffffffff")


def test_our_own_orders_do_not_come_back(world: World) -> None:
    """What we entered is no news when orders are read from M3."""
    world.seed("MPHEAD", {"PUNO": "4500012", "SUNO": "Y30001", "MPLINE": [{"PNLI": 1, "ITNO": "FREIGHT", "ORQA": 1}]})
    entered(world)
    assert list(world.read("purchase_order")) == ["4500012"]


def test_items_are_checked_before_writing(world: World) -> None:
    """The target's items are known, and one that is closed is inactive."""
    items = world.adapter().reference(["purchase_order"]).items
    assert items is not None
    assert items["FREIGHT"].active
    assert not items["OLD-PART"].active


# --- whatever call fails ---


class Given:
    """A source that holds one document."""

    system = "cin7"

    def __init__(self, document: Document) -> None:
        self.document = document

    def read(self, kind: str, window: Any) -> Iterator[Document]:
        return iter([self.document])

    def read_keys(self, kind: str, keys: Any) -> Iterator[Document]:
        return iter([self.document])


class Same:
    """Code maps in which every code means itself."""

    def load(self, source: str) -> Tables:
        codes = ("30D", "SEK", "EA", "PACK-BOX-S", "FAST-M6-25")
        same = {code: [Mapped(code, 1)] for code in codes}
        return dict.fromkeys(("terms", "item", "currency", "unit"), same)

    def versions(self) -> dict[str, int]:
        return {}


def flow_run(world: World) -> FlowRun:
    """Return a run of the flow over a deployment of its own."""
    database = Database(world.database.engine.url, now=world.now)
    name = world.name
    links = database.links(name)
    links.add(SupplierLink(cin7_key="c-1", partner_key="Y30001", how="person"))
    return FlowRun(
        deployment=name,
        pair=PAIR,
        flow=FLOW,
        run_id="r",
        source=Given(order(supplier_key="c-1")),
        destination=world.adapter(),
        staging=database.staging(name, FLOW.name, "r"),
        journal=database.journal(name, FLOW.name, "r"),
        reverse_journal=None,
        links=links,
        code_maps=Same(),
        audit=database.audit(name, FLOW.name, "r"),
        watermarks=database.watermarks(name, FLOW.name, "r"),
        policies=Policies(),
        now=world.now,
        sleep=world.sleep,
    )


def load_once(run: FlowRun) -> dict[str, int] | None:
    """Load; where it fails wait as long as it asks, as the task's retry does, and return None."""
    try:
        return load(run)
    except RetryableError as error:
        run.sleep(error.retry_after_seconds or 60)
    except SyncError:
        run.sleep(60)
    return None


def deliver(run: FlowRun) -> dict[str, int]:
    extract(run, WindowPlan(start=None, end=run.now() + dt.timedelta(days=1)))
    validate(run)
    for _ in range(5):
        counts = load_once(run)
        if counts is not None:
            return counts
    return load(run)


CALLS = [
    ("StartEntry", "GET", 0),
    ("AddHead", "GET", 0),
    ("AddLine", "GET", 1),
    ("FinishEntry", "GET", 0),
    ("v2/execute$", "POST", 0),
]


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
@pytest.mark.parametrize(("call", "method", "skip"), CALLS)
def test_an_order_stands_once_and_whole_whatever_call_fails(
    world: World, call: str, method: str, skip: int, kind: str
) -> None:
    """A call lost on its way there or back leaves one order, with its lines, in force."""
    run = flow_run(world)
    world.fault(kind, call, method, skip=skip)
    counts = deliver(run)
    assert counts["created"] == 1, run.journal.entry("p1")
    assert world.sim("GET", "faults") == []
    (head,) = world.held("MPHEAD")
    assert (head["PUSL"], head["PUST"]) == ("15", "15")
    assert sorted(row["ITNO"] for row in world.held("MPLINE")) == ["FAST-M6-25", "PACK-BOX-S"]
    report = reconcile([run], deployment=world.name, run_id="r")
    assert report.agree, report.text()


def test_an_undisturbed_order_is_sent_with_as_few_calls_as_it_has_steps(world: World) -> None:
    """One start, one head, one call a line and one finish."""
    assert deliver(flow_run(world))["created"] == 1
    counts = {call: len(world.journal(call)) for call, *_ in CALLS[:4]}
    assert counts == {"StartEntry": 1, "AddHead": 1, "AddLine": 2, "FinishEntry": 1}


@pytest.mark.parametrize(
    "changes", [{"date": dt.date(2026, 3, 19)}, {"supplier_key": "Y30007"}, {"number": "PO-00458"}]
)
def test_a_head_in_doubt_is_found_although_the_document_changed(world: World, changes: dict[str, Any]) -> None:
    """A head whose answer was lost is looked for by what was sent: no second one follows another date or supplier."""
    world.fault("status_after", "AddHead", status=502)
    with pytest.raises(AmbiguousWrite):
        world.adapter().draft(order(), MARKER, None, world.bind)
    begun, later = world.bound[-1], order(**changes)
    found = world.adapter().fetch(later, begun)
    assert found is not None
    assert found.ours
    world.adapter().draft(later, MARKER, begun, world.bind)
    (head,) = world.held("MPHEAD")
    assert (head["PUDT"], head["SUNO"]) == ("20260318", "Y30001")
    assert len(world.journal("AddHead")) == 1


def test_a_reference_of_an_earlier_release_is_looked_for_by_the_document(world: World) -> None:
    """A reference that does not tell supplier and day is still finished."""
    world.fault("status_after", "AddHead", status=502)
    with pytest.raises(AmbiguousWrite):
        world.adapter().draft(order(), MARKER, None, world.bind)
    begun = world.bound[-1]
    parts = {name: begun.parts[name] for name in ("MSGN", "marker")}
    found = world.adapter().fetch(order(), TargetRef(key=begun.key, parts=parts))
    assert found is not None
    assert found.ref.parts == parts


def test_a_head_whose_answer_names_no_order_is_in_doubt(world: World) -> None:
    """A head that was sent and whose number is not told is looked up, not sent again."""
    answer = {"results": [{"transaction": "AddHead", "records": []}]}
    world.fault("status_after", "AddHead", status=200, answer=answer)
    with pytest.raises(AmbiguousWrite):
        world.adapter().draft(order(), MARKER, None, world.bind)
    assert world.bound[-1].parts["MSGN"]
