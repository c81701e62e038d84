"""Long-running operations: 202 with a status URL, polled until 204.

While one runs, only its status request succeeds in its session
(https://github.com/Acumatica/Acumatica-AI-Resources, Integration Development Guide, "Execution of an action"). It
finishes also when nobody polls, as reported at https://github.com/bakaphp/kanvas-ecosystem-api, PR 10671.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from .actions import Action, failed_entity, run
from .errors import Refusal, server_error
from .lookups import Context


@dataclass
class Operation:
    """One action under way on one record."""

    ctx: Context
    session_id: str
    entity: str
    action_name: str
    action: Action
    record_id: str
    id: str = field(default_factory=lambda: str(uuid4()))
    is_running: bool = True
    failure: Refusal | None = None

    def __post_init__(self) -> None:
        self.polls_left = self.ctx.settings.action_polls
        self.due: datetime = self.ctx.tenant.now() + timedelta(seconds=self.ctx.settings.action_seconds)

    def finish(self) -> None:
        """Carry the action out and keep its failure for the next poll."""
        self.is_running = False
        try:
            self._fail_as_set()
            run(self.ctx, self.entity, self.action, self.record_id)
        except Refusal as failure:
            self.failure = failure

    def _fail_as_set(self) -> None:
        """Raise the failure that the settings ask for."""
        text = self.ctx.settings.action_failure
        record = self.ctx.tenant.record_by_id(self.entity, self.record_id)
        if not text or record is None:
            return
        if self.ctx.settings.action_failure_status == 422:
            raise Refusal(422, failed_entity(self.entity, record, "", text))
        raise server_error(text)


class Operations:
    """All operations of the site."""

    def __init__(self) -> None:
        self._by_id: dict[str, Operation] = {}

    def start(self, operation: Operation) -> Operation:
        """Begin an operation; in immediate mode it is finished when this returns."""
        if operation.ctx.settings.action_mode == "immediate":
            operation.finish()
        else:
            self._by_id[operation.id] = operation
        return operation

    def poll(self, operation_id: str, entity: str, action_name: str, session_id: str) -> Operation | None:
        """The operation after one more poll, None when unknown or begun in another session.

        The guide's samples poll in the same session; what another one is answered is inferred.
        """
        operation = self._by_id.get(operation_id.lower())
        if operation is None or (operation.entity, operation.action_name) != (entity, action_name):
            return None
        if operation.session_id != session_id:
            return None
        if operation.is_running and operation.polls_left <= 0:
            operation.finish()
        operation.polls_left -= 1
        return operation

    def finish_due(self) -> None:
        """Finish what has run for its full time."""
        for operation in self._by_id.values():
            if operation.is_running and operation.ctx.tenant.now() >= operation.due:
                operation.finish()

    def is_busy(self, session_id: str) -> bool:
        """Whether an operation of the session is running."""
        return any(item.is_running and item.session_id == session_id for item in self._by_id.values())

    def clear(self) -> None:
        """Forget all operations."""
        self._by_id.clear()
