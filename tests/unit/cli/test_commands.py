"""``ml-connector``: maps, held documents, the database."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ml_connector.domain.documents import GLAccount
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome
from ml_connector.mapping.codemap import CodeMaps, Mapped
from ml_connector.store.database import Database
from ml_connector.sync.accounts import compare_accounts

if TYPE_CHECKING:
    from conftest import Run

DAG = "acumatica_cin7"
FERNET_KEY = "AIRFLOW__CORE__FERNET_KEY"


def test_maps_go_in_and_come_out_again(run: Run, tmp_path: Path) -> None:
    """What was imported is exported as it was; a folder without maps is told."""
    folder = tmp_path / "maps"
    folder.mkdir()
    assert run("mappings", "import", DAG, str(folder)).code == 2
    (folder / "account.csv").write_text("cin7_code,partner_code,note\n6120,62300,\n", encoding="utf-8")
    assert "account: 1 added" in run("maps", "import", DAG, str(folder)).out
    assert run("maps", "export", DAG, str(tmp_path / "out")).code == 0
    assert "6120,62300" in (tmp_path / "out" / "account.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("outcome", [Outcome.HELD, Outcome.WAITING, Outcome.FAILED])
def test_held_lists_what_is_parked_and_why(url: str, run: Run, outcome: Outcome) -> None:
    """Held, waiting and failed documents are listed with reason and next step, and since when they stand still."""
    finding = Finding(reason=Reason.ACCOUNT_UNMAPPED, message="Account 6120 is unmapped.", next_step="Map it.")
    journal = Database(url).journal(DAG, "supplier_invoices", "run 1")
    journal.conclude("B1", outcome, label="bill INV-1", findings=(finding,))
    said = run("held", DAG)
    assert "supplier_invoices: bill INV-1" in said.out
    assert "Account 6120 is unmapped. Map it." in said.out
    assert (f"({outcome.value} since 20" in said.out) is (outcome is not Outcome.FAILED)
    (row,) = json.loads(run("held", DAG, "--json").out)
    assert (row["key"], row["outcome"]) == ("B1", outcome.value)


def test_the_keys_of_documents_are_changed(url: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`db rotate-keys` seals what was clear, then what the old key sealed; a wrong key is refused, none is told."""
    monkeypatch.setenv(FERNET_KEY, "")
    Database(url).record_cache(DAG, "cin7").put("purchase", "1", "v", {"total": 1})
    assert "there is no key" in run("db", "rotate-keys").err
    monkeypatch.setenv(FERNET_KEY, "old")
    assert "1 rows sealed anew" in run("db", "rotate-keys").out
    monkeypatch.setenv(FERNET_KEY, "new")
    assert "fernet_key" in run("held", DAG).err
    monkeypatch.setenv(FERNET_KEY, "new,old")
    assert "mlc_source_record: 1 of 1" in run("db", "rotate-keys").err
    monkeypatch.setenv(FERNET_KEY, "new")
    assert run("held", DAG).code == 0


def test_accounts_not_compared_yet_are_told(run: Run) -> None:
    """Without a comparison there is nothing to show."""
    assert run("accounts", DAG).code == 2


def test_accounts_lists_the_differences_of_the_last_comparison(url: str, run: Run) -> None:
    """The summary counts and names what each side lacks or calls otherwise; --csv has every one."""
    partner = {
        **{str(code): GLAccount(code=str(code), name=f"Old {code}") for code in range(9000, 9025)},
        "6110": GLAccount(code="6110", name="Office supplies", type="Cost"),
        "5999": GLAccount(code="5999", name="Gone"),
    }
    cin7 = {"453": GLAccount(code="453", name="Office", type="ASSET"), "200": GLAccount(code="200", name="Sales")}
    maps = CodeMaps({"account": {"6110": [Mapped("453", 1)], "5999": [Mapped("7999", 1)]}}, today=dt.date(2026, 11, 1))
    found = compare_accounts("infor", partner, cin7, maps)
    audit = Database(url).audit("infor_cin7", "gl_account", "run 1")
    audit.note("", "accounts compared", {"old": True})
    audit.note("", "accounts compared", found.model_dump(mode="json"))
    said = run("accounts", "infor_cin7").out
    for words in (
        "infor 27, cin7 2", "25 only in infor", "- 9000 Old 9000", "and 5 more", "1 only in cin7", "- 200 Sales",
        "6110 Office supplies is 453 Office in cin7", "6110 Office supplies (Cost) is 453 Office (ASSET) in cin7",
        "5999 Gone is mapped to 7999", "0 agree",
    ):  # fmt: skip
        assert words in said, words
    assert len(run("accounts", "infor_cin7", "--csv").out.splitlines()) == 1 + len(found.differences)


def test_the_database_is_migrated_and_errors_are_one_line(run: Run, tmp_path: Path) -> None:
    """Migrating again does nothing; a database that cannot be opened is told without a stack."""
    assert "database is at version" in run("db", "migrate").out
    said = run("--db", f"sqlite:///{tmp_path / 'no' / 'folder.db'}", "held", DAG)
    assert said.code == 2
    assert said.err.count("\n") == 1


def test_it_runs_as_a_module(url: str) -> None:
    """``python -m ml_connector.cli`` is the same command."""
    import subprocess

    command = [sys.executable, "-m", "ml_connector.cli", "db", "migrate"]
    include = str(Path(__file__).parents[3] / "include")
    done = subprocess.run(command, env={"PYTHONPATH": include, "ML_CONNECTOR_DB": url}, capture_output=True, check=True)
    assert b"database is at version" in done.stdout
