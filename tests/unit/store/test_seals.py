"""Documents at rest are sealed with keys that are not in the database, and sealed anew when those change."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from store_samples import DEPLOYMENT, FLOW, RUN, T0, Clock, order

from ml_connector.domain.errors import ConfigurationError
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.status import Outcome
from ml_connector.store import rotation
from ml_connector.store.database import Database
from ml_connector.store.engine import reading, writing
from ml_connector.store.plans import plans
from ml_connector.store.seals import ALTERED, KeyRing
from ml_connector.store.tables import metadata
from ml_connector.store.verify import verify
from ml_connector.sync.ports import Unreadable
from ml_connector.sync.stores import Decision
from ml_connector.transport.auth import Token

MARK = "Kontonummer-4711"
OLD, NEW = "the old key", "the new key"
Opened = Callable[..., Database]


@pytest.fixture
def opened(empty_url: str, made: Path, clock: Clock) -> Iterator[Opened]:
    """Open the same database with other keys."""
    url = make_url(empty_url)
    if url.get_backend_name() == "sqlite":
        shutil.copy(made, str(url.database))
    databases = []

    def open_with(*keys: str) -> Database:
        database = Database(empty_url, now=clock.now, keys=keys)
        databases.append(database)
        database.migrate()
        return database

    yield open_with
    for database in databases:
        database.engine.dispose()


def fill(database: Database, key: str = "P1") -> None:
    """Put the mark wherever content of documents is kept."""
    document = order(key, text=MARK)
    staging = database.staging(DEPLOYMENT, FLOW, RUN)
    finding = Finding(reason=Reason.UNREADABLE, message="It cannot be read.", next_step="Look.")
    staging.add([document, Unreadable(f"{key} bad", T0, finding, f"<broken>{MARK}")])
    staging.decide([Decision(key, resolved=document, outcome=None, findings=())])
    database.journal(DEPLOYMENT, FLOW, RUN).conclude(key, Outcome.HELD, label=document.label, document=document)
    database.record_cache(DEPLOYMENT, "cin7").put("purchase", key, "v1", {"bank": MARK, "total": Decimal("1.10")})
    database.audit(DEPLOYMENT, FLOW, RUN).note(
        key, "would be updated", {"label": "order", "hash": "h", "changes": {"iban": {"from": MARK, "to": "x"}}}
    )
    token = Token(MARK, "", T0 + dt.timedelta(days=1))
    database.token_store("the connection's own").save(key, token)


def check(database: Database, key: str = "P1") -> None:
    """Everything reads as it was put in."""
    staged = {one.key: one for one in database.staging(DEPLOYMENT, FLOW, RUN).all()}
    assert staged[key].document == staged[key].resolved == order(key, text=MARK)
    assert list(database.journal(DEPLOYMENT, FLOW, RUN).open_documents()) == [order(key, text=MARK)]
    kept = database.record_cache(DEPLOYMENT, "cin7").get("purchase", key, "v1")
    assert kept == {"bank": MARK, "total": Decimal("1.10")}
    ((_, _, planned),) = plans(database.engine, DEPLOYMENT, FLOW, RUN)
    assert planned.changes == {"iban": {"from": MARK, "to": "x"}}
    assert database.token_store("the connection's own").load(key).access_token == MARK  # type: ignore[union-attr]
    assert verify(database.engine, DEPLOYMENT).problems == []


def everything(database: Database) -> str:
    """Return all that the database holds, as its file would show it."""
    with reading(database.engine) as connection:
        return "\n".join(
            str(tuple(row))
            for table in metadata.sorted_tables
            for row in connection.execute(text(f"SELECT * FROM {table.name}"))
        )


def sealed_with(database: Database, key: str) -> int:
    return everything(database).count(KeyRing.of([key]).prefix)


def test_the_database_alone_shows_no_document(opened: Opened) -> None:
    """No content of a document, of a vendor's answer, of a plan or a token is in the database; all reads as before."""
    fill(opened(OLD))
    assert MARK not in everything(opened(OLD))
    check(opened(OLD))


def test_without_a_key_documents_are_in_the_clear(opened: Opened) -> None:
    """As Airflow does it; so the test above can fail."""
    fill(opened())
    assert everything(opened()).count(MARK) >= 5
    check(opened())


def test_the_rotation_seals_what_was_clear(opened: Opened) -> None:
    """Rows of before there was a key stay readable and are sealed by the command; only the append-only trail stays."""
    fill(opened())
    database = opened(NEW)
    check(database)
    database.rotate_keys(lambda _line: None)
    assert everything(database).count(MARK) == 1, "the plan in the audit trail"
    check(opened(NEW))


