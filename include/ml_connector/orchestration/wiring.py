"""Builds what a step needs: database, hooks, adapters; one place that knows all of them."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ml_connector.domain.errors import ConfigurationError, SyncError
from ml_connector.mapping.codemap import CodeMaps
from ml_connector.orchestration import catalog
from ml_connector.orchestration.adapters import Adapter, ListedOnce
from ml_connector.orchestration.audit_keys import VARIABLE, audit_keys
from ml_connector.orchestration.books import Books
from ml_connector.orchestration.calls import CallLog, JournalWithCalls
from ml_connector.orchestration.deployments import Deployment
from ml_connector.orchestration.fernet import fernet_keys
from ml_connector.orchestration.masking import MaskingTokens, mask
from ml_connector.store import call_bodies, plans
from ml_connector.store.database import Database
from ml_connector.store.engine import url_from_connection
from ml_connector.store.record_cache import SqlRecordCache
from ml_connector.sync.accounts import AccountComparison, compare_accounts
from ml_connector.sync.ports import Pull
from ml_connector.sync.run import FlowRun
from ml_connector.sync.spec import Flow
from ml_connector.sync.stores import Audit
from ml_connector.transport.ledger import Ledger, PostgresLedger, SqliteLedger
from ml_connector.transport.rate import RateBudget, RollingBudget, Unlimited
from ml_connector.transport.turns import Caller

CONNECTION = "ml_connector_db"
ACCOUNTS = "gl_account"
"""What adapters are asked for when charts of accounts are compared, and the audit's name for it."""
ONE_MACHINE = {"LocalExecutor", "SequentialExecutor", "DebugExecutor", "InProcessExecutor"}
log = logging.getLogger("ml_connector")


def database_url() -> str:
    """Return the URL of the connector's database: the connection `ml_connector_db`, else a file on one machine.

    Raises:
        ConfigurationError: tasks may run on several machines and there is no such connection.
    """
    connection = _connection(CONNECTION)
    if connection is not None:
        made = url_from_connection(
            connection.conn_type,
            connection.host,
            connection.login,
            connection.password,
            connection.port,
            connection.schema,
            connection.extra_dejson,
        )
        return made.render_as_string(hide_password=False)
    executors = _executors() - ONE_MACHINE
    if executors:
        raise ConfigurationError(
            f"{', '.join(sorted(executors))} runs tasks on several machines, and there is no connection "
            f"{CONNECTION!r}: each machine would keep a database file of its own. Create a PostgreSQL database and a "
            f"connection {CONNECTION!r} (type Postgres) to it under Admin → Connections."
        )
    home = os.environ.get("AIRFLOW_HOME") or str(Path("~/airflow").expanduser())
    return f"sqlite:///{Path(home).resolve() / 'ml_connector.db'}"


def _connection(conn_id: str) -> Any | None:
    from airflow.sdk import BaseHook  # noqa: PLC0415 - Airflow is slow to import
    from airflow.sdk.exceptions import AirflowNotFoundException  # noqa: PLC0415

    with contextlib.suppress(AirflowNotFoundException):
        return BaseHook.get_connection(conn_id)
    return None


def _executors() -> set[str]:
    from airflow.configuration import conf  # noqa: PLC0415

    named = str(conf.get("core", "executor", fallback="LocalExecutor"))
    return {name.split(":")[-1].split(".")[-1].strip() for name in named.split(",") if name.strip()}


def open_database() -> Database:
    """Return the connector's database, migrated; quick when it is up to date."""
    database = Database(database_url(), keys=fernet_keys())
    database.migrate()
    return database


