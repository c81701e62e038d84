"""One session an operator: shared, renewed when it has ended, given back; and postings sent once each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest
import requests
from syspro_world import NOW, World

from ml_connector.domain.documents import Supplier
from ml_connector.domain.errors import AmbiguousWrite, ConfigurationError, RateLimited, Refused
from ml_connector.sync.ports import TargetRef
from ml_connector.systems.syspro.adapter import SysproAdapter
from ml_connector.systems.syspro.session import TRUSTED_SECONDS
from ml_connector.transport.auth import MemoryTokenStore
from ml_connector_sandbox.syspro import world

PROFILE = "GetLogonProfile"


@pytest.fixture
def erp(site: World) -> World:
    """A site with the supplier KESTREL."""
    site.seed(ApSupplier=[{"Supplier": "KESTREL", "SupplierName": "Kestrel Tools", "Email": "old@kestrel.example"}])
    return site


def email(site: World) -> str:
    return str(site.state("ApSupplier")[0]["Email"])


def posted(site: World) -> int:
    """How many postings reached SYSPRO."""
    return len(site.sim("GET", "journal", path="/Setup/"))


def give_email(adapter: SysproAdapter, text: str = "new@kestrel.example") -> None:
    wanted = Supplier(source="cin7", key="K", modified_at=NOW, name="Kestrel Tools", email=text)
    found = adapter.fetch(wanted, TargetRef(key="KESTREL"))
    assert found is not None
    adapter.amend(wanted, found, ["email"])


# --- sharing ---


def test_reading_tables_takes_no_seat(erp: World) -> None:
    """The OData service has a sign-in of its own, so a run that only reads never logs on."""
    erp.read("supplier")
    assert erp.state("session") == []


def test_one_logon_serves_all_tasks_and_workers(erp: World) -> None:
    """Several clients of one store, many threads, queries and postings: one logon."""
    clients = [erp.client() for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(lambda n: clients[n % 3].queries.read(PROFILE).data is not None, range(12)))
    give_email(erp.adapter(clients[0]))
    assert len(erp.paths("/Logon")) == 1
    assert len(erp.state("session")) == 1


def test_the_end_of_a_run_frees_the_seat(erp: World) -> None:
    """Whichever task logs off, the session is over and forgotten, and a second time does no harm."""
    erp.client().queries.read(PROFILE)
    other = erp.client()
    other.log_off()
    other.log_off()
    assert erp.state("session") == []
    assert len(erp.paths("/Logoff")) == 1


def test_a_failed_logoff_is_no_failed_run(erp: World, caplog: pytest.LogCaptureFixture) -> None:
    """The work is done: that the session may hold a seat for a while is logged, without the session itself."""
    client = erp.client()
    client.queries.read(PROFILE)
    session = erp.store.load(erp.settings().session_name)
    assert session is not None
    erp.sim("POST", "faults", [{"kind": "reset_before", "path": "/Logoff", "times": 50}])
    client.log_off()
    assert "may hold a seat" in caplog.text
    assert session.access_token not in caplog.text


@pytest.mark.parametrize("answer", ["raw", "json", "xml"])
def test_a_session_is_taken_however_the_site_answers(erp: World, answer: str) -> None:
    """Raw text, a JSON string or an element: the session works."""
    erp.set(logon_answer=answer)
    assert erp.client().queries.read(PROFILE).status == 200


def test_the_logon_path_is_the_sites(erp: World) -> None:
    """A site that routes by class is logged on to at Utilities/Logon, and off again."""
    client = erp.client(logon_path="Utilities/Logon", logoff_path="Utilities/Logoff")
    client.queries.read(PROFILE)
    client.log_off()
    assert len(erp.paths("/Utilities/Logon")) == len(erp.paths("/Utilities/Logoff")) == 1
    assert erp.state("session") == []


@pytest.mark.parametrize("header", ["", "X-Syspro-Session"])
def test_the_tables_are_read_under_the_session_where_the_site_wants_it(erp: World, header: str) -> None:
    """The session goes as parameter or as header, is renewed when it has ended, and is shown in no call."""
    erp.set(odata_auth="session", odata_session_name=header or "UserId")
    client = erp.client(odata_auth="session", odata_session_header=header)
    adapter = erp.adapter(client)
    assert [one.key for one in adapter.suppliers()] == ["KESTREL"]
    erp.person_logs_on()
    assert [one.key for one in adapter.suppliers()] == ["KESTREL"]
    session = erp.store.load(erp.settings().session_name)
    assert session is not None
    assert session.access_token not in str(erp.calls)
    assert len(erp.paths("/Logon")) == 2


# --- seats ---


def clerk_logs_on(erp: World) -> None:
    erp.edit("operator", world.PERSON, logon=True)


def test_a_logon_without_a_free_seat_waits_and_then_leaves_it_to_the_tasks_retry(erp: World) -> None:
    """The refusal for lack of seats is tried again for some seconds, and ends as a call to come back, not as wrong
    credentials; once a seat is free the next try works."""  # noqa: D205, D209
    erp.set(seats=1)
    clerk_logs_on(erp)
    client = erp.client()
    with pytest.raises(RateLimited, match="licenses available"):
        client.queries.read(PROFILE)
    assert 5 < erp.clock.seconds <= 25
    erp.sim("DELETE", "record", {"entity": "session", "id": world.PERSON})
    assert client.queries.read(PROFILE).status == 200


def test_a_seat_that_becomes_free_meanwhile_is_taken(erp: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the logon waits somebody leaves: no task fails."""
    erp.set(seats=1)
    clerk_logs_on(erp)

    def leave(seconds: float) -> None:
        erp.clock.seconds += seconds
        if erp.state("session")[0]["operator"] == world.PERSON:
            erp.sim("DELETE", "record", {"entity": "session", "id": world.PERSON})

    monkeypatch.setattr(erp.clock, "sleep", leave)
    assert erp.client().queries.read(PROFILE).status == 200


