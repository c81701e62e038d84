"""The simulated site: its tenants, settings and tokens, as the core drives them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ml_connector_sandbox.core.clock import Clock

from . import ledger, records, world
from .defaults import Moment
from .history import record
from .rate import Rate
from .routes import build_app
from .rules import cascade
from .schema import TABLES, TYPES
from .services import SERVICES
from .settings import Settings
from .store import Client, Tenant
from .tokens import Tokens

Plain = dict[str, Any]


class Site:
    """One host with any number of tenants (see ``core.simulator.Simulator`` for the contract of the methods)."""

    name = "ifs"

    def __init__(self) -> None:
        self.clock = Clock()
        self.switches = Settings()
        self.tenants: dict[str, Tenant] = {}
        self.tokens = Tokens(self.clock.now)
        self.rate = Rate()
        self.app = build_app(self)
        self.reset()

    def settings(self) -> Plain:
        """All switches."""
        return self.switches.as_json()

    def change_settings(self, changes: Plain) -> None:
        """Change switches; ValueError for an unknown one."""
        self.switches.patch(changes)

    def reset(self) -> None:
        """Forget everything but a fresh default tenant."""
        self.switches = Settings()
        self.clock.reset()
        self.tenants.clear()
        self.tokens.clear()
        self.rate.clear()
        self.add_account({})

    def add_account(self, body: Plain) -> Plain:
        """Create a tenant (a realm) with a fresh world, or give an existing one another client.

        Members of ``body``: ``name`` (or ``account``, ``realm``), ``client_id`` of at most 20 characters,
        ``client_secret``, ``companies`` that its service user may use, ``projections`` that its permission sets
        grant (all when absent), ``read_only``, ``service_account`` (false: switched off), ``empty`` (true: a new
        tenant without records). All have defaults.
        """
        name = str(body.get("name") or body.get("account") or body.get("realm") or world.REALM)
        client = _client(body)
        tenant = self.tenants.get(name)
        if tenant is None:
            tenant = self.tenants[name] = Tenant(name, self._version_now)
            tenant.clients = {item.client_id: item for item in map(_client, world.CLIENTS)}
            if not body.get("empty"):
                self.seed(name, {**world.records(), "Projection": _catalogue()})
        tenant.clients[client.client_id] = client
        return {"account": name, "realm": name, "client_id": client.client_id}

    def _version_now(self) -> datetime:
        """Now as row versions show it: the server's wall time, to the second."""
        zone = ZoneInfo(self.switches.time_zone)
        return self.clock.now().astimezone(zone).replace(tzinfo=None, microsecond=0)

    def tenant_of(self, account: str | None) -> Tenant:
        """A tenant by name, the first one when none is named; KeyError when there is none."""
        return self.tenants[account] if account else next(iter(self.tenants.values()))

    def moment(self, tenant: Tenant) -> Moment:
        """Now, as a tenant sees it."""
        now, zone = self.clock.now().replace(microsecond=0), ZoneInfo(self.switches.time_zone)
        return Moment(tenant, now, zone, tuple(self.switches.history_logged))

    def seed(self, account: str | None, records_by_table: dict[str, list[Plain]]) -> dict[str, int]:
        """Store plain records; returns how many of each."""
        named = {_table(name): plains for name, plains in records_by_table.items()}
        at = self.moment(self.tenant_of(account))
        for table in sorted(named, key=_SEED_ORDER.index):
            for plain in named[table]:
                records.seed(at, table, plain)
        return {name: len(plains) for name, plains in records_by_table.items()}

    def edit(self, account: str | None, entity: str, record_id: str, changes: Plain) -> Plain:
        """Change a record, named by its keyref or its key values with ``^`` or ``/`` between, as a person would.

        The entity ``GLUpdate`` is none: it performs the update of the general ledger for the vouchers that the id
        names, e.g. ``10/I/2026/417``, or ``10`` for all of a company.
        """
        tenant = self.tenant_of(account)
        if entity == ledger.UPDATE:
            return {"moved": ledger.update(tenant, record_id)}
        row = records.find(tenant, _table(entity), record_id)
        changed = records.edit(self.moment(tenant), row, changes)
        return records.show(tenant, changed)

    def remove(self, account: str | None, entity: str, record_id: str) -> None:
        """Delete a record and those below it, whatever its state."""
        tenant, table = self.tenant_of(account), _table(entity)
        row = records.find(tenant, table, record_id)
        cascade(tenant, TYPES[table], row)
        record(self.moment(tenant), TYPES[table], "IFSAPP", row.data, None)

    def state(self, account: str | None, entity: str | None) -> Plain:
        """The records of a tenant as plain values."""
        tenant = self.tenant_of(account)
        tables = [(entity, _table(entity))] if entity else [(name, name) for name in TABLES]
        return {name: [records.show(tenant, row) for row in tenant.rows[table].values()] for name, table in tables}

    def account_of(self, headers: dict[str, str]) -> str | None:
        """The tenant of a request's token."""
        grant = self.tokens.of(headers.get("authorization", ""))
        return grant.tenant.name if grant else None

    def dump(self) -> Plain:
        """All tenants and settings as JSON values; tokens are not kept."""
        return {"settings": self.settings(), "tenants": [self._dump_tenant(item) for item in self.tenants.values()]}

    def _dump_tenant(self, tenant: Tenant) -> Plain:
        """A tenant as JSON values."""
        clients = [vars(client) for client in tenant.clients.values()]
        head = {"name": tenant.name, "clients": clients, "custom": tenant.custom, "counters": tenant.counters}
        return {**head, "records": self.state(tenant.name, None)}

    def load(self, dumped: Plain) -> None:
        """Take back a dump."""
        self.reset()
        self.switches.patch(dumped["settings"])
        self.tenants.clear()
        for stored in dumped["tenants"]:
            tenant = self.tenants[stored["name"]] = Tenant(stored["name"], self._version_now)
            tenant.clients = {item["client_id"]: Client(**item) for item in stored["clients"]}
            tenant.custom = stored["custom"]
            self.seed(tenant.name, stored["records"])
            tenant.counters = dict(stored["counters"])


_FIRST = ("Company", "Site", "Currency", "PaymentTerm", "TaxCode", "PurchasePart", "Buyer")
_SEED_ORDER = (*_FIRST, *(name for name in TABLES if name not in _FIRST))


def _table(entity: str) -> str:
    """The table of an entity type's or an entity set's name; ValueError when there is none."""
    if entity in TABLES:
        return entity
    for service in SERVICES.values():
        if entity in service.sets:
            return service.sets[entity].type.table
    for kind in TYPES.values():
        if entity in kind.navigations:
            return kind.navigations[entity].target
    raise ValueError(f"unknown entity {entity!r}; known are {', '.join(TABLES)}")


def _client(body: Plain) -> Client:
    """A client from its description; ValueError for an id that is too long."""
    client_id = str(body.get("client_id") or world.CLIENT_ID)
    if len(client_id) > 20:
        raise ValueError(f"client id {client_id!r} has more than 20 characters")
    return Client(
        client_id,
        str(body.get("client_secret") or world.CLIENT_SECRET),
        list(body.get("companies", world.COMPANIES)),
        body.get("projections"),
        bool(body.get("read_only", False)),
        bool(body.get("service_account", True)),
    )


def _catalogue() -> list[Plain]:
    """The rows of the tenant's catalogue of projections."""
    return [{"ProjectionName": item.name, "Categories": item.category} for item in SERVICES.values()]
