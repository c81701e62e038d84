"""A list is read whole from any OData server, however it pages, and whatever happens to the rows meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from ifs_world import Clock

from ml_connector.domain.errors import ContractError, VendorUnavailable
from ml_connector.systems.ifs.dialect import IfsDialect
from ml_connector.systems.ifs.lists import ListRead, Place
from ml_connector.transport.client import Client
from ml_connector.transport.rate import Unlimited

PATH = "main/Some.svc/Set"
Rows = list[dict[str, Any]]


@dataclass
class Server:
    """A small OData server of one set; its filters are ``eq``, ``gt``, ``and``, ``or``."""

    rows: Rows
    cap: int = 10_000
    link: str = "none"
    by: Callable[[str], Any] = str
    """What texts are sorted by."""
    before: dict[int, Callable[[Rows], Any]] = field(default_factory=dict)
    """Number of a call → what happens to the rows just before it."""
    queries: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    answers: dict[int, str] = field(default_factory=dict)

    def answer(self, target: str) -> str:
        """The page that a request asks for."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        self.queries.append(query)
        self.before.get(len(self.queries), lambda _rows: None)(self.rows)
        if len(self.queries) in self.answers:
            return self.answers[len(self.queries)]
        test = query.get("$filter", "True").replace(" eq ", " == ").replace(" gt ", " > ").replace("''", r"\'")
        found = [row for row in self.rows if eval(test, {}, row)]
        for name in reversed(query["$orderby"].split(",")):
            found.sort(key=lambda row, name=name: self.by(row[name]) if isinstance(row[name], str) else row[name])
        skip, top = int(query.get("$skip", 0)), int(query["$top"])
        page = found[skip : skip + min(top, self.cap)]
        more: dict[str, str] = {}
        if self.link != "none" and skip + len(page) < min(len(found), skip + top):
            place = f"Set?$skip={skip + len(page)}"
            more = {"@odata.nextLink": place if self.link == "relative" else f"{self.url}/main/Some.svc/{place}"}
        return json.dumps({"value": page, **more})


@contextmanager
def serving(server: Server) -> Iterator[Client]:
    """Serve on a port of this machine, and return a client of it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = server.answer(self.path).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if body.startswith(b"<") else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        server.url = f"http://127.0.0.1:{http.server_port}"
        client = Client(requests.Session(), server.url, dialect=IfsDialect(), budget=Unlimited(), clock=Clock())
        try:
            yield client
        finally:
            client.close()
            http.shutdown()


def read(server: Server, *, top: int = 1000, keys: tuple[str, ...] = ("K",)) -> Rows:
    """Read the whole list."""
    with serving(server) as client:
        return ListRead(client, Place(PATH, keys), top).all()


def numbered(count: int) -> Rows:
    return [{"K": f"{n:04}", "N": n} for n in range(count)]


def keys(rows: Rows) -> list[str]:
    return [row["K"] for row in rows]


@pytest.mark.parametrize("link", ["none", "relative", "absolute"])
@pytest.mark.parametrize(("count", "cap", "top"), [
    (0, 9, 9), (1, 9, 9), (9, 9, 9), (10, 9, 9), (18, 9, 9), (30, 30, 1000), (60, 30, 1000), (61, 30, 1000),
    (200, 100, 150), (300, 1000, 100),
])  # fmt: skip
def test_every_row_comes_once(link: str, count: int, cap: int, top: int) -> None:
    """Whatever the number of rows, the server's own limit, the one that was asked for and the links."""
    assert keys(read(Server(numbered(count), cap=cap, link=link), top=top)) == keys(numbered(count))


def test_a_key_of_several_parts_goes_on_where_it_was() -> None:
    """Texts and numbers in a key are compared part by part."""
    rows = [{"A": a, "K": f"{n}", "N": n} for a in ("x", "y'z") for n in range(7)]
    found = read(Server(list(rows), cap=3), top=3, keys=("A", "N"))
    assert found == rows


def test_a_list_of_few_rows_is_one_request() -> None:
    """A page with fewer rows than any server would cut at ends the list."""
    server = Server(numbered(5))
    read(server)
    assert len(server.queries) == 1


