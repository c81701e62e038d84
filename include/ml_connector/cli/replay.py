"""``ml-connector replay --offline``: everything sent in a span made again from what is stored, and compared."""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ml_connector.cli.command import Exit, add, note, print_json
from ml_connector.cli.database import opened_for
from ml_connector.cli.spans import moment_of
from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration.offline import Replayed, replay
from ml_connector.store.columns import UTC
from ml_connector.store.verify import deployments


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    parser = add(
        commands, "replay", _replay,
        text="make what was sent again from what is stored, and compare the bytes",
        json="JSON lines: each difference, then one object with the counts",
        found="something comes out otherwise than it was sent",
    )  # fmt: skip
    parser.add_argument("--offline", action="store_true", help="required: nothing is asked of any system, or sent")
    parser.add_argument(
        "--from", dest="start", metavar="TIME", type=moment_of, help="first moment, e.g. 2026-10-01; the beginning"
    )
    parser.add_argument(
        "--to", dest="end", metavar="TIME", type=moment_of, help="moment behind the last one; up to now"
    )
    parser.add_argument("--dag", "--pair", dest="deployment", metavar="DAG", help="DAG id; all of them")


def _replay(asked: argparse.Namespace) -> Exit:
    if not asked.offline:
        raise ConfigurationError("documents are replayed against the systems with the DAG ml_connector_replay")
    counts: Counter[str] = Counter()
    for deployment, one in _replayed(asked):
        counts["documents"] += 1
        counts["proven"] += one.proven
        counts["not kept"] += not one.is_kept
        counts["differing"] += bool(one.differences)
        if one.differences or not one.is_kept:
            if asked.json:
                print_json(_row(deployment, one))
            else:
                print(_text(deployment, one))
    told = {name: counts[name] for name in ("documents", "proven", "differing", "not kept")}
    if asked.json:
        print_json(told)
    else:
        print(", ".join(f"{number} {name}" for name, number in told.items()))
    if counts["not kept"]:
        note(asked, "some were purged from the staging, so they cannot be made again")
    return Exit.FOUND if counts["differing"] else Exit.DONE


def _replayed(asked: argparse.Namespace) -> Iterator[tuple[str, Replayed]]:
    database = opened_for(asked)
    for deployment in [asked.deployment] if asked.deployment else deployments(database.engine):
        for one in replay(database, deployment, asked.start, asked.end or dt.datetime.now(UTC)):
            yield deployment, one


def _row(deployment: str, one: Replayed) -> dict[str, Any]:
    told = {"dag": deployment, "run": one.run_id, "flow": one.flow, "key": one.key, "label": one.label}
    return {**told, "release": one.release, "kept": one.is_kept, "differences": [vars(it) for it in one.differences]}


def _text(deployment: str, one: Replayed) -> str:
    where = f"{deployment}, run {one.run_id}, {one.flow}: {one.label or one.key}"
    if not one.is_kept:
        return f"{where} was written, and nothing of it is stored any more"
    release = f" (mapped by release {one.release})" if one.release else ""
    return "\n".join([f"{where} comes out otherwise{release}", *(f"    {it}" for it in one.differences)])
