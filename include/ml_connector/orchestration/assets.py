"""What a flow has written, told to Airflow: asset events for other DAGs, and lineage where a reader is installed."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias

from ml_connector.orchestration.deployments import Deployment
from ml_connector.sync.spec import Flow

if TYPE_CHECKING:
    from airflow.providers.common.compat.openlineage.facet import Dataset

SCHEME = "ml-connector"


def asset_of(deployment: Deployment, system: str, kind: str) -> Asset:
    """Return the records of a kind in a system, e.g. ``ml-connector://qad/qad_default/supplier_invoice``.

    It is known by the connection, so that deployments that share one share it.
    """
    connection = urllib.parse.quote(deployment.connection_of(system), safe="")
    return Asset(f"{SCHEME}://{system}/{connection}/{kind}", group=SCHEME)


def alias_of(dag_id: str, flow: str) -> AssetAlias:
    """Return what a load task declares: an `Asset` would have an event of every run, an alias of those that write."""
    return AssetAlias(name=f"{dag_id}.{flow}.written", group=SCHEME)


def tell(deployment: Deployment, flow: Flow, counts: Mapping[str, int], context: Any, run_id: str) -> None:
    """Add an event when documents were created or updated, and the lineage from source to target."""
    written = {name: counts[name] for name in ("created", "updated")}
    if not any(written.values()):
        return
    source = asset_of(deployment, flow.source, flow.kind)
    target = asset_of(deployment, flow.destination, flow.kind)
    alias = next(one for one in context["task"].outlets if isinstance(one, AssetAlias))
    told = {"pair": deployment.dag_id, "flow": flow.name, "run": run_id, "read": counts["read"], **written}
    context["outlet_events"][alias].add(target, extra=told)
    _add_lineage(source, target, context)


def _add_lineage(source: Asset, target: Asset, context: Any) -> None:
    """Hand both to whoever reads lineage, such as the OpenLineage provider; without one this does nothing."""
    from airflow.sdk.lineage import get_hook_lineage_collector  # noqa: PLC0415 - not needed to parse

    collector = get_hook_lineage_collector()
    collector.add_input_asset(context["task"], uri=source.uri, name=source.name, group=SCHEME)
    collector.add_output_asset(context["task"], uri=target.uri, name=target.name, group=SCHEME)


def dataset(asset: Asset, _lineage_context: Any) -> Dataset:
    """Return an asset as OpenLineage names it: the system, and there connection and kind."""
    from airflow.providers.common.compat.openlineage.facet import Dataset as Made  # noqa: PLC0415 - where it is read

    parts = urllib.parse.urlsplit(asset.uri)
    return Made(namespace=f"{SCHEME}://{parts.netloc}", name=parts.path.lstrip("/"))
