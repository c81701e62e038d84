"""The first tables.

Written out, not taken from the code's tables: those move on, this file never does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
AMOUNT = sa.Numeric().with_variant(sa.Text(), "sqlite")
APPEND_ONLY = ("mlc_audit_entry", "mlc_code_map_change", "mlc_watermark_history")


def upgrade() -> None:
    """Make the tables, and let the trails grow only."""
    _runs()
    _documents()
    _mappings()
    _watermarks()
    _kept_between_runs()
    for table in APPEND_ONLY:
        _refuse_changes(table)


def _runs() -> None:
    op.create_table(
        "mlc_run_flow",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("read_window", sa.Text(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=True),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("deployment", "run_id", "flow", name="pk_mlc_run_flow"),
    )
    op.create_table(
        "mlc_staged_document",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("modified_at", TIME, nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("resolved", sa.Text(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("carried", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("deployment", "run_id", "flow", "key", name="pk_mlc_staged_document"),
    )
    op.create_index(
        "ix_mlc_staged_document_deployment_run_id_flow_modified_at_key",
        "mlc_staged_document",
        ["deployment", "run_id", "flow", "modified_at", "key"],
    )
    op.create_table(
        "mlc_pull",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), server_default="", nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mlc_pull"),
    )
    op.create_index("ix_mlc_pull_deployment_run_id", "mlc_pull", ["deployment", "run_id"])


def _documents() -> None:
    op.create_table(
        "mlc_document",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("marker", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("target_key", sa.Text(), nullable=True),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("amount", AMOUNT, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("held_since", TIME, nullable=True),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("deployment", "flow", "key", name="pk_mlc_document"),
        sa.UniqueConstraint("deployment", "flow", "target_key", name="uq_mlc_document_deployment_flow_target_key"),
    )
    op.create_index("ix_mlc_document_deployment_flow_is_open", "mlc_document", ["deployment", "flow", "is_open"])
    op.create_table(
        "mlc_audit_entry",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mlc_audit_entry"),
    )
    op.create_index("ix_mlc_audit_entry_deployment_flow_key", "mlc_audit_entry", ["deployment", "flow", "key"])
    op.create_index("ix_mlc_audit_entry_deployment_run_id", "mlc_audit_entry", ["deployment", "run_id"])


def _mappings() -> None:
    op.create_table(
        "mlc_supplier_link",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("cin7_key", sa.Text(), nullable=False),
        sa.Column("partner_key", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("deployment", "cin7_key", name="pk_mlc_supplier_link"),
        sa.UniqueConstraint("deployment", "partner_key", name="uq_mlc_supplier_link_deployment_partner_key"),
    )
    op.create_table(
        "mlc_code_map",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("map", sa.Text(), nullable=False),
        sa.Column("cin7_code", sa.Text(), nullable=False),
        sa.Column("partner_code", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("deployment", "map", "cin7_code", name="pk_mlc_code_map"),
    )
    op.create_table(
        "mlc_code_map_change",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("map", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cin7_code", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mlc_code_map_change"),
        sa.UniqueConstraint(
            "deployment",
            "map",
            "version",
            "cin7_code",
            name="uq_mlc_code_map_change_deployment_map_version_cin7_code",
        ),
    )


def _watermarks() -> None:
    op.create_table(
        "mlc_watermark",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("known", TIME, nullable=False),
        sa.Column("current", TIME, nullable=False),
        sa.Column("shown", TIME, nullable=True),
        sa.Column("reader", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("deployment", "flow", name="pk_mlc_watermark"),
    )
    op.create_table(
        "mlc_watermark_history",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("before", TIME, nullable=True),
        sa.Column("after", TIME, nullable=False),
        sa.Column("known", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mlc_watermark_history"),
    )
    op.create_index("ix_mlc_watermark_history_deployment_flow", "mlc_watermark_history", ["deployment", "flow"])


def _kept_between_runs() -> None:
    op.create_table(
        "mlc_source_record",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("read_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("deployment", "system", "entity", "record_id", name="pk_mlc_source_record"),
    )
    op.create_index("ix_mlc_source_record_read_at", "mlc_source_record", ["read_at"])
    op.create_table(
        "mlc_token",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_mlc_token"),
    )
    op.create_table(
        "mlc_lock",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_mlc_lock"),
    )


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION mlc_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION mlc_only_grows()"
    )
