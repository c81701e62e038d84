"""No process outlives the demo, whatever it does and however the demo ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ml_connector_sandbox.demo.processes import DemoError, children, free_port, wait_for

STUBBORN = """
import os, signal, subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=0) \
    if sys.version_info >= (3, 11) else \
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], preexec_fn=lambda: os.setpgid(0, 0))
print(os.getpid(), grandchild.pid, flush=True)
time.sleep(600)
"""


def pids_in(log: Path) -> list[int]:
    deadline = time.monotonic() + 20
    while not (log.exists() and log.read_text().endswith("\n")):
        assert time.monotonic() < deadline
        time.sleep(0.02)  # the child is another process; nothing else tells that it has printed
    return [int(word) for word in log.read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@linux
def test_grandchildren_in_groups_of_their_own_are_stopped_too(tmp_path: Path) -> None:
    """Leaving the family stops what its members have started, even in another process group."""
    with children(tmp_path) as family:
        child = family.start("stubborn", [sys.executable, "-c", STUBBORN], os.environ)
        pids = pids_in(child.log)
        assert all(is_running(pid) for pid in pids)
    assert not any(is_running(pid) for pid in pids)


@linux
def test_children_end_with_a_demo_that_is_killed_outright(tmp_path: Path) -> None:
    """A child is interrupted when the demo's process is killed without any chance to clean up."""
    code = f"""
import os, sys, time
from pathlib import Path
from ml_connector_sandbox.demo.processes import Children
child = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
Children(Path({str(tmp_path)!r})).start("x", [sys.executable, "-c", child], os.environ)
time.sleep(600)
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    demo = subprocess.Popen([sys.executable, "-c", code], env=env)
    pids = pids_in(tmp_path / "x.log")
    demo.send_signal(signal.SIGKILL)
    demo.wait()
    deadline = time.monotonic() + 20
    while is_running(pids[0]):
        assert time.monotonic() < deadline
        time.sleep(0.02)  # the kernel's signal is on its way


def test_a_child_that_ends_too_early_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    """Waiting for a child that has died stops at once and shows what it printed last."""
    with children(tmp_path) as family:
        family.start("broken", [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"], os.environ)
        with pytest.raises(DemoError, match=r"broken ended with exit code 3(.|\n)*no such table"):
            wait_for("broken", lambda: False, 60, family, pause=0.02)


def test_a_port_in_use_is_not_handed_out() -> None:
    """Asked for a port that something listens on, another one is returned."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port
