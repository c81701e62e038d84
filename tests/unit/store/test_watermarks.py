"""The watermark moves forward only, and a person may set it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from store_samples import DEPLOYMENT, FLOW, HOUR, RUN, T0, Killed, Variables

from ml_connector.domain.errors import ConfigurationError
from ml_connector.store.database import Database
from ml_connector.store.engine import reading
from ml_connector.store.tables import watermark_history
from ml_connector.store.watermarks import AirflowVariables, SqlWatermarks, variable_name

NAME = "ml_connector__acumatica_cin7__purchase_orders__watermark"


@pytest.fixture
def variables() -> Variables:
    """Airflow's Variables."""
    return Variables()


@pytest.fixture
def marks(database: Database, variables: Variables) -> SqlWatermarks:
    """The watermark as the first run sees it."""
    return database.watermarks(DEPLOYMENT, FLOW, RUN, variables)


def as_run(marks: SqlWatermarks, run_id: str) -> SqlWatermarks:
    """Return the same watermark as another run sees it."""
    return SqlWatermarks(marks.engine, DEPLOYMENT, FLOW, run_id, marks.variables, marks.now)


def events(database: Database) -> list[tuple[str, dt.datetime, dt.datetime]]:
    columns = watermark_history.c
    with reading(database.engine) as connection:
        query = select(columns.event, columns.after, columns.known).order_by(columns.id)
        return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def test_a_flow_starts_without_a_mark(marks: SqlWatermarks, variables: Variables) -> None:
    """Before anything was read there is neither mark nor Variable."""
    assert marks.current() is None
    assert variables.values == {}


def test_the_variable_shows_the_mark(marks: SqlWatermarks, variables: Variables) -> None:
    """The mark stands in a Variable named after deployment and flow, as ISO 8601 in UTC."""
    marks.advance(T0.replace(microsecond=123456))
    assert variable_name(DEPLOYMENT, FLOW) == NAME
    assert variables.values == {NAME: "2026-10-01T00:00:00.123456+00:00"}


def test_the_mark_never_moves_back(database: Database, marks: SqlWatermarks) -> None:
    """An earlier moment leaves the mark where it is and adds nothing to its history."""
    marks.advance(T0)
    assert marks.advance(T0 - HOUR) == T0
    assert as_run(marks, "2").current() == T0
    assert events(database) == [("advanced", T0, T0)]


def test_a_variable_set_back_is_honoured(database: Database, marks: SqlWatermarks, variables: Variables) -> None:
    """A run starts from where a person set the Variable back to; afterwards the mark is at the furthest."""
    marks.advance(T0)
    variables.values[NAME] = (T0 - 5 * HOUR).isoformat().replace("+00:00", "Z")
    second = as_run(marks, "2")
    assert second.current() == T0 - 5 * HOUR
    assert second.current() == T0 - 5 * HOUR
    assert second.advance(T0 - HOUR) == T0
    assert variables.values[NAME] == T0.isoformat(timespec="microseconds")
    assert events(database) == [
        ("advanced", T0, T0), ("set back by hand", T0 - 5 * HOUR, T0), ("advanced", T0, T0)
    ]  # fmt: skip


def test_a_reread_waits_for_a_run_of_its_own(marks: SqlWatermarks, variables: Variables) -> None:
    """A Variable set back while a run is under way is left for the next run, however often this one retries."""
    marks.advance(T0)
    first = as_run(marks, "first")
    first.current()
    variables.values[NAME] = (T0 - 5 * HOUR).isoformat()
    for _ in range(2):
        assert first.advance(T0 + HOUR) == T0 - 5 * HOUR
    next_run = as_run(marks, "next")
    assert next_run.current() == T0 - 5 * HOUR
    assert next_run.advance(T0) == T0 + HOUR


def test_a_reread_is_not_credited_to_another_run(marks: SqlWatermarks, variables: Variables) -> None:
    """A set-back first seen by one run is not taken for done when another run, begun before it, ends."""
    marks.advance(T0)
    first = as_run(marks, "first")
    first.current()
    variables.values[NAME] = (T0 - 5 * HOUR).isoformat()
    as_run(marks, "looks only").current()
    assert first.advance(T0 + HOUR) == T0 - 5 * HOUR


def test_who_only_looks_takes_no_reread_up(marks: SqlWatermarks, variables: Variables, database: Database) -> None:
    """The run's own metrics and notices look at the mark; a set-back that they see is still to be read."""
    marks.advance(T0)
    run, before = as_run(marks, "run"), events(database)
    run.current()
    variables.values[NAME] = back = (T0 - 5 * HOUR).isoformat()
    assert run.peek() == T0 - 5 * HOUR
    assert (variables.values[NAME], events(database)) == (back, before)
    for _ in range(2):  # its load is cleared, with downstream
        assert run.advance(T0 + HOUR) == T0 - 5 * HOUR
        assert run.peek() == T0 - 5 * HOUR
    assert as_run(marks, "next").current() == T0 - 5 * HOUR


