"""Whatever people and callers hand in (files, settings, forms, searches, webhooks) is taken or refused with a reason.

What systems answer is in ``tests/contract/test_fuzz.py``. ``make fuzz EXAMPLES=…`` for more of each.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

sys.path.insert(0, str(Path(__file__).parents[1] / "pages"))

from page_world import PAIR, PEOPLE, Scheduler, World

from ml_connector.domain.errors import ConfigurationError
from ml_connector.operator_ui.app import create_app
from ml_connector.operator_ui.desk import Desk
from ml_connector.operator_ui.pairs import known_pairs
from ml_connector.operator_ui.webhooks import Desk as WebhookDesk
from ml_connector.operator_ui.webhooks import create_receiver
from ml_connector.orchestration.deployments import Deployment, read
from ml_connector.store.codemap_csv import decoded, read_rows, write_rows
from ml_connector.store.database import Database
from ml_connector.systems.infor.bod_xml import read_bod
from ml_connector.systems.syspro import xml as syspro_xml
from ml_connector.transport.answer import NotJson, decode
from ml_connector.transport.redaction import Redactor, redact_url
from ml_connector_sandbox.core.server import serve

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "50"))
fuzzed = settings(
    max_examples=EXAMPLES, deadline=10_000, database=None, derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
ODD = st.sampled_from(
    ["", "=1+1", "\x00", "'; --", "{{7*7}}", "<b>", "a" * 5000, "\u202e", "１２", "\ud800", ",;\t", '"', "\r\n"]
)
text = st.one_of(st.text(max_size=60), ODD)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(text, inner, max_size=4)),
    max_leaves=12,
)
URL = st.one_of(text, st.sampled_from(["http://[::1", "https://h:99999/x", "//", "https://u:p@h/?q#f", "http://é/%zz"]))


# --- files --------------------------------------------------------------------------------------

cell = st.one_of(text, st.sampled_from(["6120", "62300", "note"]))
sheet = st.builds(
    lambda head, rows, by, end: end.join(by.join(row) for row in [head, *rows]),
    st.sampled_from([["cin7_code", "partner_code"], ["Cin7_Code", "PARTNER_CODE", "note"], ["cin7_code"], ["x"], []]),
    st.lists(st.lists(cell, max_size=4), max_size=6), st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)  # fmt: skip


@fuzzed
@given(st.one_of(sheet, st.text(), st.binary()))
def test_a_csv_file_of_codes(given_file: str | bytes) -> None:
    """What is taken comes out and in again as it is; the rest is refused, with the file's name."""
    try:
        rows = read_rows(given_file if isinstance(given_file, str) else decoded(given_file, "f.csv"), "f.csv")
    except ConfigurationError as error:
        assert "f.csv" in str(error)  # noqa: PT017 - either end is fine
        return
    assert read_rows(write_rows(rows), "again") == rows


KEYS = [*Deployment.model_fields, "deployments", "pair", "x"]
deployment = st.dictionaries(st.sampled_from(KEYS), st.one_of(plain, st.just(PAIR)), max_size=5)


