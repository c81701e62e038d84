"""The simulated site: its companies, settings and sessions, as the core drives them."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from ml_connector_sandbox.core.clock import Clock

from . import world
from .company import Company, Operator, Values, key_of, read_key
from .defaults import filled
from .odata import basic
from .routes import build_app
from .schema import TABLES
from .sessions import Sessions
from .settings import Settings
from .values import stored

Plain = dict[str, Any]
_PEOPLE = ("operator", "session")


class Site:
    """One SYSPRO server (see ``core.simulator.Simulator`` for the contract of the methods). An account is a company."""

    name = "syspro"

    def __init__(self) -> None:
        self.clock = Clock()
        self.switches = Settings()
        self.companies: dict[str, Company] = {}
        self.sessions = Sessions(self.clock)
        self.shuffle = random.Random(11)
        self.app = build_app(self)
        self.reset()

    def settings(self) -> Plain:
        """Return all switches."""
        return self.switches.model_dump()

    def change_settings(self, changes: Plain) -> None:
        """Change switches; ValueError for an unknown one."""
        self.switches = Settings(**{**self.switches.model_dump(), **changes})

    def reset(self) -> None:
        """Forget everything but a fresh default company."""
        self.switches = Settings()
        self.clock.reset()
        self.companies.clear()
        self.sessions.by_id.clear()
        self.add_account({})

    def add_account(self, body: Plain) -> Plain:
        """Create a company, or give an existing one new operators.

        Members of `body`, all with defaults: ``name`` (or ``account``, ``company``), ``password``,
        ``local_currency``, ``operators`` (code to password, or a list with ``code``, ``password``, ``email``,
        ``odata``, ``denied_tables``), ``empty`` (true: without the reference rows).
        """
        name = str(body.get("name") or body.get("account") or body.get("company") or world.COMPANY)
        company = self.companies.get(name)
        if company is None:
            company = self.companies[name] = Company(name, self.clock.now)
            if not body.get("empty"):
                self.seed(name, world.records(name))
        company.password = str(body.get("password", company.password))
        company.local_currency = str(body.get("local_currency", company.local_currency))
        company.operators = _operators(body.get("operators") or world.operators())
        company.restart_odata()
        return {"account": name, "company": name, "operators": list(company.operators)}

    def _company(self, account: str | None) -> Company:
        return self.companies[account] if account else next(iter(self.companies.values()))

    def seed(self, account: str | None, records: dict[str, list[Plain]]) -> dict[str, int]:
        """Store rows by table, missing columns by their defaults; return how many of each."""
        unknown = set(records) - set(TABLES)
        if unknown:
            raise ValueError(f"unknown tables: {', '.join(sorted(unknown))}")
        company = self._company(account)
        for table in TABLES:
            for given in records.get(table, []):
                self._put(company, table, given)
        return {table: len(rows) for table, rows in records.items()}

    def _put(self, company: Company, table: str, given: Plain) -> None:
        row = filled(company, table, _read(table, given))
        company.put(table, _read(table, row), stamp="TimeStamp" not in given)
        if table == "ApSupplier":
            known = company.get("ApSupplierAddr", row["Supplier"])
            company.put("ApSupplierAddr", known or {"Supplier": row["Supplier"]})
        _count_on(company, table, row)

    def edit(self, account: str | None, entity: str, record_id: str, changes: Plain) -> Plain:
        """Change a row, named by its key with ``/`` between the parts, as a person would.

        ``operator``: ``password``, ``email``, ``odata``, ``denied_tables``; ``{"logon": true}``: the person logs on.
        ``service`` ``odata`` ``{"restart": true}``: the OData service reads its operators again.
        """
        company = self._company(account)
        if entity == "service":
            company.restart_odata()
            return {"restarted": record_id}
        if entity == "operator":
            return self._edit_operator(company, company.operators[record_id], dict(changes))
        kind = TABLES[entity]
        key = read_key(kind, record_id)
        row = company.tables[entity][key].values
        made = {**row, **_read(entity, changes)}
        if key_of(kind, made) != key:
            company.drop(entity, key)
        return _plain(company.put(entity, made, stamp="TimeStamp" not in changes))

    def _edit_operator(self, company: Company, operator: Operator, changes: Plain) -> Plain:
        if changes.pop("logon", False):
            self.sessions.log_on(self.switches, company, operator.code, is_person=True)
        for name, value in changes.items():
            if name not in {"password", "email", "odata", "denied_tables"}:
                raise ValueError(f"an operator has no {name}")
            setattr(operator, name, value)
        return _shown(operator)

    def remove(self, account: str | None, entity: str, record_id: str) -> None:
        """Delete a row; of ``session``, end those of the operator `record_id`; of ``operator``, the operator."""
        company = self._company(account)
        if entity == "session":
            self.sessions.end_of(record_id)
        elif entity == "operator":
            del company.operators[record_id]
        else:
            company.drop(entity, read_key(TABLES[entity], record_id))

    def state(self, account: str | None, entity: str | None) -> Plain:
        """Return the rows by table, and who may log on and who has (``operator``, ``session``)."""
        company = self._company(account)
        made = {}
        for name in [entity] if entity else [*TABLES, *_PEOPLE]:
            made[name] = self._people(company, name) if name in _PEOPLE else [_plain(v) for v in company.all(name)]
        return made

    def _people(self, company: Company, entity: str) -> list[Plain]:
        if entity == "operator":
            return [_shown(operator) for operator in company.operators.values()]
        return [
            {"operator": session.operator, "since": session.since, "calls": session.calls, "person": session.is_person}
            for session in self.sessions.by_id.values()
            if session.company is company
        ]

    def account_of(self, headers: dict[str, str]) -> str | None:
        """Return the company of an OData user; e.net calls carry theirs in the URL, which is not asked here."""
        user = basic(headers.get("authorization", ""))[0]
        for company in self.companies.values():
            if user and any(user in {item.code, item.email} for item in company.operators.values()):
                return company.name
        return None

    def dump(self) -> Plain:
        """Return all companies and settings as JSON values; sessions are not kept."""
        return {"settings": self.settings(), "companies": [_dumped(item) for item in list(self.companies.values())]}

    def load(self, dumped: Plain) -> None:
        """Take back a dump."""
        self.reset()
        self.change_settings(dumped["settings"])
        self.companies.clear()
        for kept in dumped["companies"]:
            self.add_account({**kept, "empty": True})
            company = self.companies[kept["name"]]
            for table, rows in kept["tables"].items():
                for row in rows:
                    company.put(table, _read(table, row), stamp=False)
            company.counters = dict(kept["counters"])


def _operators(given: Any) -> dict[str, Operator]:
    rows = given
    if isinstance(given, dict):
        rows = [{"code": code, "password": word, "odata": True} for code, word in given.items()]
    return {row["code"]: Operator(**row) for row in rows}


def _shown(operator: Operator) -> Plain:
    return {
        "code": operator.code, "email": operator.email, "odata": operator.odata,
        "denied_tables": operator.denied_tables,
    }  # fmt: skip


def _read(table: str, given: Plain) -> Values:
    columns = TABLES[table].all_columns
    unknown = set(given) - set(columns)
    if unknown:
        raise ValueError(f"{table} has no columns {', '.join(sorted(unknown))}")
    return {name: stored(columns[name], value) for name, value in given.items()}


def _count_on(company: Company, table: str, row: Values) -> None:
    """Let the numbering go on after what was seeded."""
    for counter, column in (("PorMasterHdr", "PurchaseOrder"), ("GrnDetails", "Grn"), ("ApSupplier", "Supplier")):
        if table == counter and str(row[column]).isdigit():
            company.at_least(counter, int(row[column]))
    for of_table, counter, column in (("ApJnlSummary", "ApJournal", "Journal"), ("GrnDetails", "InvJournal", "Journal"),
                                      ("GenJournalCtl", "GlJournal", "GlJournal")):  # fmt: skip
        if table == of_table:
            company.at_least(counter, int(row[column]))


def _plain(values: Values) -> Plain:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _dumped(company: Company) -> Plain:
    operators = [{**_shown(item), "password": item.password} for item in company.operators.values()]
    return {
        "name": company.name, "password": company.password, "local_currency": company.local_currency,
        "operators": operators, "counters": dict(company.counters),
        "tables": {table: [_plain(values) for values in company.all(table)] for table in TABLES},
    }  # fmt: skip
