"""Who goes when: pairs and backfills that share one allowance, over minutes of simulated time."""

from __future__ import annotations

from collections import defaultdict
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.transport.rate import Rate
from ml_connector.transport.turns import MINIMUM, Caller

from .crowd import Crowd, Made, crowd

RATE = Rate(12, 61.0)
"""A fifth of what Cin7 allows in its window, so that a minute takes a fifth of the calls."""
LENGTH = 5 * RATE.seconds
PAUSES = st.lists(st.sampled_from([0.0, 0.5, 1.5, 1.5, 7.5, 35.0, 100.0]), min_size=1, max_size=6)
GROUP = st.fixed_dictionaries(
    {
        "deployment": st.sampled_from("abcde"),
        "backfill": st.booleans(),
        "workers": st.integers(1, 4),
        "begins": st.floats(0, 100),
        "pauses": PAUSES,
        "killed_at": st.sampled_from([inf, inf, 25.0, 86.3, 155.1]),
    }
)
GROUPS = st.lists(GROUP, min_size=1, max_size=5)
AT_THE_SAME_TIME = 0.002
few = settings(max_examples=6)


def assert_rates_hold(made: Crowd) -> None:
    """Check every rolling window of every key against every rate."""
    moments = defaultdict(list)
    for call in made.calls:
        moments[call.key].append(call.moment)
    for of_key in moments.values():
        for rate in made.rates:
            spans = [later - early for early, later in zip(of_key, of_key[rate.limit :], strict=False)]
            assert min(spans, default=rate.seconds) >= rate.seconds - AT_THE_SAME_TIME


@few
@given(groups=GROUPS, keys=st.sampled_from([("k",), ("k", "l")]), closed=st.sampled_from([(), (45.0,), (15.0, 150.0)]))
def test_no_rolling_window_ever_holds_more_than_the_limit(
    groups: list[dict[str, Any]], keys: tuple[str, ...], closed: tuple[float, ...]
) -> None:
    """Whoever asks, is killed or is refused: the rates hold, and no closed key is used."""
    with crowd(RATE, Rate(5, 10.0), keys=keys) as made:
        for group in groups:
            made.join(**group)
        for begins in closed:
            made.close("k", begins, 55.0)
        made.run(LENGTH)
        assert_rates_hold(made)
        for key, begins, ends in made.closed:
            assert not [one for one in made.calls if one.key == key and begins < one.moment < ends - AT_THE_SAME_TIME]


@few
@given(groups=GROUPS)
def test_within_a_deployment_the_order_of_asking_holds(groups: list[dict[str, Any]]) -> None:
    """A deployment's intraday calls go out in the order in which they were asked for, and so do its backfill's."""
    with crowd(RATE) as made:
        for group in groups:
            made.join(**group)
        made.run(LENGTH)
        latest: dict[Caller, Made] = {}
        for call in made.calls:
            before = latest.get(call.caller, call)
            assert call.asked >= before.asked or call.moment - before.moment < AT_THE_SAME_TIME
            latest[call.caller] = max(before, call, key=lambda one: one.asked)


@few
@given(backfill=st.booleans(), deployments=st.integers(1, 3), workers=st.integers(1, 6))
def test_a_class_that_is_alone_uses_all_of_the_allowance(backfill: bool, deployments: int, workers: int) -> None:
    """Intraday runs without a backfill, and a backfill without them, leave nothing unused."""
    with crowd(RATE) as made:
        for name in "abc"[:deployments]:
            made.join(name, backfill=backfill, workers=workers)
        made.run(LENGTH)
        assert len(made.calls) >= LENGTH / made.spacing - 1


@few
@given(intraday=st.lists(st.integers(1, 6), min_size=1, max_size=5), workers=st.integers(1, 8))
def test_a_backfill_gets_one_call_in_ten_at_least(intraday: list[int], workers: int) -> None:
    """However many intraday callers never stop asking, the backfill's calls come at a tenth of the pace."""
    with crowd(RATE) as made:
        made.join("z", backfill=True, workers=workers)
        for name, callers in zip("abcde", intraday, strict=False):
            made.join(name, workers=callers, pauses=(0.0,))
        made.run(LENGTH)
        moments = [one.moment for one in made.calls if one.caller.backfill]
        every = MINIMUM * made.spacing
        for number, moment in enumerate(moments):
            assert moment <= number * every + RATE.seconds
        assert len(moments) >= (LENGTH - RATE.seconds) / every


