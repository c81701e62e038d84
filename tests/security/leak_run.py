"""One pair, whose every secret is a mark, run by Airflow against simulators that fail and quote secrets; then searched.

A process of its own, since Airflow reads its home once::

    python leak_run.py PAIR FOLDER [leak]
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import io
import json
import logging
import os
import re
import sqlite3
import sys
import traceback
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "include")]

PAIR, FOLDER, LEAKS = sys.argv[1], Path(sys.argv[2]), "leak" in sys.argv[3:]
os.environ |= {
    "AIRFLOW_HOME": str(FOLDER / "airflow"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).parents[2] / "dags"),
    "AIRFLOW__CORE__FERNET_KEY": "",  # nothing is sealed but tokens: what is in the database can be read and searched
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG",
    "AIRFLOW__LOGGING__FAB_LOGGING_LEVEL": "DEBUG",
    "ML_CONNECTOR_AUDIT_KEY": "a key for the trail, which is not under test",
    "ML_CONNECTOR_PAIRS": str(FOLDER / "airflow" / "pairs.yaml"),
}
warnings.simplefilter("ignore")

import marks
import requests
from fastapi import Request

QUOTED = "they sent us"
SECRETS: dict[str, str] = {}
"""Name → every secret of this run: those of the connections, and what the systems hand out while it goes on."""
SEEN: dict[str, Any] = {}
PARTNERS = {
    "acumatica": ("PASSWORD", "CLIENT_SECRET"),
    "ifs": ("CLIENT_SECRET",),
    "infor": ("CLIENT_SECRET", "ACCESS_KEY", "SECRET_KEY"),
    "qad": ("PASSWORD",),
    "syspro": ("OPERATOR_PASSWORD", "COMPANY_PASSWORD"),
}
"""The simulator's constants that are secrets."""


def mark(name: str) -> str:
    """Make up a secret; characters that encodings change are in it."""
    SECRETS[name] = f"mlcmark-{name.lower().replace('_', '-')}/é+{len(SECRETS)}=Z9".lower()
    return SECRETS[name]


def plain_mark(name: str) -> str:
    """Make up a secret that may stand in a header."""
    SECRETS[name] = f"mlcmark-{name.lower().replace('_', '-')}-{len(SECRETS)}-z9"
    return SECRETS[name]


def watch() -> None:
    """Note what the systems hand out and what signs our calls: these are secrets, too."""
    from ml_connector.store.tokens import SqlTokenStore

    send, save = requests.adapters.HTTPAdapter.send, SqlTokenStore.save

    def sending(adapter: Any, request: Any, **named: Any) -> Any:
        for header in ("Authorization", "Cookie"):
            value = str(request.headers.get(header) or "")
            if value:
                _note(header, value.partition(" ")[2] or value)
        return send(adapter, request, **named)

    def saving(store: Any, name: str, token: Any) -> None:
        _note("access token", token.access_token)
        _note("refresh token", token.refresh_token or "")
        save(store, name, token)

    requests.adapters.HTTPAdapter.send = sending  # type: ignore[method-assign]
    SqlTokenStore.save = saving  # type: ignore[method-assign]


def _note(kind: str, value: str) -> None:
    if value and value not in SECRETS.values():
        SECRETS[f"{kind} {len(SECRETS)}"] = value


class Listener(logging.Handler):
    """Keeps every record of every logger, before anything masks it, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(Exception):
            self.lines.append(f"{record.name}: {record.getMessage()}")
        if record.exc_info and record.exc_info[1]:
            self.lines += traceback.format_exception(record.exc_info[1])


def marked_show() -> Any:
    """Return what the demo knows of the pair; the partner's simulator has marks for secrets."""
    partner = next(name for name in PARTNERS if name in PAIR)
    constants = importlib.import_module(f"ml_connector_sandbox.{partner}.world")
    for name in PARTNERS[partner]:
        value = plain_mark(f"{partner}_{name}") if partner == "infor" else mark(f"{partner}_{name}")
        setattr(constants, name, value)
    if partner == "infor":  # its keys name the tenant and the client
        constants.ACCESS_KEY = f"{constants.TENANT}#{constants.ACCESS_KEY}"
    from ml_connector_sandbox.demo.show import show

    return show(PAIR)


