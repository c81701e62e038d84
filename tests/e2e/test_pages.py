"""The operator pages in a real Airflow: who may, and a clerk's whole job in a browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests

from ml_connector_sandbox.demo.airflow_api import AirflowApi
from ml_connector_sandbox.demo.places import REPOSITORY
from ml_connector_sandbox.demo.stage import PAIR

if TYPE_CHECKING:
    from .conftest import World

pytestmark = pytest.mark.e2e
SCREENS = REPOSITORY / "build" / "e2e" / "screens"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BILLS = "supplier_invoices"
UNKNOWN = "7777"
"""An account that no map knows."""


@pytest.fixture(scope="module")
def held(world: World) -> str:
    """The number of a bill that a run has held for its account."""
    number = world.buy(account=UNKNOWN)
    run_id = world.run(flows=["suppliers", BILLS])
    [held] = [one for one in world.report(run_id)["held"] if number in one["label"]]
    assert held["reasons"] == ["account_unmapped"]
    return number


def session(world: World, user: str) -> requests.Session:
    """Return a session that is logged in as the user, as a browser is; as nobody with ""."""
    made = requests.Session()
    made.trust_env = False
    if user:
        made.cookies.set("_token", AirflowApi(world.stage.airflow.url, user, user).token)
    return made


def pages(world: World) -> str:
    """Return the address of the pages."""
    return f"{world.stage.airflow.url}/ml-connector"


def group_of(world: World, client: requests.Session) -> dict[str, Any]:
    """Return the group of the queue that waits for the unknown account, with its form's token."""
    view = client.get(f"{pages(world)}/queue.json", params={"pair": PAIR}, timeout=60).json()
    [group] = [one for one in view["groups"] if one["value"] == UNKNOWN]
    return {**group, "token": view["form_token"]}


def test_who_is_not_logged_in_sees_nothing(world: World) -> None:
    """Pages, JSON, CSV and style are closed, and so are the forms."""
    client = session(world, "")
    for path in ("/", "/queue", "/queue.json", "/queue.csv", "/mappings", "/reconciliation", "/pages.css"):
        assert client.get(f"{pages(world)}{path}", timeout=60).status_code == 401, path
    assert client.post(f"{pages(world)}/queue/release", data={"pair": PAIR}, timeout=60).status_code == 401


def test_who_may_only_look_can_change_nothing(world: World, held: str) -> None:
    """A viewer of Airflow reads every page, and each change is refused."""
    viewer = session(world, "viewer")
    group = group_of(world, viewer)
    case = {name: group[name] for name in ("token", "pair", "flow", "reason", "value")}
    mapping = {**case, "choice": "61500"}
    assert viewer.post(f"{pages(world)}/queue/map", data=mapping, timeout=60).status_code == 403
    release = {**case, "state": group["state"]}
    assert viewer.post(f"{pages(world)}/queue/release", data=release, timeout=60).status_code == 403
    entry = {"token": group["token"], "pair": PAIR, "map": "account", "cin7_code": UNKNOWN, "partner_code": "61500"}
    assert viewer.post(f"{pages(world)}/mappings/entry", data=entry, timeout=60).status_code == 403
    assert '<form method="post"' not in viewer.get(f"{pages(world)}/queue", timeout=60).text


def test_a_forged_form_is_refused(world: World, held: str) -> None:
    """A clerk's browser that another site makes send a form changes nothing."""
    clerk = session(world, "clerk")
    group = group_of(world, clerk)
    form = {name: group[name] for name in ("pair", "flow", "reason", "value", "state")}
    url = f"{pages(world)}/queue/release"
    assert clerk.post(url, data={**form, "token": "99999999999.00"}, timeout=60).status_code == 403
    theirs = session(world, "admin").get(f"{pages(world)}/queue.json", timeout=60).json()["form_token"]
    assert clerk.post(url, data={**form, "token": theirs}, timeout=60).status_code == 403


def test_airflow_lists_the_pages_without_an_error(world: World) -> None:
    """The plugin is imported once, with its views and its application."""
    assert world.stage.airflow.call("GET", "/plugins/importErrors")["import_errors"] == []
    [plugin] = [one for one in world.stage.airflow.call("GET", "/plugins")["plugins"] if one["name"] == "ml_connector"]
    assert {view["destination"] for view in plugin["external_views"]} == {"nav", "dag", "dag_run"}
    assert [app["url_prefix"] for app in plugin["fastapi_apps"]] == ["/ml-connector", "/ml-connector-webhooks"]


# --- a browser ---


@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[Any]:
    """A browser."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    SCREENS.mkdir(parents=True, exist_ok=True)
    with playwright.sync_playwright() as started:
        made = started.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


@pytest.fixture
def clerk(world: World, browser: Any) -> Iterator[Any]:
    """A page of a browser in which the clerk is logged in."""
    context = browser.new_context(viewport={"width": 1500, "height": 900})
    airflow = world.stage.airflow
    token = AirflowApi(airflow.url, "clerk", "clerk").token
    context.add_cookies([{"name": "_token", "value": token, "url": airflow.url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def frame_of(page: Any) -> Any:
    """Return our page inside Airflow's."""
    return page.frame_locator("iframe").last


