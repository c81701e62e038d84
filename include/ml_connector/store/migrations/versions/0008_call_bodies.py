"""What calls sent and what came back, kept for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add one empty table."""
    op.create_table(
        "mlc_call_body",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "deployment")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("sent", "received")),
        sa.PrimaryKeyConstraint("name", name="pk_mlc_call_body"),
    )
    op.create_index("ix_mlc_call_body_deployment_at", "mlc_call_body", ["deployment", "at"])