@pytest.mark.parametrize("link", ["none", "relative"])
def test_rows_that_vanish_before_the_next_page_take_no_other_along(link: str) -> None:
    """A row deleted from a page that was read moves the others up; none of them is skipped."""
    server = Server(numbered(9), cap=3, link=link, before={2: lambda rows: rows.pop(0)})
    assert set(keys(numbered(9))) == set(keys(read(server, top=3)))


def test_rows_that_come_up_before_the_next_page_do_no_harm() -> None:
    """A row inserted before what was read moves the others down; none comes twice, the new one comes too."""
    server = Server(numbered(9), cap=3, before={2: lambda rows: rows.insert(0, {"K": "0000a", "N": 99})})
    found = keys(read(server, top=3))
    assert sorted(found) == sorted([*keys(numbered(9)), "0000a"])


def test_a_server_that_sorts_texts_otherwise_than_it_compares_loses_no_row() -> None:
    """Where upper and lower case sort together but compare apart, the list is read by position."""
    rows = [{"K": key} for key in ("a", "B", "c", "D", "e", "F")]
    for top in (1, 2, 4):
        server = Server(list(rows), by=str.casefold)
        assert sorted(keys(read(server, top=top))) == sorted(keys(rows))
    assert any("$skip" in query for query in server.queries)


def test_a_list_read_by_position_starts_again_when_it_has_moved() -> None:
    """Each page begins with the last row of the one before; if it does not, the list has moved."""
    rows = [{"K": key} for key in ("a", "B", "c", "D", "e", "F")]
    server = Server(list(rows), by=str.casefold)
    server.before = {4: lambda held: held.pop(0)}
    assert {"B", "c", "D", "e", "F"} <= set(keys(read(server, top=2)))


def test_a_list_that_never_holds_still_is_given_up_for_now() -> None:
    """After some rounds the read fails and is tried again later, instead of losing rows."""
    server = Server([{"K": f"{'aB'[n % 2]}{n:03}"} for n in range(400)], by=str.casefold)
    server.before = {n: lambda rows: rows.pop(0) for n in range(2, 400)}
    with pytest.raises(VendorUnavailable, match="faster than"):
        read(server, top=30)


def test_a_row_that_comes_twice_is_one_row() -> None:
    """A join in the server may double rows; the list has each once."""
    doubled = [row for row in numbered(7) for _ in range(2)]
    assert keys(read(Server(doubled, cap=4), top=4)) == keys(numbered(7))


def test_an_empty_page_that_links_to_more_is_followed() -> None:
    """A server that filters after it has paged may send a page without rows and still have more."""
    first = '{"value": [], "@odata.nextLink": "Set?$orderby=K&$top=9&$skip=0"}'
    assert keys(read(Server(numbered(4), answers={1: first}))) == keys(numbered(4))


def test_a_row_without_its_key_is_no_answer_we_know() -> None:
    """Without a key it cannot be told from others, so nothing is made of it."""
    with pytest.raises(ContractError, match="without its key"):
        read(Server([], answers={1: '{"value": [{"N": 1}]}'}))


@pytest.mark.parametrize("body", ["<html>sign in</html>", '{"rows": []}', '{"value": [1]}', "[]"])
def test_what_is_no_list_is_kept_as_the_reason(body: str) -> None:
    """A page of a gateway, or JSON of another shape, ends the read with the answer kept."""
    with pytest.raises(ContractError) as caught:
        read(Server([], answers={1: body}))
    assert caught.value.answer.startswith(body[:6])


@pytest.mark.parametrize("link", [
    "http://127.0.0.1:1/main/Some.svc/Set", "//evil.example/main/Some.svc/Set", "/main/Other.svc/Set",
    "../../main/Other.svc/Set", "/main/Some.svc/../Other.svc/Set",
])  # fmt: skip
def test_a_link_out_of_the_service_is_not_followed(link: str) -> None:
    """Neither another port or host nor another service of the same host is called."""
    server = Server([], answers={1: json.dumps({"value": [], "@odata.nextLink": link})})
    with pytest.raises(ContractError, match="leads out"):
        read(server)
    assert len(server.queries) == 1