def test_wrong_credentials_are_told_at_once(erp: World) -> None:
    """Nothing waits for a password to become right."""
    erp.edit("operator", world.OPERATOR, password="another-password")
    with pytest.raises(ConfigurationError, match="Invalid operator password") as refused:
        erp.client().queries.read(PROFILE)
    assert erp.clock.seconds == 0
    assert world.OPERATOR_PASSWORD not in str(refused.value)


# --- sessions that end ---


@pytest.mark.parametrize(
    "end", ["a person logs on", "an administrator ends it", "it idles away", "its calls are used up"]
)
def test_a_query_logs_on_anew_once_when_the_session_has_ended(erp: World, end: str) -> None:
    """However the session ended, the query is answered, under the second logon."""
    client = erp.client()
    client.queries.read(PROFILE)
    if end == "a person logs on":
        erp.person_logs_on()
    elif end == "an administrator ends it":
        erp.sim("DELETE", "record", {"entity": "session", "id": world.OPERATOR})
    elif end == "it idles away":
        erp.sim("POST", "clock", {"advance": 1300})
    else:
        erp.set(session_calls=1)
    assert client.queries.read(PROFILE).status == 200
    assert len(erp.paths("/Logon")) == 2


def test_a_session_that_ends_between_the_pages_of_a_read_costs_no_row(erp: World) -> None:
    """A second logon of the operator in mid-pull: the remaining pages are read under a new session."""
    erp.seed(ApSupplier=[{"Supplier": f"S{n:03}"} for n in range(30)])
    fault = {"kind": "touch", "path": "/Query/Query", "entity": "operator", "id": world.OPERATOR,
             "set": {"logon": True}, "skip": 2}  # fmt: skip
    erp.sim("POST", "faults", [fault])
    found = erp.adapter(read_by="comfnd", page_size=7).suppliers()
    assert len({one.key for one in found}) == 31
    assert len(erp.paths("/Logon")) == 2


def test_an_error_that_stays_is_told_in_syspros_words(erp: World) -> None:
    """A text that begins with ERROR after a new logon, too, ends the call with that text."""
    with pytest.raises(ConfigurationError, match="Table 'NoSuch' not found"):
        erp.adapter(read_by="comfnd", tables={"suppliers": "NoSuch"}).suppliers()
    assert len(erp.paths("/Logon")) == 2


def test_an_object_that_is_not_licensed_is_a_setting(erp: World) -> None:
    """100000 is told with what it means, and nobody logs on anew for it."""
    erp.set(unlicensed=["APSSSP"])
    with pytest.raises(ConfigurationError, match="licence"):
        give_email(erp.adapter())
    assert len(erp.paths("/Logon")) == 1


