"""One call of an MI transaction, as the programs see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .errors import generic
from .metadata import Transaction
from .search import parse
from .tenant import Row, Tenant

if TYPE_CHECKING:
    from .site import Site


@dataclass(frozen=True)
class Call:
    """A transaction with its inputs, in the company and division that apply."""

    site: Site
    tenant: Tenant
    transaction: Transaction
    inputs: dict[str, str]
    user: Row
    cono: str
    divi: str

    @property
    def now(self) -> datetime:
        """The time at the server."""
        return self.site.clock.now()

    def get(self, name: str) -> str:
        """Return an input; blank when it was not given."""
        return self.inputs.get(name, "")

    def rows(self, table: str) -> list[Row]:
        """Return the company's rows of a table, by key."""
        return [row for row in self.tenant.rows(table) if row["CONO"] == self.cono]

    def is_wanted(self, row: Row, *names: str) -> bool:
        """Tell whether a row agrees with those of the inputs `names` that were given."""
        return all(not self.get(name) or row.get(name, "") == self.get(name) for name in names)

    def found(self, table: str, program: str) -> list[Row]:
        """Return the rows that SQRY finds in the search index, with the columns that searches add.

        Raises:
            Nok: when the query cannot be read.
        """
        try:
            test = parse(self.get("SQRY"))
        except ValueError as error:
            raise generic(f"Search query is not valid: {error}", "SQRY") from None
        held = self.tenant.tables[table]
        lag = timedelta(seconds=self.site.switches.index_lag_seconds)
        rows = [row for row in held.indexed(self.now, lag) if row["CONO"] == self.cono and test(row)]
        return [{**row, "PGNM": program, "FILE": table, "KSTR": "".join(held.key_of(row))} for row in rows]
