"""Child processes that never outlive the demo, each with a log file of its own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

GRACE_SECONDS = 12.0
"""How long a child may take to stop by itself."""
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)


class Failed(Exception):  # noqa: N818 - read as the demo's own word: the demo failed
    """The demo cannot go on; the message says why and where to look."""


@dataclass
class Child:
    """One child and everything it starts: a session of its own."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    def tail(self, lines: int = 25) -> str:
        """Return the last lines of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


@dataclass
class Children:
    """All children; as a context manager it stops them however it is left."""

    logs: Path
    running: list[Child] = field(default_factory=list)

    def __enter__(self) -> Children:
        """Make the folder of the logs."""
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        """Stop all of them; a second Ctrl-C does not interrupt that."""
        with _undisturbed():
            self.stop()

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> Child:
        """Start `command`, with what it prints in ``<logs>/<name>.log``."""
        log = self.logs / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                list(command), env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=_die_with_parent(),  # noqa: PLW1509 - no threads of ours
            )  # fmt: skip
        child = Child(name, log, process)
        self.running.append(child)
        return child

    def check(self) -> None:
        """Raise `Failed` with the end of the log when one of them has stopped."""
        for child in self.running:
            code = child.process.poll()
            if code is not None:
                raise Failed(f"{child.name} stopped with code {code}. The end of {child.log}:\n{child.tail()}")

    def wait_until(self, ready: Callable[[], bool], what: str, *, seconds: float, pause: float = 0.5) -> None:
        """Wait until `ready` returns True.

        Raises:
            Failed: a child stopped, or it took longer than `seconds`.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                ends = "\n".join(f"The end of {child.log}:\n{child.tail(12)}" for child in self.running)
                raise Failed(f"{what}: not within {seconds:.0f} s.\n{ends}")
            time.sleep(pause)

    def stop(self) -> None:
        """Stop every child and what it has started, last first: asked at first, killed after a while."""
        for child in reversed(self.running):
            _signal([child.process.pid], signal.SIGINT)
        deadline = time.monotonic() + GRACE_SECONDS
        for child in reversed(self.running):
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
        sessions = {child.process.pid for child in self.running}
        _signal(members(sessions), signal.SIGTERM)
        while members(sessions) and time.monotonic() < deadline:
            time.sleep(0.1)
        _signal(members(sessions), signal.SIGKILL)
        for child in self.running:
            child.process.wait()
        self.running.clear()


def members(sessions: set[int]) -> list[int]:
    """Return the living processes of these sessions; tasks have groups, but no sessions of their own."""
    return [pid for pid in _all_processes() if _session_of(pid) in sessions and not _is_zombie(pid)]


def _all_processes() -> Iterable[int]:
    if Path("/proc/self").exists():
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    shown = subprocess.run(["/bin/ps", "-A", "-o", "pid="], capture_output=True, text=True, check=False)
    return [int(text) for text in shown.stdout.split()]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _die_with_parent() -> Callable[[], None] | None:
    """Return what makes a child stop when the demo is killed outright; only Linux has it."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGINT)


@contextlib.contextmanager
def _undisturbed():  # type: ignore[no-untyped-def]  # noqa: ANN202 - see below
    yield


def free_port(wanted: int | None = None) -> int:
    """Return `wanted` if it is free on 127.0.0.1, else any free port."""
    for port in filter(None, (wanted, 0)) if wanted else (0,):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return free_port()
