"""A database with a trail, and the command run against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ml_connector.cli import main
from ml_connector.orchestration.audit_keys import VARIABLE, audit_keys
from ml_connector.store.database import Database

DAG = "acumatica_cin7"
UTC = dt.timezone.utc
FIRST = dt.datetime(2026, 10, 1, tzinfo=UTC)


@dataclass
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A migrated database that the command finds, with a key for its trail."""
    made = f"sqlite:///{tmp_path / 'connector.db'}"
    monkeypatch.setenv("ML_CONNECTOR_DB", made)
    monkeypatch.setenv(VARIABLE, "the key of the trail")
    Database(made).migrate()
    return made


@pytest.fixture
def run(url: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``ml-connector …``."""

    def command(*words: str) -> Said:
        capsys.readouterr()
        try:
            code = main(words)
        except SystemExit as left:
            code = int(str(left.code))
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return command


@pytest.fixture
def trail(url: str) -> Database:
    """Three days, on each of which a run wrote one step of bill B1 and one of a bill of its own, and was anchored."""
    now = [FIRST]
    database = Database(url, now=lambda: now[0])
    for day in range(3):
        now[0] = FIRST + dt.timedelta(days=day)
        audit = database.audit(DAG, "supplier_invoices", f"run {day}")
        for key in ("B1", f"B-day-{day}"):
            audit.note(key, "sent", {"label": f"bill {key}", "amount": "1.10"})
        database.anchors(DAG, audit_keys()[0]).add(f"run {day}")
    return database
