"""Alembic's entry: runs the versions on the connection, and in the transaction, that `migrate` gives."""

from __future__ import annotations

from alembic import context

from ml_connector.store.migrations import VERSION_TABLE
from ml_connector.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
