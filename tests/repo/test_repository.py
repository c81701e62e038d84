"""Documentation and code say the same, and the layers hold."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import cli_page
import options_page
import pytest
import yaml

from ml_connector.domain.finding import Reason
from ml_connector_sandbox.systems import SYSTEMS

ROOT = Path(__file__).resolve().parents[2]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def toml_list(section: str) -> list[str]:
    body = text("pyproject.toml").split(f"{section} = [", 1)[1].split("\n]", 1)[0]
    return re.findall(r'"([^"]+)"', body)


def test_every_reason_is_documented_and_nothing_else() -> None:
    """docs/findings.md lists exactly the reasons that the code knows."""
    listed = re.findall(r"^\| `([a-z_]+)` \|", text("docs/findings.md"), re.MULTILINE)
    assert sorted(listed) == sorted(reason.value for reason in Reason)


def test_every_option_is_documented() -> None:
    """docs/options.md is what the options' docstrings say, and they tell of every option."""
    assert options_page.undocumented() == []
    assert text("docs/options.md") == options_page.page(), "python tests/repo/options_page.py > docs/options.md"


def test_every_command_is_documented() -> None:
    """docs/cli.md is what the commands' own help says."""
    assert text("docs/cli.md") == cli_page.page(), "python tests/repo/cli_page.py > docs/cli.md"


def test_requirements_equal_the_package_metadata() -> None:
    """requirements.txt is the package's own dependency list."""
    lines = [line for line in text("requirements.txt").splitlines() if line and not line.startswith("#")]
    assert lines == toml_list("dependencies")


def test_every_direct_dependency_is_in_the_tested_set() -> None:
    """constraints.txt pins every direct dependency."""
    pinned = set(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==", text("constraints.txt"), re.MULTILINE))
    for dependency in toml_list("dependencies"):
        assert re.split(r"[<>=\[]", dependency)[0] in pinned


def test_the_import_contracts_hold() -> None:
    """Layers point inward, systems do not know each other, and the sandbox shares nothing with the connector."""
    command = [str(Path(sys.executable).with_name("lint-imports"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", ["include/ml_connector", "include/ml_connector_sandbox", "docs", "tests"])
def test_no_path_of_one_machine_is_in_the_project(package: str) -> None:
    """No file names a home directory or a checkout of one machine."""
    for path in (ROOT / package).rglob("*"):
        if path.suffix in {".py", ".md", ".yaml", ".json", ".html"}:
            assert not re.search(r"/(work|root|home)/[a-z]", path.read_text(encoding="utf-8")), path


def test_links_between_documents_lead_somewhere() -> None:
    """Every relative link in README and docs points to a file that exists."""
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


def test_every_pair_of_the_catalogue_is_in_the_readme() -> None:
    """The table of pairs on the README's first screen names every DAG that exists."""
    from ml_connector.orchestration.catalog import PAIRS

    for pair_id in PAIRS:
        assert f"`{pair_id}`" in text("README.md")


@pytest.mark.parametrize("name", ["cin7", "acumatica"])
def test_documented_options_exist(name: str) -> None:
    """Every option and policy that the deployment guide names is one that the code knows."""
    from ml_connector.orchestration import catalog
    from ml_connector.sync.run import Policies

    known = set(catalog.load(catalog.SYSTEMS[name].options).model_fields)
    rows = re.findall(rf"^\| {name} \| (`[^|]+`) \|", text("docs/deployment.md"), re.MULTILINE)
    assert {option for row in rows for option in re.findall(r"`(\w+)`", row)} <= known
    policies = re.findall(r"^\| `(\w+)` \|", text("docs/deployment.md").split("### Policies")[1], re.MULTILINE)
    assert set(policies) == set(Policies.model_fields)


def test_every_system_folder_is_complete_and_listed() -> None:
    """Each folder of systems/ has its parts, its simulator and a line in the catalogue."""
    from ml_connector.orchestration.catalog import SYSTEMS

    folders = {path.name for path in (ROOT / "include/ml_connector/systems").iterdir() if (path / "hook.py").exists()}
    assert folders == set(SYSTEMS)
    for name in folders:
        for part in ("SYSTEM.md", "connection.py", "form.py", "hook.py", "wire.py", "translate.py", "adapter.py"):
            assert (ROOT / "include/ml_connector/systems" / name / part).exists(), f"{name}/{part}"
        assert (ROOT / "include/ml_connector_sandbox" / name / "__init__.py").exists()
        assert (ROOT / "tests/systems" / name).is_dir()


def test_the_compose_file_keeps_to_its_specification() -> None:
    """As far as a schema can tell; `make guides` types the guide where there is a container engine."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(ROOT / "docker-compose.yaml")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_files_for_kubernetes_fit_each_other() -> None:
    """One image and one ConfigMap by the same names, and none as the DAG folder, where Airflow stops at its links."""
    values, guide = yaml.safe_load(text("docs/deploy/values.yaml")), text("docs/guides.md")
    deployment, service = yaml.safe_load_all(text("docs/deploy/sandbox.yaml"))
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    image = values["images"]["airflow"]
    assert container["image"] == f"{image['repository']}:{image['tag']}"
    assert f"docker build -t {container['image']} ." in guide
    (volume,), (mount,) = values["volumes"], values["volumeMounts"]
    assert f"create configmap {volume['configMap']['name']} " in guide
    assert not mount["mountPath"].startswith("/opt/airflow/dags")
    assert values["env"] == [{"name": "ML_CONNECTOR_PAIRS", "value": f"{mount['mountPath']}/ml_connector_pairs.yaml"}]
    assert {port["name"]: port["port"] for port in service["spec"]["ports"]}.items() <= SYSTEMS.items()
    assert container["command"][container["command"].index("--reached-as") + 1] == service["metadata"]["name"]


def test_a_guide_has_at_most_ten_lines() -> None:
    """From an Airflow to the first run; the restart of Airflow is a comment."""
    guides = dict(re.findall(r"^## (\w+)\n+```sh\n(.*?)```", text("docs/guides.md"), re.MULTILINE | re.DOTALL))
    assert {"Wheel", "Folders", "Managed", "Git", "Kubernetes", "Compose"} <= guides.keys()
    for title, commands in guides.items():
        assert len([line for line in commands.splitlines() if not line.startswith("#")]) <= 10, title


@pytest.mark.parametrize(("version", "code"), [("2.32.0", 1), ("2.32.4", 0)])
def test_the_audit_finds_a_pin_with_a_known_hole(tmp_path: Path, version: str, code: int) -> None:
    """A pin within an advisory's versions is named with its id; another one is not."""
    advisory = {"id": "GHSA-9hjg", "cve": "CVE-2024-47081", "severity": "MODERATE", "v": "<2.32.4", "advisory": "leaks"}
    (tmp_path / "list.json").write_text(json.dumps({"Requests": [advisory]}))
    (tmp_path / "pins.txt").write_text(f"# tested set\nrequests=={version}\nurllib3==2.0\n")
    files = ["--list", tmp_path / "list.json", "--pins", tmp_path / "pins.txt"]
    command = [sys.executable, ".ci/audit_offline.py", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    assert ("requests 2.32.0: GHSA-9hjg CVE-2024-47081" in done.stdout) == (code == 1)
    assert "2 pins, 1 advisories" in done.stdout
