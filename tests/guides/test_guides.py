"""The guides of docs/guides.md, each typed line by line beside an Airflow in a virtual environment of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from ml_connector_sandbox.demo.acumatica_cin7 import look
from ml_connector_sandbox.demo.places import PREFERRED, REPOSITORY
from ml_connector_sandbox.demo.processes import free_port
from ml_connector_sandbox.demo.simulators import of_scenario
from ml_connector_sandbox.scenarios.acumatica_cin7 import scenario

pytestmark = pytest.mark.e2e
MOST_SECONDS = 600.0
RESTART = "# restart Airflow's components"
TRIED = ("wheel", "folders", "managed", "git")
LOOK = """
import json
from dataclasses import asdict
from ml_connector_sandbox.demo.acumatica_cin7 import look
from ml_connector_sandbox.demo.places import PREFERRED
from ml_connector_sandbox.demo.simulators import of_scenario
from ml_connector_sandbox.scenarios.acumatica_cin7 import scenario
urls = {system: f"http://127.0.0.1:{PREFERRED[system]}" for system in ("cin7", "acumatica")}
world = scenario("small")
print(json.dumps(asdict(look(of_scenario(urls, world), world, True))))
"""
EXECUTION = "AIRFLOW__CORE__EXECUTION_API_SERVER_URL"


def lines_of(guide: str) -> list[str]:
    """Return what the guide tells to type, a line a command, and where Airflow is restarted."""
    page = (REPOSITORY / "docs" / "guides.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {guide.capitalize()}\n+```sh\n(.*?)```", page, re.MULTILINE | re.DOTALL)
    assert found, f"docs/guides.md has no commands under {guide}"
    return found.group(1).splitlines()


@pytest.fixture(scope="session")
def airflow_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with Airflow and nothing of ours."""
    folder = tmp_path_factory.mktemp("airflow") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    constraints = REPOSITORY / "constraints.txt"
    subprocess.run([folder / "bin" / "pip", "install", "-q", "apache-airflow", "-c", constraints], check=True)
    return folder


@dataclass
class Deployer:
    """Somebody with a checkout, an Airflow and a shell whose exported variables stay."""

    folder: Path
    venv: Path
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port, self.airflow = free_port(), None
        local = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ML_", "PYTHON"))}
        self.env = {
            **local,
            "PATH": f"{self.venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "AIRFLOW__API__PORT": str(self.port),
            EXECUTION: f"http://127.0.0.1:{self.port}/execution/",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "NO_PROXY": "127.0.0.1",
        }
        self.checkout = self.folder / "checkout"
        subprocess.run(["git", "clone", "-q", REPOSITORY, self.checkout], check=True)
        subprocess.run(["git", "checkout", "-q", "-B", "main"], cwd=self.checkout, check=True)
        self.shell("airflow db migrate")
        self.restart()

    def shell(self, line: str) -> str:
        """Type a line; keep the variables it exports."""
        script = f"set -e\n{line}\nenv -0 > '{self.folder}/env'"
        with (self.folder / "shell.log").open("a+") as out:
            begun = out.tell()
            command, where = ["bash", "-c", script], self.checkout
            done = subprocess.run(command, cwd=where, env=self.env, stdout=out, stderr=out, check=False)
            out.seek(begun)
            said = out.read()
        assert done.returncode == 0, f"{line}\n{said[-3000:]}"
        exported = (self.folder / "env").read_text().split("\0")
        self.env = dict(one.split("=", 1) for one in exported if "=" in one)
        return said

    def restart(self) -> None:
        """Restart Airflow; it has to answer again."""
        self.stop()
        out = (self.folder / "airflow.log").open("a")
        self.airflow = subprocess.Popen(
            ["airflow", "standalone"], env=self.env, cwd=self.folder, stdout=out, stderr=out, start_new_session=True
        )
        out.close()
        deadline = time.monotonic() + 240
        while not self.is_up():
            assert time.monotonic() < deadline, (self.folder / "airflow.log").read_text()[-3000:]
            time.sleep(0.5)

    def is_up(self) -> bool:
        """Tell whether Airflow and its scheduler answer."""
        with suppress(requests.RequestException):
            found = requests.get(f"http://127.0.0.1:{self.port}/api/v2/monitor/health", timeout=5)
            return found.ok and found.json()["scheduler"]["status"] == "healthy"
        return False

    def get(self, path: str) -> requests.Response:
        """Ask Airflow as an administrator."""
        token = requests.get(f"http://127.0.0.1:{self.port}/auth/token", timeout=30).json()["access_token"]
        address = f"http://127.0.0.1:{self.port}{path}"
        return requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def stop(self) -> None:
        """Stop Airflow and all that it started."""
        if self.airflow is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.airflow.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.airflow.wait(30)
            with suppress(ProcessLookupError):
                os.killpg(self.airflow.pid, signal.SIGKILL)
            self.airflow = None

    def leave(self) -> None:
        """Stop everything."""
        self.stop()
        subprocess.run(["pkill", "-f", f"{self.venv}/bin/.*acumatica_cin7 --folder sandbox"], check=False)


