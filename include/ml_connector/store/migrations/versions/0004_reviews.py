"""What people decide about documents, the codes that each system has, and exact entries in the history of the maps.

Indexes for the operator pages come with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INDEXES = (
    ("mlc_document", ["deployment", "outcome"]),
    ("mlc_run_flow", ["deployment", "flow", "started_at"]),
)


def upgrade() -> None:
    """Add two empty columns, an empty table and two indexes."""
    op.add_column("mlc_document", sa.Column("review", sa.Text(), nullable=True))
    op.add_column("mlc_code_map_change", sa.Column("entries", sa.Text(), nullable=True))
    op.create_table(
        "mlc_known_code",
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("map", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, server_default=""),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("deployment", "system", "map", "code", name="pk_mlc_known_code"),
    )
    for table, columns in INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
