"""What every source keeps to, whatever the vendor's pages, tokens and limits do meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bench import START, Put
from cases import every_source, kinds
from deliveries import Case
from workers import Worker

from ml_connector.domain.documents import KINDS, Document
from ml_connector.domain.errors import ConfigurationError, ContractError, RateLimited, SyncError
from ml_connector.domain.finding import Reason
from ml_connector.sync.listing import documents_between, listed
from ml_connector.sync.ports import Unreadable
from ml_connector.sync.spec import Flow

COUNT = 7
PAGE = 3
LATER = START + dt.timedelta(days=1)


def read(case: Case, put: list[Put], adapter: Any = None, end: dt.datetime = LATER) -> list[Document | Unreadable]:
    """What is read of the records put in, several pages of them."""
    adapter = adapter or case.bench.adapter(Worker(), PAGE)
    return list(adapter.read(case.kind, case.bench.window(put[0].at, end)))


def keys(found: list[Any]) -> list[str]:
    return sorted(one.key for one in found)


def keys_put(put: list[Put]) -> list[str]:
    return sorted(one.key for one in put)


@every_source
def test_the_window_is_closed_at_its_start_and_open_at_its_end(case: Case) -> None:
    """A record changed at the window's start is read, one changed at its end is not, and all between are."""
    put = case.bench.put(case.kind, COUNT)
    assert keys(read(case, put[2:], end=put[5].at)) == keys_put(put[2:5])
    assert read(case, put[2:], end=put[2].at) == []


@every_source
def test_every_record_of_every_page_is_read_and_the_pull_is_recorded(case: Case) -> None:
    """A list of several pages is read whole and once; the pull tells rows, pages, filter text and when it was."""
    put = case.bench.put(case.kind, COUNT)
    assert keys(read(case, put)) == keys_put(put)
    pull = max(case.bench.pulls, key=lambda pull: pull.rows)
    assert (pull.system, pull.started_at) == (case.bench.system, START)
    assert pull.rows >= COUNT
    assert pull.pages > 1
    assert pull.entity
    assert pull.query


