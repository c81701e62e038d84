"""What people decide about documents that are held, wait or failed: release, reject, take up again.

Each decision is checked against the state that the person saw, and stored with its entry in the audit trail.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Text, and_, select, type_coerce, update

from ml_connector.domain.documents import load_document
from ml_connector.domain.errors import ConcurrentEdit, ConfigurationError
from ml_connector.domain.status import OPEN_OUTCOMES, Outcome, Progress
from ml_connector.store.audit import SqlAudit
from ml_connector.store.engine import writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import document, staged_document

BY_HAND = "by hand"
"""What stands in the audit trail for the run of a person's decision."""
MOST_KEYS = 500
"""Documents released at once."""
TEXTS = tuple(type_coerce(document.c[name], Text).label(f"{name}_text") for name in ("findings", "review"))
"""Columns that `state_of` needs beside those of the table: JSON as it is stored."""
_SEEN = ("progress", "outcome", "label", "amount", "currency", *(text.name for text in TEXTS))
_OPEN = tuple(outcome.value for outcome in OPEN_OUTCOMES)
_AT_REST = (Progress.NONE.value, Progress.INTENDED.value, Progress.VERIFIED.value)


def state_of(row: Mapping[Any, Any]) -> str:
    """Return a short text that changes when what a person sees of the document changes, and not with each run.

    The row has the table's columns and `TEXTS`.
    """
    text = repr([row[name] for name in _SEEN])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def content_of(row: Mapping[Any, Any]) -> str:
    """Return a short text that changes with the document's content."""
    return hashlib.sha256((row["payload"] or "").encode()).hexdigest()[:20]


@dataclass(frozen=True)
class SqlReviews:
    """Decisions about the documents of one deployment."""

    engine: Engine
    deployment: str
    now: Now = utc_now

    def release(self, flow: str, seen: Mapping[str, str], *, by: str) -> None:
        """Note that a person wants these documents tried again.

        Args:
            flow: of the pair.
            seen: key → state as the person saw it.
            by: who.

        Raises:
            ConcurrentEdit: one of them is no longer as seen; then none is released.
            ConfigurationError: more than `MOST_KEYS` at once.
        """
        if len(seen) > MOST_KEYS:
            raise ConfigurationError(f"at most {MOST_KEYS} documents are released at once, not {len(seen)}")
        with writing(self.engine) as connection:
            rows = self._rows(connection, flow, seen)
            for key, state in seen.items():
                self._check(rows.get(key), state, _OPEN)
            for key in seen:
                self._store(connection, flow, key, {"what": "released", "by": by})

    def reject(self, flow: str, key: str, seen: str, *, content: str, comment: str, by: str) -> None:
        """Decide that the document, as it is now, is not to be brought over.

        It comes back by itself once its content changes at the source.

        Args:
            flow: of the pair.
            key: of the document.
            seen: its state as the person saw it.
            content: its content as the person saw it, from `content_of`.
            comment: why; not blank.
            by: who.

        Raises:
            ConcurrentEdit: it is no longer as seen, or a run has it in hand.
            ConfigurationError: no comment, or it has been begun in the target.
        """
        if not comment.strip():
            raise ConfigurationError("a rejection needs a comment: say why, so that others understand it later")
        with writing(self.engine) as connection:
            row = self._check(self._rows(connection, flow, [key]).get(key), seen, _OPEN)
            if content_of(row) != content:
                raise ConcurrentEdit(f"{row['label']} has changed at its source since you opened the page")
            self._check_at_rest(row)
            found = self._content_hash(connection, row)
            review = {"what": "rejected", "by": by, "comment": comment.strip(), "hash": found}
            ended = {"outcome": Outcome.REJECTED.value, "is_open": False, "held_since": None, "updated_at": self.now()}
            self._store(connection, flow, key, review, **ended)

    def reopen(self, flow: str, key: str, seen: str, *, by: str) -> None:
        """Take a rejection back: the document is held again, and the next run takes it up.

        Raises:
            ConcurrentEdit: it is no longer as seen.
        """
        with writing(self.engine) as connection:
            row = self._rows(connection, flow, [key]).get(key)
            self._check(row, seen, (Outcome.REJECTED.value,))
            again = {"outcome": Outcome.HELD.value, "is_open": True, "held_since": self.now()}
            self._store(connection, flow, key, {"what": "taken up again", "by": by}, **again)

    def _rows(self, connection: Connection, flow: str, keys: Collection[str]) -> dict[str, Mapping[Any, Any]]:
        query = select(document, *TEXTS).where(self._mine(flow), document.c.key.in_(keys)).with_for_update()
        return {row["key"]: row for row in connection.execute(query).mappings()}

    def _mine(self, flow: str) -> Any:
        return and_(document.c.deployment == self.deployment, document.c.flow == flow)

    def _check(self, row: Mapping[Any, Any] | None, seen: str, outcomes: Collection[str]) -> Mapping[Any, Any]:
        if row is None:
            raise ConcurrentEdit("the document is not there any more")
        if row["outcome"] not in outcomes:
            raise ConcurrentEdit(f"{row['label']} is {row['outcome']} by now{_who(row['review'])}")
        if state_of(row) != seen:
            raise ConcurrentEdit(f"{row['label']} is not as you saw it any more{_who(row['review'])}")
        return row

    def _check_at_rest(self, row: Mapping[Any, Any]) -> None:
        if row["lease_until"] is not None and row["lease_until"] > self.now():
            raise ConcurrentEdit(f"a run has {row['label']} in hand just now; try again in a minute")
        if row["progress"] not in _AT_REST:
            raise ConfigurationError(
                f"{row['label']} has been begun in the target (it is {row['progress']} there): release it, so that "
                f"the next run settles it, or void it at its source"
            )

    def _content_hash(self, connection: Connection, row: Mapping[Any, Any]) -> str:
        if row["payload"]:
            return load_document(row["kind"], row["payload"]).content_hash()
        columns = staged_document.c
        query = select(columns.content_hash).where(
            columns.deployment == self.deployment,
            columns.run_id == row["run_id"],
            columns.flow == row["flow"],
            columns.key == row["key"],
        )
        found: str | None = connection.execute(query).scalar()
        if found is None:
            raise ConfigurationError(f"{row['label']} is not kept any more: release it, so that it is read again first")
        return found

    def _store(self, connection: Connection, flow: str, key: str, review: Mapping[str, Any], **change: Any) -> None:
        """Store a decision, ``what`` and ``by`` whom, with its entry in the audit trail."""
        row = and_(self._mine(flow), document.c.key == key)
        connection.execute(update(document).where(row).values({"review": {**review, "at": self.now()}, **change}))
        told = {name: review[name] for name in ("by", "comment") if name in review}
        SqlAudit(self.engine, self.deployment, flow, BY_HAND, self.now).write(connection, key, review["what"], told)


def _who(review: Mapping[str, Any] | None) -> str:
    if not review:
        return ""
    at = dt.datetime.fromisoformat(review["at"])
    return f": {review['by']} {review['what']} it at {at:%H:%M} UTC on {at:%d %B}"
