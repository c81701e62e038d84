"""One simulated time for several processes: it moves on when all of them sleep."""

from __future__ import annotations

import datetime as dt
import heapq
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection, wait

from prove.clock import SharedClock

_FORK = multiprocessing.get_context("fork")


class Player:
    """The clock of one thread: who sleeps on it is woken by the conductor."""

    def __init__(self, time: SharedClock) -> None:
        self._time = time
        self.ours, self.theirs = _FORK.Pipe()

    def now(self) -> dt.datetime:
        """Return the time, aware UTC."""
        return self._time.now()

    def monotonic(self) -> float:
        """Return the simulated seconds."""
        return self._time.seconds

    def sleep(self, seconds: float) -> None:
        """Wait until the conductor has moved the time on."""
        self.theirs.send(self._time.seconds + seconds)
        self.theirs.recv()


class Conductor:
    """Runs processes until a simulated moment."""

    def __init__(self) -> None:
        self.time = SharedClock()
        self._players: list[Player] = []
        self._processes: list[multiprocessing.process.BaseProcess] = []

    def player(self) -> Player:
        """Return a clock for one thread of a process that is still to be started."""
        self._players.append(Player(self.time))
        return self._players[-1]

    def start(self, work: Callable[..., None], *args: object) -> None:
        """Start a process."""
        process = _FORK.Process(target=work, args=args, daemon=True)
        process.start()
        self._processes.append(process)

    def run(self, seconds: float) -> None:
        """Let the time pass, then end the processes; each player's thread sleeps first of all."""
        asleep: list[tuple[float, int, Connection]] = []
        awake: list[Connection] = [player.ours for player in self._players]
        while True:
            while awake:
                for one in wait(awake):
                    assert isinstance(one, Connection)
                    heapq.heappush(asleep, (one.recv(), one.fileno(), one))
                    awake.remove(one)
            if not asleep or asleep[0][0] > seconds:
                break
            moment, _, one = heapq.heappop(asleep)
            self.time.sleep(moment - self.time.seconds)
            one.send(None)
            awake = [one]
        for process in self._processes:
            process.terminate()
            process.join()