@every_source
@pytest.mark.parametrize("error", [KeyError("no such line"), RecursionError("too deep"), TypeError("not a number")])
def test_a_record_over_which_the_connector_stumbles_stops_no_other(
    case: Case, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of our own over one record makes that one unreadable, with the error's name; all others are read."""
    put = case.bench.put(case.kind, COUNT)
    kind = KINDS[case.kind]
    make = kind.__init__

    def stumble(self: Document, **given: Any) -> None:
        make(self, **given)
        if self.key == put[3].key:
            raise error

    monkeypatch.setattr(kind, "__init__", stumble)
    found = read(case, put)
    others = keys_put([*put[:3], *put[4:]])
    assert keys([one for one in found if isinstance(one, Document)]) == others
    (odd,) = [one for one in found if isinstance(one, Unreadable)]
    assert odd.finding.reason is Reason.UNREADABLE
    assert type(error).__name__ in odd.finding.message


@every_source
def test_from_the_beginning_everything_is_read(case: Case) -> None:
    """A window without a start holds all that was ever there."""
    put = case.bench.put(case.kind, COUNT)
    found = case.bench.adapter(Worker(), PAGE).read(case.kind, case.bench.window(None, LATER))
    assert set(keys_put(put)) <= set(keys(list(found)))


@every_source
@pytest.mark.parametrize("skip", [1, 2])
def test_a_record_that_moves_between_two_pages_loses_no_other(case: Case, skip: int) -> None:
    """Whichever page it moves before, and wherever it moves to, all other records are read, and itself while it
    belongs to the window."""  # noqa: D205, D209
    for move in case.bench.moves[case.kind]:
        case.bench.fresh()
        put = case.bench.put(case.kind, COUNT)
        touch = case.bench.move(move, put[0])
        case.bench.fault("touch", case.bench.list_path[case.kind], skip=skip, **touch)
        found = keys(read(case, put))
        assert set(keys_put(put if move.stays else put[1:])) <= set(found), move


@every_source
def test_a_row_that_comes_twice_is_harmless(case: Case) -> None:
    """A list that shows one row twice yields the same documents, and loses none."""
    put = case.bench.put(case.kind, COUNT)
    path = case.bench.list_path[case.kind]
    once = read(case, put, case.bench.adapter(Worker()))
    answer = case.bench.doubled(case.kind, case.bench.answered(path))
    case.bench.fault("status", path, status=200, answer=answer)
    twice = read(case, put, case.bench.adapter(Worker()))
    assert case.bench.sim("GET", "faults") == []
    assert {one.key: one for one in twice} == {one.key: one for one in once}
    assert len(once) == COUNT


@every_source
def test_single_documents_are_read_by_their_keys(case: Case) -> None:
    """The documents asked for come as they are now, each the same as in the list; a missing one is left out."""
    put = case.bench.put(case.kind, COUNT)
    listed = {one.key: one for one in read(case, put)}
    asked = [put[4].key, case.bench.missing[case.kind], put[1].key]
    found = {one.key: one for one in case.bench.adapter(Worker()).read_keys(case.kind, asked)}
    assert found == {key: listed[key] for key in (put[1].key, put[4].key)}


@every_source
def test_an_unreadable_record_holds_only_itself(case: Case) -> None:
    """A record in a shape that is not known is handed on with its reason and itself, the others are read, and its key
    brings it once it is right again."""  # noqa: D205, D209
    put = case.bench.put(case.kind, COUNT)
    path = case.bench.spoil_path.get(case.kind, case.bench.list_path[case.kind])
    read(case, put, case.bench.adapter(Worker()))
    answer = case.bench.spoilt(case.kind, case.bench.answered(path))
    case.bench.fault("status", path, status=200, answer=answer)
    adapter = case.bench.adapter(Worker())
    found = read(case, put, adapter)
    (strange,) = [one for one in found if isinstance(one, Unreadable)]
    assert strange.finding.reason is Reason.UNREADABLE
    assert strange.finding.next_step
    assert strange.raw
    (its,) = [one.key for one in put if strange.key in one.key]
    assert sorted([*keys([one for one in found if one is not strange]), its]) == keys_put(put)
    assert its in keys(list(adapter.read_keys(case.kind, [strange.key])))


@every_source
def test_credentials_refused_once_in_mid_read_cost_no_page(case: Case) -> None:
    """A 401 between two pages is answered with new credentials (or the same once more), and no page is lost."""
    put = case.bench.put(case.kind, COUNT)
    case.bench.fault("status", case.bench.list_path[case.kind], status=401, skip=1)
    assert keys(read(case, put)) == keys_put(put)
    assert 401 in {call.status for call in case.bench.calls}


@kinds(lambda bench: bench.sources if bench.token_seconds else ())
def test_a_token_that_expires_in_mid_read_is_replaced(case: Case) -> None:
    """When the vendor's time passes a token's life after the first page, the rest is read with a new one."""
    put = case.bench.put(case.kind, COUNT)
    adapter = case.bench.adapter(Worker(), PAGE)
    reading = iter(adapter.read(case.kind, case.bench.window(put[0].at, LATER)))
    first = next(reading)
    assert case.bench.token_seconds
    case.bench.sim("POST", "clock", {"advance": case.bench.token_seconds + 1})
    assert keys([first, *reading]) == keys_put(put)
    assert keys(read(case, put, adapter)) == keys_put(put)
    assert 401 in {call.status for call in case.bench.calls}


@every_source
def test_credentials_that_stay_refused_stop_the_read(case: Case) -> None:
    """Where the vendor accepts the credentials no longer, a person is told to mend them; nothing ends silently."""
    put = case.bench.put(case.kind, COUNT)
    case.bench.fault("status", case.bench.list_path[case.kind], status=401, skip=1, times=50)
    with pytest.raises(ConfigurationError):
        read(case, put)


@every_source
@pytest.mark.parametrize("headers", [{"Retry-After": "7"}, {}])
def test_too_many_calls_in_mid_read_are_waited_out(case: Case, headers: dict[str, str]) -> None:
    """The vendor's refusal between two pages is obeyed, with or without a time to wait, and the read is complete."""
    put = case.bench.put(case.kind, COUNT)
    refusal = {**case.bench.too_many, "headers": headers}
    case.bench.fault("status", case.bench.list_path[case.kind], skip=1, times=2, **refusal)
    assert keys(read(case, put)) == keys_put(put)
    assert case.bench.sim("GET", "faults") == []
    assert sum(case.bench.clock.waits) >= 2 * float(headers.get("Retry-After", 1))


@every_source
def test_a_wait_too_long_for_a_task_is_left_to_its_retry(case: Case) -> None:
    """Where the vendor asks for an hour nothing sleeps: the read ends with the time after which it may go on."""
    put = case.bench.put(case.kind, COUNT)
    refusal = {**case.bench.too_many, "headers": {"Retry-After": "3600"}}
    case.bench.fault("status", case.bench.list_path[case.kind], skip=1, times=2, **refusal)
    with pytest.raises(RateLimited) as limited:
        read(case, put)
    assert limited.value.retry_after_seconds is not None
    assert limited.value.retry_after_seconds >= 3600
    assert sum(case.bench.clock.waits) < 60


@every_source
@pytest.mark.parametrize("skip", [0, 1])
def test_a_web_page_in_place_of_a_list_is_no_empty_list(case: Case, skip: int) -> None:
    """A gateway's page with 200 stops the read with the page kept for a person to see."""
    put = case.bench.put(case.kind, COUNT)
    case.bench.fault("html", case.bench.list_path[case.kind], skip=skip)
    with pytest.raises(ContractError) as stopped:
        read(case, put)
    assert "Please try again later" in stopped.value.answer


@kinds(lambda bench: bench.sources[:1])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 503])
def test_no_secret_is_in_any_error_call_or_pull(case: Case, status: int) -> None:
    """Even where the vendor's answer holds the credentials, what is raised and recorded does not."""
    put = case.bench.put(case.kind, 2)
    said = "The call failed: " + " ".join(case.bench.secrets)
    case.bench.fault("status", case.bench.list_path[case.kind], status=status, answer=said, times=50)
    with pytest.raises(SyncError) as stopped:
        read(case, put)
    error = stopped.value
    told = [
        str(error),
        repr(error),
        getattr(error, "answer", ""),
        *map(str, case.bench.calls),
        *map(str, case.bench.pulls),
        *(call.received for call in case.bench.calls),
    ]
    told += [text for _, text in getattr(error, "reasons", ())]
    assert [secret for secret in case.bench.secrets if any(secret in text for text in told)] == []
    assert len(case.bench.calls) > 0


