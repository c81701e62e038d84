"""Documents held for all kinds of reasons, put into the database as runs put them there."""

from __future__ import annotations

import datetime as dt
import os
import re
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fastapi import FastAPI
from sqlalchemy import make_url, text
from starlette.routing import Route

from ml_connector.domain.documents import Document, Line, PurchaseOrder, Supplier, SupplierInvoice
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome, Progress
from ml_connector.operator_ui.desk import Upcoming
from ml_connector.orchestration.deployments import PREFLIGHT, REPLAY, of_tenant
from ml_connector.store.database import Database
from ml_connector.store.engine import engine_for, writing
from ml_connector.sync.ports import TargetRef
from ml_connector.sync.reconcile import RECONCILED, FlowReport, Report
from ml_connector.sync.stores import Decision

POSTGRES = os.environ.get("ML_CONNECTOR_TEST_POSTGRES", "")
UTC = dt.timezone.utc
NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAIR, BILLS, ORDERS, SUPPLIERS = "acumatica_cin7", "supplier_invoices", "purchase_orders", "suppliers"


def bill(key: str, amount: str = "100.00", account: str = "6120", *, supplier: str = "Müller & Söhne") -> Document:
    """Return a bill of one line on that account."""
    total = Decimal(amount)
    line = Line(description="Tooling", quantity=Decimal(1), unit_price=total, net=total, account=account)
    return SupplierInvoice(
        source="cin7", key=key, modified_at=NOW, number=f"INV-{key}", supplier_key="S1", supplier_name=supplier,
        date=dt.date(2026, 11, 3), currency="EUR", lines=(line,), net=total, tax=Decimal(0), gross=total,
    )  # fmt: skip


def order(key: str, amount: str = "50.00", terms: str = "") -> Document:
    """Return an order of one line."""
    total = Decimal(amount)
    line = Line(item="A-1", quantity=Decimal(1), unit_price=total, net=total)
    return PurchaseOrder(
        source="cin7", key=key, modified_at=NOW, number=f"PO-{key}", supplier_key="S1", supplier_name="Müller & Söhne",
        date=dt.date(2026, 11, 2), currency="USD", lines=(line,), net=total, tax=Decimal(0), gross=total, terms=terms,
    )  # fmt: skip


def supplier(key: str, name: str) -> Document:
    """Return a supplier."""
    return Supplier(source="cin7", key=key, modified_at=NOW, name=name)


def unmapped(document: Document, account: str = "6120") -> Finding:
    """Return the finding that an account has no counterpart."""
    return Finding(
        reason=Reason.ACCOUNT_UNMAPPED, field="lines[0].account", value=account,
        message=f"{document.label}: GL account “{account}” has no counterpart in acumatica.",
        next_step=f"Add “{account}” to the account map, then release the document.",
    )  # fmt: skip


def finding(reason: Reason, message: str, *, value: str = "", waits: bool = False) -> Finding:
    """Return a finding of that reason."""
    return Finding(reason=reason, value=value, message=message, next_step="See to it.", waits=waits)


@contextmanager
def postgres_schema() -> Iterator[str]:
    """Give the URL of an empty schema, dropped in the end."""
    schema = f"mlc_pages_{uuid.uuid4().hex}"
    admin = engine_for(POSTGRES)
    with writing(admin) as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    url = make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.render_as_string(hide_password=False)
    with writing(admin) as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


