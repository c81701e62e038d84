"""The simulated site: its tenants, settings, sessions and operations, as the core drives them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ml_connector_sandbox.core.clock import Clock

from . import world
from .apply import apply_plain
from .auth import Sessions
from .draft import Draft
from .errors import Refusal
from .licence import Licence
from .lookups import Context
from .operations import Operations
from .routes import build_app
from .schema import ENTITIES, TYPES
from .settings import Settings
from .state import Record, Tenant, User
from .upsert import edit_record, find_by_path, seed_record

Plain = dict[str, Any]
_DOCUMENTS_LAST = ("PurchaseOrder", "PurchaseReceipt", "Bill", "Check")


class Site:
    """One Acumatica site (see ``core.simulator.Simulator`` for the contract of the methods)."""

    name = "acumatica"

    def __init__(self) -> None:
        self.clock = Clock()
        self.switches = Settings()
        self.tenants: dict[str, Tenant] = {}
        self.sessions = Sessions(self.switches, self.clock.now)
        self.licence = Licence(self.clock)
        self.operations = Operations()
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
        self.sessions.clear(self.switches)
        self.licence.clear()
        self.operations.clear()
        self.add_account({})

    def add_account(self, body: Plain) -> Plain:
        """Create a tenant with a fresh world, or give an existing one new keys.

        Members of ``body``: ``name`` (or ``account``), ``client_id``, ``client_secret``, ``users`` (login to
        password), ``empty`` (true: without the reference records). All have defaults.
        """
        name = str(body.get("name") or body.get("account") or world.DEFAULT_TENANT)
        client_id = str(body.get("client_id") or f"{world.CLIENT_ID.partition('@')[0]}@{name}")
        secret = str(body.get("client_secret") or world.CLIENT_SECRET)
        users = [User(*pair) for pair in (body.get("users") or {world.LOGIN: world.PASSWORD}).items()]
        tenant = self.tenants.get(name)
        if tenant is None:
            tenant = self.tenants[name] = Tenant(name, client_id, secret, users, self.clock.now)
            if not body.get("empty"):
                self.seed(name, world.records())
        tenant.client_id, tenant.client_secret = client_id, secret
        tenant.users = {user.login: user for user in users}
        return {"account": name, "client_id": client_id}

    def tenant_of(self, account: str | None) -> Tenant:
        """A tenant by name, the first one when none is named; KeyError when there is none."""
        return self.tenants[account] if account else next(iter(self.tenants.values()))

    def context(self, tenant: Tenant, today: date | None = None, branch: str = "") -> Context:
        """What the rules may look at."""
        return Context(tenant, self.switches, today or self.clock.now().date(), branch)

    def seed(self, account: str | None, records: dict[str, list[Plain]]) -> dict[str, int]:
        """Store plain records, reference entities first; returns how many of each."""
        unknown = set(records) - set(ENTITIES)
        if unknown:
            raise ValueError(f"unknown entities: {', '.join(sorted(unknown))}")
        context = self.context(self.tenant_of(account))
        for entity in sorted(records, key=lambda name: _DOCUMENTS_LAST.index(name) if name in _DOCUMENTS_LAST else -1):
            for plain in records[entity]:
                seed_record(context, entity, plain)
        return {entity: len(plains) for entity, plains in records.items()}

    def edit(self, account: str | None, entity: str, record_id: str, changes: Plain) -> Plain:
        """Change a record, named by id or by its keys with ``/`` between, as a person would."""
        context = self.context(self.tenant_of(account))
        return _plain(edit_record(context, entity, _find(context, entity, record_id), changes))

    def remove(self, account: str | None, entity: str, record_id: str) -> None:
        """Delete a record, whatever its status."""
        context = self.context(self.tenant_of(account))
        context.tenant.remove(entity, _find(context, entity, record_id))

    def state(self, account: str | None, entity: str | None) -> Plain:
        """The records of a tenant as plain values."""
        self.operations.finish_due()
        tenant = self.tenant_of(account)
        names = [entity] if entity else list(ENTITIES)
        return {name: [_plain(record) for record in list(tenant.records[name].values())] for name in names}

    def account_of(self, headers: dict[str, str]) -> str | None:
        """The tenant that a request is signed in to."""
        session = self.sessions.of(headers)
        return session.tenant.name if session else None

    def dump(self) -> Plain:
        """All tenants and settings as JSON values; sessions and tokens are not kept."""
        return {"settings": self.settings(), "tenants": [_dump_tenant(item) for item in list(self.tenants.values())]}

    def load(self, dumped: Plain) -> None:
        """Take back a dump."""
        self.reset()
        self.switches.patch(dumped["settings"])
        self.tenants.clear()
        for stored in dumped["tenants"]:
            self.add_account({**stored, "empty": True})
            tenant = self.tenants[stored["name"]]
            tenant.counters = stored["counters"]
            for entity, plains in stored["records"].items():
                for plain in plains:
                    draft = Draft(TYPES[entity])
                    apply_plain(draft, plain)
                    tenant.put(entity, draft.freeze(), stamp=False)


def _find(context: Context, entity: str, record_id: str) -> Record:
    """A record by id or keys; KeyError when there is none."""
    try:
        return find_by_path(context, entity, record_id)
    except Refusal as refusal:
        raise KeyError(f"{entity} {record_id}") from refusal


def _plain(record: Record) -> Plain:
    """A record as plain values, dates and times as text."""
    return {name: value for name, value in record.data.items() if not name.startswith("_")}


def _dump_tenant(tenant: Tenant) -> Plain:
    """A tenant as JSON values."""
    records = {
        entity: [_json(record.data) for record in list(held.values())] for entity, held in tenant.records.items()
    }
    users = {user.login: user.password for user in tenant.users.values()}
    keys = {"name": tenant.name, "client_id": tenant.client_id, "client_secret": tenant.client_secret}
    return {**keys, "users": users, "counters": dict(tenant.counters), "records": records}


def _json(value: Any) -> Any:
    """A stored value with dates and times as text."""
    if isinstance(value, dict):
        return {name: _json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
