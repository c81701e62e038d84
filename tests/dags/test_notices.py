"""Digests at the end of a run, sent by a real Airflow notifier, and a run's numbers as metrics."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import BaseNotifier
from dag_world import PAIR, World
from jinja2.sandbox import SandboxedEnvironment
from pydantic import ValidationError
from sqlalchemy import insert

from ml_connector.domain.errors import VendorUnavailable
from ml_connector.orchestration import noticing
from ml_connector.orchestration.deployments import read
from ml_connector.orchestration.notices import Notices
from ml_connector.orchestration.noticing import Digest
from ml_connector.orchestration.webhook_health import webhook_problems
from ml_connector.orchestration.wiring import Workshop
from ml_connector.store.engine import writing
from ml_connector.store.tables import difference
from ml_connector.sync.causes import Cause
from ml_connector.sync.reconcile import Report
from ml_connector.systems.cin7.webhooks import OURS, TYPES, Cin7Webhooks

HERE = f"{__name__}.FileNotifier"
HOUR = dt.timedelta(hours=1)


class FileNotifier(BaseNotifier):
    """Writes what it is told to a file, a line a message."""

    template_fields = ("subject", "text")

    def __init__(self, path: str, subject: str, text: str) -> None:
        super().__init__()
        self.path, self.subject, self.text = path, subject, text

    def notify(self, context: Any) -> None:
        with Path(self.path).open("a", encoding="utf-8") as file:
            file.write(json.dumps([self.subject, self.text]) + "\n")


@pytest.fixture
def box(tmp_path: Path) -> Path:
    return tmp_path / "box.jsonl"


def messages(box: Path) -> list[list[str]]:
    """Return what was sent: subject and text."""
    return [json.loads(line) for line in box.read_text(encoding="utf-8").splitlines()] if box.exists() else []


def asked(box: Path, **more: Any) -> dict[str, Any]:
    """Return what a deployment says of its notices."""
    templates = {"subject": "{{ ml_connector.title }}", "text": "{{ ml_connector.text }}"}
    return {"notifier": HERE, "arguments": {"path": str(box), **templates}, **more}


def test_a_run_sends_one_digest_and_the_next_one_none(world: World, box: Path) -> None:
    """It names what is held by flow and reason, with a link; while nothing changes it is not sent again."""
    deployed = json.loads(world.pairs.read_text(encoding="utf-8"))
    deployed["deployments"][0]["notices"] = asked(box)
    world.pairs.write_text(json.dumps(deployed), encoding="utf-8")
    world.run()
    ((subject, text),) = messages(box)
    assert subject.startswith(f"ml-connector {PAIR}: ")
    assert "held in supplier_invoices: account_unmapped" in text
    world.run()
    assert len(messages(box)) == 1


def digest(*sorts: str) -> Digest:
    return Digest(PAIR, tuple(f"line of {sort}" for sort in sorts), "https://x", sorts)


def test_news_waits_for_its_time_and_old_news_is_told_again_after_a_day(world: World, box: Path) -> None:
    """Nothing is said while nothing waits; news goes an hour after the last digest; the same again after a day; and
    that all is clear, once."""  # noqa: D205, D209
    notices, database, clock = (
        Notices(**asked(box)),
        world.database,
        {"now": dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc)},
    )
    database.now = lambda: clock["now"]  # type: ignore[method-assign]

    def told(after: dt.timedelta, *sorts: str) -> bool:
        clock["now"] += after
        return noticing.notify(database, notices, digest(*sorts), "r", {})

    assert not told(HOUR)
    assert told(HOUR, "a")
    assert not told(HOUR / 2, "a", "b")
    assert told(HOUR / 2, "a", "b")
    assert not told(23 * HOUR, "b", "a")
    assert told(HOUR, "b", "a")
    assert told(HOUR)
    assert not told(48 * HOUR)
    assert [subject.rpartition(": ")[2] for subject, _text in messages(box)] == [
        "1 thing to look at", "2 things to look at", "2 things to look at", "all clear"]  # fmt: skip


def test_a_notifier_that_fails_fails_nothing_and_is_tried_again(world: World, box: Path) -> None:
    """The digest is not taken for sent."""
    broken = Notices(**{**asked(box), "arguments": {"nonsense": 1}})
    assert not noticing.notify(world.database, broken, digest("a"), "r", {})
    assert noticing.notify(world.database, Notices(**asked(box)), digest("a"), "r", {})


def test_a_notifier_that_is_not_installed_stops_at_the_start() -> None:
    """The message names it."""
    with pytest.raises(ValidationError, match=r"no_such\.Notifier"):
        Notices(notifier="no_such.Notifier")


def test_the_mail_of_the_guide_shows_a_name_as_text() -> None:
    """A supplier may call himself what he likes: in finance's mail it is no link."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    [template] = re.findall(r'html_content: "(.*?)" ', page)
    name = '</pre><a href="https://pay.example">Pay here</a>'
    shown = SandboxedEnvironment().from_string(template).render(ml_connector={"text": name})
    assert "<a" not in shown
    assert "Pay here" in shown


