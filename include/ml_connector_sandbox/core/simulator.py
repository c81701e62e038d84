"""What a vendor's simulator offers to the core."""

from __future__ import annotations

from typing import Any, Protocol

from starlette.types import ASGIApp

from ml_connector_sandbox.core.clock import Clock

Record = dict[str, Any]


class Simulator(Protocol):
    """One vendor: its HTTP app and the records behind it, for any number of accounts (tenants)."""

    name: str
    clock: Clock
    app: ASGIApp

    def settings(self) -> Record:
        """Return the switchable behaviours and their values."""
        ...

    def change_settings(self, changes: Record) -> None:
        """Change some of them; ValueError names an unknown setting or a bad value."""
        ...

    def reset(self) -> None:
        """Forget everything but the default account; settings go back to their defaults."""
        ...

    def add_account(self, body: Record) -> Record:
        """Create an account (tenant), or give an existing one the same keys; return what identifies it."""
        ...

    def seed(self, account: str | None, records: dict[str, list[Record]]) -> dict[str, int]:
        """Put records into the store as the vendor's own pages would; return how many per entity."""
        ...

    def edit(self, account: str | None, entity: str, record_id: str, changes: Record) -> Record:
        """Change a record as a person in the vendor's pages would; KeyError when there is none."""
        ...

    def remove(self, account: str | None, entity: str, record_id: str) -> None:
        """Delete a record; KeyError when there is none."""
        ...

    def state(self, account: str | None, entity: str | None) -> Record:
        """Return everything the account holds, or one entity of it: ``{"<entity>": [records]}``."""
        ...

    def account_of(self, headers: dict[str, str]) -> str | None:
        """Return which account a request belongs to, for journal and faults; never a credential."""
        ...

    def dump(self) -> Record:
        """Return everything as JSON values, to be stored."""
        ...

    def load(self, dumped: Record) -> None:
        """Take back what `dump` returned."""
        ...
