"""The simulated vendor: its tenants, switches and tokens, as the core drives them."""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from ml_connector_sandbox.core.clock import Clock

from . import api, seeding, world
from .auth import Sessions, read_basic
from .browses import BrowseCache
from .limits import Allowance
from .schema import ENTITIES
from .settings import Settings
from .tenant import Row, Tenant, User
from .values import same
from .work import Draft, Work

SEEDER = "mfg"
"""The user whose name stands on what was seeded or edited."""


class Site:
    """QAD's cloud with any number of tenants (see ``core.simulator.Simulator`` for the contract of the methods)."""

    name = "qad"

    def __init__(self) -> None:
        self.clock = Clock()
        self.app: ASGIApp = self._serve
        self.sessions = Sessions()
        self.allowance = Allowance()
        self.tenants: dict[str, Tenant] = {}
        self.reset()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await api.serve(self, scope, receive, send)

    def reset(self) -> None:
        """Forget everything but a fresh default tenant."""
        self.switches = Settings()
        self.rows = BrowseCache()
        self.clock.reset()
        self.sessions.clear()
        self.allowance.clear()
        self.tenants.clear()
        self.add_account({})

    def settings(self) -> Row:
        """All switches."""
        return self.switches.model_dump(mode="json")

    def change_settings(self, changes: Row) -> None:
        """Change switches; ValueError for an unknown one or a bad value."""
        self.switches = Settings(**{**self.switches.model_dump(), **changes})
        self.rows = BrowseCache()

    def add_account(self, body: Row) -> Row:
        """Create a tenant with a fresh world, or give an existing one new keys.

        Members of ``body``, all with defaults: ``name`` (or ``account``), ``context`` (its root in the path; several
        tenants may share one, credentials tell them apart), ``client_id``, ``username``, ``password``, ``workspace``
        (the user's own), ``empty`` (true: without reference records).
        """
        name = str(body.get("name") or body.get("account") or world.DEFAULT_TENANT)
        context = "/" + str(body.get("context") or world.CONTEXT).strip("/")
        username = str(body.get("username") or f"svc.ap@{name.lower()}.example")
        user = User(username, str(body.get("password") or world.PASSWORD), body.get("workspace") or world.WORKSPACE)
        made = Tenant(name, context, str(body.get("client_id") or world.CLIENT_ID), [user])
        old = self.tenants.setdefault(name, made)
        if old is not made:
            old.context, old.client_id, old.users = made.context, made.client_id, made.users
        elif not body.get("empty"):
            self.seed(name, world.books())
        return {"account": name, "context": context, "client_id": made.client_id, "username": username,
                "workspace": user.workspace}  # fmt: skip

    def _tenant(self, account: str | None) -> Tenant:
        return self.tenants[account] if account else next(iter(self.tenants.values()))

    def _work(self, tenant: Tenant, record: Row) -> Work:
        """Return the view of a record's domain or entity, else of the first domain."""
        domains = list(tenant.book("domains"))
        for row in domains:
            if same(record.get("domainCode"), row["domainCode"]) or same(record.get("entityCode"), row["entityCode"]):
                return Work(tenant, self.switches, row["domainCode"], row["entityCode"], SEEDER, self.clock.now())
        first = domains[0] if domains else {"domainCode": world.DOMAIN, "entityCode": world.ENTITY}
        return Work(tenant, self.switches, first["domainCode"], first["entityCode"], SEEDER, self.clock.now())

    def seed(self, account: str | None, records: dict[str, list[Row]]) -> dict[str, int]:
        """Store records, those that others need first; returns how many of each."""
        tenant = self._tenant(account)
        unknown = set(records) - set(tenant.books)
        if unknown:
            raise ValueError(f"unknown entities {sorted(unknown)}; known: {sorted(tenant.books)}")
        for name in sorted(records, key=seeding.ranked):
            for record in records[name]:
                seeding.put(self._work(tenant, record), name, record)
        return {name: len(rows) for name, rows in records.items()}

    def edit(self, account: str | None, entity: str, record_id: str, changes: Row) -> Row:
        """Change a record as a person in the vendor's screens would: its hash and change stamps move."""
        tenant = self._tenant(account)
        row = self._find(tenant, entity, record_id)
        if entity not in ENTITIES:
            return tenant.put(entity, {**row, **changes})
        work = self._work(tenant, row)
        draft = Draft(ENTITIES[entity], seeding.whole(ENTITIES[entity], changes, row), row, changes)
        seeding.edited(work, draft)
        return draft.data

    def _find(self, tenant: Tenant, entity: str, record_id: str) -> Row:
        """Return a record by uri, row id, or its keys with ``.`` or ``/`` between; KeyError when there is none."""
        book = tenant.book(entity)
        for mark in (".", "/"):
            found = book.get(*record_id.split(mark))
            if found is not None:
                return found
        for row in book:
            if record_id in {row.get("uri"), row.get("tcRowid")}:
                return row
        raise KeyError(f"{entity} {record_id}")

    def remove(self, account: str | None, entity: str, record_id: str) -> None:
        """Delete a record, whatever hangs on it."""
        tenant = self._tenant(account)
        tenant.remove(entity, self._find(tenant, entity, record_id))

    def state(self, account: str | None, entity: str | None) -> Row:
        """Return the records of a tenant."""
        tenant = self._tenant(account)
        return {name: list(tenant.book(name)) for name in ([entity] if entity else tenant.books)}

    def account_of(self, headers: dict[str, str]) -> str | None:
        """Return the tenant of a request: that of its token, or of its Basic user."""
        header = headers.get("authorization", "")
        basic = read_basic(header)
        if basic is not None:
            named = [t.name for t in self.tenants.values() if basic[0].casefold() in t.users]
            return named[0] if named else None
        grant = self.sessions.of_token(header.partition(" ")[2])
        return grant.tenant.name if grant else None

    def dump(self) -> Row:
        """Everything as JSON values; tokens are not kept."""
        return {"settings": self.settings(), "tenants": [tenant.to_json() for tenant in list(self.tenants.values())]}

    def load(self, dumped: Row) -> None:
        """Take back a dump."""
        self.reset()
        self.switches = Settings(**dumped["settings"])
        made: list[Any] = [Tenant.from_json(stored) for stored in dumped["tenants"]]
        self.tenants = {tenant.name: tenant for tenant in made}