@pytest.fixture
def deployer(airflow_alone: Path, tmp_path: Path) -> Iterator[Deployer]:
    """A deployer with a copy of that environment, and Airflow up."""
    venv = tmp_path / "venv"
    shutil.copytree(airflow_alone, venv, symlinks=True)
    for script in (venv / "bin").iterdir():  # a virtual environment's commands know where it is
        if script.is_file() and not script.is_symlink():
            script.write_bytes(script.read_bytes().replace(os.fsencode(airflow_alone), os.fsencode(venv)))
    made = Deployer(tmp_path, venv)
    try:
        yield made
    finally:
        made.leave()


@pytest.mark.parametrize("guide", TRIED)
def test_a_guide_leads_to_a_first_run_that_agrees(guide: str, deployer: Deployer) -> None:
    """From an Airflow without us to documents in the target, in no more lines and minutes than promised."""
    begun = time.monotonic()
    for line in lines_of(guide):
        if line == RESTART:
            deployer.restart()
            continue
        deployer.shell(line)
        if line.endswith("&"):  # a person sees it say where it listens before typing on
            wait_for_sandbox(deployer)
    ended = the_run(deployer)
    seconds = time.monotonic() - begun
    assert ended == "success", (deployer.folder / "airflow.log").read_text()[-3000:]
    urls = {system: f"http://127.0.0.1:{PREFERRED[system]}" for system in ("cin7", "acumatica")}
    world = scenario("small")
    found = look(of_scenario(urls, world), world, True)
    assert found.wrong == ()
    assert deployer.get("/api/v2/plugins/importErrors").json()["import_errors"] == []
    queue = deployer.get("/ml-connector/queue.json")  # Airflow answers for an unknown path with its own first page
    assert queue.headers["content-type"].startswith("text/html" if guide == "git" else "application/json")
    note(guide, {"documents": found.documents, "seconds": round(seconds)})
    assert seconds < MOST_SECONDS


@dataclass
class Composer:
    """Somebody with a checkout and a container engine."""

    checkout: Path
    said: str = ""

    def shell(self, line: str) -> str:
        """Type a line; keep what it says."""
        env = {**os.environ, "COMPOSE_PROJECT_NAME": "mlc-guide"}
        command = ["bash", "-o", "pipefail", "-ec", line]
        done = subprocess.run(command, cwd=self.checkout, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        self.said = done.stdout
        return done.stdout

    def log_in(self) -> None:
        """Read the password that the guide's last line shows."""
        ((username, password),) = json.loads(self.said).items()
        sent = {"username": username, "password": password}
        self.token = requests.post("http://127.0.0.1:8080/auth/token", json=sent, timeout=30).json()["access_token"]

    def get(self, path: str) -> requests.Response:
        """Ask Airflow as the user who has logged in."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.get(f"http://127.0.0.1:8080{path}", headers=headers, timeout=30)


@pytest.fixture
def composer(tmp_path: Path) -> Iterator[Composer]:
    """A checkout, and nothing of it left running."""
    engine = shutil.which("docker")
    if engine is None or subprocess.run([engine, "compose", "ls"], capture_output=True, check=False).returncode:
        pytest.skip("needs a container engine with Compose")
    made = Composer(tmp_path / "checkout")
    subprocess.run(["git", "clone", "-q", REPOSITORY, made.checkout], check=True)
    try:
        yield made
    finally:
        (tmp_path / "services.log").write_text(made.shell("docker compose --profile sandbox logs --no-color"))
        made.shell("docker compose --profile sandbox down --volumes")


def test_the_compose_guide_leads_to_a_first_run_that_agrees(composer: Composer) -> None:
    """From a checkout and a container engine to documents in the target."""
    begun = time.monotonic()
    for line in lines_of("compose"):
        composer.shell(line)
    composer.log_in()
    ended = the_run(composer)
    seconds = time.monotonic() - begun
    assert ended == "success"
    found = json.loads(composer.shell(f"docker compose exec -T sandbox python -c '{LOOK}'"))
    assert found["wrong"] == []
    assert composer.get("/api/v2/plugins/importErrors").json()["import_errors"] == []
    assert composer.get("/ml-connector/queue.json").headers["content-type"].startswith("application/json")
    note("compose", {"documents": found["documents"], "seconds": round(seconds)})
    assert seconds < MOST_SECONDS


def note(guide: str, told: dict[str, int]) -> None:
    """Write what was measured where `make guides` says that it is."""
    path = REPOSITORY / "build" / "guides" / "summary.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**known, guide: told}, indent=2))


def wait_for_sandbox(deployer: Deployer) -> None:
    """Wait until the sandbox has written its files."""
    deadline = time.monotonic() + 60
    while not (deployer.checkout / "sandbox" / "maps").is_dir() or not any(
        (deployer.checkout / "sandbox/maps").iterdir()
    ):
        assert time.monotonic() < deadline, (deployer.folder / "shell.log").read_text()[-3000:]
        time.sleep(0.2)


def the_run(deployer: Deployer | Composer) -> str:
    """Return how the run ended that the guide started."""
    deadline = time.monotonic() + MOST_SECONDS
    while time.monotonic() < deadline:
        runs = deployer.get("/api/v2/dags/acumatica_cin7/dagRuns").json()["dag_runs"]
        by_hand = [run["state"] for run in runs if run["run_type"] == "manual"]
        if by_hand and by_hand[0] in {"success", "failed"}:
            return str(by_hand[0])
        time.sleep(1)
    return "not within ten minutes"
