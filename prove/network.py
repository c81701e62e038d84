"""Real HTTP over sockets, whose addresses stay the same in every forked case, and on which each call can be cut off."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.util.connection
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from prove.trip import Switch

_CONNECT: Callable[..., socket.socket] = urllib3.util.connection.create_connection
_SEND = requests.adapters.HTTPAdapter.send
FIRST_PORT = 8101
"""Ports that connections name; where they lead is known to this process only."""


class Network:
    """The simulators of one pair behind fixed addresses.

    Args:
        apps: system → its app.
    """

    def __init__(self, apps: dict[str, ASGIApp]) -> None:
        self.apps = apps
        self.ports = {system: FIRST_PORT + n for n, system in enumerate(apps)}
        self.systems = {port: system for system, port in self.ports.items()}
        self.real: dict[int, int] = {}

    def url(self, system: str) -> str:
        """Return a system's address, the same in every process."""
        return f"http://127.0.0.1:{self.ports[system]}"

    def install(self) -> None:
        """Lead all calls of this process through here."""

        def lead(address: tuple[str, int], *args: Any, **named: Any) -> socket.socket:
            return _CONNECT((address[0], self.real[address[1]]), *args, **named)

        def watched(adapter: Any, request: requests.PreparedRequest, **named: Any) -> requests.Response:
            system = self.systems[urlsplit(request.url or "").port or 80]
            if Switch.trip is None:
                return _SEND(adapter, request, **named)
            return Switch.trip.call(system, request, lambda: _SEND(adapter, request, **named))

        urllib3.util.connection.create_connection = lead
        requests.adapters.HTTPAdapter.send = watched  # type: ignore[method-assign,assignment]

    def serve(self) -> None:
        """Serve all systems from a thread of this process, on sockets of its own."""
        sockets = {system: _listener() for system in self.apps}
        self.real = {self.ports[system]: one.getsockname()[1] for system, one in sockets.items()}
        by_port = {one.getsockname()[1]: self.apps[system] for system, one in sockets.items()}

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await by_port[scope["server"][1]](scope, receive, send)

        quiet: dict[str, Any] = {"log_config": None, "log_level": "critical", "access_log": False}
        config = uvicorn.Config(app, **quiet, date_header=False, lifespan="off", http="h11", loop="asyncio")
        server = uvicorn.Server(config)
        threading.Thread(target=server.run, kwargs={"sockets": list(sockets.values())}, daemon=True).start()
        while not server.started:
            time.sleep(0.001)


def _listener() -> socket.socket:
    # the protocol is named, else asyncio leaves Nagle on and every kept-alive request takes 40 ms longer
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.bind(("127.0.0.1", 0))
    made.listen(128)
    return made