def test_keys_are_changed_as_airflow_changes_its_own(opened: Opened) -> None:
    """New key first, old one second; rotate; then the old one may go. The second time nothing is left to do."""
    fill(opened(OLD))
    database = opened(NEW, OLD)
    check(database)
    assert sum(one.rows for one in database.rotate_keys(lambda _line: None)) == 5
    assert sum(one.rows for one in database.rotate_keys(lambda _line: None)) == 0
    alone = opened(NEW)
    assert sealed_with(alone, OLD) == 1, "the plan in the audit trail"
    ((_, _, planned),) = plans(alone.engine, DEPLOYMENT, FLOW, RUN)
    assert planned.content_hash == "", "a plan that cannot be opened approves nothing"
    assert "gone" in str(planned.changes)
    assert verify(alone.engine, DEPLOYMENT).problems == []


@pytest.mark.parametrize("keys", [(), (NEW,)], ids=["none", "another"])
def test_a_process_without_the_key_is_refused(opened: Opened, keys: tuple[str, ...]) -> None:
    """A component with another key, or none, does nothing at all, and says which setting is wrong."""
    fill(opened(OLD))
    with pytest.raises(ConfigurationError, match=r"fernet_key.*rotate-keys"):
        opened(*keys)


def test_an_interrupted_rotation_is_taken_up(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sealed anew stays so, the rest is readable with both keys, and the command goes on where it stopped."""
    monkeypatch.setattr(rotation, "_CHUNK", 2)
    database = opened(OLD)
    staging = database.staging(DEPLOYMENT, FLOW, RUN)
    staging.add([order(f"P{number}", text=MARK) for number in range(7)])
    database = opened(NEW, OLD)

    lines: list[str] = []

    def interrupt(line: str) -> None:
        lines.append(line)
        if len(lines) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.rotate_keys(interrupt)
    assert 0 < sealed_with(database, NEW) < 7
    assert len(list(opened(NEW, OLD).staging(DEPLOYMENT, FLOW, RUN).all())) == 7
    said: list[str] = []
    opened(NEW, OLD).rotate_keys(said.append)
    assert (sealed_with(database, NEW), sealed_with(database, OLD)) == (7, 0)
    assert said
    assert len(list(opened(NEW).staging(DEPLOYMENT, FLOW, RUN).all())) == 7


def test_an_altered_document_is_held(opened: Opened) -> None:
    """A sealed text that somebody changed is not read as something else: the document is held, the others go on."""
    database = opened(OLD)
    fill(database)
    database.staging(DEPLOYMENT, FLOW, RUN).add([order("P2")])
    with writing(database.engine) as connection:
        for table, column in (("staged_document", "document"), ("document", "payload"), ("source_record", "answer")):
            where = "entity = 'purchase'" if table == "source_record" else "key = 'P1'"
            connection.execute(text(f"UPDATE mlc_{table} SET {column} = substr({column}, 1, 80) WHERE {where}"))
    staged = {one.key: one for one in database.staging(DEPLOYMENT, FLOW, RUN).all()}
    assert staged["P2"].document == order("P2")
    assert staged["P1"].document is None
    assert staged["P1"].findings[-1].reason is Reason.UNREADABLE
    (reopened,) = database.journal(DEPLOYMENT, FLOW, RUN).open_documents()
    assert isinstance(reopened, Unreadable)
    assert database.record_cache(DEPLOYMENT, "cin7").get("purchase", "P1", "v1") is None, "it is fetched again"
    told = {one.table: (one.rows, one.altered) for one in opened(NEW, OLD).rotate_keys(lambda _line: None)}
    assert told["mlc_staged_document"] == (2, 1)
    with pytest.raises(ConfigurationError, match="fernet_key"):
        opened(NEW)


@pytest.mark.parametrize("keys", [(), (OLD,)])
@pytest.mark.parametrize("sent", ["", "mlc1:00000000:x", "mlc0:mlc1:", "ä\U0001f600", ALTERED])
def test_any_text_comes_back(keys: tuple[str, ...], sent: str) -> None:
    """A vendor may send anything, also what looks sealed."""
    ring = KeyRing.of(keys)
    assert ring.open(ring.seal(sent)) == sent


def test_a_key_is_not_shown() -> None:
    """Neither the ring nor its names give a key away, and another key has another name."""
    ring = KeyRing.of([OLD, NEW])
    assert OLD not in repr(ring)
    assert ring.keys[0].name != ring.keys[1].name
