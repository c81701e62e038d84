"""What the connector knows of each document in the target: binding, intent and last outcome in one row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, select, update

from ml_connector.domain.documents import Document, dump_document, load_document
from ml_connector.domain.errors import ConcurrentEdit, Refused, RetryableError
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.money import Money
from ml_connector.domain.status import OPEN_OUTCOMES, Outcome, Progress
from ml_connector.store.audit import SqlAudit
from ml_connector.store.engine import insert_missing, reading, writing
from ml_connector.store.leases import Lease, Now, utc_now
from ml_connector.store.tables import document as table
from ml_connector.sync.ports import TargetRef, Unreadable
from ml_connector.sync.stores import Entry, Failure

_CHUNK = 500
_PARKED = (Outcome.HELD, Outcome.WAITING)
_DONE = (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED)
_FREED = ("released", "taken up again")
_IS_ROW = and_(*(table.c[name] == bindparam(f"of_{name}") for name in ("deployment", "flow", "key")))
_ROW = select(table).where(_IS_ROW)
_CHANGED = update(table).where(_IS_ROW).returning(table)
_CHANGED_IF_HELD = _CHANGED.where(table.c.lease_owner == bindparam("of_owner"))
"""Statements made once: they are run at each step of each document."""


@dataclass(frozen=True)
class SqlJournal:
    """The rows of one flow of one deployment; every method commits before it returns."""

    engine: Engine
    deployment: str
    flow: str
    run_id: str
    audit: SqlAudit
    now: Now = utc_now
    _leases: dict[str, Lease] = field(default_factory=dict, repr=False, compare=False)

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold `key` against other workers until left; a lease, so that a killed worker frees it.

        Raises:
            ConcurrentEdit: another worker holds it.
        """
        lease = Lease(self.engine, table, self._new(key), self.now)
        holder = lease.take()
        if holder is not None:
            raise ConcurrentEdit(f"{self.flow} {key} is being worked on by {_short(holder)}")
        self._leases[key] = lease
        try:
            yield
        finally:
            self._leases.pop(key, None)
            with suppress(RetryableError):  # it ends by itself
                lease.leave()

    def entry(self, key: str) -> Entry:
        """Return the row, or a new one with progress NONE."""
        with reading(self.engine) as connection:
            return self._entry(connection, key)

    def advance(
        self,
        key: str,
        progress: Progress,
        *,
        ref: TargetRef | None = None,
        source_hash: str | None = None,
        document: Document | None = None,
        label: str = "",
        note: str = "",
    ) -> Entry:
        """Store how far the document has come, and audit the step; what is None or "" stays as it was.

        Raises:
            ConcurrentEdit: this worker's lease ran out and another one holds the document now.
            Refused: the reference is bound to another document of this flow already.
        """
        values: dict[str, Any] = {"progress": progress.value, "is_open": True, **_content(document)}
        if progress in (Progress.SENT, Progress.UNKNOWN):
            values["sent_at"] = self.now()
        if ref is not None:
            values |= {"ref": ref, "target_key": ref.key}
        values |= {"source_hash": source_hash} if source_hash is not None else {}
        values |= {"label": label} if label else {}
        detail = {"label": label, "ref": ref, "hash": source_hash, "note": note}
        with writing(self.engine) as connection:
            if ref is not None:
                self._refuse_bound(connection, key, ref)
            row = self._store(connection, key, values)
            self.audit.write(connection, key, progress.value, _given(detail))
            return _read(row)

    def conclude(
        self,
        key: str,
        outcome: Outcome,
        *,
        label: str,
        findings: tuple[Finding, ...] = (),
        document: Document | None = None,
        note: str = "",
    ) -> None:
        """Store how the attempt ended, and audit it; an open outcome keeps `document` for the next run.

        An open outcome without a document (it could not be read) drops the one kept before: an older state
        must not be delivered in its place.

        Raises:
            ConcurrentEdit: this worker's lease ran out and another one holds the document now.
        """
        if key in self._leases:
            self._keep(key)
        is_open = outcome in OPEN_OUTCOMES
        values = {
            "outcome": outcome.value,
            "findings": list(findings),
            "is_open": is_open,
            "label": label,
            **({"payload": None} if is_open else {}),
            **({"failure": None} if outcome in _DONE else {}),
            **_content(document),
        }
        detail = {"label": label, "findings": list(findings), "note": note}
        with writing(self.engine) as connection:
            since = self._entry_columns(connection, key).get("held_since")
            values["held_since"] = (since or self.now()) if outcome in _PARKED else None
            self._store(connection, key, values)
            self.audit.write(connection, key, outcome.value, _given(detail))

    def open_documents(self) -> Iterator[Document | Unreadable]:
        """Yield the documents that a later run takes up again: held, waiting, failed, or cut off half-way."""
        for row in self._rows(table.c.is_open.is_(True), table.c.payload.is_not(None)):
            yield _reopened(row)

    def rejected(self, key: str | None = None) -> dict[str, str]:
        """Return key → content hash of what a person rejected as it was then; of `key` only, or of all."""
        query = select(table.c.key, table.c.review).where(self._mine(), table.c.outcome == Outcome.REJECTED.value)
        query = query if key is None else query.where(table.c.key == key)
        with reading(self.engine) as connection:
            return {key: review["hash"] for key, review in connection.execute(query) if review}

    def count_failure(self, key: str, content_hash: str) -> int:
        """Count that this run failed over this content, once however often it is tried; return the runs so far."""
        with writing(self.engine) as connection:
            row = self._entry_columns(connection, key)
            before = row.get("failure") if _counts(row) else None
            if before is None or before["hash"] != content_hash:
                before = {"hash": content_hash, "runs": 0, "run_id": ""}
            runs = before["runs"] + (before["run_id"] != self.run_id)
            failure = {"hash": content_hash, "runs": runs, "run_id": self.run_id, "at": self.now()}
            self._store(connection, key, {"failure": failure}, is_said=False)
        return int(runs)

    def failures(self) -> dict[str, Failure]:
        """Return key → failure of the documents that have failed and were neither done nor released since."""
        query = select(table.c.key, table.c.failure, table.c.review)
        with reading(self.engine) as connection:
            rows = connection.execute(query.where(self._mine(), table.c.failure.is_not(None))).mappings().all()
        return {row["key"]: Failure(row["failure"]["hash"], row["failure"]["runs"]) for row in rows if _counts(row)}

    def key_of(self, target_key: str) -> str | None:
        """Return the source key bound to this target key, or None."""
        with reading(self.engine) as connection:
            query = select(table.c.key).where(self._mine(), table.c.target_key == target_key)
            key: str | None = connection.execute(query).scalar()
        return key

    def targets(self) -> Iterator[Entry]:
        """Yield the rows that have a target reference."""
        for row in self._rows(table.c.target_key.is_not(None)):
            yield _read(row)

    def resend(self, key: str) -> None:
        """Forget the source hash, so that the next run takes the document up and compares it again."""
        with writing(self.engine) as connection:
            row = self._mine() & (table.c.key == key)
            values = {"source_hash": "", "is_open": True}
            if connection.execute(update(table).where(row).values(values)).rowcount:
                self.audit.write(connection, key, "to be compared again", {})

    def _keep(self, key: str) -> None:
        """Keep what a richer journal has seen of `key` since it was locked; in the trail that leads to the outcome."""

    # --- rows ---

    def _mine(self) -> ColumnElement[bool]:
        return and_(table.c.deployment == self.deployment, table.c.flow == self.flow)

    def _rows(self, *conditions: ColumnElement[bool]) -> Iterator[Mapping[Any, Any]]:
        """Yield rows by key, in chunks: they may be changed meanwhile."""
        query = select(table).where(self._mine(), *conditions).order_by(table.c.key).limit(_CHUNK)
        last = ""
        while True:
            with reading(self.engine) as connection:
                rows = connection.execute(query.where(table.c.key > last)).mappings().all()
            yield from rows
            if len(rows) < _CHUNK:
                return
            last = rows[-1]["key"]

    def _new(self, key: str) -> dict[str, Any]:
        return {
            "deployment": self.deployment,
            "flow": self.flow,
            "key": key,
            "marker": marker_of(self.deployment, self.flow, key),
            "progress": Progress.NONE.value,
            "source_hash": "",
            "findings": [],
            "is_open": False,
            "kind": "",
            "run_id": self.run_id,
            "updated_at": self.now(),
        }

    def _store(
        self, connection: Connection, key: str, values: Mapping[str, Any], *, is_said: bool = True
    ) -> Mapping[Any, Any]:
        """Store `values`, as what this run says of the document, and return the whole row; renew a lease held on it."""
        lease = self._leases.get(key)
        stamped = {**values, **({"run_id": self.run_id, "updated_at": self.now()} if is_said else {})}
        if lease is None:
            insert_missing(connection, table, self._new(key))
            change = _CHANGED
        else:
            stamped |= {"of_owner": lease.owner, "lease_until": self.now() + lease.lasts}
            change = _CHANGED_IF_HELD
        found = connection.execute(change, {**self._of(key), **stamped}).mappings().one_or_none()
        if found is None:
            msg = f"{self.flow} {key}: this worker was stopped for so long that another one took over"
            raise ConcurrentEdit(msg)
        return found

    def _entry_columns(self, connection: Connection, key: str) -> Mapping[Any, Any]:
        return connection.execute(_ROW, self._of(key)).mappings().one_or_none() or {}

    def _of(self, key: str) -> dict[str, str]:
        return {"of_deployment": self.deployment, "of_flow": self.flow, "of_key": key}

    def _entry(self, connection: Connection, key: str) -> Entry:
        row = self._entry_columns(connection, key)
        return _read(row) if row else Entry(key=key, marker=marker_of(self.deployment, self.flow, key))

    def _refuse_bound(self, connection: Connection, key: str, ref: TargetRef) -> None:
        other = and_(self._mine(), table.c.target_key == ref.key, table.c.key != key)
        row = connection.execute(select(table.c.key, table.c.label).where(other)).one_or_none()
        if row is not None:
            msg = (
                f"{ref.number or ref.key} belongs to {row.label or row.key} already; one of the two "
                f"documents is a duplicate"
            )
            raise Refused(msg)


