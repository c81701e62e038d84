"""Bills are released by an action that runs on: it is polled, settled when in doubt, and waited for."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.errors import AmbiguousWrite, RateLimited, Refused
from ml_connector.domain.status import TargetStatus
from ml_connector.systems.acumatica.options import AcumaticaOptions


def test_a_bill_is_released_by_polling_until_it_is_open(world: Any, make: Any) -> None:
    """Authorising takes a bill off hold, releases it and waits until the release has ended."""
    world.set(action_polls=3)
    found = world.released(world.adapter(), make.bill())
    assert found.status is TargetStatus.AUTHORISED
    assert "is open in Acumatica" in found.frozen
    assert world.count("ReleaseBill/status") == 4


def test_a_release_done_at_once_is_not_polled(world: Any, make: Any) -> None:
    """The Location that comes with 204 is left alone."""
    world.set(action_mode="immediate")
    found = world.released(world.adapter(), make.bill())
    assert found.status is TargetStatus.AUTHORISED
    assert world.count("status") == 0


def test_authorising_again_from_any_state_writes_nothing_new(world: Any, make: Any) -> None:
    """A released bill is left alone when it is authorised again."""
    adapter = world.adapter()
    found = world.released(adapter, make.bill())
    writes = world.count("Bill", "PUT") + world.count("Bill", "POST")
    adapter.authorise(make.bill(), found.ref)
    assert world.count("Bill", "PUT") + world.count("Bill", "POST") == writes


@pytest.mark.parametrize(("status", "hold"), [("On Hold", True), ("Balanced", False)])
def test_a_bill_left_half_way_is_authorised_from_there(world: Any, make: Any, status: str, hold: bool) -> None:
    """A bill on hold or balanced, as a killed worker leaves it, is brought to released."""
    adapter = world.adapter()
    ref = world.drafted(adapter, make.bill()).ref
    world.edit("Bill", ref.key, Status=status, Hold=hold)
    adapter.authorise(make.bill(), ref)
    assert world.held("Bill")[0]["Status"] == "Open"


def test_a_bill_that_waits_for_approval_counts_as_authorised_by_us(world: Any, make: Any) -> None:
    """Where Acumatica asks a person to approve, the connector's part ends with Hold taken off."""
    world.set(bill_approval=True)
    found = world.released(world.adapter(), make.bill())
    assert found.status is TargetStatus.AUTHORISED
    assert world.count("ReleaseBill", "POST") == 0
    assert world.held("Bill")[0]["Status"] == "Pending Approval"


def test_a_lost_answer_to_the_release_is_settled_by_authorising_again(world: Any, make: Any) -> None:
    """After the answer to a release was lost, authorising again ends with one released bill."""
    adapter = world.adapter()
    ref = world.drafted(adapter, make.bill()).ref
    world.fault("reset_after", "ReleaseBill$", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.authorise(make.bill(), ref)
    world.sim("POST", "clock", {"advance": 60})
    adapter.authorise(make.bill(), ref)
    assert world.held("Bill")[0]["Status"] == "Open"
    assert world.count("ReleaseBill$", "POST") == 1


def test_a_release_that_does_not_end_is_in_doubt(world: Any, make: Any) -> None:
    """After the deadline the release counts as of unknown outcome."""
    world.set(action_polls=10_000)
    adapter = world.adapter(release_deadline_seconds=20)
    ref = world.drafted(adapter, make.bill()).ref
    with pytest.raises(AmbiguousWrite, match="has not ended after 20 s"):
        adapter.authorise(make.bill(), ref)


@pytest.mark.parametrize("status", [422, 500])
def test_a_release_that_fails_is_refused_with_the_erps_words(world: Any, make: Any, status: int) -> None:
    """What a failing release says while it is polled reaches the person who decides."""
    world.set(action_failure="The batch is out of balance.", action_failure_status=status)
    adapter = world.adapter()
    ref = world.drafted(adapter, make.bill()).ref
    with pytest.raises(Refused) as refused:
        adapter.authorise(make.bill(), ref)
    assert ("", "The batch is out of balance.") in refused.value.reasons


def test_a_session_busy_with_a_release_is_waited_for(world: Any, make: Any) -> None:
    """A request refused because an action still runs in the session is repeated, not taken for a refusal."""
    adapter = world.adapter()
    ref = world.drafted(adapter, make.bill()).ref
    world.fault("reset_after", "ReleaseBill$", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.authorise(make.bill(), ref)
    world.clock.on_sleep = lambda seconds: world.sim("POST", "clock", {"advance": seconds})
    found = adapter.fetch(make.bill(), ref)
    assert found is not None
    assert found.status is TargetStatus.AUTHORISED
    assert sum(world.clock.waits) >= 10


BUSY = [(500, "Please wait."), (409, "Please wait."), (422, "Please wait.")]


@pytest.mark.parametrize(("status", "text"), BUSY)
def test_a_session_busy_in_other_words_is_waited_for(world: Any, make: Any, status: int, text: str) -> None:
    """While a release of ours may run, a refusal that is not understood means wait, for reads and for writes."""
    world.set(session_busy_status=status, session_busy_text=text)
    adapter = world.adapter()
    ref = world.drafted(adapter, make.bill()).ref
    world.fault("reset_after", "ReleaseBill$", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.authorise(make.bill(), ref)
    with pytest.raises(RateLimited):
        adapter.fetch(make.bill(), ref)
    with pytest.raises(RateLimited):
        adapter.draft(make.bill(number="INV-2"), "mlc:2222222222222222", None, world.bind)
    world.clock.on_sleep = lambda seconds: world.sim("POST", "clock", {"advance": seconds})
    found = adapter.fetch(make.bill(), ref)
    assert found.status is TargetStatus.AUTHORISED


def test_a_refusal_that_is_understood_stays_one_while_a_release_may_run(world: Any, make: Any) -> None:
    """A field's error is the bill's own, whatever else is under way."""
    world.set(session_busy=False)
    adapter = world.adapter()
    ref = world.drafted(adapter, make.bill()).ref
    world.fault("reset_after", "ReleaseBill$", "POST")
    with pytest.raises(AmbiguousWrite):
        adapter.authorise(make.bill(), ref)
    with pytest.raises(Refused, match="XXX"):
        adapter._endpoint.put("Bill", {"Vendor": "V000100", "CurrencyID": "XXX"}, is_new=True)


@pytest.mark.parametrize("polled", [True, False])
def test_once_a_release_has_ended_refusals_are_refusals_again(world: Any, make: Any, polled: bool) -> None:
    """The end of the release, or any request that succeeds, shows that the session is free."""
    adapter = world.adapter()
    ref = world.drafted(adapter, make.bill()).ref
    if polled:
        adapter.authorise(make.bill(), ref)
    else:
        world.fault("reset_after", "ReleaseBill$", "POST")
        with pytest.raises(AmbiguousWrite):
            adapter.authorise(make.bill(), ref)
        world.sim("POST", "clock", {"advance": 60})
        assert adapter.fetch(make.bill(), ref) is not None
    answer = {"exceptionMessage": "No.", "exceptionType": "PX.Data.PXException"}
    world.fault("status", "/Bill$", "PUT", status=500, answer=answer)
    with pytest.raises(Refused, match="No"):
        adapter._endpoint.put("Bill", {"Vendor": "V000100"}, is_new=True)


def test_a_lost_write_is_waited_for_longer_than_the_queue() -> None:
    """A request is declined only after more than ten minutes of waiting, and then it still has to be carried out."""
    assert AcumaticaOptions().settle_seconds >= 600 + AcumaticaOptions().release_deadline_seconds
