"""Entries of a code map may be effective from a day on; those that are there are for documents of any day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

KEY = ("deployment", "map", "cin7_code", "effective_from", "partner_code")
CHANGED = ("deployment", "map", "version", "cin7_code")
HISTORY = "mlc_code_map_change"


def upgrade() -> None:
    """Add the day to both tables, and to what tells their rows apart; each row is kept as it stands."""
    with op.batch_alter_table("mlc_code_map") as table:
        table.add_column(_day())
        table.drop_constraint("pk_mlc_code_map", type_="primary")
        table.create_primary_key("pk_mlc_code_map", list(KEY))
    with op.batch_alter_table(HISTORY) as table:
        table.add_column(_day())
        table.drop_constraint(f"uq_{HISTORY}_{'_'.join(CHANGED)}", type_="unique")
        table.create_unique_constraint(f"uq_{HISTORY}_slot", [*CHANGED, "effective_from"])
    if op.get_bind().dialect.name == "sqlite":
        _refuse_changes()


def _day() -> sa.Column[str]:
    return sa.Column("effective_from", sa.Text(), nullable=False, server_default="")


def _refuse_changes() -> None:
    """Put the triggers back: SQLite has made the table anew, and dropped them with the old one."""
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {HISTORY}_no_{change.lower()} BEFORE {change} ON {HISTORY} "
            f"BEGIN SELECT RAISE(ABORT, '{HISTORY} only grows'); END"
        )
