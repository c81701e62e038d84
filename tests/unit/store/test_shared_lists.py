"""Lists of books are read once a run, for minutes; what is tried again reads them anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ml_connector.store.database import Database
from ml_connector.store.record_cache import SHARED_FOR, SqlRecordCache

START = dt.datetime(2026, 11, 2, 8, tzinfo=dt.timezone.utc)


class Books:
    """A vendor's list, which changes with every reading."""

    def __init__(self, database: Database) -> None:
        self.database, self.readings, self.now = database, 0, START

    def task(self, run: str = "run-1", *, is_repeated: bool = False) -> SqlRecordCache:
        return self.database.record_cache("acumatica_cin7", "cin7", run=run, is_repeated=is_repeated)

    def read(self) -> list[dict[str, Any]]:
        self.readings += 1
        return [{"Name": "GST on purchases", "Rate": Decimal("10.10"), "reading": self.readings}]

    def reading_of(self, run: str = "run-1", *, is_repeated: bool = False, name: str = "ref/tax") -> int:
        (row,) = self.task(run, is_repeated=is_repeated).of_run(name, self.read)
        assert (row["Name"], str(row["Rate"])) == ("GST on purchases", "10.10")
        return int(row["reading"])


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    database = Database(f"sqlite:///{tmp_path / 'connector.db'}", now=lambda: made.now)
    made = Books(database)
    database.migrate()
    yield made
    database.engine.dispose()


def test_the_tasks_of_a_run_read_a_list_once(books: Books) -> None:
    """What the first task has read serves the others, decimals and all."""
    assert [books.reading_of() for _ in range(3)] == [1, 1, 1]


def test_another_list_and_another_run_are_read(books: Books) -> None:
    """A list is kept for one run under its own name."""
    assert [books.reading_of(), books.reading_of(name="ref/account"), books.reading_of("run-2")] == [1, 2, 3]


def test_a_task_that_is_tried_again_reads_anew_and_for_those_that_come(books: Books) -> None:
    """What was wrong in the books may have been put right: the next tasks see what the repeated one has seen."""
    assert [books.reading_of(), books.reading_of(is_repeated=True), books.reading_of()] == [1, 2, 2]


@pytest.mark.parametrize(("passed", "reading"), [(SHARED_FOR, 1), (SHARED_FOR + dt.timedelta(seconds=1), 2)])
def test_a_list_is_shared_for_minutes(books: Books, passed: dt.timedelta, reading: int) -> None:
    """In a load that takes hours the books are read again."""
    books.reading_of()
    books.now += passed
    assert books.reading_of() == reading


def test_a_list_from_the_future_is_not_believed(books: Books) -> None:
    """Nobody can say how old it is, where the clocks of two workers differ."""
    books.reading_of()
    books.now -= dt.timedelta(seconds=1)
    assert books.reading_of() == 2


def test_an_empty_list_is_a_list(books: Books) -> None:
    """That there is nothing is known too."""
    assert books.task().of_run("none", list) == []
    assert books.task().of_run("none", books.read) == []


def test_what_is_no_task_of_a_run_keeps_nothing(books: Books) -> None:
    """A command or a page reads for itself alone."""
    assert [books.reading_of(""), books.reading_of("")] == [1, 2]
    assert books.task().versions("list of a run") == {}
