"""``ml-connector replay --offline``."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from ml_connector.domain.documents import Line, PurchaseOrder
from ml_connector.domain.status import Progress
from ml_connector.store.database import Database
from ml_connector.store.engine import writing
from ml_connector.sync.evidence import MAPS_IN_FORCE, payload_note
from ml_connector.sync.stores import Decision

if TYPE_CHECKING:
    from conftest import Run

DAG, FLOW, RUN = "acumatica_cin7", "purchase_orders", "run 1"


@pytest.fixture
def sent(url: str) -> Database:
    """One order that a run has mapped and sent."""
    database = Database(url)
    amount = Decimal(100)
    read = PurchaseOrder(
        source="cin7", key="K1", modified_at=dt.datetime(2026, 10, 1, tzinfo=dt.timezone.utc), number="PO-1",
        supplier_key="S1", supplier_name="Kestrel", date=dt.date(2026, 10, 1), currency="USD",
        lines=(Line(item="A", quantity=Decimal(1), unit_price=amount, net=amount),),
        net=amount, tax=Decimal(0), gross=amount,
    )  # fmt: skip
    mapped = read.model_copy(update={"supplier_key": "V1"})
    staging = database.staging(DAG, FLOW, RUN)
    staging.begin()
    staging.add([read])
    staging.decide([Decision("K1", mapped)])
    audit = database.audit(DAG, FLOW, RUN)
    audit.note("", MAPS_IN_FORCE, {"versions": {}, "identity": ["currency", "item", "unit"], "release": "1.0"})
    database.journal(DAG, FLOW, RUN).advance("K1", Progress.SENT, document=read, note=payload_note(mapped))
    return database


def test_what_comes_out_as_sent_ends_with_zero(sent: Database, run: Run) -> None:
    """The counts say how many documents were made again, and how many the audit trail proves."""
    said = run("replay", "--offline", "--dag", DAG)
    assert (said.code, said.out) == (0, "1 documents, 1 proven, 0 differing, 0 not kept\n")


def test_a_difference_ends_with_one_and_is_named(sent: Database, run: Run) -> None:
    """Each difference has its run, document, field and both values; as JSON too."""
    with writing(sent.engine) as connection:
        connection.execute(text("UPDATE mlc_staged_document SET resolved = replace(resolved, 'PO-1', 'PO-9')"))
    said = run("replay", "--offline", "--from", "2026-01-01")
    assert said.code == 1
    assert "number: sent 'PO-9', rebuilt 'PO-1'" in said.out
    one, counts = map(json.loads, run("replay", "--offline", "--json").out.splitlines())
    assert (one["key"], one["differences"][-1]["field"]) == ("K1", "number")
    assert counts["differing"] == 1


def test_what_is_no_longer_kept_is_told(sent: Database, run: Run) -> None:
    """A purged document is no difference, but is not passed over either."""
    with writing(sent.engine) as connection:
        connection.execute(text("DELETE FROM mlc_staged_document"))
    said = run("replay", "--offline")
    assert said.code == 0
    assert "K1 was written, and nothing of it is stored any more" in said.out
    assert "purged" in said.err


@pytest.mark.parametrize("words", [(), ("--offline", "--dag", "sap_cin7"), ("--offline", "--from", "last week")])
def test_what_cannot_be_replayed_ends_with_two(sent: Database, run: Run, words: tuple[str, ...]) -> None:
    """A replay that was not made is told from one that found differences."""
    assert run("replay", *words).code == 2
