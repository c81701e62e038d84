"""Which deployments there are for a command: by the files that the DAG loaders read."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from pathlib import Path

from ml_connector.cli.aside import airflow_aside
from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration.deployments import ENVIRONMENT, FILE_NAME, Deployment, find, named, place, read


def files() -> list[Path]:
    """Return the files in force: the one that the environment names, else those in the DAG folder, else ours."""
    with airflow_aside():
        from airflow.configuration import conf  # noqa: PLC0415 - Airflow is slow to import

        folder = Path(str(conf.get("core", "dags_folder")))
    beside = sorted(folder.rglob(FILE_NAME))
    return beside if beside and not os.environ.get(ENVIRONMENT) else [place(folder)]


def names() -> set[str]:
    """Return what the files name, also what is not enabled or has a mistake."""
    return {name for file in files() for name in _named(file)}


def deployment_of(asked: argparse.Namespace) -> Deployment:
    """Return the deployment that the command names.

    Raises:
        ConfigurationError: there is none, it is not enabled, or the file that names it is wrong.
    """
    chosen = [asked.pairs] if asked.pairs else files()
    naming = [file for file in chosen if asked.deployment in _named(file)]
    found = tuple(one for file in naming or chosen for one in read(file))
    if naming and asked.deployment not in {one.dag_id for one in found}:
        raise ConfigurationError(f"{asked.deployment} is not enabled in {naming[0]}")
    return find(asked.deployment, found)


def _named(file: Path) -> set[str]:
    """Return what a file names: nothing when it is no YAML, which stops no command about what another one names."""
    with suppress(ConfigurationError):
        return named(file)
    return set()
