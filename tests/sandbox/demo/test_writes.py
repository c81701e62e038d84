"""The demo counts the requests that change records, whatever verb a vendor gives them."""

from __future__ import annotations

import requests

from ml_connector_sandbox.core.app import build
from ml_connector_sandbox.core.server import serve
from ml_connector_sandbox.demo.simulators import Simulator
from ml_connector_sandbox.infor import simulator, world

BASE = f"{world.TENANT}/M3/m3api-rest/v2/execute"


def test_m3s_writes_are_counted_by_their_program() -> None:
    """An entry sent by GET is a write, many reads sent by POST are none, and neither is signing in."""
    with serve(build(simulator())) as server, requests.Session() as session:
        session.trust_env = False
        keys = session.get(f"{server.url}/{world.TENANT}/authorizedapps/ml.ionapi", timeout=10).json()
        form = {"grant_type": "password", "username": keys["saak"], "password": keys["sask"], "client_id": keys["ci"],
                "client_secret": keys["cs"], "scope": " ".join(keys["sc"])}  # fmt: skip
        token = session.post(keys["pu"] + keys["ot"], data=form, timeout=10).json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        many = {"program": "CRS620MI", "transactions": [{"transaction": "GetBasicData", "record": {"SUNO": "Y30001"}}]}
        assert session.post(f"{server.url}/{BASE}", json=many, timeout=10).status_code == 200
        session.get(f"{server.url}/{BASE}/CRS620MI/LstSuppliers;maxrecs=0", timeout=10)
        assert Simulator("infor", server.url, None).writes() == (0, 0)
        session.get(f"{server.url}/{BASE}/PPS370MI/StartEntry", timeout=10)
        assert Simulator("infor", server.url, None).writes() == (1, 0)