def test_a_mark_may_be_set_forward_within_the_known(
    database: Database, marks: SqlWatermarks, variables: Variables
) -> None:
    """After a set-back a person may change his mind up to the furthest mark."""
    marks.advance(T0)
    for hours in (5, 2):
        variables.values[NAME] = (T0 - hours * HOUR).isoformat()
        assert as_run(marks, "2").current() == T0 - hours * HOUR
    assert events(database)[-1] == ("set forward again by hand", T0 - 2 * HOUR, T0)


def test_a_mark_set_forward_is_refused(marks: SqlWatermarks, variables: Variables) -> None:
    """A Variable past the known mark stops the run and tells how to skip on purpose; nothing has moved."""
    marks.advance(T0)
    variables.values[NAME] = "2027-01-01T00:00:00+00:00"
    for move in (marks.current, lambda: marks.advance(T0 + HOUR)):
        with pytest.raises(ConfigurationError, match=r"skip to 2027-01-01T00:00:00\+00:00"):
            move()
    del variables.values[NAME]
    assert marks.current() == T0


def test_a_mark_is_skipped_on_purpose(database: Database, marks: SqlWatermarks, variables: Variables) -> None:
    """``skip to …`` moves the mark past the known one, leaves a trace, and is replaced by the plain mark."""
    marks.advance(T0)
    variables.values[NAME] = "Skip to 2027-01-01T00:00:00+00:00"
    there = dt.datetime(2027, 1, 1, tzinfo=dt.timezone.utc)
    assert marks.current() == there
    assert variables.values[NAME] == "2027-01-01T00:00:00.000000+00:00"
    assert events(database)[-1] == ("skipped forward by hand", there, there)


def test_a_first_run_may_start_on_purpose_at_a_date(marks: SqlWatermarks, variables: Variables) -> None:
    """With an empty database a plain Variable is refused, since it may be left over; a skip is honoured."""
    variables.values[NAME] = T0.isoformat()
    with pytest.raises(ConfigurationError, match="has read nothing yet"):
        marks.current()
    variables.values[NAME] = f"skip to {T0.isoformat()}"
    assert marks.current() == T0


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-10-01", "2026-10-01T00:00:00", "skip to", "0001-01-01T00:00:00+23:00"]
)
def test_an_unreadable_variable_is_named(marks: SqlWatermarks, variables: Variables, text: str) -> None:
    """A Variable that is no moment with a zone stops the run and is named; deleting it repairs it."""
    marks.advance(T0)
    variables.values[NAME] = text
    with pytest.raises(ConfigurationError, match=NAME):
        marks.current()
    del variables.values[NAME]
    assert marks.current() == T0
    assert variables.values[NAME] == T0.isoformat(timespec="microseconds")


def test_a_kill_between_mark_and_variable_is_repaired(
    database: Database, marks: SqlWatermarks, variables: Variables
) -> None:
    """A Variable left behind by a killed worker is not taken for a set-back, but written again."""

    def die() -> None:
        raise Killed

    marks.advance(T0)
    variables.at = die
    with pytest.raises(Killed):
        marks.advance(T0 + HOUR)
    assert variables.values[NAME] == T0.isoformat(timespec="microseconds")
    variables.at = lambda: None
    assert as_run(marks, "2").current() == T0 + HOUR
    assert variables.values[NAME] == (T0 + HOUR).isoformat(timespec="microseconds")
    assert [event for event, *_ in events(database)] == ["advanced", "advanced"]


def test_a_pinned_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Variable fixed by the environment could never move, so it is refused by name."""
    monkeypatch.setenv(f"AIRFLOW_VAR_{NAME.upper()}", T0.isoformat())
    with pytest.raises(ConfigurationError, match=f"AIRFLOW_VAR_{NAME.upper()}"):
        AirflowVariables().get(NAME)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A SQLite file for many examples."""
    path: Path = tmp_path_factory.mktemp("marks") / "store.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    yield database
    database.engine.dispose()


STEPS = st.lists(
    st.tuples(st.sampled_from(["run", "run killed", "set back", "delete"]), st.integers(0, 6)),
    max_size=12,
)
EXAMPLE = iter(range(10**9))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_nothing_is_skipped(shared: Database, steps: list[tuple[str, int]]) -> None:
    """Through runs, kills, set-backs and deletions a run starts where it must: never before, never past."""
    variables = Variables()
    deployment = f"example {next(EXAMPLE)}"
    furthest: dt.datetime | None = None
    expected: dt.datetime | None = None
    for number, (step, hours) in enumerate(steps):
        marks = shared.watermarks(deployment, FLOW, f"run {number}", variables)
        moment = T0 + hours * HOUR
        assert marks.current() == expected
        if step == "delete":
            variables.values.clear()
        elif step == "set back" and expected is not None and moment < expected:
            variables.values[marks.variable] = moment.isoformat()
            expected = moment
        elif step.startswith("run"):
            with suppress(Killed):
                variables.at = _kill if step == "run killed" else _live
                marks.advance(moment)
            variables.at = _live
            furthest = expected = max(furthest or moment, moment)


def _kill() -> None:
    raise Killed


def _live() -> None:
    return None