def connect(made: Any, urls: dict[str, str], scenario: Any) -> None:
    """Define both connections; every field that holds a secret has a mark."""
    account = scenario.accounts["cin7"]
    cin7 = {
        "conn_type": "cin7_core", "host": urls["cin7"], "login": account["account_id"], "password": account["keys"][0],
        "extra": {"requests_per_minute": 100_000, "webhook_secret": plain_mark("cin7_webhook")},
    }  # fmt: skip
    partner: dict[str, Any] = dict(made.connection(urls[made.partner], scenario))
    partner["extra"] = json.loads(partner.get("extra") or "{}")
    if made.partner == "infor":
        SECRETS["infor_ACCESS_KEY"] = json.loads(partner["password"])["saak"]
    if made.partner == "acumatica":
        partner["extra"]["push_secret"] = plain_mark("acumatica_push")
    if made.partner == "syspro":
        partner["extra"]["company_password"] = SECRETS["syspro_COMPANY_PASSWORD"]
    os.environ[f"AIRFLOW_CONN_{made.cin7_connection.upper()}"] = json.dumps(cin7)
    os.environ[f"AIRFLOW_CONN_{made.partner.upper()}_DEFAULT"] = json.dumps(partner)


def quoted(system: str) -> dict[str, Any]:
    """Return what a careless system answers: the secrets it was given, under names and in sentences."""
    own = {name: value for name, value in SECRETS.items() if name.startswith(f"{system}_")}
    basic = base64.b64encode("".join(own.values()).encode()).decode()
    told = "; ".join(f"{QUOTED} {value}" for value in own.values())
    return {"message": told, "error": {"message": told, "code": "X"}, "Authorization": f"Basic {basic}"}


def trouble(system: str) -> list[dict[str, Any]]:
    """Return what goes wrong with a run: writes refused with secrets quoted, pages, cut answers, lost ones."""
    return [
        {"kind": "status", "method": "POST", "skip": 2, "status": 400, "answer": quoted(system)},
        {"kind": "status", "method": "PUT", "skip": 1, "status": 422, "answer": [quoted(system)]},
        {"kind": "status", "skip": 6, "status": 503, "answer": quoted(system)},
        {"kind": "reset_after", "skip": 9},
        {"kind": "truncate", "method": "POST", "skip": 6},
        {"kind": "html", "method": "GET", "skip": 25},
    ]


def answers(urls: dict[str, str]) -> Iterator[str]:
    """Have every call answered in one bad way after the other, and name it."""
    for status in (400, 401, 403, 404, 409, 422, 429):
        headers = {"Retry-After": "7200"} if status == 429 else {}
        fault = {"kind": "status", "times": 500, "status": status, "headers": headers}
        for system, url in urls.items():
            fault["answer"] = quoted(system)
            requests.delete(f"{url}/_sim/faults", timeout=30)
            requests.post(f"{url}/_sim/faults", data=json.dumps(fault), timeout=30).raise_for_status()
        yield str(status)