@dataclass
class Workshop:
    """Opens the parts of one deployment for one task, and closes what it opened.

    Args:
        backfill: its calls give way to those of intraday runs.
        of_one_moment: all flows share one adapter a system, and each list is read once: for a comparison.
        run: whose tasks share lists of books, and keep whose these are; "" for what is no task of a run.
        is_repeated: the task has been tried before, so it reads the books anew.
    """

    deployment: Deployment
    database: Database
    say: Callable[[str], None] = log.info
    backfill: bool = False
    of_one_moment: bool = False
    run: str = ""
    is_repeated: bool = False

    def __post_init__(self) -> None:
        self._hooks: list[Any] = []
        self._calls = CallLog()
        self._shared: dict[str, Adapter] = {}

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the company's books."""
        return ZoneInfo(self.deployment.calendar.timezone)

    @property
    def books(self) -> Books:
        """Whose books the systems are."""
        return Books(self.deployment, self.database.identities(self.deployment.dag_id), self._settings)

    @property
    def calls(self) -> int:
        """How many calls have been made."""
        return self._calls.total

    def flow_run(self, flow: Flow, run_id: str, *, dry_run: bool = False, approved: str = "") -> FlowRun:
        """Return what the engine needs for one flow of one run; `approved` names the dry run it is held to."""
        name, database = self.deployment.dag_id, self.database
        audit = database.audit(name, flow.name, run_id)
        spec = self.deployment.spec
        reverse = spec.reverse_of(flow)
        reverse_orders = spec.reverse_of(spec.flow(flow.within)) if flow.within else None
        keep = bool(self.run) and not dry_run
        return FlowRun(
            deployment=name,
            pair=spec,
            flow=flow,
            run_id=run_id,
            source=self._adapter(flow.source, audit, keep=keep),
            destination=self._adapter(flow.destination, audit, keep=keep),
            staging=database.staging(name, flow.name, run_id, dry_run=dry_run),
            journal=self._journal(flow.name, run_id),
            reverse_journal=database.journal(name, reverse.name, run_id) if reverse else None,
            links=database.links(name),
            code_maps=database.code_maps(name),
            audit=audit,
            watermarks=database.watermarks(name, flow.name, run_id),
            policies=self.deployment.policies,
            orders=database.journal(name, flow.within, run_id) if flow.within else None,
            reverse_orders=database.journal(name, reverse_orders.name, run_id) if reverse_orders else None,
            dry_run=dry_run,
            approved=plans.approved(database.engine, name, flow.name, approved) if approved else None,
            zone=self.zone,
            learn=database.known_codes(name, flow.destination).keep,
            say=self.say,
        )

    def _journal(self, flow: str, run_id: str) -> JournalWithCalls:
        database, name = self.database, self.deployment.dag_id
        audit = database.audit(name, flow, run_id)
        return JournalWithCalls(
            database.engine,
            name,
            flow,
            run_id,
            audit,
            database.now,
            calls=self._calls,
            keep_bodies=self.deployment.call_bodies_days > 0,
        )

    def compare_accounts(self, run_id: str) -> AccountComparison:
        """Compare the partner's chart of accounts with Cin7's, and keep the result in the audit trail."""
        name, partner = self.deployment.dag_id, self.deployment.spec.partner
        audit = self.database.audit(name, ACCOUNTS, run_id)
        charts = {system: self._adapter(system, audit).reference([ACCOUNTS]).accounts for system in (partner, "cin7")}
        today = self.database.now().astimezone(self.zone).date()
        maps = CodeMaps(self.database.code_maps(name).load(partner), today=today)
        found = compare_accounts(partner, charts[partner] or {}, charts["cin7"] or {}, maps)
        audit.note("", "accounts compared", found.model_dump(mode="json"))
        return found

    def forget_bodies(self) -> None:
        """Remove the bodies of calls that are older than the deployment keeps them."""
        before = self.database.now() - dt.timedelta(days=self.deployment.call_bodies_days)
        call_bodies.forget(self.database.engine, before, self.deployment.dag_id)

    def anchor(self, run_id: str) -> None:
        """Anchor what the audit trail has grown by; what cannot be anchored now is, at the end of the next run."""
        key = next(iter(audit_keys()), None)
        try:
            made = self.database.anchors(self.deployment.dag_id, key).add(run_id)
        except SyncError as error:
            log.warning("the audit trail was not anchored; the next run does it: %s", error)
            return
        if made is not None:
            unsigned = "" if made.signed else f"; NOT signed, since there is no key: set {VARIABLE}"
            self.say(f"audit trail anchored over {made.heads} documents: {made}{unsigned}")

    def setup_of(self, system: str) -> tuple[bool, str, list[str]]:
        """Return whether a system answers, what it says, and what it lacks of what is configured."""
        self._calls.clock_ahead_seconds = None
        try:
            good, said = self._hook(system).test_connection()
        except SyncError as error:  # the connection itself cannot be used
            return False, str(error), []
        if not good:
            return False, said, []
        audit = self.database.audit(self.deployment.dag_id, "setup", "check")
        return True, said, list(getattr(self._open(system, audit), "check_setup", list)())

    @property
    def clock_ahead_seconds(self) -> float | None:
        """By how much the clock of the system asked last is ahead of ours; None where no answer told it."""
        return self._calls.clock_ahead_seconds

    def client(self, system: str) -> Any:
        """Return the client of a system, for what no flow does."""
        return self._hook(system).client

    def webhook_secret(self, system: str) -> str:
        """Return what the system's webhooks must carry; "" where the connection has none set, or it sends none."""
        parts = catalog.SYSTEMS[system]
        if not parts.webhook_setting:
            return ""
        settings = self._settings(system)
        found: str = getattr(settings, parts.webhook_setting).get_secret_value()
        mask(found)
        return found

    def end_run(self) -> None:
        """Give back what the run's tasks have shared; a failure is logged, since the run's work is done."""
        self._end(self._ending())

    def _ending(self) -> list[str]:
        """Return the systems whose runs share something that has to be given back."""
        return [system for system in ("cin7", self.deployment.spec.partner) if catalog.SYSTEMS[system].ends_run]

    def _end(self, systems: Iterable[str]) -> None:
        for system in systems:
            try:
                self._hook(system).end_run()
            except SyncError as error:  # noqa: PERF203 - one at most
                log.warning("%s: the session was not given back: %s", system, error)

    @contextmanager
    def visit(self, is_running: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Give back in the end what no run has shared before, such as a session that holds a seat.

        Args:
            is_running: tells whether a run of the pair goes on that may share it by now, and gives it back at its end:
                to end it at once would leave that run's posting in doubt. What such a run leaves behind is ours.
        """
        ours = [system for system in self._ending() if is_running() or not self._is_shared(system)]
        try:
            yield
        finally:
            if ours and not is_running():
                self._end(ours)

    def _is_shared(self, system: str) -> bool:
        try:
            return bool(self._hook(system).has_session())
        except SyncError:  # told by whoever uses it
            return True

    def close(self) -> None:
        """Log out of every system."""
        for hook in self._hooks:
            hook.close()
        if "_ledger" in self.__dict__:
            self._ledger.close()

    def _adapter(self, system: str, audit: Audit, *, keep: bool = False) -> Any:
        def opened() -> Any:
            if keep:
                self.books.keep()
            return self._open(system, audit)

        if not self.of_one_moment:
            return Adapter(opened, system)
        if system not in self._shared:
            self._shared[system] = ListedOnce(opened, system)
        return self._shared[system]

    def _open(self, system: str, audit: Audit) -> Any:
        hook = self._hook(system)

        def record(pull: Pull) -> None:
            audit.pull(pull)
            self.say(f"{pull.system}: {pull.rows} rows of {pull.entity} in {pull.pages} pages ({pull.query or 'all'})")

        return catalog.load(catalog.SYSTEMS[system].adapter)(
            hook.client,
            self.deployment.options_of(system),
            record_pull=record,
            cache=self._cache_of(system),
            now=lambda: dt.datetime.now(dt.timezone.utc),
        )

    def _cache_of(self, system: str) -> SqlRecordCache:
        return self.database.record_cache(self.deployment.dag_id, system, run=self.run, is_repeated=self.is_repeated)

    def _hook(self, system: str) -> Any:
        """Return the hook of a system; ConfigurationError when its books are not those that the deployment knows."""
        parts = catalog.SYSTEMS[system]
        settings = self._settings(system)
        mask(*settings.secrets)
        self.books.check(system, settings)
        hook = catalog.load(parts.hook)(
            self.deployment.connection_of(system),
            token_store=MaskingTokens(self.database.token_store("".join(settings.secrets))),
            budget=self._budget(parts, settings),
            on_call=self._calls.note,
        )
        self._hooks.append(hook)
        return hook

    def _settings(self, system: str) -> Any:
        """Return the fields of a system's connection.

        Raises:
            ConfigurationError: there is no such connection, or its fields are wrong.
        """
        from airflow.sdk.exceptions import AirflowNotFoundException  # noqa: PLC0415 - Airflow is slow to import

        conn_id = self.deployment.connection_of(system)
        try:
            return catalog.load(catalog.SYSTEMS[system].hook)(conn_id).settings
        except AirflowNotFoundException:
            msg = f"{system}: there is no connection {conn_id!r}: create it under Admin → Connections"
        raise ConfigurationError(msg)

    def _budget(self, parts: catalog.System, settings: Any) -> RateBudget:
        if not parts.allowance:
            return Unlimited()
        scope, rates, keys = catalog.load(parts.allowance)(settings)
        return RollingBudget(self._ledger, scope, rates, keys=keys, caller=self._caller)

    @property
    def _caller(self) -> Caller:
        return Caller(self.deployment.dag_id, self.backfill)

    @cached_property
    def _ledger(self) -> Ledger:
        return rate_ledger(self.database)


def rate_ledger(database: Database) -> Ledger:
    """Return where the calls of all deployments are kept: beside the connector's database, or in it."""
    url = database.engine.url
    if url.get_backend_name() == "sqlite":
        return SqliteLedger(f"{url.database}-rates")
    return PostgresLedger(url.set(drivername="postgresql").render_as_string(hide_password=False))


@contextmanager
def workshop(deployment: Deployment, **how: Any) -> Iterator[Workshop]:
    """Open a deployment's parts for the time of one task; `how` as `Workshop` takes it."""
    made = Workshop(deployment, open_database(), **how)
    try:
        yield made
    finally:
        made.close()
