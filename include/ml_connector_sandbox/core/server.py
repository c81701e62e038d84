"""Run a simulator in a thread (tests) or as the process (demo)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

START_SECONDS = 10.0


@dataclass
class Server:
    """A running simulator."""

    url: str
    _uvicorn: uvicorn.Server
    _thread: threading.Thread

    def stop(self) -> None:
        """Stop it and wait until it has."""
        self._uvicorn.should_exit = True
        self._thread.join(timeout=START_SECONDS)


def config(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
    """Return how uvicorn runs a simulator: quiet, no access log, no Date header of its own."""
    return uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, date_header=False, lifespan="off",
        http="h11", loop="asyncio", timeout_graceful_shutdown=1,
    )  # fmt: skip


@contextmanager
def serve(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Server]:
    """Run `app` on a free port (or `port`) in a thread until left."""
    # the protocol is named, else asyncio leaves Nagle on and every kept-alive request takes 40 ms longer
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    server = uvicorn.Server(config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.005)
    running = Server(f"http://127.0.0.1:{listener.getsockname()[1]}", server, thread)
    try:
        yield running
    finally:
        running.stop()
        listener.close()
