"""The file of deployments, read strictly."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration import catalog
from ml_connector.orchestration.deployments import PACKAGED, Deployment, find, place, read


def given(folder: Path, text: str) -> Path:
    file = folder / "pairs.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str) -> str:
    file = given(folder, text)
    with pytest.raises(ConfigurationError) as caught:
        read(file)
    assert str(file) in str(caught.value)
    return str(caught.value)


def test_the_packaged_file_deploys_every_pair_of_the_catalogue_once() -> None:
    """Without a file of one's own, each pair is one DAG with its own defaults."""
    assert [deployment.dag_id for deployment in read(PACKAGED)] == sorted(catalog.PAIRS)


def test_a_deployment_may_name_tenant_connections_cadence_options_and_policies(tmp_path: Path) -> None:
    """All knobs of a deployment reach it, and what is left out has the pair's own value."""
    text = """
deployments:
  - pair: acumatica_cin7
    tenant: nz
    connections: {cin7: cin7_nz}
    cadence: {suppliers: "30 2 * * *"}
    flows: [suppliers, purchase_orders]
    options: {cin7: {page_size: 100}}
    policies: {overlap_minutes: 30}
    start_date: 2026-05-01
"""
    (made,) = read(given(tmp_path, text))
    suppliers, orders = made.active_flows()
    assert made.dag_id == "acumatica_cin7__nz"
    assert (made.connection_of("cin7"), made.connection_of("acumatica")) == ("cin7_nz", "acumatica_default")
    assert (made.cadence_of(suppliers), made.cadence_of(orders)) == ("30 2 * * *", "*/15 * * * *")
    assert (made.options_of("cin7").page_size, made.policies.overlap_minutes) == (100, 30)
    assert made.start_date == dt.datetime(2026, 5, 1, tzinfo=dt.timezone.utc)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "deployments: [{pair: acumatica_cin}]",
            ["deployments.0.pair", "'acumatica_cin'", "did you mean 'acumatica_c"],
        ),
        ("deployments: [{pair: acumatica_cin7, cadance: {}}]", ["deployments.0.cadance", "did you mean 'cadence'?"]),
        ("deployments: [{pair: acumatica_cin7, cadence: {supplier: '0 * * * *'}}]", ["cadence", "mean 'suppliers'?"]),
        ("deployments: [{pair: acumatica_cin7, cadence: {suppliers: hourly}}]", ["'hourly'", "no cron expression"]),
        ("deployments: [{pair: acumatica_cin7, schedule: '61 * * * *'}]", ["'61 * * * *'", "no cron expression"]),
        ("deployments: [{pair: acumatica_cin7, flows: [purchase_order]}]", ["flows", "mean 'purchase_orders'?"]),
        ("deployments: [{pair: acumatica_cin7, flows: []}]", ["deployments.0.flows"]),
        ("deployments: [{pair: acumatica_cin7, connections: {cin: x}}]", ["connections", "did you mean 'cin7'?"]),
        ("deployments: [{pair: acumatica_cin7, options: {cin7: {pagesize: 5}}}]", ["options.cin7", "'page_size'?"]),
        ("deployments: [{pair: acumatica_cin7, options: {cin7: {page_size: 5000}}}]", ["page_size", "5000"]),
        ("deployments: [{pair: acumatica_cin7, policies: {overlap: 5}}]", ["policies.overlap", "'overlap_minutes'?"]),
        ("deployments: [{pair: acumatica_cin7, retries: -1}]", ["deployments.0.retries", "-1"]),
        ("deployments: [{pair: acumatica_cin7, tenant: New Zealand}]", ["deployments.0.tenant", "New Zealand"]),
        ("deployment: []", ["deployment: there is no such key", "did you mean 'deployments'?"]),
        ("deployments: [{pair: acumatica_cin7}, {pair: acumatica_cin7}]", ["acumatica_cin7 is deployed twice"]),
        (
            "deployments: [{pair: acumatica_cin7}, {pair: acumatica_cin7, tenant: nz}]",
            ["acumatica_cin7__nz reads and writes the same accounts as acumatica_cin7", "connections of its own"],
        ),
        ("deployments: [", ["is no YAML"]),
        ("", ["deployments"]),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_the_likely_spelling(
    tmp_path: Path, text: str, said: list[str]
) -> None:
    """The message names file, key path, value and what was probably meant."""
    message = refusal(tmp_path, text)
    for words in said:
        assert words in message


def test_a_second_tenant_is_a_second_dag_and_one_switched_off_is_none(tmp_path: Path) -> None:
    """Deployments are sorted by DAG id, and a disabled one is left out."""
    text = """
deployments:
  - {pair: acumatica_cin7, tenant: us, connections: {cin7: cin7_us, acumatica: acumatica_us}}
  - {pair: acumatica_cin7, tenant: nz, enabled: false}
  - {pair: acumatica_cin7}
"""
    assert [made.dag_id for made in read(given(tmp_path, text))] == ["acumatica_cin7", "acumatica_cin7__us"]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A path that leads nowhere is an error and not the default."""
    with pytest.raises(ConfigurationError, match=r"gone\.yaml: cannot be read .*ML_CONNECTOR_PAIRS"):
        read(tmp_path / "gone.yaml")


def test_the_file_named_by_the_environment_comes_first_then_the_one_beside_the_loader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packaged file is used only when nobody wrote one."""
    monkeypatch.delenv("ML_CONNECTOR_PAIRS", raising=False)
    assert place(tmp_path) == PACKAGED
    beside = tmp_path / "ml_connector_pairs.yaml"
    beside.write_text("deployments: []", encoding="utf-8")
    assert place(tmp_path) == beside
    monkeypatch.setenv("ML_CONNECTOR_PAIRS", "elsewhere.yaml")
    assert place(tmp_path) == Path("elsewhere.yaml")


def test_a_deployment_is_found_by_its_dag_id() -> None:
    """An unknown name is refused with the likely one."""
    made = Deployment(pair="acumatica_cin7", tenant="nz")
    assert find("acumatica_cin7__nz", (made,)) is made
    with pytest.raises(ConfigurationError, match="did you mean 'acumatica_cin7__nz'"):
        find("acumatica_cin7_nz", (made,))
