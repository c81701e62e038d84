"""Which company's books each system of a deployment is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add one empty table; the next run of each deployment takes the systems that it has then."""
    op.create_table(
        "mlc_identity",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("deployment", "system", "identity", "options")),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("deployment", "system", name="pk_mlc_identity"),
    )