def pages(database: Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield every page that a person can come to, and its JSON."""
    import datetime as dt
    from collections import deque

    from starlette.testclient import TestClient

    from ml_connector.operator_ui.app import create_app
    from ml_connector.operator_ui.desk import Desk
    from ml_connector.operator_ui.pairs import known_pairs
    from ml_connector.orchestration.deployments import Deployment

    class Everybody:
        name = "mia"

        def may_see(self, _pair: str) -> bool:
            return True

        may_change = may_trigger = may_see

    class Nothing:
        def upcoming(self, _dag_ids: Any) -> dict[str, Any]:
            return {}

    def sign_in(request: Request) -> None:
        request.state.visitor = Everybody()

    found = known_pairs((Deployment(pair=name),), database.engine)
    clock = lambda: dt.datetime.now(dt.timezone.utc)  # noqa: E731
    app = create_app(Desk(lambda: database, lambda: found, Nothing(), b"s" * 32, "/", clock), sign_in)
    client = TestClient(app, raise_server_exceptions=False)
    waiting, seen = deque(["/", "/queue", "/mappings", "/reconciliation"]), set()
    while waiting and len(seen) < 400:
        path = waiting.popleft()
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        yield f"page {path} ({answer.status_code})", answer.text
        if answer.status_code >= 500:
            SEEN.setdefault("broken", []).append(path)
        bare, _, query = path.partition("?")
        if not bare.endswith((".json", ".csv", ".css")):
            waiting.append(("/index" if bare == "/" else bare) + ".json" + (f"?{query}" if query else ""))
        if "html" in answer.headers.get("content-type", ""):
            links = re.findall(r'(?:href|action)="([^"#]+)"', answer.text)
            waiting.extend(one.replace("&amp;", "&") for one in map(str, links) if one.startswith(("/", "?")))


def commands(pair: str, urls: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what the commands print, well and while every call is answered badly."""
    file = FOLDER / "airflow" / "trail.jsonl"
    for words in (
        ["check", pair], ["preflight", pair], ["held", pair, "--json"], ["audit", "verify"], ["audit", "show", ""],
        ["audit", "export", pair, "--output", str(file)], ["maps", "export", pair, str(FOLDER / "airflow" / "maps")],
        ["reconcile", pair], ["replay", "--offline", pair],
    ):  # fmt: skip
        yield f"command {' '.join(words[:2])}", command(words)
    for status in answers(urls):
        for words in (["check", pair], ["preflight", pair], ["reconcile", pair]):
            yield f"command {words[0]} while all is answered with {status}", command(words)


def command(words: list[str]) -> str:
    """Return what a command prints, or the traceback with which it ends."""
    from ml_connector.cli import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), contextlib.suppress(SystemExit):
        try:
            main(words)
        except Exception:  # noqa: BLE001 - what it says is what is looked at
            traceback.print_exc()
            SEEN.setdefault("broken", []).append(" ".join(words))
    return out.getvalue()


def leak() -> None:
    """What must be found: a client that logs the headers of each call."""
    from ml_connector.transport.exchange import Exchange

    send = Exchange.send

    def telling(self: Any, request: Any, **named: Any) -> Any:
        logging.getLogger("ml_connector").debug("sending with %s", dict(request.headers))
        return send(self, request, **named)

    Exchange.send = telling  # type: ignore[method-assign]


def main() -> int:
    """Run the pair in trouble and well, search everything, and print what was found as JSON."""
    (FOLDER / "airflow").mkdir(parents=True)
    listener = Listener()
    show, urls = marked_show(), dict[str, str]()
    watch()
    from airflow.utils.db import initdb

    initdb()
    from ml_connector_sandbox.core.app import build
    from ml_connector_sandbox.core.server import serve

    scenario = show.scenario("tiny")
    SECRETS["cin7_application_key"] = str(uuid.uuid4())  # Cin7's are GUIDs
    scenario.accounts["cin7"]["keys"] = [SECRETS["cin7_application_key"]]
    with contextlib.ExitStack() as stack:
        simulators = {name: importlib.import_module(f"ml_connector_sandbox.{name}").simulator()
                      for name in ("cin7", show.partner)}  # fmt: skip
        gateways = {name: build(one) for name, one in simulators.items()}
        for name, gateway in gateways.items():
            urls[name] = stack.enter_context(serve(gateway)).url
        for name, simulator in simulators.items():
            simulator.reset()
            if name in scenario.accounts:
                simulator.add_account(scenario.accounts[name])
            if name == "syspro":
                simulator.add_account({"name": "ACM1", "password": SECRETS["syspro_COMPANY_PASSWORD"]})
            simulator.seed(scenario.accounts.get(name, {}).get("account_id"), scenario.records[name])
            simulator.change_settings({"rate_limit": 100_000} if name == "cin7" else show.limits)
        connect(show, urls, scenario)
        if LEAKS:
            leak()
        places = run(show, urls, scenario, listener)
    found = marks.search(SECRETS, places)
    (FOLDER / "found.json").write_text(json.dumps({"found": found, "secrets": len(SECRETS), **SEEN}))
    return 0


