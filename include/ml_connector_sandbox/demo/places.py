"""Where one demo lives: folders, ports and the secrets it makes up, kept so that it can go on later."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ml_connector_sandbox.demo.processes import DemoError, free_port
from ml_connector_sandbox.systems import SYSTEMS

REPOSITORY = Path(__file__).resolve().parents[3]
PREFERRED = {"airflow": 8080, **SYSTEMS}
"""What listens → its usual port; in this order on the command line."""


@dataclass(frozen=True)
class Place:
    """The folders of one demo."""

    root: Path

    @property
    def airflow(self) -> Path:
        """Airflow's home."""
        return self.root / "airflow"

    @property
    def logs(self) -> Path:
        """What each part printed."""
        return self.root / "logs"

    @property
    def state(self) -> Path:
        """What the simulators hold."""
        return self.root / "state"

    @property
    def pairs(self) -> Path:
        """The deployments of this demo."""
        return self.root / "pairs.yaml"

    @property
    def database(self) -> str:
        """URL of the connector's database."""
        return f"sqlite:///{self.airflow / 'ml_connector.db'}"

    def prepare(self, *, fresh: bool) -> None:
        """Make the folders, empty ones when `fresh`.

        Raises:
            DemoError: the DAGs are not where a checkout has them.
        """
        if not (REPOSITORY / "dags" / "ml_connector_pairs.py").exists():
            raise DemoError(f"the demo needs a checkout of the repository: there are no DAGs in {REPOSITORY / 'dags'}")
        if fresh and self.root.exists():
            shutil.rmtree(self.root)
        for folder in (self.airflow, self.logs, self.state):
            folder.mkdir(parents=True, exist_ok=True)

    def secret(self, name: str) -> str:
        """Return a secret of this demo, made up once, in a file that only its owner reads."""
        path = self.airflow / "demo-secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if name not in known:
            known[name] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
            private(path, json.dumps(known))
        return known[name]

    def ports(self, asked: dict[str, int], names: Iterable[str]) -> dict[str, int]:
        """Return name → port: the one asked for, else that of last time, else the usual one, else a free one."""
        before = self.last_ports()
        found: dict[str, int] = {}
        for name in names:
            found[name] = asked.get(name) or free_port(before.get(name) or PREFERRED[name])
            if asked.get(name) and free_port(asked[name]) != asked[name]:
                raise DemoError(f"port {asked[name]} for {name} is in use; choose another with --ports")
        self._ports.write_text(json.dumps({**before, **found}))
        return found

    def last_ports(self) -> dict[str, int]:
        """Return name → port of last time."""
        found: dict[str, int] = json.loads(self._ports.read_text()) if self._ports.exists() else {}
        return found

    @property
    def _ports(self) -> Path:
        return self.state / "ports.json"


def private(path: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
