"""A step that follows a look does not ask the same again; everything else does."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ml_connector.domain.errors import AmbiguousWrite
from ml_connector.transport.client import Client
from ml_connector.transport.looks import FRESH_SECONDS
from ml_connector.transport.retry import NotFound

from .conftest import FakeClock, Vendor, reply, reset

Connect = Callable[..., Client]
Words = dict[str, str]


def numbered(vendor: Vendor, *answers: object) -> None:
    vendor.script = [reply(200, answer) for answer in answers]


def test_a_step_takes_what_was_read_just_before_it_once(vendor: Vendor, connect: Connect) -> None:
    """The first reading within the step is the one from before it; the second is asked."""
    numbered(vendor, {"version": 1}, {"version": 2})
    client = connect(vendor.url)
    client.read("order", {"ID": 7})
    with client.step():
        assert client.read("order", {"ID": "7"}).data == {"version": 1}
        assert client.read("order", {"ID": "7"}).data == {"version": 2}
    assert len(vendor.seen) == 2


def test_outside_a_step_everything_is_asked(vendor: Vendor, connect: Connect) -> None:
    """Two readings are two calls, before a step and after it."""
    numbered(vendor, 1, 2, 3)
    client = connect(vendor.url)
    client.read("order")
    assert client.read("order").data == 2
    with client.step():
        pass
    assert client.read("order").data == 3


@pytest.mark.parametrize("other", [("orders", {}, {}), ("order", {"ID": "8"}, {}), ("order", {}, {"Prefer": "all"})])
def test_another_question_is_asked(vendor: Vendor, connect: Connect, other: tuple[str, Words, Words]) -> None:
    """Another path, query or header is another question."""
    numbered(vendor, 1, 2)
    client = connect(vendor.url)
    client.read("order")
    path, params, headers = other
    with client.step():
        assert client.read(path, params, headers=headers).data == 2


def test_what_is_asked_by_post_is_asked_again(vendor: Vendor, connect: Connect) -> None:
    """A question in a body is not kept."""
    numbered(vendor, 1, 2)
    client = connect(vendor.url)
    client.read("query", method="POST", json={"ID": "7"})
    with client.step():
        assert client.read("query", method="POST", json={"ID": "7"}).data == 2


def test_after_a_write_all_is_asked(vendor: Vendor, connect: Connect) -> None:
    """A write within the step, or between look and step, ends what was known."""
    numbered(vendor, 1, {}, 2, {}, 3)
    client = connect(vendor.url)
    client.read("order")
    with client.step():
        client.write("order", json={})
        assert client.read("order").data == 2
    client.write("order", json={})
    with client.step():
        assert client.read("order").data == 3


def test_after_a_lost_answer_all_is_asked(vendor: Vendor, connect: Connect) -> None:
    """A write whose answer was lost may have been carried out."""
    vendor.script = [reply(200, 1), reset, reply(200, 2)]
    client = connect(vendor.url)
    client.read("order")
    with client.step():
        with pytest.raises(AmbiguousWrite):
            client.write("order", json={})
        assert client.read("order").data == 2


def test_what_is_older_than_seconds_is_asked(vendor: Vendor, connect: Connect, clock: FakeClock) -> None:
    """A look that was followed by a wait is no look just before."""
    numbered(vendor, 1, 2)
    client = connect(vendor.url)
    client.read("order")
    clock.sleep(FRESH_SECONDS + 0.1)
    with client.step():
        assert client.read("order").data == 2


def test_what_the_step_itself_reads_is_asked_again(vendor: Vendor, connect: Connect) -> None:
    """A poll within a step is a call each time."""
    numbered(vendor, "running", "running", "done")
    client = connect(vendor.url)
    with client.step():
        assert [client.read("status").data for _ in range(3)] == ["running", "running", "done"]


def test_that_there_is_no_such_record_is_known_too(vendor: Vendor, connect: Connect) -> None:
    """A record that was looked for in vain is not looked for again."""
    vendor.script = [reply(404, {}), reply(200, 1)]
    client = connect(vendor.url)
    with pytest.raises(NotFound):
        client.read("order")
    with client.step(), pytest.raises(NotFound):
        client.read("order")
    assert len(vendor.seen) == 1


def test_a_page_of_a_list_is_not_kept(vendor: Vendor, connect: Connect) -> None:
    """Only records are: a long answer is asked for again."""
    numbered(vendor, "x" * 300_000, 2)
    client = connect(vendor.url)
    client.read("orders")
    with client.step():
        assert client.read("orders").data == 2


def test_a_step_is_its_threads_own(vendor: Vendor, connect: Connect) -> None:
    """Another thread, which may be settling a lost write, asks."""
    numbered(vendor, 1, 2, 3)
    client = connect(vendor.url)
    client.read("order")
    seen: list[object] = []
    with client.step():
        other = threading.Thread(target=lambda: seen.append(client.read("order").data))
        other.start()
        other.join()
        assert client.read("order").data == 1
    assert seen == [2]
