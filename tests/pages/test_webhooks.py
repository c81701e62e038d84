"""What the receiver of webhooks takes in, over HTTP: who is let in, what is too much, and what a call starts."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx
import pytest

from ml_connector.domain.errors import RetryableError
from ml_connector.operator_ui.webhooks import MOST_BYTES, Desk, create_receiver
from ml_connector.orchestration.deployments import Deployment
from ml_connector_sandbox.core.server import serve

SECRETS = {"cin7": "s3cret-of-cin7", "acumatica": "s3cret-of-acumatica"}
EVENT = {"TaskID": "A1B2", "PurchaseOrderNumber": "PO-00001", "EventType": "Purchase/OrderAuthorised"}


@dataclass
class Started:
    """The runs that were asked for; `is_away` lets Airflow not answer."""

    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    is_away: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, dag_id: str, _system: str, flows: Sequence[str]) -> str:
        if self.is_away:
            raise RetryableError("the metadata database is away")
        with self.lock:
            self.asked.append((dag_id, tuple(flows)))
        return "webhook__1"


@pytest.fixture
def started() -> Started:
    return Started()


@pytest.fixture
def client(started: Started) -> Iterator[httpx.Client]:
    def secret_of(deployment: Deployment, system: str) -> str:
        return SECRETS[system] if deployment.tenant != "off" else ""

    deployed = [Deployment(pair="acumatica_cin7"), Deployment(pair="acumatica_cin7", tenant="off")]
    desk = Desk(lambda: deployed, secret_of, started.start)
    with serve(create_receiver(desk)) as server, httpx.Client(base_url=server.url, trust_env=False) as made:
        yield made


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}".strip()}


@pytest.mark.parametrize(
    ("system", "flows"),
    [("cin7", ("suppliers", "purchase_orders", "supplier_invoices")), ("acumatica", ("suppliers_to_cin7",))],
)
def test_a_call_with_the_secret_starts_the_flows_that_read_from_the_sender(
    client: httpx.Client, started: Started, system: str, flows: tuple[str, ...]
) -> None:
    """The answer is 202 with the run's id, so that the vendor does not send it again."""
    answer = client.post(f"/acumatica_cin7/{system}", json=EVENT, headers=bearer(SECRETS[system]))
    assert (answer.status_code, answer.json()) == (202, {"run": "webhook__1"})
    assert started.asked == [("acumatica_cin7", flows)]


def test_the_secret_may_stand_in_a_header_of_its_own(client: httpx.Client, started: Started) -> None:
    """Acumatica sends one header that an administrator chose."""
    headers = {"X-Webhook-Secret": SECRETS["acumatica"]}
    assert client.post("/acumatica_cin7/acumatica", json={"Query": "Vendors"}, headers=headers).status_code == 202
    assert len(started.asked) == 1


@pytest.mark.parametrize("headers", [
    {}, bearer(""), bearer("wrong"), bearer(SECRETS["acumatica"]), bearer("s3cret-of-cin"),
    {"authorization": "Basic YTpi"}, {"X-Webhook-Secret": ""}, {"authorization": b"Bearer \xff\xfe"},
])  # fmt: skip
def test_without_the_secret_nothing_starts(client: httpx.Client, started: Started, headers: dict[str, str]) -> None:
    """The answer is 401 and tells nothing of what is deployed."""
    answer = client.post("/acumatica_cin7/cin7", json=EVENT, headers=headers)
    unknown = client.post("/no_such_dag/cin7", json=EVENT, headers=headers)
    assert (answer.status_code, answer.json()) == (unknown.status_code, unknown.json())
    assert answer.status_code == 401
    assert started.asked == []


@pytest.mark.parametrize("place", ["/acumatica_cin7__off/cin7", "/acumatica_cin7/ifs", "/acumatica_cin7/nonsense"])
@pytest.mark.parametrize("sent", ["", "s3cret-of-cin7"])
def test_who_has_set_no_secret_lets_nobody_in(client: httpx.Client, started: Started, place: str, sent: str) -> None:
    """An empty secret is equal to no secret that is sent, and a system of another pair has none."""
    assert client.post(place, json=EVENT, headers=bearer(sent)).status_code == 401
    assert started.asked == []


def test_a_huge_body_is_refused_before_it_is_read_whole(client: httpx.Client, started: Started) -> None:
    """More than a megabyte is no event."""
    body = b"[" + b" " * MOST_BYTES
    answer = client.post("/acumatica_cin7/cin7", content=body, headers=bearer(SECRETS["cin7"]))
    assert answer.status_code == 413
    assert started.asked == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b"<a/>"])
def test_what_is_no_event_starts_nothing(client: httpx.Client, started: Started, body: bytes) -> None:
    """The body has to be a JSON object; what it says is believed in nothing."""
    answer = client.post("/acumatica_cin7/cin7", content=body, headers=bearer(SECRETS["cin7"]))
    assert answer.status_code == 400
    assert started.asked == []


def test_while_airflow_is_away_the_vendor_is_asked_to_send_again(client: httpx.Client, started: Started) -> None:
    """The answer is 503 and says nothing of what is wrong inside."""
    started.is_away = True
    answer = client.post("/acumatica_cin7/cin7", json=EVENT, headers=bearer(SECRETS["cin7"]))
    assert (answer.status_code, answer.json()) == (503, {"error": "not now; send it again"})


def test_reading_is_not_offered(client: httpx.Client) -> None:
    """There is nothing to see at these addresses."""
    assert client.get("/acumatica_cin7/cin7", headers=bearer(SECRETS["cin7"])).status_code == 405
    assert client.get("/").status_code == 404