@few
@given(intraday=st.lists(PAUSES, min_size=1, max_size=5), workers=st.integers(1, 16), begins=st.floats(0, 200))
def test_an_intraday_call_waits_no_longer_than_at_an_even_pace(
    intraday: list[list[float]], workers: int, begins: float
) -> None:
    """Under a backfill, a call comes within two of those that intraday runs made since a window ago, evenly spread."""
    with crowd(RATE) as made:
        made.join("z", backfill=True, workers=workers)
        for name, pauses in zip("abcde", intraday, strict=False):
            made.join(name, begins=begins, pauses=pauses)
        made.run(LENGTH + begins)
        own = [one for one in made.calls if not one.caller.backfill]
        for call in own:
            since = call.asked - RATE.seconds - AT_THE_SAME_TIME
            earlier = sum(since <= one.moment <= call.moment + AT_THE_SAME_TIME for one in own) - 1
            assert call.waited <= (earlier + 2) * made.spacing * MINIMUM / (MINIMUM - 1)


def test_the_first_intraday_call_comes_within_two_and_a_half_seconds() -> None:
    """With Cin7's sixty a minute, a backfill of 16 workers running: no call of a short run waits longer."""
    with crowd(Rate(60, 61.0)) as made:
        made.join("z", backfill=True, workers=16)
        made.join("a", begins=100.0, pauses=(*(0.3,) * 11, 45.0))
        made.run(300)
        waits = made.waits("a")
        assert len(waits) > 40
        assert max(waits) < 2.5


@pytest.mark.parametrize("backfill", [False, True])
def test_a_deployment_with_many_workers_does_not_crowd_out_another(backfill: bool) -> None:
    """A single caller beside eight of another deployment gets as many calls as they do together, nearly."""
    with crowd(RATE) as made:
        made.join("many", workers=8, backfill=backfill)
        made.join("one", backfill=backfill, begins=RATE.seconds)
        made.run(LENGTH)
        since = [one.caller.deployment for one in made.calls if one.moment > 2 * RATE.seconds]
        assert since.count("one") >= 0.4 * len(since)


def test_a_killed_caller_costs_no_more_than_a_call() -> None:
    """Callers killed while they wait hold the others up by one call each at most."""
    made_with = {}
    for killed_at in (inf, 100.0):
        with crowd(RATE) as made:
            made.join("a", workers=3)
            made.join("b", workers=3, killed_at=killed_at)
            made.run(LENGTH)
            made_with[killed_at] = len(made.calls)
            with made.ledger.open("vendor") as book:
                assert len(book.tickets(-inf, inf)) <= (6 if killed_at == inf else 3)
    assert made_with[100.0] >= made_with[inf] - 3


def test_who_waits_does_not_poll() -> None:
    """Seventeen callers that never stop asking look into the ledger a few times a call, all together."""
    with crowd(Rate(60, 61.0)) as made:
        made.join("z", backfill=True, workers=16)
        made.join("a")
        made.run(120)
        assert made.looks < 6 * len(made.calls)


def test_a_caller_that_was_taken_for_dead_asks_anew() -> None:
    """A process that slept through its turn gets another ticket, and its call."""
    with crowd(Rate(2, 10.0)) as made:
        one, other = made.budget(Caller("a")), made.budget(Caller("b"))
        assert [one._ask(None, 60)[2], other._ask(None, 60)[2]] == [0, 0]
        ticket, _, wait_seconds = one._ask(None, 60)
        assert (ticket is not None, wait_seconds) == (True, pytest.approx(10))
        made.time = 60
        other._ask(None, 60)
        assert one._ask(ticket, 60)[::2] == (None, 0)
