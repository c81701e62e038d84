"""What comparing both systems' lists found: each comparison, each difference, and how the target showed what agreed."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def _serial() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", kind, primary_key=True, autoincrement=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _time(name: str, *, nullable: bool = False) -> sa.Column[dt.datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Add three empty tables."""
    op.create_table(
        "mlc_comparison",
        _serial(),
        *_texts("deployment", "flow", "run_id"),
        _time("at"),
        *_texts("first_day", "last_day", "counts", "totals"),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mlc_comparison"),
    )
    op.create_index("ix_mlc_comparison_deployment_flow_at", "mlc_comparison", ["deployment", "flow", "at"])
    op.create_table(
        "mlc_difference",
        _serial(),
        *_texts("deployment", "flow", "key", "cause"),
        sa.Column("label", sa.Text(), nullable=False, server_default=""),
        sa.Column("detail", sa.Text(), nullable=False, server_default=""),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("day", "source", "target")),
        *_texts("run_id", "first_day", "last_day"),
        _time("found_at"),
        _time("seen_at"),
        _time("cleared_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mlc_difference"),
    )
    op.create_index(
        "ix_mlc_difference_deployment_flow_cleared_at", "mlc_difference", ["deployment", "flow", "cleared_at"]
    )
    op.create_table(
        "mlc_target_view",
        *_texts("deployment", "flow", "key", "written", "fields"),
        sa.PrimaryKeyConstraint("deployment", "flow", "key", name="pk_mlc_target_view"),
    )
