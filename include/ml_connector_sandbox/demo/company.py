"""One pair's two simulators, filled with a made-up company, and what an Airflow needs to reach them.

``ml-connector-sandbox acumatica_cin7``: the demo's systems for an Airflow of one's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.demo.places import PREFERRED, private
from ml_connector_sandbox.demo.show import Show, show
from ml_connector_sandbox.demo.simulators import CIN7_LIMITS, Simulator, of_scenario, seed
from ml_connector_sandbox.scenarios.scenario import Scenario
from ml_connector_sandbox.systems import simulator


@contextmanager
def company(pair: str, folder: Path, scale: str, host: str, reached_as: str) -> Iterator[dict[str, Simulator]]:
    """Serve the pair's simulators from an empty state, seeded, and write the files an Airflow needs.

    Args:
        pair: e.g. ``acumatica_cin7``.
        folder: for ``connections.json`` (``airflow connections import``), ``ml_connector_pairs.yaml`` and ``maps/``.
        scale: small, default or full.
        host: address to listen on.
        reached_as: name by which Airflow reaches this machine.
    """
    one = show(pair)
    world = one.scenario(scale)
    with ExitStack() as running:
        urls = {}
        for system in ("cin7", one.partner):
            server = running.enter_context(serve(build(simulator(system), None), host=host, port=PREFERRED[system]))
            urls[system] = server.url
        systems = of_scenario(urls, world)
        seed(systems, world)
        systems["cin7"].call("PATCH", "settings", CIN7_LIMITS)
        systems[one.partner].call("PATCH", "settings", one.limits)
        _write(one, world, folder, {name: f"http://{reached_as}:{PREFERRED[name]}" for name in urls})
        yield systems


def _write(one: Show, world: Scenario, folder: Path, urls: dict[str, str]) -> None:
    (folder / "maps").mkdir(parents=True, exist_ok=True)
    private(folder / "connections.json", json.dumps(connections(one, world, urls), indent=2))
    deployment = {"pair": one.pair, "connections": {"cin7": one.cin7_connection}, **one.chosen}
    text = json.dumps({"deployments": [deployment]}, indent=2)  # JSON is YAML
    (folder / "ml_connector_pairs.yaml").write_text(text + "\n", encoding="utf-8")
    for name, rows in world.maps.items():
        (folder / "maps" / f"{name}.csv").write_text(rows, encoding="utf-8")


def connections(one: Show, world: Scenario, urls: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return connection id → what the Airflow connection to that system holds, both systems."""
    cin7 = world.accounts["cin7"]
    return {
        one.cin7_connection: {
            "conn_type": "cin7_core",
            "host": urls["cin7"],
            "login": cin7["account_id"],
            "password": cin7["keys"][0],
            "extra": json.dumps({"requests_per_minute": CIN7_LIMITS["rate_limit"]}),
        },
        f"{one.partner}_default": one.connection(urls[one.partner], world),
    }
