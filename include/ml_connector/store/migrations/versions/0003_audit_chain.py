"""Each document's audit entries become a chain of hashes, and each run anchors the chains it touched.

The entries of earlier releases are chained as they stand now and marked so: scheme 0. Written out, not taken from
the code's rules: those move on, this file never does.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)
CHUNK = 1000
ENTRIES = sa.table(
    "mlc_audit_entry",
    *(sa.column(name, sa.Text()) for name in ("deployment", "flow", "run_id", "key", "step", "detail")),
    sa.column("id", sa.BigInteger()),
    sa.column("at", TIME),
    sa.column("scheme", sa.Integer()),
    sa.column("seq", sa.Integer()),
    sa.column("previous", sa.Text()),
    sa.column("hash", sa.Text()),
)
CHAINS = sa.table(
    "mlc_audit_chain",
    *(sa.column(name, sa.Text()) for name in ("deployment", "flow", "key", "hash")),
    sa.column("seq", sa.Integer()),
    sa.column("is_anchored", sa.Boolean()),
)
COLUMNS = (("scheme", sa.Integer()), ("seq", sa.Integer()), ("previous", sa.Text()), ("hash", sa.Text()))


def upgrade() -> None:
    """Chain what is there, and let entries go only under a tombstone."""
    _make_tables()
    _let_change()
    for name, kind in COLUMNS:
        op.add_column("mlc_audit_entry", sa.Column(name, kind, nullable=True))
    _chain_entries(op.get_bind())
    with op.batch_alter_table("mlc_audit_entry") as table:
        for name, kind in COLUMNS:
            table.alter_column(name, existing_type=kind, nullable=False)
    op.drop_index("ix_mlc_audit_entry_deployment_flow_key", "mlc_audit_entry")
    keys = ["deployment", "flow", "key", "seq"]
    op.create_index("ix_mlc_audit_entry_deployment_flow_key_seq", "mlc_audit_entry", keys, unique=True)
    _refuse_changes()


def _make_tables() -> None:
    op.create_table(
        "mlc_audit_chain",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("is_anchored", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("deployment", "flow", "key", name="pk_mlc_audit_chain"),
    )
    op.create_index("ix_mlc_audit_chain_deployment_is_anchored", "mlc_audit_chain", ["deployment", "is_anchored"])
    op.create_table(
        "mlc_audit_anchor",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("heads_hash", sa.Text(), nullable=False),
        sa.Column("removed_before", TIME, nullable=True),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("signed_with", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("deployment", "number", name="pk_mlc_audit_anchor"),
    )
    op.create_table(
        "mlc_audit_head",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("deployment", "number", "position", name="pk_mlc_audit_head"),
    )
    keys = ["deployment", "flow", "key", "seq"]
    op.create_index("ix_mlc_audit_head_deployment_flow_key_seq", "mlc_audit_head", keys)


# --- what is there already ----------------------------------------------------------------------


def _chain_entries(bind: sa.Connection) -> None:
    """Give every entry its place, in the order in which they were written, a thousand at a time."""
    chain: tuple[str, str, str] | None = None
    seq, head = 0, ""
    for rows in _entries(bind):
        changes: list[dict[str, Any]] = []
        chains: list[dict[str, Any]] = []
        for row in rows:
            if (row.deployment, row.flow, row.key) != chain:
                chains += [_head(chain, seq, head)] if chain else []
                chain, seq = (row.deployment, row.flow, row.key), 0
                start = {"deployment": row.deployment, "flow": row.flow, "key": row.key}
                head = _hash("ml-connector audit chain 1", start)
            previous, seq = head, seq + 1
            link = {"content": _content(row), "previous": previous, "seq": seq}
            head = _hash("ml-connector audit link 1", link)
            changes.append({"row": row.id, "seq": seq, "previous": previous, "hash": head})
        chains += [_head(chain, seq, head)] if chain and len(rows) < CHUNK else []
        _store(bind, changes, chains)
    # a last chunk that is exactly full is followed by an empty one, which stores the last chain


def _entries(bind: sa.Connection) -> Iterator[list[Any]]:
    columns = ENTRIES.c
    order = (columns.deployment, columns.flow, columns.key, columns.id)
    told = (columns.run_id, columns.step, columns.detail, columns.at)
    query = sa.select(*order, *told).order_by(*order).limit(CHUNK)
    last: Any = None
    while True:
        chunk = query if last is None else query.where(sa.tuple_(*order) > sa.tuple_(*last[:4]))
        rows = list(bind.execute(chunk))
        yield rows
        if len(rows) < CHUNK:
            return
        last = rows[-1]


def _store(bind: sa.Connection, changes: list[dict[str, Any]], chains: list[dict[str, Any]]) -> None:
    if changes:
        values: dict[str, Any] = {name: sa.bindparam(name) for name in ("seq", "previous", "hash")}
        one = sa.update(ENTRIES).where(ENTRIES.c.id == sa.bindparam("row")).values(scheme=0, **values)
        bind.execute(one, changes)
    if chains:
        bind.execute(sa.insert(CHAINS), chains)


def _head(chain: tuple[str, str, str], seq: int, head: str) -> dict[str, Any]:
    deployment, flow, key = chain
    known = {"deployment": deployment, "flow": flow, "key": key}
    return {**known, "seq": seq, "hash": head, "is_anchored": False}


def _content(row: Any) -> str:
    at = row.at if row.at.tzinfo else row.at.replace(tzinfo=dt.timezone.utc)
    told = {
        "at": at.astimezone(dt.timezone.utc).isoformat(timespec="microseconds"),
        "deployment": row.deployment,
        "detail": row.detail,
        "flow": row.flow,
        "key": row.key,
        "run_id": row.run_id,
        "scheme": 0,
        "step": row.step,
    }
    return _hash("ml-connector audit entry 1", told)


def _hash(name: str, value: dict[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{name}\n{text}".encode()).hexdigest()


# --- what the database refuses ------------------------------------------------------------------

TOMBSTONE = (
    "SELECT 1 FROM mlc_audit_head WHERE deployment = OLD.deployment AND flow = OLD.flow AND key = OLD.key "
    "AND seq >= OLD.seq AND removed > 0"
)
"""What lets an entry go: a tombstone of its chain, at it or after it."""
NO_LONGER_NEEDED = (
    "SELECT 1 FROM mlc_audit_anchor later JOIN mlc_audit_anchor mine ON mine.deployment = later.deployment "
    "WHERE mine.deployment = OLD.deployment AND mine.number = OLD.number AND later.removed_before > mine.at "
    "AND OLD.removed = 0"
)
"""What lets a head go: all that its anchor covers was before a removal."""
DELETABLE = (("mlc_audit_entry", TOMBSTONE), ("mlc_audit_head", NO_LONGER_NEEDED))


def _let_change() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("update", "delete"):
            op.execute(f"DROP TRIGGER mlc_audit_entry_no_{change}")
    else:
        op.execute("DROP TRIGGER mlc_audit_entry_only_grows ON mlc_audit_entry")


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in ("mlc_audit_entry", "mlc_audit_anchor", "mlc_audit_head"):
            _refuse_on_sqlite(table, "UPDATE")
        _refuse_on_sqlite("mlc_audit_anchor", "DELETE")
        for table, reason in DELETABLE:
            _refuse_on_sqlite(table, "DELETE", f"WHEN NOT EXISTS ({reason})")
        return
    _refuse_on_postgres("mlc_audit_anchor", "UPDATE OR DELETE OR TRUNCATE")
    for table, reason in DELETABLE:
        _refuse_on_postgres(table, "UPDATE OR TRUNCATE")
        op.execute(
            f"CREATE FUNCTION {table}_may_go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NOT EXISTS ({reason}) THEN RAISE EXCEPTION '{table} only grows'; END IF; RETURN OLD; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_may_go BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_may_go()"
        )


def _refuse_on_sqlite(table: str, change: str, when: str = "") -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {when} "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    )


def _refuse_on_postgres(table: str, changes: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_only_grows BEFORE {changes} ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION mlc_only_grows()"
    )
