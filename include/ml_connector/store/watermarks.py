"""The watermark of one flow: the database decides, the Airflow Variable shows.

Three moments are kept. `known` is the furthest ever reached. `current` is where the next run starts: it lies
before `known` only after a person has set the Variable back, until that re-read is done. `shown` is what the
Variable was last known to hold: by it a Variable that lags because a worker was killed between database and
Variable is told from one that a person has set back.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, insert, select, update

from ml_connector.domain.errors import ConcurrentEdit, ConfigurationError
from ml_connector.store.columns import UTC
from ml_connector.store.engine import insert_missing, reading, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import watermark, watermark_history

_TRIES = 20
_SKIP = re.compile(r"skip\s+to\s+(.+)", re.IGNORECASE)
_EXAMPLE = "2026-08-20T23:15:00.123456+00:00"


class Variables(Protocol):
    """Where the mark is shown to people, and where they set it back."""

    def get(self, name: str) -> str | None:
        """Return the value, or None when there is no such Variable."""
        ...

    def set(self, name: str, value: str) -> None:
        """Write the value."""
        ...


class AirflowVariables:
    """Airflow's Variables; needs a running task."""

    def get(self, name: str) -> str | None:
        """Return the value, or None when there is no such Variable.

        Raises:
            ConfigurationError: the environment pins it, so that it could never move.
        """
        pinned = f"AIRFLOW_VAR_{name.upper()}"
        if pinned in os.environ:
            raise ConfigurationError(f"{pinned} is set, so the watermark {name} cannot move: remove it")
        from airflow.sdk import Variable  # noqa: PLC0415 - slow, and only a task has it

        value = Variable.get(name, default=None)
        return None if value is None else str(value)

    def set(self, name: str, value: str) -> None:
        """Write the value."""
        from airflow.sdk import Variable  # noqa: PLC0415 - slow, and only a task has it

        Variable.set(name, value)


@dataclass(frozen=True)
class Mark:
    """What the database holds of one flow's watermark."""

    known: dt.datetime
    current: dt.datetime
    shown: dt.datetime | None
    reader: str | None = None
    """The run that last started from `current`."""
    version: int = 0


@dataclass(frozen=True)
class Asked:
    """What the Variable says: a moment, and whether documents are to be skipped on purpose."""

    moment: dt.datetime
    skips: bool = False


def variable_name(deployment: str, flow: str) -> str:
    """Return the name of the Airflow Variable that shows a flow's watermark."""
    return f"ml_connector__{deployment}__{flow}__watermark"


def settled(mark: Mark | None, asked: Asked | None, name: str) -> tuple[Mark | None, str]:
    """Return the mark once the Variable has been heard, and what a person did with it, "" when nothing.

    Raises:
        ConfigurationError: the Variable lies past what is known to have been read.
    """
    if asked is None:
        return mark, ""
    moment = asked.moment
    if mark is None:
        if not asked.skips:
            raise ConfigurationError(_too_far(name, moment, None))
        return Mark(known=moment, current=moment, shown=moment), "skipped forward by hand"
    if moment in (mark.current, mark.shown) and not asked.skips:
        return mark, ""
    if moment <= mark.known:
        event = "set back by hand" if moment < mark.current else "set forward again by hand"
        back = replace(mark, current=moment, shown=moment, reader=None)
        return back, "" if moment == mark.current else event
    if not asked.skips:
        raise ConfigurationError(_too_far(name, moment, mark.known))
    return replace(mark, known=moment, current=moment, shown=moment), "skipped forward by hand"


def advanced(mark: Mark | None, moment: dt.datetime, run_id: str, *, touched: bool) -> Mark:
    """Return the mark once a run has read everything from where it started up to `moment`.

    A re-read that a person has asked for meanwhile (`touched`), or that another run has taken up, is still
    to be done: then only `known` moves.
    """
    if mark is None:
        return Mark(known=moment, current=moment, shown=None)
    known = max(mark.known, moment)
    pending = mark.current < mark.known and (touched or mark.reader != run_id)
    return replace(mark, known=known, current=mark.current if pending else known)


