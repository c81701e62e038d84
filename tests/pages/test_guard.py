"""Who gets in, and what every answer carries."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from page_world import BILLS, PAIR, World, routes_of

Browse = Callable[..., httpx.Client]


def test_every_address_is_closed_to_who_is_not_signed_in(app: FastAPI, browse: Browse) -> None:
    """Each route, whatever its method, answers 401 without a log-in."""
    client = browse("")
    routes = routes_of(app)
    assert len(routes) > 30
    for route in routes:
        path = re.sub(r"\{[^}]+\}", PAIR, route.path)
        for method in route.methods or ():
            assert client.request(method, path).status_code == 401, (method, path)


def test_every_answer_forbids_foreign_content_and_frames(browse: Browse) -> None:
    """Pages, errors and the style sheet carry the content security policy and are not stored."""
    for client, path in ((browse(), "/"), (browse(), "/nowhere"), (browse(""), "/"), (browse(), "/pages.css")):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_there_is_no_map_of_the_application(browse: Browse) -> None:
    """FastAPI's own documentation pages do not exist."""
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert browse().get(path).status_code == 404


def test_a_pair_that_airflow_hides_is_not_shown(world: World, browse: Browse) -> None:
    """Who may not read the DAG sees nothing of its pair, not even its title."""
    world.run(BILLS)
    page = browse("nora").get("/")
    assert "Cin7 Core ↔ Acumatica" not in page.text
    assert "IFS Cloud" in page.text
    assert browse("nora").get(f"/pairs/{PAIR}").status_code == 403


@pytest.mark.parametrize("path", ["/pairs/nothing", "/pairs/nothing.json", "/nowhere"])
def test_what_does_not_exist_is_not_found(browse: Browse, path: str) -> None:
    """An unknown pair or page is 404, as a page or as JSON."""
    answer = browse().get(path)
    assert answer.status_code == 404
    assert ("error" in answer.json()) if path.endswith(".json") else ('role="alert"' in answer.text)


def test_what_pages_show_is_escaped(browse: Browse) -> None:
    """Markup in an address or a name comes back as text."""
    answer = browse().get("/pairs/<script>alert(1)<")
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
