"""Documents, a clock and Variables for the store's tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from alembic import command
from alembic.config import Config

from ml_connector.domain.documents import Line, PurchaseOrder
from ml_connector.store.engine import engine_for, writing

UTC = dt.timezone.utc
T0 = dt.datetime(2026, 10, 1, tzinfo=UTC)
HOUR = dt.timedelta(hours=1)
INCLUDE = Path(__file__).parents[3] / "include"
DEPLOYMENT, FLOW, RUN = "acumatica_cin7", "purchase_orders", "manual__1"


def upgrade(url: str, version: str) -> None:
    """Bring the database to an old version, as the release of that version did."""
    engine = engine_for(url)
    config = Config()
    config.set_main_option("script_location", str(INCLUDE / "ml_connector" / "store" / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()


class Killed(BaseException):
    """The worker died here."""


class Clock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> dt.datetime:
        return self.time


@dataclass
class Variables:
    """Airflow's Variables, in memory; `at` is called before each write and may raise."""

    values: dict[str, str] = field(default_factory=dict)
    at: Callable[[], None] = lambda: None

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def set(self, name: str, value: str) -> None:
        self.at()
        self.values[name] = value


def order(key: str = "P1", *, hours: int = 0, amount: str = "110.10", text: str = "") -> PurchaseOrder:
    """Return a purchase order changed `hours` after T0."""
    total = Decimal(amount)
    line = Line(item="A", description=text, quantity=Decimal(1), unit_price=total, net=total)
    return PurchaseOrder(
        source="cin7", key=key, modified_at=T0 + hours * HOUR, number=f"PO-{key}", supplier_key="S1",
        supplier_name="Müller & Söhne", date=dt.date(2026, 10, 1), currency="EUR", lines=(line,),
        net=total, tax=Decimal(0), gross=total,
    )  # fmt: skip