@pytest.mark.browser
def test_a_clerk_frees_a_held_bill_inside_airflow(world: World, held: str, clerk: Any) -> None:
    """From the DAG's tab: why it is held, map the account, release, and the story ends in authorised."""
    clerk.goto(f"{world.stage.airflow.url}/dags/{PAIR}")
    clerk.get_by_role("link", name="Review queue", exact=True).first.click()
    ours = frame_of(clerk)
    ours.get_by_role("link", name=re.compile(f"waits? for GL account {UNKNOWN}")).click()
    ours.get_by_role("heading", name=re.compile(f"GL account {UNKNOWN}")).first.wait_for()
    assert held in ours.locator("main").inner_text()
    clerk.screenshot(path=SCREENS / "pages-group.png")
    ours.get_by_label("Code in Acumatica").fill("61500")
    ours.get_by_label("Note").fill("office supplies, agreed with accounting")
    ours.get_by_role("button", name=f"Map “{UNKNOWN}”").click()
    ours.get_by_text("A replay has been started").wait_for()
    clerk.screenshot(path=SCREENS / "pages-released.png")
    [replay] = [one for one in world.stage.airflow.runs("ml_connector_replay") if held_by(one)]
    ended = world.finish(replay["dag_run_id"], "ml_connector_replay")
    assert ended["state"] == "success", world.logs(replay["dag_run_id"], "ml_connector_replay")
    assert [bill["Status"] for bill in world.bills(held)] == ["Open"]
    story(world, clerk, held, replay["dag_run_id"])


def held_by(run: dict[str, Any]) -> bool:
    """Tell whether the clerk has started this replay."""
    return bool(run["triggering_user_name"] == "clerk")


def story(world: World, clerk: Any, number: str, replay: str) -> None:
    """From the replay's own tab to the document's story, which ends in authorised."""
    clerk.goto(f"{world.stage.airflow.url}/dags/ml_connector_replay/runs/{replay}")
    clerk.get_by_role("link", name="Documents", exact=True).first.click()
    ours = frame_of(clerk)
    ours.get_by_role("link", name=re.compile(number)).click()
    ours.get_by_text("Read back from Acumatica and authorised").wait_for()
    assert ours.get_by_text("account map, version").count() == 1
    assert ours.get_by_text(re.compile(r"^\d+ calls?$")).count() >= 1
    clerk.screenshot(path=SCREENS / "pages-story.png", full_page=True)


@pytest.mark.browser
def test_the_queue_is_used_with_the_keyboard_alone(world: World, clerk: Any) -> None:
    """Every link and field of the queue is reached with the tab key, and the first stop skips to the content."""
    clerk.goto(f"{pages(world)}/queue")
    clerk.keyboard.press("Tab")
    assert clerk.evaluate("document.activeElement.textContent") == "Skip to the content"
    reached = set()
    for _ in range(200):
        clerk.keyboard.press("Tab")
        reached.add(clerk.evaluate("document.activeElement.outerHTML"))
        if clerk.evaluate("document.activeElement === document.body"):
            break
    wanted = clerk.evaluate(
        "[...document.querySelectorAll('main a, main input, main select, main button')].map(e => e.outerHTML)"
    )
    assert wanted
    assert set(wanted) <= reached


def linked(page: Any, address: str, css: str) -> str:
    """Return the address of the first such link of a page."""
    page.goto(address)
    return str(page.locator(css).first.evaluate("link => link.href"))


def every_page(world: World, page: Any) -> dict[str, str]:
    """Return name → address of each page, as a person comes to it from another."""
    root = pages(world)
    dry = world.run(flows=["supplier_invoices"], dry_run=True)
    run = f"{root}/pairs/{PAIR}/runs/{quote(world.first_run, safe='')}"
    accounts = f"{root}/mappings?pair={PAIR}&map=account"
    history = linked(page, accounts, "main a[href*='mappings/history']")
    return {
        "pairs": f"{root}/", "pair": f"{root}/pairs/{PAIR}", "queue": f"{root}/queue",
        "group": linked(page, f"{root}/queue", "main a[href*='queue/group']"),
        "run": run, "story": linked(page, run, "main a[href*='/documents']"),
        "plan": f"{root}/plan?pair={PAIR}&run={quote(dry)}",
        "mappings": accounts, "entry": linked(page, accounts, "main a[href*='mappings/entry']"),
        "import": linked(page, accounts, "main a[href*='mappings/import']"), "history": history,
        "remap": linked(page, history, "main a[href*='mappings/remap']"),
        "reconciliation": f"{root}/reconciliation?pair={PAIR}",
    }  # fmt: skip


@pytest.mark.browser
def test_no_page_asks_another_host_or_runs_a_script(world: World, clerk: Any) -> None:
    """Every page, wide and narrow: what it loads comes from this Airflow, nothing is blocked, nothing overflows."""
    asked: list[str] = []
    said: list[str] = []
    clerk.on("request", lambda request: asked.append(request.url))
    clerk.on("console", lambda message: said.append(message.text))
    found = every_page(world, clerk)
    for width, shape in ((1280, "wide"), (390, "narrow")):
        clerk.set_viewport_size({"width": width, "height": 800})
        for name, address in found.items():
            assert clerk.goto(address).status == 200, address
            assert clerk.evaluate("document.scripts.length") == 0
            assert clerk.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, shape)
            assert clerk.evaluate(
                "[...document.querySelectorAll('main input:not([type=hidden]), main select')]"
                ".every(e => e.labels.length || e.ariaLabel)"
            ), name
            clerk.screenshot(path=SCREENS / f"page-{name}-{shape}.png", full_page=True)
    assert all(url.startswith(pages(world)) for url in asked), asked
    assert said == []
