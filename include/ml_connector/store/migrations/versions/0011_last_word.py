"""What tells which of two runs has the last word on a document: when each decided, and whether it was a dry run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add two empty columns: what was decided before the upgrade is loaded as before."""
    op.add_column("mlc_staged_document", sa.Column("decided_at", sa.DateTime(timezone=True)))
    op.add_column("mlc_run_flow", sa.Column("dry_run", sa.Boolean()))