def test_a_run_publishes_its_numbers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gauge for each number of each flow, tagged with DAG and flow, through Airflow's own metrics."""
    from airflow.sdk.observability.stats import Stats

    seen: dict[tuple[str, str], float] = {}

    def gauge(name: str, value: float, *, tags: dict[str, str]) -> None:
        seen[name, tags.get("flow", "")] = value

    monkeypatch.setattr(Stats, "gauge", gauge)
    world.deploy("suppliers")
    report = world.run().report
    assert seen["ml_connector.documents.created", "suppliers"] == report["flows"]["suppliers"]["created"] > 0
    assert seen["ml_connector.watermark_age_seconds", "suppliers"] >= 0
    assert seen["ml_connector.agree", ""] == 1


def secret(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the secret that Cin7's webhooks must carry."""
    connection = world.connections()["CIN7_DEFAULT"]
    extra = {**connection["extra"], "webhook_secret": "a-long-s3cret-of-webhooks"}
    monkeypatch.setenv("AIRFLOW_CONN_CIN7_DEFAULT", json.dumps({**connection, "extra": extra}))


def test_a_webhook_that_cin7_has_given_up_is_told_for_one_call_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a secret nobody asks; what was found is said again until the next day, and then it is asked anew."""
    clock = {"now": dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc)}
    database = world.database
    database.now = lambda: clock["now"]  # type: ignore[method-assign]
    deployment = read(world.pairs)[0]

    def found() -> tuple[list[str], int]:
        parts = Workshop(deployment, database)
        said = webhook_problems(parts, "r")
        parts.close()
        return said, parts.calls

    assert found() == ([], 0)
    secret(world, monkeypatch)
    missing, calls = found()
    assert (len(missing), calls) == (len(TYPES), 1)
    parts = Workshop(deployment, database)
    list(Cin7Webhooks(parts.client("cin7")).register(f"https://airflow.acme.example{OURS}{PAIR}/cin7", "s" * 32))
    assert found() == (missing, 0)
    clock["now"] += 24 * HOUR
    assert found() == ([], 1)
    rows = Cin7Webhooks(parts.client("cin7")).ours()
    parts.client("cin7").write("webhooks", method="PUT", json={**rows[0], "IsActive": False})
    parts.close()
    assert found() == ([], 0)
    clock["now"] += 24 * HOUR
    ((line,), calls) = found()
    assert (rows[0]["Type"] in line, "not active" in line, calls) == (True, True, 1)
    monkeypatch.setattr(Cin7Webhooks, "ours", unreachable)
    clock["now"] += 24 * HOUR
    assert found()[0] == [line]


def unreachable(_self: Cin7Webhooks) -> list[Any]:
    raise VendorUnavailable("Cin7 does not answer")


def test_the_digest_tells_what_differs_and_which_webhook_is_gone(world: World, box: Path) -> None:
    """Differences by flow and cause with what to do; what is known already, such as held ones, is not among them."""
    database = world.database
    rows = [("B1", Cause.EDITED_BY_HAND, None), ("B2", Cause.EDITED_BY_HAND, None), ("B3", Cause.HELD, None),
            ("B4", Cause.AMOUNT, database.now())]  # fmt: skip
    with writing(database.engine) as connection:
        for key, cause, over in rows:
            connection.execute(insert(difference).values(
                deployment=PAIR, flow="supplier_invoices", key=key, cause=cause.value, label=key, detail="", day=None,
                run_id="r", first_day="2026-11-01", last_day="2026-11-30", found_at=database.now(),
                seen_at=database.now(), cleared_at=over))  # fmt: skip
    report = Report(deployment=PAIR, run_id="r", agree=True, flows={}, differences=(), incomplete=(), held=())
    made = noticing.digest(database, Notices(**asked(box)), [], report, problems=[], webhooks=["the webhook X is gone"])
    differing, webhook = made.lines
    assert differing.startswith(
        "2 not the same on both sides in supplier_invoices: Changed in the target by hand. Check"
    )
    assert webhook == "the webhook X is gone; until that is mended changes wait for the schedule"
