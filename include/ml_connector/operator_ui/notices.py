"""What a page says after a change, chosen by a short word in its address: no text of an address is shown as ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from ml_connector.operator_ui.airflow_links import dag_and_run, is_of
from ml_connector.orchestration.deployments import PREFLIGHT, REPLAY

TEXTS = {
    "started": "{n} released. A replay has been started; its run tells how it ended.",
    "marked": "{n} released. The next run of the pair takes them up; no replay was started.",
    "denied": "{n} released. The next run of the pair takes them up; you may not start the replay DAG yourself.",
    "failed": "{n} released. The next run of the pair takes them up; Airflow could not start a replay now.",
    "rejected": "Rejected. It comes back by itself if it changes at its source.",
    "reopened": "Taken up again. The next run checks it.",
    "preflight": "The preflight has been started. Its result stands here when it has ended.",
    "mapped": "Mapped. The next run checks the documents that waited for it.",
    "changed": "The map was changed: it is at version {n} now.",
    "same": "Nothing was changed: the map says so already.",
}


@dataclass(frozen=True)
class Notice:
    """One sentence, and the run of our own DAGs that it is about."""

    text: str
    dag: str = ""
    run: str = ""


def notice(
    done: Annotated[str, Query(max_length=20)] = "",
    n: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    run: Annotated[str, Query(max_length=500)] = "",
) -> Notice | None:
    """Return what the address asks to be said; None for nothing."""
    if done not in TEXTS:
        return None
    text = TEXTS[done].replace("{n}", f"{n:,}")
    dag, run_id = dag_and_run("", run)
    name = {"started": REPLAY, "preflight": PREFLIGHT}.get(done)
    return Notice(text, dag, run_id) if name and is_of(name, dag) and "/" not in dag else Notice(text)
