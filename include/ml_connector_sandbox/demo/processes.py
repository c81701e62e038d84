"""Child processes: each in a session of its own, its output in a log file, all of them stopped in the end."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

GRACE_SECONDS = 10.0
"""How long a child may take to end by itself."""
ORPHAN_SECONDS = 2.0
"""How long what it has left behind may take, before each further signal."""
TAIL_LINES = 25
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)


class DemoError(Exception):
    """The demo cannot go on; the message says why, and shows the end of the right log."""


@dataclass
class Child:
    """One running process and its log; `begin` starts another one like it."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    begin: Callable[[], subprocess.Popen[bytes]]

    def tail(self) -> str:
        """Return the last lines of the log, with its path."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([f"--- the end of {self.log}", *lines, "---"])

    def check(self) -> None:
        """Do nothing while the process runs.

        Raises:
            DemoError: it has ended.
        """
        code = self.process.poll()
        if code is not None:
            raise DemoError(f"{self.name} ended with exit code {code}\n{self.tail()}")

    def family(self) -> list[int]:
        """Return its living processes."""
        self.process.poll()
        return members({self.process.pid})


@dataclass
class Children:
    """All processes of one demo."""

    logs: Path
    all: list[Child] = field(default_factory=list)

    def start(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        cwd: Path | None = None,
        user: str | None = None,
    ) -> Child:
        """Start a process, of `user` where root starts it; its output goes to ``<logs>/<name>.log``."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        log.unlink(missing_ok=True)

        def begin() -> subprocess.Popen[bytes]:
            with log.open("ab") as output:
                return subprocess.Popen(  # noqa: S603 - commands are our own
                    list(command), stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                    env=dict(env), cwd=cwd, start_new_session=True, user=user,
                    preexec_fn=_end_with_parent(),  # noqa: PLW1509 - it allocates nothing and takes no lock
                )  # fmt: skip

        self.all.append(Child(name, begin(), log, begin))
        return self.all[-1]

    def named(self, name: str) -> Child:
        """Return the running process of that name."""
        return next(child for child in self.all if child.name == name)

    @staticmethod
    def kill(child: Child) -> None:
        """End a process and all that it started at once, as a power cut does, and start another one like it."""
        _signal_all(child, signal.SIGKILL)
        child.process.wait()
        child.process = child.begin()

    def check(self) -> None:
        """Do nothing while all run; DemoError when one has ended."""
        for child in self.all:
            child.check()

    def stop(self) -> None:
        """Stop all, the last started first: interrupt, then terminate, then kill what is left."""
        for child in reversed(self.all):
            _stop(child)
        self.all.clear()


@contextmanager
def children(logs: Path) -> Iterator[Children]:
    """Yield an empty family of processes, and leave none of them behind; a second Ctrl-C does not change that."""
    made = Children(logs)
    try:
        yield made
    finally:
        before = [(number, signal.signal(number, signal.SIG_IGN)) for number in (signal.SIGINT, signal.SIGTERM)]
        made.stop()
        for number, handler in before:
            signal.signal(number, handler)


def members(sessions: set[int]) -> list[int]:
    """Return the living processes of these sessions; a task has a group of its own, but no session."""
    return [pid for pid in _all_processes() if _session(pid) in sessions and not _is_zombie(pid)]


def _stop(child: Child) -> None:
    with suppress(ProcessLookupError):
        child.process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        child.process.wait(GRACE_SECONDS)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if _gone(child, ORPHAN_SECONDS):
            return
        _signal_all(child, number)
    _gone(child, ORPHAN_SECONDS)


def _gone(child: Child, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not child.family():
            return True
        time.sleep(0.1)
    return False


def _signal_all(child: Child, number: int) -> None:
    for pid in child.family():
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _all_processes() -> list[int]:
    """Return the ids of this machine's processes."""
    if Path("/proc/self/stat").exists():
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    listed = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True)  # noqa: S607
    return [int(line) for line in listed.stdout.split()]


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return -1


def _is_zombie(pid: int) -> bool:
    """Tell whether it has ended and only waits for its parent; where there is no /proc nobody can tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _end_with_parent() -> Callable[[], object] | None:
    """Return what lets a child end when the demo is killed outright; only Linux has it."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell without job control has it ignored in the background
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGINT)

    return prepare


def free_port(wanted: int | None = None) -> int:
    """Return `wanted` where it is free, else any free port of this machine."""
    for port in (wanted or 0, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise DemoError("no free port on 127.0.0.1")


def wait_for(what: str, ready: Callable[[], bool], seconds: float, family: Children, pause: float = 0.5) -> None:
    """Wait until `ready` returns True.

    Raises:
        DemoError: not within `seconds`, or a process has ended meanwhile.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        family.check()
        if time.monotonic() > deadline:
            tails = "\n".join(child.tail() for child in family.all[-1:])
            raise DemoError(f"{what} did not come in {seconds:.0f} s\n{tails}")
        time.sleep(pause)
