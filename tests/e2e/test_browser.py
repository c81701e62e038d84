"""What a person sees in Airflow's pages, in a real browser; the pictures go to build/e2e/screens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ml_connector_sandbox.demo.places import REPOSITORY
from ml_connector_sandbox.demo.stage import PAIR

if TYPE_CHECKING:
    from .conftest import World

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
SCREENS = REPOSITORY / "build" / "e2e" / "screens"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="module")
def page(world: World) -> Iterator[Any]:
    """A page of a browser that is logged in."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    SCREENS.mkdir(parents=True, exist_ok=True)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1500, "height": 900})
        airflow = world.stage.airflow
        context.add_cookies([{"name": "_token", "value": airflow.token, "url": airflow.url}])
        made = context.new_page()
        made.set_default_timeout(60_000)
        yield made
        browser.close()


def see(page: Any, name: str, *texts: str) -> None:
    """Wait until the page shows all texts, and take a picture."""
    for text in texts:
        page.get_by_text(text, exact=False).first.wait_for()
    page.screenshot(path=SCREENS / f"{name}.png")


def test_the_graph_shows_a_group_for_each_flow(world: World, page: Any) -> None:
    """The DAG's graph shows the four flows and the reconciliation."""
    page.goto(f"{world.stage.airflow.url}/dags/{PAIR}")
    page.get_by_label("Graph").first.click()
    see(page, "graph", "suppliers", "suppliers_to_cin7", "purchase_orders", "supplier_invoices", "reconcile")


def test_the_trigger_form_shows_its_fields_with_titles(world: World, page: Any) -> None:
    """A run by hand can be limited to a span of time, flows or documents, or be a dry run."""
    page.goto(f"{world.stage.airflow.url}/dags/{PAIR}")
    page.get_by_role("button", name="Trigger").first.click()
    see(page, "trigger", "From", "Flows", "Document keys", "Dry run")


@pytest.mark.parametrize(
    ("kind", "fields", "extra_fields"),
    [
        ("Cin7 Core", ("Account ID", "Application key"), ("Calls a minute", "Webhook secret")),
        ("Acumatica", ("Instance URL", "API user"), ("Client secret", "Endpoint version")),
    ],
)
def test_each_connection_type_has_a_form_with_its_own_words(
    world: World, page: Any, kind: str, fields: tuple[str, ...], extra_fields: tuple[str, ...]
) -> None:
    """The form of a new connection offers the vendor by name and asks for what that vendor calls its fields."""
    page.goto(f"{world.stage.airflow.url}/connections")
    page.get_by_role("button", name="Add Connection").first.click()
    page.get_by_role("combobox").first.click()
    page.keyboard.type(kind)
    page.get_by_role("option", name=kind).first.click()
    name = f"connection-{kind.split(maxsplit=1)[0].lower()}"
    see(page, name, *fields)
    page.get_by_role("button", name="Extra Fields", exact=True).click()
    see(page, f"{name}-extra", *extra_fields)


def test_the_watermarks_are_listed_among_the_variables(world: World, page: Any) -> None:
    """Each flow's watermark is a Variable that a person can read."""
    shown = world.variables()
    page.goto(f"{world.stage.airflow.url}/variables")
    see(page, "variables", *(f"ml_connector__{PAIR}__{flow}__" for flow in shown), *shown.values())
