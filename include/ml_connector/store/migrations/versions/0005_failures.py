"""In how many runs the connector itself failed over a document."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add an empty column."""
    op.add_column("mlc_document", sa.Column("failure", sa.Text(), nullable=True))
