"""Leases: a row that one worker holds, and that comes free again when the worker is killed."""

from __future__ import annotations

import datetime as dt
import os
import socket
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, Table, and_, or_, select, update

from ml_connector.store.columns import UTC
from ml_connector.store.engine import insert_missing, writing

LEASE = dt.timedelta(minutes=15)
"""How long a lease lasts when it is not renewed: longer than any one call to a vendor."""

Now = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the time of this machine, aware UTC."""
    return dt.datetime.now(UTC)


@dataclass
class Lease:
    """One row of a table with ``lease_owner`` and ``lease_until``, held or not.

    Args:
        row: the whole row to insert where none is there yet, without the lease columns.
        owner: who asks; unique to this object, so that two threads are two workers.
    """

    engine: Engine
    table: Table
    row: Mapping[str, object]
    now: Now = utc_now
    lasts: dt.timedelta = LEASE
    owner: str = field(default_factory=lambda: f"{_here()}:{os.getpid()}:{uuid.uuid4().hex}")

    def take(self) -> str | None:
        """Hold the row and return None, or return who holds it."""
        with writing(self.engine) as connection:
            insert_missing(connection, self.table, self.row)
            columns = self.table.c
            holder: str | None = connection.execute(select(columns.lease_owner).where(self._is_row())).scalar()
            free = or_(columns.lease_owner.is_(None), columns.lease_until < self.now())
            if holder is not None and is_dead(holder):
                free = or_(free, columns.lease_owner == holder)
            values = {"lease_owner": self.owner, "lease_until": self.now() + self.lasts}
            taken = connection.execute(update(self.table).where(self._is_row(), free), values)
            return None if taken.rowcount == 1 else holder or "another worker"

    def leave(self) -> None:
        """Free the row, if it is still held."""
        mine = and_(self._is_row(), self.table.c.lease_owner == self.owner)
        with writing(self.engine) as connection:
            connection.execute(update(self.table).where(mine), {"lease_owner": None, "lease_until": None})

    def _is_row(self) -> ColumnElement[bool]:
        return and_(*(column == self.row[column.name] for column in self.table.primary_key))


def is_dead(owner: str) -> bool:
    """Tell whether `owner` is a process of this very machine that has ended; False when in doubt."""
    here, _, rest = owner.partition(":")
    pid, _, _ = rest.partition(":")
    if here != _here() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _here() -> str:
    """Return what tells this machine's processes from all others: containers may share a host name."""
    boot, space = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    try:
        unique = f"{boot.read_text(encoding='ascii').strip()}/{space.readlink()}"
    except OSError:
        unique = f"{uuid.getnode():x}"
    return f"{socket.gethostname()}/{unique}".replace(":", "=")
