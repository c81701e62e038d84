"""A command that calls the systems of a deployment: what it needs, opened, and given back at the end."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ml_connector.cli.aside import airflow_aside
from ml_connector.cli.database import opened
from ml_connector.cli.deployed import deployment_of
from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration.deployments import Deployment, suggestion
from ml_connector.orchestration.wiring import Workshop
from ml_connector.sync.spec import Flow


def flows_of(deployment: Deployment, names: Sequence[str]) -> list[Flow]:
    """Return the flows that the command names, or all where it names none.

    Raises:
        ConfigurationError: the deployment has no such flow.
    """
    known = {flow.name: flow for flow in deployment.active_flows()}
    for name in names:
        if name not in known:
            raise ConfigurationError(f"{deployment.dag_id} has no flow {name!r}{suggestion(name, known)}")
    return [flow for name, flow in known.items() if not names or name in names]


@contextmanager
def visit(
    asked: argparse.Namespace, *, say: Callable[[str], None] = lambda _line: None, of_one_moment: bool = False
) -> Iterator[Workshop]:
    """Open the deployment's parts; a session that no run had before is logged off in the end.

    What is printed meanwhile goes to standard error, since Airflow's logging writes to standard output.
    """
    database = opened(asked)
    with airflow_aside():
        workshop = Workshop(deployment_of(asked), database, say=say, of_one_moment=of_one_moment)
        try:
            with workshop.visit():
                yield workshop
        finally:
            workshop.close()
