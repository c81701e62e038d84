"""Whether Cin7 still sends its webhooks: asked once a day, since Cin7 gives one up without saying so."""

from __future__ import annotations

import datetime as dt
import logging

from ml_connector.domain.errors import SyncError
from ml_connector.orchestration.wiring import Workshop
from ml_connector.systems.cin7.webhooks import OURS, Cin7Webhooks

FLOW, STEP = "webhooks", "looked at"
"""Under which the audit trail keeps what was found."""
AGAIN = dt.timedelta(days=1)
log = logging.getLogger("ml_connector")


def webhook_problems(parts: Workshop, run_id: str) -> list[str]:
    """Return what is wrong with the deployment's webhooks, in words; [] where no secret for them is set.

    It takes one call a day at most: in between, what was found then is said again.
    """
    database, dag_id = parts.database, parts.deployment.dag_id
    last = database.latest_note(dag_id, FLOW, STEP)
    known: list[str] = list(last[1]["problems"]) if last else []
    try:
        if not parts.webhook_secret("cin7"):
            return []
        if last and database.now() - last[0] < AGAIN:
            return known
        found = list(Cin7Webhooks(parts.client("cin7")).problems(f"{OURS}{dag_id}/cin7"))
    except SyncError as error:
        log.warning("%s: whether Cin7 still sends its webhooks could not be asked: %s", dag_id, error)
        found = known
    database.audit(dag_id, FLOW, run_id).note("", STEP, {"problems": found})
    return found