def run(show: Any, urls: dict[str, str], scenario: Any, listener: Listener) -> list[tuple[str, str]]:
    """Run the pair in trouble, then well; return every place where a secret could stand."""
    from ml_connector.orchestration.deployments import read
    from ml_connector.orchestration.factory import build as build_dag
    from ml_connector.store.database import Database

    pairs = Path(os.environ["ML_CONNECTOR_PAIRS"])
    deployment = {"pair": PAIR, "retries": 0, "connections": {"cin7": show.cin7_connection}, **show.chosen}
    deployment |= {"schedule": None} if "calendar" not in show.chosen else {}
    pairs.write_text(json.dumps({"deployments": [deployment]}))
    database = Database(f"sqlite:///{FOLDER / 'airflow' / 'ml_connector.db'}")
    database.migrate()
    for name, text in scenario.maps.items():
        database.code_maps(PAIR).import_text(name, text, author="test")
    for logger in (
        logging.getLogger(name) for name in ("", "urllib3", "requests", "sqlalchemy.engine", "ml_connector")
    ):
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(listener)
    printed, states, results = io.StringIO(), [], []
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        for conf in ("trouble", {}):
            if conf == "trouble":
                for system, url in urls.items():
                    asked = json.dumps(trouble(system))
                    requests.post(f"{url}/_sim/faults", data=asked, timeout=30).raise_for_status()
            made = build_dag(read(pairs)[0]).test(run_conf=conf if isinstance(conf, dict) else {})
            for url in urls.values():
                requests.delete(f"{url}/_sim/faults", timeout=30)
            states.append(str(made.state))
            tasks = made.get_task_instances()
            results += [(f"result of {ti.task_id}", str(ti.xcom_pull(task_ids=ti.task_id))) for ti in tasks]
    calls = requests.get(f"{urls['cin7']}/_sim/journal/count", timeout=30).json()["count"]
    SEEN.update(states=states, lines=len(listener.lines), calls=calls, written=_written(database))
    shown = [*pages(database, PAIR), *commands(PAIR, urls)]
    SEEN.update(pages=sum(name.endswith("(200)") for name, _ in shown))
    SEEN["quoted"] = sum(text.count(f"{QUOTED} ***") for _, text in shown)
    SEEN["signed"] = sorted(SECRETS)
    database.engine.dispose()
    log, said = "\n".join(listener.lines), _without_test_loop(printed.getvalue())
    (FOLDER / "log.txt").write_text(f"{log}\n{said}")
    return [
        ("log", log), ("printed", said), *results, *shown,
        *marks.files(FOLDER / "airflow"),
    ]  # fmt: skip


def _written(database: Any) -> int:
    """Return how many documents stand in their target."""
    with contextlib.closing(sqlite3.connect(database.engine.url.database)) as connection:
        query = "SELECT count(*) FROM mlc_document WHERE target_key IS NOT NULL"
        return int(connection.execute(query).fetchone()[0])


def _without_test_loop(text: str) -> str:
    """Leave out what only Airflow's test loop prints: what is to be masked. Its real supervisor omits that."""
    return "\n".join(line for line in text.splitlines() if "msg=MaskSecret(" not in line)


if __name__ == "__main__":
    sys.exit(main())
