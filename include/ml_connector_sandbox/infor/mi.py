"""``M3/m3api-rest/v2/execute``: single and bulk calls, and the shapes of their answers.

The shapes, ``nrOfSuccessfullTransactions`` with its spelling and the errors inside 200 and at the top level of 400 are
those that github.com/infor-cloud/m3-h5-sdk reads (``runtime.ts``, ``base.ts``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .errors import Nok
from .execute import Options, error_members, run
from .tenant import Tenant

if TYPE_CHECKING:
    from .site import Site

Answer = tuple[int, Any]
_BAD: Answer = (400, {"error": "Bad Request"})
_EXCLUDES = ("excludempty", "excludeempty", "excludeEmptyValues")
"""The spelling differs: the first in single calls, the last in bulk bodies; each is understood everywhere."""


def single(site: Site, tenant: Tenant, path: str, query: dict[str, str]) -> Answer:
    """Answer ``GET execute/PGM/TRN;matrix?inputs``; `path` is what follows ``execute/``, still encoded."""
    program, _, rest = path.partition("/")
    name, *matrix = rest.split(";")
    asked = {key: unquote(value) for key, _, value in (item.partition("=") for item in matrix)}
    try:
        options = _options(site, {**{key: query[key] for key in ("righttrim",) if key in query}, **asked})
    except ValueError:
        return _BAD
    inputs = {key: value for key, value in query.items() if key != "_rid"}
    try:
        records = run(site, tenant, (unquote(program), unquote(name)), inputs, options)
    except Nok as nok:
        return _failed(site, unquote(name), nok)
    return 200, _whole([_result(site, unquote(name), records)], good=1)


def _options(site: Site, asked: dict[str, Any]) -> Options:
    """Return what is asked; ValueError when `maxrecs` is no number."""
    most = asked.get("maxReturnedRecords", asked.get("maxrecs"))
    maxrecs = site.switches.default_maxrecs if most in {None, ""} else int(str(most))
    if maxrecs < 0:
        raise ValueError("maxrecs")
    columns = tuple(name for name in str(asked.get("returncols") or "").split(",") if name)
    cono = str(asked.get("cono") or "")
    return Options(
        maxrecs=maxrecs,
        columns=columns,
        excludes_empty=any(_is_true(asked.get(name)) for name in _EXCLUDES),
        trims=_is_true(asked.get("righttrim")) or _is_true(asked.get("rightTrim")),
        cono=str(int(cono)) if cono else "",
        divi=None if asked.get("divi") is None else str(asked["divi"]),
    )


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _result(site: Site, name: str, records: list[dict[str, str]]) -> dict[str, Any]:
    if not records and site.switches.omit_empty_records:
        return {"transaction": name}
    return {"transaction": name, "records": records}


def _whole(results: list[dict[str, Any]], good: int = 0, bad: int = 0) -> dict[str, Any]:
    made: dict[str, Any] = {"results": results, "wasTerminated": False}
    return made | {"nrOfSuccessfullTransactions": good, "nrOfFailedTransactions": bad}


def _face(site: Site, nok: Nok) -> str:
    faces = site.switches.error_faces
    return faces.get(nok.code) or faces.get(nok.kind) or "400"


def _failed(site: Site, name: str, nok: Nok) -> Answer:
    """Return a single call's failure in the face that it has here."""
    face = _face(site, nok)
    if face == "200":
        return 200, _whole([{"transaction": name, **error_members(site, nok)}], bad=1)
    if face == "terminated":
        return 200, _terminated([], nok)
    if face == "v1":
        return 200, {"@type": nok.kind, "@code": nok.code, "@field": nok.field, "Message": nok.message.ljust(50)}
    return 400, None if face == "empty" else error_members(site, nok)


def _terminated(results: list[dict[str, Any]], nok: Nok) -> dict[str, Any]:
    made = {**_whole(results), "wasTerminated": True}
    return made | {"terminationReason": nok.message, "terminationErrorType": nok.kind}


def bulk(site: Site, tenant: Tenant, query: dict[str, str], body: Any) -> Answer:
    """Answer ``POST execute`` with several transactions of one program; results keep the order of the calls."""
    if not isinstance(body, dict) or not isinstance(body.get("transactions"), list) or not body.get("program"):
        return _BAD
    calls = body["transactions"]
    if not all(isinstance(item, dict) and isinstance(item.get("record") or {}, dict) for item in calls):
        return _BAD
    if 0 < site.switches.bulk_most < len(calls):
        return _BAD
    try:
        options = _options(site, {**query, **body})
    except ValueError:
        return _BAD
    job = _Bulk(site, tenant, str(body["program"]), options, _is_true(query.get("extendedresult")))
    return 200, job.run(calls)


@dataclass
class _Bulk:
    """A bulk call under way."""

    site: Site
    tenant: Tenant
    program: str
    options: Options
    echoes: bool
    results: list[dict[str, Any]] = field(default_factory=list)
    good: int = 0
    bad: int = 0

    def run(self, calls: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the answer."""
        for call in calls:
            if self.bad and self.site.switches.bulk_stops:
                break
            try:
                self._one(call)
            except Nok as nok:
                if _face(self.site, nok) == "terminated":
                    return _terminated(self.results, nok)
                self.results.append({**self._head(call), **error_members(self.site, nok)})
                self.bad += 1
        left = [{**self._head(call), "notProcessed": True} for call in calls[len(self.results) :]]
        made = _whole([*self.results, *left], self.good, self.bad)
        job = f"b-{self.tenant.next('bulk', 771)}"
        return {**made, "nrOfNotProcessedTransactions": len(left), "bulkJobId": job}

    def _one(self, call: dict[str, Any]) -> None:
        asked = replace(self.options, columns=tuple(call.get("selectedColumns") or ()))
        name = str(call.get("transaction", ""))
        records = run(self.site, self.tenant, (self.program, name), _record(call), asked)
        self.results.append({**self._head(call), **_result(self.site, name, records)})
        self.good += 1

    def _head(self, call: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {"transaction": str(call.get("transaction", ""))}
        return {**made, "parameters": _record(call)} if self.echoes else made


def _record(call: dict[str, Any]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in (call.get("record") or {}).items()}