@fuzzed
@given(st.one_of(
    st.builds(lambda one: yaml.safe_dump({"deployments": [{"pair": PAIR, **one}]}).encode(), deployment),
    st.builds(lambda value: json.dumps({"deployments": value}).encode(), plain),
    st.binary(), st.text().map(lambda value: value.encode("utf-8", "surrogatepass")),
    st.sampled_from([b"&a [*a]", b"a: !!python/object/apply:os.system [x]", b"{" * 2000, b"- " * 2000]),
))  # fmt: skip
def test_the_file_of_deployments(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Deployments, or a refusal that names the file."""
    path = tmp_path_factory.getbasetemp() / "fuzzed.yaml"
    path.write_bytes(content)
    try:
        assert all(isinstance(one, Deployment) for one in read(path))
    except ConfigurationError as error:
        assert "fuzzed.yaml" in str(error)  # noqa: PT017 - either end is fine


# --- settings -----------------------------------------------------------------------------------

SYSTEMS = ("cin7", "acumatica", "ifs", "infor", "qad", "syspro")
fields = st.dictionaries(
    st.sampled_from(["client_id", "client_secret", "realm", "endpoint", "requests_per_minute", "grant", "domain",
                     "entity",
                     "company_id", "odata_url", "odata_user", "odata_password", "more_api_keys", "rate_scope", "ionapi",
                     "webhook_secret", "push_secret", "workspace", "sign_in_by", "calls_per_second", "tenant", "x"]),
    st.one_of(plain, URL), max_size=8,
)  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
@fuzzed
@given(
    host=st.one_of(st.none(), URL), login=st.one_of(st.none(), text), password=st.one_of(st.none(), text), extra=fields
)
def test_a_connection(system: str, host: Any, login: Any, password: Any, extra: Any) -> None:
    """Settings, or a refusal that names the connection and shows no secret."""
    module = importlib.import_module(f"ml_connector.systems.{system}.connection")
    secret = f"mlcmark{password}"
    given_fields = {"password": secret, "extra": extra}
    if system != "infor":
        given_fields |= {"host": host, "login": login}
    try:
        assert module.read_settings("conn", **given_fields)
    except ConfigurationError as error:
        assert "conn" in str(error)  # noqa: PT017 - either end is fine
        assert "mlcmark" not in str(error)  # noqa: PT017


# --- texts and bytes ----------------------------------------------------------------------------


@fuzzed
@given(st.one_of(st.binary(), st.builds(lambda value: json.dumps(value).encode(), plain)))
def test_json(body: bytes) -> None:
    """Data that can be stored, or "no JSON"."""
    try:
        found = decode(body)
    except NotJson:
        return
    assert str(found).encode() is not None


element = st.recursive(
    st.one_of(text.map(lambda value: value.replace("<", "&lt;")), text),
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", st.sampled_from("abc"), st.lists(inner, max_size=3)
    ),
    max_leaves=10,
)  # fmt: skip
ENTITIES = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y"><!ENTITY f SYSTEM "file:///etc/passwd">]><a>&x;&f;</a>'


@fuzzed
@given(
    st.one_of(
        element,
        st.text(),
        st.just(ENTITIES),
        st.just("<a>" * 5000),
        st.binary().map(lambda value: value.decode("latin-1")),
    )
)
def test_xml(given_text: str) -> None:
    """A SYSPRO answer is an element or a text; a business document is one, or a ValueError that holds it."""
    body = given_text.encode("utf-8", "replace")
    found = syspro_xml.decoded(body)
    assert isinstance(found, str) or found.tag
    assert "root:" not in str(found)
    try:
        read_bod(given_text)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either end is fine
        assert "root:" not in str(error)  # noqa: PT017


@fuzzed
@given(st.one_of(text, URL, element), text)
def test_redaction(given_text: str, secret: str) -> None:
    """No text breaks the redaction, and a secret of it never passes."""
    hidden = f"mlcmark-{secret}"
    shown = Redactor([hidden]).text(f"{given_text} {hidden} password={hidden}")
    assert hidden not in shown
    redact_url(given_text)


# --- pages and webhooks -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The pages over an empty database."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('pages') / 'pages.db'}")
    database.migrate()
    world = World(database)
    pairs = (Deployment(pair=PAIR),)

    def sign_in(request: Request) -> None:
        request.state.visitor = PEOPLE["mia"]

    known = lambda: known_pairs(pairs, database.engine)  # noqa: E731
    app = create_app(Desk(lambda: database, known, Scheduler(), b"s" * 32, "/", world.clock), sign_in)
    with serve(app) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


PATHS = ["/", "/queue", "/queue/group", "/queue.csv", "/mappings", "/mappings/entry", "/mappings/history",
         "/mappings.csv",
         "/reconciliation", "/reconciliation.csv", "/reconciliation/differences.csv", "/reconciliation/documents.csv",
         "/plan", "/plan.csv", "/documents", f"/pairs/{PAIR}",
         f"/pairs/{PAIR}/runs.csv", f"/pairs/{PAIR}/runs/x"]  # fmt: skip
NAMES = ["pair", "flow", "key", "run", "map", "q", "after", "after_partner", "from", "to", "before", "reason",
         "value", "outcome",
         "cin7_code", "partner_code", "state", "days", "cause", "after_flow", "done", "notice"]  # fmt: skip
query = st.dictionaries(st.sampled_from(NAMES), st.one_of(text, st.just(PAIR), st.integers().map(str)), max_size=6)


@fuzzed
@given(st.sampled_from(PATHS), query, st.booleans())
def test_a_page(pages: httpx.Client, path: str, asked: dict[str, str], as_json: bool) -> None:
    """A page, or one that says what is wrong."""
    encoded = {name: value.encode("utf-8", "replace") for name, value in asked.items()}
    place = path if path.endswith(".csv") or path == "/" or not as_json else f"{path}.json"
    assert pages.get(place, params=encoded).status_code in {200, 403, 404, 409, 422}  # type: ignore[arg-type]


FORMS = ["/mappings/entry", "/mappings/remove", "/mappings/undo", "/mappings/import", "/mappings/apply",
         "/queue/release",
         "/queue/map",         "/documents/release", "/documents/reject", "/documents/reopen"]  # fmt: skip


@fuzzed
@given(
    st.sampled_from(FORMS),
    st.dictionaries(st.sampled_from([*NAMES, "token", "comment", "note", "seen"]), text, max_size=6),
)
def test_a_form(pages: httpx.Client, path: str, sent: dict[str, str]) -> None:
    """A form without a token of ours changes nothing."""
    encoded = {name: value.encode("utf-8", "replace") for name, value in sent.items()}
    assert pages.post(path, data=encoded, follow_redirects=False).status_code in {400, 403, 404, 409, 413, 422}


@pytest.fixture(scope="module")
def receiver() -> Iterator[httpx.Client]:
    """The receiver of webhooks, whose secret is known."""
    desk = WebhookDesk(lambda: [Deployment(pair=PAIR)], lambda *_: "s3cret", lambda *_: "run")
    with serve(create_receiver(desk)) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


@fuzzed
@given(st.one_of(st.just(PAIR), text), st.sampled_from(["cin7", "acumatica", "x"]),
       st.sampled_from(["s3cret", "s3cre", ""]),
       st.one_of(st.binary(), st.builds(lambda value: json.dumps(value).encode(), plain),
                 st.just(b"[" * 20000)))  # fmt: skip
def test_a_webhook(receiver: httpx.Client, dag_id: str, system: str, secret: str, body: bytes) -> None:
    """Only the right secret with a JSON object starts a run; no body breaks anything."""
    place = f"/{dag_id if dag_id == PAIR else 'x' + dag_id.encode('utf-8', 'replace').hex()}/{system}"
    answer = receiver.post(place, content=body, headers={"x-webhook-secret": secret})
    assert answer.status_code in ({202, 400} if (dag_id, secret) == (PAIR, "s3cret") and system != "x" else {401})
