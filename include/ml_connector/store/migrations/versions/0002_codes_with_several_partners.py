"""A code map entry is known by both its codes: towards Cin7, several partner codes may lead to one.

Each entry is kept as it stands.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = ("deployment", "map", "cin7_code", "partner_code")


def upgrade() -> None:
    """Make the partner's code a part of the primary key."""
    with op.batch_alter_table("mlc_code_map") as table:
        table.drop_constraint("pk_mlc_code_map", type_="primary")
        table.create_primary_key("pk_mlc_code_map", list(KEY))
    assert sa.inspect(op.get_bind()).get_pk_constraint("mlc_code_map")["constrained_columns"] == list(KEY)
