"""A command that calls the systems of a deployment: what it needs, opened, and given back at the end."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ml_connector.cli.database import airflow_aside, opened
from ml_connector.orchestration.deployments import Deployment, find, place, read
from ml_connector.orchestration.wiring import Workshop


def deployment_of(asked: argparse.Namespace) -> Deployment:
    """Return the deployment that the command names.

    Raises:
        ConfigurationError: there is none, or the deployments' file is wrong.
    """
    return find(asked.deployment, read(asked.pairs or place()))


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
