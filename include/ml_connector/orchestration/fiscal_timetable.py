"""A timetable whose data intervals are accounting periods; registered with Airflow by `ml_connector.plugin`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable

from ml_connector.orchestration.fiscal import FiscalCalendar, Period

if TYPE_CHECKING:
    from airflow.timetables.base import TimeRestriction


class FiscalTimetable(Timetable):
    """One run for each accounting period, after its close; a backfill of a span makes one for each period in it."""

    def __init__(self, calendar: FiscalCalendar) -> None:
        self.calendar = calendar
        self.description = str(calendar)

    @property
    def summary(self) -> str:
        """What the DAG list shows."""
        return str(self.calendar)

    def __eq__(self, other: object) -> bool:
        """Tell whether it is the same calendar."""
        return isinstance(other, FiscalTimetable) and self.calendar == other.calendar

    def __hash__(self) -> int:
        """Return a hash of the calendar."""
        return hash(str(self.calendar))

    def serialize(self) -> dict[str, Any]:
        """Return the calendar as plain values."""
        return self.calendar.model_dump(mode="json")

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> FiscalTimetable:
        """Return the timetable of a serialized calendar."""
        return cls(FiscalCalendar.model_validate(data))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """Return the next period to run; without catchup never one before the period closed last."""
        earliest: dt.datetime | None = restriction.earliest
        if last_automated_data_interval is not None:
            earliest = max(filter(None, (earliest, last_automated_data_interval.end)))
        if not restriction.catchup:
            latest_closed = self.calendar.start(self.calendar.last_closed(pendulum.now("UTC")))
            earliest = max(filter(None, (earliest, latest_closed)))
        if earliest is None:
            return None
        for period in self.calendar.since(earliest.date() - dt.timedelta(days=1)):
            if self.calendar.start(period) >= earliest:
                return self._run(period, restriction.latest)
        return None  # pragma: no cover - periods never end

    def _run(self, period: Period, latest: dt.datetime | None) -> DagRunInfo | None:
        if latest is not None and self.calendar.start(period) > latest:
            return None
        close, interval = pendulum.instance(self.calendar.close(period)), self._interval(period)
        rest: dict[str, Any] = dict.fromkeys(DagRunInfo._fields)  # some have no default in Airflow 3.2
        return DagRunInfo(**{**rest, "run_after": close, "data_interval": interval})

    def infer_manual_data_interval(self, *, run_after: dt.datetime) -> DataInterval:
        """Return the period closed last."""
        return self._interval(self.calendar.last_closed(run_after))

    def _interval(self, period: Period) -> DataInterval:
        return DataInterval(
            pendulum.instance(self.calendar.start(period)), pendulum.instance(self.calendar.end(period))
        )
