"""The books, the set-up check and the hook."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ml_connector.orchestration import catalog, deployments
from ml_connector.systems import infor
from ml_connector.systems.infor.allowance import allowance
from ml_connector.systems.infor.form import connection_form
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.pair import PAIR
from ml_connector.systems.infor.setup import needed
from ml_connector.transport.rate import Rate

if TYPE_CHECKING:
    from conftest import World

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-"))


def test_the_documented_deployment_can_be_loaded(tmp_path: Path) -> None:
    """The example of SYSTEM.md is a pairs file as it stands, whose DAG runs after each period's close."""
    page = (Path(infor.__file__).parent / "SYSTEM.md").read_text(encoding="utf-8")
    path = tmp_path / "pairs.yaml"
    path.write_text(page.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    (deployment,) = deployments.read(path)
    assert deployment.schedule_of_dag() == "period_close"
    assert deployment.options_of("infor").rule({"ITNO": "SRV-1"}).account == "6110"


# --- accounts ---


def test_accounts_come_with_words_for_their_type(world: World) -> None:
    """Flags of an account become a word for its type; the payable takes no lines, a blocked account is closed."""
    accounts = world.adapter().reference(["gl_account"]).accounts
    assert accounts is not None
    types = {code: accounts[code].type for code in ("2440", "1510", "1930", "1220", "1410", "2640", "4010")}
    assert types == {
        "2440": "Liability: accounts payable",
        "1510": "Asset: accounts receivable",
        "1930": "Bank",
        "1220": "Fixed asset",
        "1410": "Inventory",
        "2640": "Balance sheet",
        "4010": "Profit and loss",
    }
    assert not accounts["2440"].postable
    assert accounts["4010"].postable
    assert not accounts["7999"].active


def test_an_account_that_a_division_keeps_open_is_open(world: World) -> None:
    """An account blocked in one division and open in another is open; one whose time is over is not."""
    world.edit("FCHACC", "AAA/1/6110", LCCD="1")
    world.edit("FCHACC", "AAA/1/6550", VTDT="20251231")
    world.edit("FCHACC", "BBB/1/6550", VTDT="20251231")
    accounts = world.adapter().reference(["gl_account"]).accounts
    assert accounts is not None
    assert accounts["6110"].active
    assert not accounts["6550"].active


def test_an_open_end_of_nines_is_open(world: World) -> None:
    """Validity up to 99999999 has no end."""
    from ml_connector.systems.infor.translate import account_of

    assert account_of({"AITM": "4010", "VFDT": "0", "VTDT": "99999999"}, world.now().date()).active


def test_accounts_are_read_only_where_charts_are_compared(world: World) -> None:
    """Orders need no account: M3 keeps none on their lines."""
    assert world.adapter().reference(["purchase_order"]).accounts is None
    assert not [pull for pull in world.pulls if "CRS630MI" in pull.entity]


# --- the set-up check ---


def test_a_tenant_that_has_everything_lacks_nothing(world: World) -> None:
    """Every configured program, transaction and field is known to the tenant, those for writing too."""
    assert world.adapter().check_setup() == []
    assert world.adapter().check_setup(writes=True) == []


def test_a_missing_field_is_named_with_where_to_correct_it(world: World) -> None:
    """A release that lacks a field, or a transaction, is told by name and option."""
    world.set(missing_fields={"PPS200MI/LstLine": ["PITD"]}, missing_transactions=["GLS200MI/LstVoucherLines"])
    problems = world.adapter().check_setup()
    assert any("PPS200MI/LstLine has no field PITD" in one and "calls.order_lines.fields" in one for one in problems)
    assert any("GLS200MI/LstVoucherLines is not known" in one and "calls.voucher_lines" in one for one in problems)
    assert len(problems) == 2


def test_columns_of_exported_tables_are_checked(world: World) -> None:
    """Letters of a table, or a table, that the tenant does not have are named with the option to correct."""
    prefixes = {"MPHEAD": "IA", "MPLINE": "ZZ", "FPLEDG": "EP"}
    assert world.adapter(export_prefixes=prefixes).check_setup() == [
        "table MPLINE has no column ZZCONO, ZZPUNO, ZZLMDT: correct options.infor.export_prefixes.MPLINE"
    ]
    assert world.adapter(export_prefixes=prefixes, discovery="search").check_setup(writes=True) == []
    (problem,) = world.adapter(export_prefixes={**prefixes, "MPHEAD": "", "MPLINE": "IB"}).check_setup(writes=True)
    assert "YRE1" in problem


def test_columns_that_cannot_be_checked_are_told(world: World) -> None:
    """A tenant that blocks EXPORTMI is told for each table that is exported."""
    world.set(blocked_programs=["EXPORTMI"])
    problems = world.adapter(discovery="period").check_setup()
    assert len(problems) == 2
    assert all("cannot be checked" in one for one in problems)


def test_only_what_the_options_use_is_checked() -> None:
    """Exporting is not needed where the index is searched, and batches only where they are looked up."""
    assert {"export", "export_columns"} <= set(needed(InforOptions(), writes=False))
    searched = needed(InforOptions(discovery="search", batch_link=False), writes=False)
    assert "export" not in searched
    assert "export" not in needed(InforOptions(discovery="search"), writes=True)
    assert {"order_search", "order_line_search", "invoice_search"} <= set(searched)
    assert not {"batch_head", "entry_head"} & set(searched)


# --- pair and hook ---


def test_the_pair_is_in_the_catalog_and_writes_to_infor_only_where_switched_on() -> None:
    """Invoices wait for their orders; orders into CloudSuite are off; charts are compared."""
    assert catalog.pair("infor_cin7") is PAIR
    assert [flow.name for flow in PAIR.flows if flow.enabled_by_default] == [
        "suppliers",
        "purchase_orders",
        "supplier_invoices",
    ]
    assert PAIR.flow("supplier_invoices").within == "purchase_orders"
    assert PAIR.compare_accounts


def test_every_part_of_the_system_can_be_loaded() -> None:
    """Hook, adapter, options and allowance are where the catalog says."""
    parts = catalog.SYSTEMS["infor"]
    loaded = [catalog.load(place) for place in (parts.hook, parts.adapter, parts.options, parts.allowance)]
    assert all(loaded)
    assert connection_form()["hook-class-name"] == parts.hook.replace(":", ".")


def test_the_allowance_is_the_connections_own(world: World) -> None:
    """Calls are counted for the tenant, a second at a time."""
    scope, (rate,), _ = allowance(world.settings(calls_per_second=3))
    assert scope.endswith("/ACME_TST")
    assert rate == Rate(3, 1.0)


@pytest.fixture
def hook(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Make hooks of a connection to the simulator."""
    from ml_connector.systems.infor.hook import InforHook

    made = []

    def make(**changes: Any) -> Any:
        fields = {"conn_type": "infor_cloudsuite", "password": json.dumps(world.ionapi()), **changes}
        monkeypatch.setenv("AIRFLOW_CONN_INFOR", json.dumps(fields))
        hook = InforHook("infor", on_call=world.calls.append)
        made.append(hook)
        return hook

    yield make
    for one in made:
        one.close()


def test_the_connection_test_signs_in_and_asks_m3(hook: Callable[..., Any]) -> None:
    """A good connection is told with its address."""
    ok, message = hook().test_connection()
    assert ok, message
    assert "ACME_TST" in message


def test_no_part_of_the_file_leaks_into_headers_or_calls(hook: Callable[..., Any], world: World) -> None:
    """The credential is sent to the token service alone, and no call shows it."""
    client = hook(extra={"calls_per_second": 5}).client
    client.read("M3/m3api-rest/v2/execute/GENERAL/GetServerTime;maxrecs=1")
    assert not {"ionapi", "authorization", "calls_per_second"} & {name.lower() for name in client._session.headers}
    assert not any(secret in str(call) for secret in world.settings().secrets for call in world.calls)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"password": ""}, "content of the .ionapi file is missing"),
        ({"password": '{"ti": "ACME_TST"}'}, "“saak”"),
        ({"extra": {"calls_per_second": 0}}, "calls_per_second"),
    ],
)
def test_a_bad_connection_is_told_in_words(hook: Callable[..., Any], changes: dict[str, Any], told: str) -> None:
    """The connection test never raises; it says what to correct."""
    ok, message = hook(**changes).test_connection()
    assert not ok
    assert told in message