def test_a_run_killed_before_its_logoff_hands_its_session_on(erp: World) -> None:
    """The next run takes the kept session over without a logon, and its end frees the seat."""
    erp.set(seats=1)
    erp.client().queries.read(PROFILE)
    erp.close()
    client = erp.client()
    give_email(erp.adapter(client))
    assert email(erp) == "new@kestrel.example"
    assert len(erp.paths("/Logon")) == 1
    client.log_off()
    assert erp.state("session") == []


def test_a_killed_run_whose_session_is_lost_or_over_stops_no_other(erp: World) -> None:
    """Without the kept session, and with one that has idled away, the next run logs on in its place: one seat."""
    erp.set(seats=1)
    erp.client().queries.read(PROFILE)
    erp.client(store=MemoryTokenStore()).queries.read(PROFILE)
    assert len(erp.state("session")) == 1
    erp.sim("POST", "clock", {"advance": 1300})
    client = erp.client()
    client.queries.read(PROFILE)
    client.log_off()
    assert erp.state("session") == []


def test_a_kept_session_of_yesterday_is_not_trusted(erp: World) -> None:
    """After eight hours a new logon is made before anything is asked."""
    client = erp.client()
    client.queries.read(PROFILE)
    erp.clock.seconds += 8 * 3600
    client.queries.read(PROFILE)
    assert len(erp.paths("/Logon")) == 2


# --- postings ---


def test_a_posting_goes_out_under_a_session_that_has_just_answered(erp: World) -> None:
    """When the session has ended unseen, a query finds out first: the posting is sent once, and carried out."""
    adapter = erp.adapter()
    give_email(adapter, "first@kestrel.example")
    erp.person_logs_on()
    erp.clock.seconds += TRUSTED_SECONDS
    give_email(adapter)
    assert email(erp) == "new@kestrel.example"
    assert posted(erp) == 2


def test_several_postings_in_a_row_cost_one_query(erp: World) -> None:
    """Within a minute of a posting that went well the session is trusted."""
    adapter = erp.adapter()
    for n in range(5):
        give_email(adapter, f"n{n}@kestrel.example")
    assert len(erp.paths(PROFILE)) == 1
    erp.clock.seconds += TRUSTED_SECONDS
    give_email(adapter)
    assert len(erp.paths(PROFILE)) == 2


def test_error_text_in_a_200_leaves_a_posting_in_doubt_and_the_next_works(erp: World) -> None:
    """A second logon just before the posting: its answer begins with ERROR, so it is looked up and not sent again by
    itself; the next try logs on first, and works."""  # noqa: D205, D209
    adapter = erp.adapter()
    give_email(adapter, "first@kestrel.example")
    erp.person_logs_on()
    with pytest.raises(AmbiguousWrite, match="not valid or has expired"):
        give_email(adapter)
    assert posted(erp) == 2
    assert email(erp) == "first@kestrel.example"
    give_email(adapter)
    assert email(erp) == "new@kestrel.example"
    assert posted(erp) == 3


@pytest.mark.parametrize(("kind", "after"), [
    ("reset_after", False), ("html", True), ("truncate", False), ("status_after", False),
])  # fmt: skip
def test_a_posting_whose_answer_is_lost_is_never_repeated(erp: World, kind: str, after: bool) -> None:
    """Though it is a GET, nothing sends it again: it was carried out, and that is what is found."""
    fault: dict[str, Any] = {"kind": kind, "path": "/Setup/", "after": after, "status": 500}
    erp.sim("POST", "faults", [fault])
    with pytest.raises(AmbiguousWrite):
        give_email(erp.adapter())
    assert posted(erp) == 1
    assert email(erp) == "new@kestrel.example"


class Noting(requests.Session):
    """Notes what is sent."""

    sent: ClassVar[list[requests.PreparedRequest]] = []

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self.sent.append(request)
        return super().send(request, **kwargs)


def test_nothing_between_us_and_syspro_may_keep_a_posting(erp: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A posting is a GET, so it carries a header that forbids caches to store it."""
    monkeypatch.setattr(requests, "Session", Noting)
    give_email(erp.adapter())
    (posting,) = [one for one in Noting.sent if "/Setup/" in str(one.url)]
    assert posting.headers["Cache-Control"] == "no-store"


def test_a_request_that_is_too_long_is_a_refusal(erp: World) -> None:
    """HTTP.sys' answer to a long request line is no outage: nothing was carried out, and nothing is tried again."""
    erp.set(max_url_bytes=900)
    with pytest.raises(Refused, match="too long"):
        give_email(erp.adapter(), "x" * 700 + "@kestrel.example")
    assert email(erp) == "old@kestrel.example"
