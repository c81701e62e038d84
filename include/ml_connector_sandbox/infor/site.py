"""The simulated cloud: its tenants, settings, tokens and documents, as the core drives them."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from typing import Any

from ml_connector_sandbox.core.clock import Clock

from . import world
from .credentials import ionapi
from .datalake import Lake, snapshots
from .gateway import Gateway
from .limits import Policies
from .seeding import Writer, voucher
from .settings import Settings
from .tables import SCHEMAS
from .tenant import App, Key, Row, Tenant
from .tokens import Tokens

Plain = dict[str, Any]


class Site:
    """One gateway host with any number of tenants (see ``core.simulator.Simulator`` for the contract)."""

    name = "infor"

    def __init__(self) -> None:
        self.clock = Clock()
        self.switches = Settings()
        self.tenants: dict[str, Tenant] = {}
        self.lakes: dict[str, Lake] = {}
        self.tokens = Tokens(self.clock.now)
        self.policies = Policies()
        self.app = Gateway(self)
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
        self.lakes.clear()
        self.tokens.clear()
        self.policies.clear()
        self.add_account({})

    def add_account(self, body: Plain) -> Plain:
        """Create a tenant with a fresh world, or make its authorised app anew, which ends its grants.

        Members of ``body``: ``name`` (or ``account``), ``client_id``, ``client_secret``, ``access_key``,
        ``secret_key``, ``lifetime`` (seconds), ``empty`` (true: no records but companies, divisions and the user).
        The answer has the tenant's name and the content of its ``.ionapi`` file.
        """
        name = str(body.get("name") or body.get("account") or world.TENANT)
        app = App(
            str(body.get("client_id") or world.CLIENT_ID.replace(world.TENANT, name)),
            str(body.get("client_secret") or world.CLIENT_SECRET),
            str(body.get("access_key") or world.ACCESS_KEY.replace(world.TENANT, name)),
            str(body.get("secret_key") or world.SECRET_KEY),
            int(body.get("lifetime") or 7200),
        )
        if name in self.tenants:
            self.tokens.forget(self.tenants[name])
            self.tenants[name].app = app
        else:
            self.tenants[name], self.lakes[name] = Tenant(name, app), Lake()
            self.seed(name, _world(empty=bool(body.get("empty"))))
        return {"account": name, "ionapi": ionapi(self.tenants[name], self.switches, self.switches.public_url)}

    def tenant_of(self, account: str | None) -> Tenant:
        """A tenant by name, the first one when none is named; KeyError when there is none."""
        return self.tenants[account] if account else next(iter(self.tenants.values()))

    def tenant_of_client(self, form: Plain, basic: str) -> Tenant | None:
        """Return the tenant whose app a token request names; None when there is none."""
        client = str(form.get("client_id", ""))
        if basic:
            try:
                client = b64decode(basic.partition(" ")[2]).decode().partition(":")[0]
            except (Error, UnicodeDecodeError):
                return None
        return next((item for item in self.tenants.values() if item.app.client_id == client), None)

    def _writer(self, tenant: Tenant) -> Writer:
        return Writer(tenant, self.switches, self.clock.now())

    def seed(self, account: str | None, records: dict[str, list[Plain]]) -> dict[str, int]:
        """Store records, table by table and parents first; returns how many of each.

        A record may carry the records inside it by their table's name. An order without statuses takes them from its
        lines, and an invoice without postings gets a voucher.
        """
        unknown = set(records) - set(SCHEMAS)
        if unknown:
            raise ValueError(f"unknown tables: {', '.join(sorted(unknown))}; known are {', '.join(SCHEMAS)}")
        tenant = self.tenant_of(account)
        writer, made = self._writer(tenant), dict[tuple[str, Key], Row]()
        for table in SCHEMAS:
            for plain in records.get(table, []):
                row = writer.seed(table, plain)
                made[table, tenant.tables[table].key_of(row)] = row
                if table == "MPHEAD" and not {"PUSL", "PUST"} & set(plain):
                    writer.open_orders.append((row["CONO"], row["PUNO"]))
        for order in writer.open_orders:
            writer.roll_up(*order, changed=False)
        self._vouchers(writer, [row for (table, _), row in made.items() if table == "FPLEDG"])
        self._send(tenant, list(made))
        return {table: len(plains) for table, plains in records.items()}

    def _vouchers(self, writer: Writer, invoices: list[Row]) -> None:
        for row in invoices:
            place = {name: row[name] for name in ("CONO", "DIVI", "YEA4", "VONO")}
            if row["TRCD"] == "40" and not writer.tenant.rows("FGLEDG", *place.values()):
                names = ("JRNO", "VSER", "ACDT", "CUCD", "ARAT", "LMTS")
                for line in voucher(row):
                    writer.seed("FGLEDG", {**place, **{name: row[name] for name in names}, **line})

    def _send(self, tenant: Tenant, keys: list[tuple[str, Key]], action: str = "Replace") -> None:
        """Send the documents of changed rows, each once."""
        if not self.switches.bods:
            return
        found = {}
        for table, key in keys:
            row = tenant.row(table, *key)
            for name, held in snapshots(tenant, table, row) if row else []:
                found[held.noun, name] = held
        for (_, name), held in found.items():
            self.lakes[tenant.name].send(tenant, held, name, action)

    def enter(self, tenant: Tenant, table: str, given: Row) -> Row:
        """Store a record that a transaction adds."""
        row = self._writer(tenant).enter(table, given)
        self._send(tenant, [(table, tenant.tables[table].key_of(row))])
        return row

    def edit(self, account: str | None, entity: str, record_id: str, changes: Plain) -> Plain:
        """Change a record, named by its keys with ``/`` between; the company may be left out."""
        tenant = self.tenant_of(account)
        old = _find(tenant, entity, record_id)
        row = self._writer(tenant).edit(entity, old, changes)
        self._send(tenant, [(entity, tenant.tables[entity].key_of(row))])
        return dict(row)

    def remove(self, account: str | None, entity: str, record_id: str) -> None:
        """Delete a record; documents of its own are sent with the action Delete."""
        tenant = self.tenant_of(account)
        row = _find(tenant, entity, record_id)
        key = tenant.tables[entity].key_of(row)
        is_part = entity in {"CIDADR", "CIDREF", "CBANAC", "MPLINE"}
        if not is_part:
            self._send(tenant, [(entity, key)], "Delete")
        tenant.tables[entity].drop(key)

    def state(self, account: str | None, entity: str | None) -> Plain:
        """The records of a tenant, every value a text as the tables keep it."""
        tenant = self.tenant_of(account)
        return {name: [dict(row) for row in tenant.rows(name)] for name in ([entity] if entity else SCHEMAS)}

    def account_of(self, headers: dict[str, str]) -> str | None:
        """The tenant that a request is signed in to."""
        access, _ = self.tokens.of(headers)
        return access.grant.tenant.name if access else None

    def dump(self) -> Plain:
        """All tenants and settings as JSON values; tokens, and documents older than the last, are not kept."""
        return {"settings": self.settings(), "tenants": [_dump(item) for item in list(self.tenants.values())]}

    def load(self, dumped: Plain) -> None:
        """Take back a dump."""
        self.reset()
        self.switches.patch(dumped["settings"])
        self.tenants.clear()
        self.lakes.clear()
        for stored in dumped["tenants"]:
            tenant = Tenant(stored["name"], App(**stored["app"]), counters=stored["counters"])
            self.tenants[tenant.name], self.lakes[tenant.name] = tenant, Lake()
            for table, rows in stored["records"].items():
                for row in rows:
                    tenant.tables[table].put(row)
            self._send(tenant, [(name, key) for name, table in tenant.tables.items() for key in table.rows])


def _world(*, empty: bool) -> dict[str, list[Plain]]:
    records = world.records()
    return {name: records[name] for name in ("CMNCMP", "CMNDIV", "CMNUSR")} if empty else records


def _find(tenant: Tenant, entity: str, record_id: str) -> Row:
    """Return a record by its keys; an invoice also by division, payee, supplier, number and year."""
    if entity not in tenant.tables:
        raise KeyError(entity)
    group = ("DIVI", "SPYN", "SUNO", "SINO", "INYR") if entity == "FPLEDG" else ()
    for key, row in tenant.tables[entity].rows.items():
        names = {"/".join(key), "/".join(key[1:]) if row["CONO"] == world.COMPANY else ""}
        if record_id in names or (group and record_id == "/".join(row[name] for name in group)):
            return row
    raise KeyError(f"{entity} {record_id}")


def _dump(tenant: Tenant) -> Plain:
    records = {name: list(table.rows.values()) for name, table in tenant.tables.items()}
    app = {name: getattr(tenant.app, name) for name in App.__dataclass_fields__}
    return {"name": tenant.name, "app": app, "counters": dict(tenant.counters), "records": records}