def marker_of(deployment: str, flow: str, key: str) -> str:
    """Return the text by which a document of ours is known in the target, e.g. ``mlc:1a2b3c4d5e6f7a8b``.

    It is computed, so that documents are found again even when this database was lost.
    """
    text = f"{deployment}\x1f{flow}\x1f{key}"
    return f"mlc:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _counts(row: Mapping[Any, Any]) -> bool:
    """Tell whether the row has a failure since a person last released the document."""
    failure, review = row.get("failure"), row.get("review")
    if not failure:
        return False
    return not review or review["what"] not in _FREED or review["at"] < failure["at"]


def _content(document: Document | None) -> dict[str, Any]:
    if document is None:
        return {}
    money = document.money
    return {
        "kind": document.kind,
        "payload": dump_document(document),
        "amount": money.amount if money else None,
        "currency": money.currency if money else None,
    }


def _given(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if value}


def _read(row: Mapping[Any, Any]) -> Entry:
    amount, currency = row["amount"], row["currency"]
    return Entry(
        key=row["key"],
        marker=row["marker"],
        progress=Progress(row["progress"]),
        ref=TargetRef.model_validate(row["ref"]) if row["ref"] else None,
        source_hash=row["source_hash"],
        sent_at=row["sent_at"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        findings=tuple(Finding.model_validate(finding) for finding in row["findings"]),
        label=row["label"],
        money=None if amount is None else Money(amount=amount, currency=currency or ""),
    )


def _reopened(row: Mapping[Any, Any]) -> Document | Unreadable:
    """Return the document as it was kept; as unreadable when an older release wrote what this cannot read."""
    try:
        return load_document(row["kind"], row["payload"])
    except (ValidationError, KeyError) as error:
        finding = Finding(
            reason=Reason.UNREADABLE,
            message=f"{row['label'] or row['key']} was kept by another release of the connector and cannot "
            f"be read: {type(error).__name__}.",
            next_step="Replay it by its key, so that it is read from its source again.",
        )
        return Unreadable(row["key"], row["updated_at"], finding, row["payload"])


def _short(owner: str) -> str:
    """Return the host and process of a lease's owner."""
    here, _, rest = owner.partition(":")
    return f"process {rest.partition(':')[0]} on {here.partition('/')[0]}"