@every_source
def test_the_list_of_some_days_shows_what_a_full_pull_shows(case: Case) -> None:
    """The light rows have each document's key, number, date, status, currency and amount, take no more calls, and
    leave nothing behind: the next run reads all that it would have read."""  # noqa: D205, D209
    put = case.bench.put(case.kind, COUNT)
    whole = [one for one in read(case, put, case.bench.adapter(Worker())) if isinstance(one, Document)]
    full = len(case.bench.calls)
    wanted = {one.key: listed(one, has_stamps=False) for one in whole}
    days = sorted({one.date for one in wanted.values() if one.date})
    if not days:
        pytest.skip("documents of this kind have no day")
    flow = Flow(name="flow", kind=case.kind, source=case.bench.system, destination="other")
    worker = case.bench.adapter(Worker())
    found = {one.key: one for one in documents_between(worker, flow, days[0], days[-1])}
    assert {key: one.told() for key, one in found.items()} == {key: one.told() for key, one in wanted.items()}
    assert {(one.supplier, one.type) for one in found.values()} == {(o.supplier, o.type) for o in wanted.values()}
    assert len(case.bench.calls) - full <= full
    assert keys(read(case, put, worker)) == keys_put(put)
    last = documents_between(worker, flow, days[-1], days[-1])
    assert {one.key for one in last} == {key for key, one in wanted.items() if one.date == days[-1]}
    assert documents_between(worker, flow, *[days[-1] + dt.timedelta(days=400)] * 2) == []
