"""``ml-connector check`` with the pair's two systems."""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pair_world import ACCOUNT, KEY, PairWorld, billed, received

from ml_connector.cli import main
from ml_connector_sandbox.qad import world as books

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-"))
GOODS = (("ST-200", 10, 4),)
Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(
    pair: PairWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Check:
    """Run the command with these options of QAD."""

    def command(password: str = books.PASSWORD, **options: Any) -> tuple[int, str]:
        deployment = {"pair": "cin7_qad", "options": {"qad": options}}
        (tmp_path / "pairs.yaml").write_text(json.dumps({"deployments": [deployment]}), encoding="utf-8")
        cin7 = {"conn_type": "cin7_core", "host": pair.cin7_url, "login": ACCOUNT, "password": KEY}
        qad = {"conn_type": "qad", "host": pair.qad.url + books.CONTEXT, "login": books.USERNAME, "password": password,
               "extra": {"domain": books.DOMAIN, "entity": books.ENTITY}}  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_CIN7_DEFAULT", json.dumps(cin7))
        monkeypatch.setenv("AIRFLOW_CONN_QAD_DEFAULT", json.dumps(qad))
        words = ["--db", f"sqlite:///{tmp_path / 'c.db'}", "check", "cin7_qad", "--pairs", str(tmp_path / "pairs.yaml")]
        pair.cin7("POST", "clock", {"set": dt.datetime.now(dt.timezone.utc).isoformat(), "speed": 1})
        code = main(words)
        return code, capsys.readouterr().out

    return command


def test_a_deployment_that_is_set_up_right_has_nothing_to_correct(pair: PairWorld, check: Check) -> None:
    """Both connections answer, and QAD knows every service, field, browse and column; nothing is written."""
    pair.purchase(*GOODS, StockReceived=received(("ST-200", 10)), Invoice=billed(*GOODS))
    pair.run()
    before = pair.invoices()
    assert check() == (0, "cin7_qad: nothing to correct\n")
    assert pair.invoices() == before


def test_what_is_to_be_corrected_is_listed(check: Check) -> None:
    """Each line names the system and the option."""
    code, said = check(services={"invoice": {"path": "invoices", "view_uri": "urn:be:com.qad.none"}})
    assert code == 1
    assert "- qad: urn:be:com.qad.none is not known to this tenant: correct options.qad.services.invoice" in said
    assert "things to correct" in said


def test_a_connection_that_does_not_sign_in_is_told(check: Check) -> None:
    """A wrong password is one line, and the other system is checked all the same."""
    code, said = check(password="wrong")
    assert code == 3
    assert "- qad: " in said
    assert "invalid_grant" in said
    assert "- cin7" not in said