@dataclass
class World:
    """The database, and a clock that moves only when told."""

    database: Database
    time: dt.datetime = NOW
    hour = dt.timedelta(hours=1)

    def clock(self) -> dt.datetime:
        """Return the time."""
        return self.time

    def park(
        self,
        flow: str,
        document: Document,
        *findings: Finding,
        days: float = 0,
        outcome: Outcome = Outcome.HELD,
        run_id: str = "scheduled__1",
    ) -> None:
        """Hold a document since `days` before now, as validate does."""
        self.time, now = self.time - dt.timedelta(days=days), self.time
        staging = self.database.staging(PAIR, flow, run_id)
        staging.add([document])
        staging.decide([Decision(document.key, None, findings, outcome)])
        journal = self.database.journal(PAIR, flow, run_id)
        journal.conclude(document.key, outcome, label=document.label, findings=findings, document=document)
        self.time = now

    def deliver(
        self, flow: str, document: Document, number: str, run_id: str = "scheduled__1", resolved: Document | None = None
    ) -> None:
        """Bring a document to the target, as load does."""
        staging, journal = (getattr(self.database, one)(PAIR, flow, run_id) for one in ("staging", "journal"))
        ref = TargetRef(key=f"Bill/{number}", number=number)
        staging.add([document])
        staging.decide([Decision(document.key, resolved or document)])
        for progress in (Progress.INTENDED, Progress.SENT, Progress.DRAFTED, Progress.AUTHORISING, Progress.VERIFIED):
            journal.advance(
                document.key, progress, ref=ref if progress is not Progress.INTENDED else None, document=document,
                source_hash=document.content_hash() if progress is Progress.VERIFIED else None, label=document.label,
            )  # fmt: skip
        staging.finish(document.key, Outcome.CREATED)
        journal.conclude(document.key, Outcome.CREATED, label=document.label, document=document)

    def run(self, flow: str, run_id: str = "scheduled__1") -> None:
        """Begin a flow of a run."""
        self.database.staging(PAIR, flow, run_id).begin()

    def reconcile(self, run_id: str = "scheduled__1", *, differences: Sequence[str] = (), **totals: str) -> None:
        """Keep a reconciliation as a run does; totals are flow → ``EUR 3 100.00 99.00``."""
        flows = {}
        for flow, told in totals.items():
            currency, count, source, target = told.split()
            total = {currency: {"count": count, "source": source, "target": target}}
            numbers = dict.fromkeys(("read", "created", "updated", "unchanged", "held", "waiting", "failed"), 0)
            flows[flow] = FlowReport(**numbers, undecided=0, carried=0, bound=int(count), totals=total)
        report = Report(
            deployment=PAIR, run_id=run_id, agree=not differences, flows=flows, differences=tuple(differences),
            incomplete=(), held=(),
        )  # fmt: skip
        detail = report.model_dump(mode="json", exclude={"held"})
        self.database.audit(PAIR, RECONCILED, run_id).note("", RECONCILED, detail)

    def end(self, run_id: str = "scheduled__1") -> None:
        """End a run."""
        self.database.finish_run(PAIR, run_id)


@dataclass
class Person:
    """Somebody whom Airflow knows; `rights` are what it lets them do, `blind` the DAGs that it hides from them."""

    name: str
    rights: frozenset[str]
    blind: frozenset[str] = frozenset()

    def may_see(self, dag_id: str) -> bool:
        return dag_id not in self.blind

    def may_change(self, dag_id: str) -> bool:
        return "change" in self.rights and self.may_see(dag_id)

    def may_trigger(self, dag_id: str) -> bool:
        return "trigger" in self.rights and self.may_see(dag_id)


PEOPLE = {
    "mia": Person("mia", frozenset({"change", "trigger"})),
    "ben": Person("ben", frozenset({"change", "trigger"})),
    "vera": Person("vera", frozenset()),
    "paul": Person("paul", frozenset({"change"})),
    "otto": Person("otto", frozenset({"change", "trigger"}), frozenset({REPLAY, PREFLIGHT})),
    "nora": Person("nora", frozenset({"change", "trigger"}), frozenset({PAIR})),
}


@dataclass
class Scheduler:
    """Airflow's side: remembers the replays and preflights that it was asked for."""

    paused: bool = False
    replays: list[tuple[str, str, tuple[str, ...], str]] = field(default_factory=list)
    preflights: list[tuple[str, str]] = field(default_factory=list)
    error: Exception | None = None

    def upcoming(self, dag_ids: Collection[str]) -> dict[str, Upcoming]:
        return {dag_id: Upcoming(NOW + dt.timedelta(minutes=10), self.paused) for dag_id in dag_ids}

    def replay(self, pair: str, flow: str, keys: Sequence[str], by: str) -> str:
        if self.error:
            raise self.error
        self.replays.append((pair, flow, tuple(keys), by))
        return f"{of_tenant(REPLAY, pair)}/manual__{len(self.replays)}"

    def preflight(self, pair: str, by: str) -> str:
        if self.error:
            raise self.error
        self.preflights.append((pair, by))
        return f"{of_tenant(PREFLIGHT, pair)}/manual__{len(self.preflights)}"


def routes_of(app: FastAPI) -> list[Route]:
    """Return every route; from FastAPI 0.137 on those of an included router stay in it."""
    found = [getattr(getattr(one, "original_router", None), "routes", [one]) for one in app.routes]
    return [route for routes in found for route in routes if isinstance(route, Route)]


def token_of(page: str) -> str:
    """Return the token of a page's forms."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found, "the page has no form"
    return found[1]


def form_of(page: str, action: str) -> dict[str, Any]:
    """Return the fields of the page's form with that action, as a browser sends them untouched."""
    for form in re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL):
        if f'action="{action}"' in form:
            inputs = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
            return dict(inputs)
    raise AssertionError(f"no form goes to {action}")
