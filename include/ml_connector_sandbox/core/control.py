"""The control routes under ``/_sim``: what a test or a demo asks of a simulator, and no vendor offers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ml_connector_sandbox.core.faults import Fault, Faults
from ml_connector_sandbox.core.journal import Journal
from ml_connector_sandbox.core.simulator import Simulator
from ml_connector_sandbox.core.wire import JsonAnswer, read_json

_FAULTS = TypeAdapter(list[Fault])


class Control:
    """The routes' bodies."""

    def __init__(self, simulator: Simulator, faults: Faults, journal: Journal, save: Callable[[], None]) -> None:
        self.simulator, self.faults, self.journal, self.save = simulator, faults, journal, save

    def app(self) -> Starlette:
        """Return the ASGI app of the control routes."""
        table: dict[str, dict[str, Callable[[Request, Any], Any]]] = {
            "health": {"GET": lambda _r, _b: {"status": "ok", "system": self.simulator.name}},
            "reset": {"POST": self._reset},
            "accounts": {"POST": lambda _r, body: self.simulator.add_account(body or {})},
            "tenants": {"POST": lambda _r, body: self.simulator.add_account(body or {})},
            "seed": {"POST": lambda _r, body: self.simulator.seed(body.get("account"), body["records"])},
            "edit": {"POST": self._edit},
            "record": {"DELETE": self._remove},
            "state": {"GET": self._state},
            "settings": {"GET": lambda _r, _b: self.simulator.settings(), "PATCH": self._settings},
            "clock": {"GET": lambda _r, _b: self._clock(), "POST": self._set_clock},
            "faults": {
                "GET": lambda _r, _b: self._faults(),
                "POST": self._add_faults,
                "DELETE": self._no_faults,
            },
            "journal": {"GET": self._journal, "DELETE": self._clear_journal},
            "journal/count": {"GET": lambda r, _b: {"count": len(self._rows(r, 10**9))}},
            "save": {"POST": lambda _r, _b: self.save() or {"saved": True}},
        }
        return Starlette(
            routes=[
                Route(f"/_sim/{name}", _endpoint(by_method), methods=list(by_method))
                for name, by_method in table.items()
            ]
        )

    def _reset(self, _request: Request, _body: Any) -> Any:
        self.simulator.reset()
        self.faults.waiting.clear()
        self.journal.clear()
        return {"reset": True}

    def _edit(self, _request: Request, body: Any) -> Any:
        return self.simulator.edit(body.get("account"), body["entity"], body["id"], body["set"])

    def _remove(self, request: Request, body: Any) -> Any:
        asked = {**request.query_params, **(body or {})}
        self.simulator.remove(asked.get("account"), asked["entity"], asked["id"])
        return {"removed": True}

    def _state(self, request: Request, _body: Any) -> Any:
        asked = request.query_params
        return self.simulator.state(asked.get("account"), asked.get("entity"))

    def _settings(self, _request: Request, body: Any) -> Any:
        self.simulator.change_settings(body)
        return self.simulator.settings()

    def _clock(self) -> Any:
        return {"now": self.simulator.clock.now().isoformat()}

    def _set_clock(self, _request: Request, body: Any) -> Any:
        clock = self.simulator.clock
        if body.get("reset"):
            clock.reset()
        if "set" in body:
            clock.set(datetime.fromisoformat(body["set"].replace("Z", "+00:00")))
        if "speed" in body:
            clock.run_at(float(body["speed"]))
        if "advance" in body:
            clock.advance(float(body["advance"]))
        return self._clock()

    def _faults(self) -> Any:
        return [fault.model_dump(mode="json") for fault in self.faults.waiting]

    def _add_faults(self, _request: Request, body: Any) -> Any:
        self.faults.waiting += _FAULTS.validate_python(body if isinstance(body, list) else [body])
        return self._faults()

    def _no_faults(self, _request: Request, _body: Any) -> Any:
        self.faults.waiting.clear()
        return []

    def _rows(self, request: Request, limit: int) -> list[dict[str, Any]]:
        asked = request.query_params
        return self.journal.find(
            method=asked.get("method", ""),
            path=asked.get("path", ""),
            account=asked.get("account", ""),
            since=int(asked.get("since", 0)),
            limit=int(asked.get("limit", limit)),
        )

    def _journal(self, request: Request, _body: Any) -> Any:
        return self._rows(request, 1000)

    def _clear_journal(self, _request: Request, _body: Any) -> Any:
        self.journal.clear()
        return []


def _endpoint(by_method: dict[str, Callable[[Request, Any], Any]]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            return JsonAnswer(by_method[request.method](request, read_json(body) if body else None))
        except (ValueError, ValidationError) as error:
            return JsonAnswer({"error": str(error)}, status_code=422)
        except KeyError as error:
            return JsonAnswer({"error": f"no such thing: {error}"}, status_code=404)

    return endpoint