@dataclass(frozen=True)
class SqlWatermarks:
    """The watermark of one flow of one deployment, as one run sees it."""

    engine: Engine
    deployment: str
    flow: str
    run_id: str
    variables: Variables
    now: Now = utc_now

    @property
    def variable(self) -> str:
        """The name of the Airflow Variable."""
        return variable_name(self.deployment, self.flow)

    def current(self) -> dt.datetime | None:
        """Return the mark a run starts from; a Variable set back by hand is honoured and kept as history.

        Raises:
            ConfigurationError: the Variable is unreadable, or was set forward past the known mark.
        """
        mark = self._move(None)
        return None if mark is None else mark.current

    def peek(self) -> dt.datetime | None:
        """Return what `current` would, for who does not start from it: nothing is taken up, kept or shown.

        Raises:
            ConfigurationError: as `current`.
        """
        mark, _ = settled(self._load(), parsed(self.variables.get(self.variable), self.variable), self.variable)
        return None if mark is None else mark.current

    def advance(self, moment: dt.datetime) -> dt.datetime:
        """Move the mark forward to `moment`, never back; return the mark now in force.

        First the database, then the Variable: whoever is killed in between leaves a Variable that the next
        run repairs.

        Raises:
            ConfigurationError: as `current`; nothing has moved.
        """
        mark = self._move(moment)
        assert mark is not None
        return mark.current

    def _move(self, moment: dt.datetime | None) -> Mark | None:
        """Hear the Variable, move the mark, show it; again when another worker came in between."""
        for _ in range(_TRIES):
            before = self._load()
            text = self.variables.get(self.variable)
            heard, event = settled(before, parsed(text, self.variable), self.variable)
            after = self._after(heard, moment, touched=bool(event))
            if after is None:
                return None
            if after != before:
                if not self._store(before, after, event):
                    continue
                after = replace(after, version=after.version + 1)
            self._show(after, text)
            return after
        raise ConcurrentEdit(f"the watermark {self.variable} is being moved by other workers all the time")

    def _after(self, heard: Mark | None, moment: dt.datetime | None, *, touched: bool) -> Mark | None:
        if moment is not None:
            return advanced(heard, moment, self.run_id, touched=touched)
        return None if heard is None else replace(heard, reader=self.run_id)

    def _show(self, mark: Mark, text: str | None) -> None:
        """Write the Variable unless it shows the mark already, and remember that it does."""
        value = mark.current.isoformat(timespec="microseconds")
        if text != value:
            self.variables.set(self.variable, value)
        if mark.shown != mark.current:
            with writing(self.engine) as connection:
                self._update(connection, mark, {"shown": mark.current})

    # --- rows ---

    def _load(self) -> Mark | None:
        columns = watermark.c
        query = select(columns.known, columns.current, columns.shown, columns.reader, columns.version).where(
            columns.deployment == self.deployment, columns.flow == self.flow
        )
        with reading(self.engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Mark(*row)

    def _store(self, before: Mark | None, after: Mark, event: str) -> bool:
        """Store `after` if the row is still `before`; tell whether it was."""
        values = {name: getattr(after, name) for name in ("known", "current", "shown", "reader")}
        with writing(self.engine) as connection:
            if before is None:
                row = {**self._keys(), **values, "version": 0, "updated_at": self.now()}
                insert_missing(connection, watermark, row)
            if not self._update(connection, after, values):
                return False
            for step in self._steps(before, after, event):
                connection.execute(insert(watermark_history).values(step))
        return True

    def _update(self, connection: Connection, seen: Mark, values: Mapping[str, Any]) -> bool:
        """Compare and set: only the row as it was seen, and `known` never back."""
        columns = watermark.c
        row = (columns.deployment == self.deployment, columns.flow == self.flow)
        unchanged = (columns.version == seen.version, columns.known <= seen.known)
        new = {**values, "version": seen.version + 1, "updated_at": self.now()}
        return connection.execute(update(watermark).where(*row, *unchanged).values(new)).rowcount == 1

    def _steps(self, before: Mark | None, after: Mark, event: str) -> list[dict[str, Any]]:
        """Return the rows of history: what a person did, and how far the mark was moved."""
        start = before.current if before else None
        step = {
            **self._keys(),
            "run_id": self.run_id,
            "at": self.now(),
            "before": start,
            "known": after.known,
        }
        if event:
            return [{**step, "event": event, "after": after.current}]
        moved = before is None or (before.known, before.current) != (after.known, after.current)
        return [{**step, "event": "advanced", "after": after.current}] if moved else []

    def _keys(self) -> dict[str, str]:
        return {"deployment": self.deployment, "flow": self.flow}


def parsed(text: str | None, name: str) -> Asked | None:
    """Return what the Variable's text asks for; None when there is no Variable.

    Raises:
        ConfigurationError: it is no moment with a zone.
    """
    if text is None:
        return None
    skip = _SKIP.fullmatch(text.strip())
    value = (skip.group(1) if skip else text).strip()
    moment = _moment(value)
    if moment is None:
        msg = (
            f"the Variable {name} holds {text[:80]!r}, which is no moment with a zone like {_EXAMPLE}; "
            f"correct it, or delete it to go on from where the connector was"
        )
        raise ConfigurationError(msg)
    return Asked(moment, skips=skip is not None)


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(re.sub(r"[zZ]\Z", "+00:00", text))
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _too_far(name: str, moment: dt.datetime, known: dt.datetime | None) -> str:
    reached = f"only {known.isoformat()} has been reached" if known else "this database has read nothing yet"
    leaves = f"between {known.isoformat()} and then" if known else "before then"
    return (
        f"the Variable {name} says {moment.isoformat()}, but {reached}: what changed {leaves} would be left "
        f"out. Delete the Variable to read it; to skip it on purpose, set the Variable to "
        f"'skip to {moment.isoformat()}'"
    )
