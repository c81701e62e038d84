"""What a rule may look at: the tenant, the switches, the workspace, the user and the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from .errors import MANDATORY, UNKNOWN, Problem
from .schema import ENTITIES, Entity
from .settings import Settings
from .tenant import Row, Tenant
from .values import fold, number, same


@dataclass
class Work:
    """One request's view of a tenant."""

    tenant: Tenant
    switches: Settings
    domain: str
    entity: str
    user: str
    now: datetime
    only: tuple[str, str, str] | None = None
    """Table, field, value: of that table only rows with that value are listed, so that no others need be joined."""

    def find(self, name: str, *parts: Any) -> Row | None:
        """Return a row of an entity or table by key."""
        return self.tenant.find(name, *parts)

    def rows(self, name: str) -> list[Row]:
        """Return all rows of an entity or table in the order that lists are answered in."""
        rows = self.tenant.book(name).ordered(self.switches.browse_order)
        if self.only is None or self.only[0] != name:
            return rows
        _, column, value = self.only
        wanted = fold(value)
        return [row for row in rows if fold(row.get(column)) == wanted]

    def save(self, name: str, row: Row) -> Row:
        """Store a record; its hash and change stamps move."""
        return self.tenant.save(ENTITIES[name], row, self.now, self.user)

    @property
    def shared_set(self) -> str:
        """The supplier shared set of the working domain."""
        found = self.find("domains", self.domain, self.entity)
        return str(found["supplierSharedSetCode"]) if found else ""

    def supplier(self, code: Any) -> Row | None:
        """Return the supplier that the working domain knows under a code."""
        return self.find("supplierV2s", self.shared_set, code)

    def rate(self, currency: Any) -> Decimal:
        """Return what one unit of a currency is worth in the domain's own; 0 where no rate has been entered.

        Where the rates are kept, and which way round, is a convention of this sandbox.
        """
        own = (self.find("domains", self.domain, self.entity) or {}).get("currencyCode")
        found = self.find("exchangeRates", self.domain, currency)
        return Decimal(1) if same(own, currency) else number((found or {}).get("exchangeRate"))

    def unresolved(self, field_name: str, value: Any, text: str = "") -> Problem:
        """Return the problem of a code that does not exist.

        A live site reports it as a missing value (seen by the author of a public supplier loader); the other text and
        its number are a convention of this sandbox.
        """
        if self.switches.unresolved_code == "mandatory":
            return Problem(field_name, "Field is mandatory", value, MANDATORY)
        return Problem(field_name, text or f"{field_name} {value} does not exist", value, UNKNOWN)


@dataclass
class Draft:
    """A record on its way into the store: what it will be, what is stored now, and what a person should know."""

    kind: Entity
    data: Row
    old: Row | None = None
    sent: Row = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Whether nothing is stored yet."""
        return self.old is None

    def refuse(self, field_name: str, text: str, value: Any = "") -> None:
        """Note a business rule that is broken."""
        self.problems.append(Problem(field_name, text, value))
