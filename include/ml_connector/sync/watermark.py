"""Record the watermark: only when every document of the window has been decided and audited."""

from __future__ import annotations

from ml_connector.domain.errors import SyncError
from ml_connector.sync.run import FlowRun
from ml_connector.sync.window import WindowPlan, new_watermark


def record(run: FlowRun, plan: WindowPlan) -> str | None:
    """Move the flow's watermark as far as the source is known to be read; return it as ISO text, or None.

    None means that this run does not move it (backfill, given span or keys, dry run) or read nothing yet.

    Raises:
        SyncError: a document of the window has no outcome; load has not finished.
    """
    undecided = run.staging.counts()["undecided"]
    if undecided:
        msg = (
            f"{run.where()}: {undecided} documents have no outcome yet, so the watermark stays where it is; "
            f"clear the load task"
        )
        raise SyncError(msg)
    if not plan.moves_watermark:
        return None
    moment = plan.end if run.flow.watermark == "cutoff" else new_watermark(run.staging.newest(), plan.end)
    if moment is None:
        mark = run.watermarks.peek()
        return None if mark is None else mark.isoformat()
    mark = run.watermarks.advance(moment)
    run.audit.note("", "watermark", {"to": mark.isoformat()})
    run.say(f"{run.where()}: watermark is now {mark.isoformat()}")
    return mark.isoformat()
