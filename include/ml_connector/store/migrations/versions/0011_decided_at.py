"""When a run decided on a document, so that its load leaves what a later run has had in hand since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the time; what was decided before the upgrade has none, and is loaded as before."""
    op.add_column("mlc_staged_document", sa.Column("decided_at", sa.DateTime(timezone=True)))
