"""The pairs and systems there are: one line each, imported only when needed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ml_connector.sync.spec import PairSpec

PAIRS: dict[str, str] = {
    "acumatica_cin7": "ml_connector.systems.acumatica.pair:PAIR",
    "ifs_cin7": "ml_connector.systems.ifs.pair:PAIR",
    "infor_cin7": "ml_connector.systems.infor.pair:PAIR",
    "cin7_qad": "ml_connector.systems.qad.pair:PAIR",
    "syspro_cin7": "ml_connector.systems.syspro.pair:PAIR",
}
"""Pair → where its `PairSpec` is."""


@dataclass(frozen=True)
class System:
    """Where the parts of one system are, and the connection it uses unless a deployment names another.

    Args:
        identity: function ``(settings, options) -> text`` of what tells one company's books from another's.
        ends_run: its hook has an `end_run` that gives back what the run's tasks have shared, such as a session, and a
            `has_session` that tells whether there is one.
        webhook_setting: field of its connection that its webhooks must carry; "" for one that sends none.
        allowance: function ``(settings) -> (scope, rates, key names)`` of a vendor that states one; "" for none.
    """

    hook: str
    adapter: str
    options: str
    connection: str
    identity: str
    allowance: str = ""
    ends_run: bool = False
    webhook_setting: str = ""


SYSTEMS: dict[str, System] = {
    "cin7": System(
        hook="ml_connector.systems.cin7.hook:Cin7CoreHook",
        adapter="ml_connector.systems.cin7.adapter:Cin7Adapter",
        options="ml_connector.systems.cin7.options:Cin7Options",
        connection="cin7_default",
        identity="ml_connector.systems.cin7.identity:identity",
        allowance="ml_connector.systems.cin7.allowance:allowance",
        webhook_setting="webhook_secret",
    ),
    "acumatica": System(
        hook="ml_connector.systems.acumatica.hook:AcumaticaHook",
        adapter="ml_connector.systems.acumatica.adapter:AcumaticaAdapter",
        options="ml_connector.systems.acumatica.options:AcumaticaOptions",
        connection="acumatica_default",
        identity="ml_connector.systems.acumatica.identity:identity",
        webhook_setting="push_secret",
    ),
    "ifs": System(
        hook="ml_connector.systems.ifs.hook:IfsHook",
        adapter="ml_connector.systems.ifs.adapter:IfsAdapter",
        options="ml_connector.systems.ifs.options:IfsOptions",
        connection="ifs_default",
        identity="ml_connector.systems.ifs.identity:identity",
        allowance="ml_connector.systems.ifs.allowance:allowance",
    ),
    "infor": System(
        hook="ml_connector.systems.infor.hook:InforHook",
        adapter="ml_connector.systems.infor.adapter:InforAdapter",
        options="ml_connector.systems.infor.options:InforOptions",
        connection="infor_default",
        identity="ml_connector.systems.infor.identity:identity",
        allowance="ml_connector.systems.infor.allowance:allowance",
    ),
    "qad": System(
        hook="ml_connector.systems.qad.hook:QadHook",
        adapter="ml_connector.systems.qad.adapter:QadAdapter",
        options="ml_connector.systems.qad.options:QadOptions",
        connection="qad_default",
        identity="ml_connector.systems.qad.identity:identity",
    ),
    "syspro": System(
        hook="ml_connector.systems.syspro.hook:SysproHook",
        adapter="ml_connector.systems.syspro.adapter:SysproAdapter",
        options="ml_connector.systems.syspro.options:SysproOptions",
        connection="syspro_default",
        identity="ml_connector.systems.syspro.identity:identity",
        ends_run=True,
    ),
}


def load(place: str) -> Any:
    """Return what ``module:name`` names."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def pair(pair_id: str) -> PairSpec:
    """Return a pair's shape; KeyError when there is none."""
    spec: PairSpec = load(PAIRS[pair_id])
    return spec
