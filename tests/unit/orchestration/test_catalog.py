"""The catalogue of pairs and systems, and what Airflow learns of the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ml_connector.systems
from ml_connector.orchestration import catalog
from ml_connector.provider import get_provider_info

FOLDERS = sorted(path.parent.name for path in Path(ml_connector.systems.__file__).parent.glob("*/form.py"))
HEAVY = ("airflow", "requests", "pydantic", "sqlalchemy")


@pytest.mark.parametrize("pair_id", catalog.PAIRS)
def test_a_pair_is_listed_under_its_own_name(pair_id: str) -> None:
    """What the catalogue calls a pair is what the pair calls itself, and both its systems are listed."""
    spec = catalog.pair(pair_id)
    assert spec.pair_id == pair_id
    assert {system for flow in spec.flows for system in (flow.source, flow.destination)} == {"cin7", spec.partner}
    assert spec.partner in catalog.SYSTEMS


@pytest.mark.parametrize("system", catalog.SYSTEMS)
def test_every_place_in_the_catalogue_exists(system: str) -> None:
    """Adapter, options, identity and allowance of a system are where the catalogue says."""
    parts = catalog.SYSTEMS[system]
    for place in filter(None, (parts.adapter, parts.options, parts.identity, parts.allowance)):
        assert catalog.load(place)
    assert catalog.load(parts.adapter).system == system


def test_every_system_has_a_connection_type() -> None:
    """Each system folder with a form is a connection type, under the name of its hook's class in the catalogue."""
    listed = {form["hook-class-name"] for form in get_provider_info()["connection-types"]}
    assert sorted(catalog.SYSTEMS) == FOLDERS
    assert listed == {parts.hook.replace(":", ".") for parts in catalog.SYSTEMS.values()}


@pytest.mark.parametrize("module", ["ml_connector.provider", "ml_connector.orchestration.catalog"])
def test_what_every_airflow_command_loads_is_light(module: str) -> None:
    """The provider information needs the standard library only: if it failed, no Airflow command would work."""
    heavy = HEAVY if module.endswith("provider") else ("airflow", "requests", "sqlalchemy")
    code = f"import sys; import {module}; print(sorted(set({heavy!r}) & set(sys.modules)))"
    path = str(Path(ml_connector.systems.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {code}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
