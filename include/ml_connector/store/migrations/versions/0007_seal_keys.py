"""The names of the keys that documents are sealed with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add one empty table; the columns that are sealed from now on were text before."""
    op.create_table(
        "mlc_seal_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_mlc_seal_key"),
    )
