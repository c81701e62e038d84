"""Requests on entities: lists, single records, upsert, deletion, actions and their status."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from ml_connector_sandbox.core.wire import JsonAnswer, read_json, write_json

from .actions import ACTIONS, guard
from .contract import ad_hoc_schema, need_version
from .errors import Refusal, bad_request, busy, cannot_optimize, forbidden, method_not_allowed, not_found, server_error
from .identity import prefix_of
from .lookups import Context, missing
from .odata import parse_filter
from .operations import Operation
from .render import Query, View, head_text, read_view, selected_members, tail_text
from .schema import TYPES, EntityType
from .state import Record
from .upsert import delete_record, find_by_path, patch_record, put_record
from .values import BadValue, read_moment

if TYPE_CHECKING:
    from .auth import Session
    from .site import Site

_INVENTORY = frozenset({"PurchaseOrder", "PurchaseReceipt"})
_PATCH_SINCE = 25


class _Call:
    """One request on an entity, signed in and allowed."""

    def __init__(self, site: Site, request: Request, *, is_status: bool = False) -> None:
        self.site = site
        self.request = request
        self.session: Session = site.sessions.need({name.lower(): value for name, value in request.headers.items()})
        site.operations.finish_due()
        self.version = need_version(site, request)
        name = request.path_params["entity"]
        if name not in TYPES or not TYPES[name].keys:
            raise not_found(request.url.path)
        self.kind: EntityType = TYPES[name]
        self._need_rights(name)
        if not is_status and site.switches.session_busy and site.operations.is_busy(self.session.id):
            raise busy(site.switches.session_busy_status, site.switches.session_busy_text)
        self.context: Context = site.context(self.session.tenant, self._business_date(), self._branch())

    def _need_rights(self, name: str) -> None:
        """Refuse a form whose feature is switched off."""
        switches = self.site.switches
        is_off = (name == "Subaccount" and not switches.subaccounts_feature) or (
            name in _INVENTORY and not switches.inventory_feature
        )
        if is_off:
            raise forbidden(name)

    def _business_date(self) -> date | None:
        """The date of ``PX-CbApiBusinessDate``, which applies to this request only."""
        sent = self.request.headers.get("px-cbapibusinessdate")
        try:
            return read_moment(sent).date() if sent else None
        except BadValue as error:
            raise server_error(f"The business date '{sent}' cannot be read.") from error

    def _branch(self) -> str:
        """The ID of the branch that ``PX-CbApiBranch`` names for this request, else of the session's.

        That an unknown name answers 500 is inferred.
        """
        sent, switches = self.request.headers.get("px-cbapibranch"), self.site.switches
        if not sent:
            return self.session.branch
        found = [one for one in switches.branches if switches.branch_names.get(one, one) == sent.strip()]
        if not found:
            raise server_error(missing(sent, "Branch"))
        return found[0]

    def option(self, name: str) -> str:
        """A query option, empty when absent."""
        return self.request.query_params.get(name, "")

    def view(self) -> View:
        """The view of ``$select`` and ``$expand``."""
        return read_view(self.kind, Query(self.option("$select"), self.option("$expand")))

    async def body(self) -> dict[str, Any]:
        """The JSON object sent.

        Raises:
            Refusal: 400 when there is none.
        """
        raw = await self.request.body()
        if not raw.strip():
            raise bad_request("The request body should not be empty.")
        try:
            body = read_json(raw)
        except ValueError as error:
            raise bad_request(f"The request body is no JSON: {error}") from error
        if not isinstance(body, dict):
            raise bad_request("The request body should be an object.")
        return body

    def text_of(self, record: Record, view: View, number: int = 1) -> str:
        """A record as JSON text; what does not depend on its place in a list is kept for the next time."""
        shape = (self.version, self.option("$select"), self.option("$expand"), self.option("$custom"), self._links())
        tail = record.rendered.get(shape)
        if tail is None:
            note = str(record.data.get("note", ""))
            custom = self.option("$custom")
            tail = tail_text(self.kind, record.data, view, self.version, custom=custom, note=note)
            if self._links():
                tail = f'{tail[:-1]},"_links":{write_json(self._links_of(record))}}}'
            record.rendered[shape] = tail
        return head_text(record.data, number) + tail

    def _links(self) -> bool:
        """Whether answers carry links."""
        return self.site.switches.links

    def _links_of(self, record: Record) -> dict[str, str]:
        """The links of a record."""
        root = f"{prefix_of(self.site)}/entity/Default/{self.request.path_params['version']}/{self.kind.name}"
        return {"self": f"{root}/{record.id}", "files:put": f"{root}/{record.id}/files/{{filename}}"}

    def answer(self, record: Record) -> Response:
        """A record as an answer."""
        return _json_text(self.text_of(record, self.view()))


def _json_text(text: str) -> Response:
    """An answer of ready JSON."""
    return Response(text, media_type="application/json")


async def collection(site: Site, request: Request) -> Response:
    """GET lists, PUT inserts or updates, PATCH updates."""
    call = _Call(site, request)
    if request.method == "GET":
        return _list(call)
    if request.method == "PUT":
        return await _put(call)
    if request.method == "PATCH" and call.version >= _PATCH_SINCE:
        if request.headers.get("if-none-match") == "*":
            raise Refusal(412, {"message": "If-None-Match cannot be used with PATCH."})
        return call.answer(patch_record(call.context, call.kind.name, await call.body(), call.version))
    raise method_not_allowed(request.method)


def _list(call: _Call) -> Response:
    """The records that a list query finds, in an order that the client cannot choose."""
    view, switches = call.view(), call.site.switches
    refused = set(switches.not_optimizable.get(call.kind.name, ())) & set(
        selected_members(call.kind, view, call.version)
    )
    if refused:
        raise cannot_optimize(sorted(refused))
    records = call.context.tenant.ordered(call.kind.name, switches.order)
    if call.option("$filter"):
        predicate = parse_filter(call.option("$filter"), call.kind, cross_view_empty=switches.cross_view_empty)
        records = [record for record in records if predicate.test(record.data)]
    skip, top = _count(call, "$skip") or 0, _count(call, "$top")
    page = records[skip : None if top is None else skip + top]
    return _json_text("[" + ",".join(call.text_of(record, view, number) for number, record in enumerate(page, 1)) + "]")


def _count(call: _Call, name: str) -> int | None:
    """A whole number of a query option."""
    text = call.option(name)
    if text and not text.isdigit():
        raise server_error(f"The value of {name} must be a whole number.")
    return int(text) if text else None


async def _put(call: _Call) -> Response:
    """Insert or update one record."""
    headers = call.request.headers
    only = "insert" if headers.get("if-none-match") == "*" else "update" if headers.get("if-match") == "*" else None
    call.view()
    record = put_record(
        call.context,
        call.kind.name,
        await call.body(),
        call.version,
        filter_text=call.option("$filter") or None,
        only=only,
    )
    return call.answer(record)


async def member(site: Site, request: Request) -> Response:
    """One record by keys or id, an action, or the status of one."""
    tail = request.path_params["tail"]
    parts = tail.split("/")
    is_status = len(parts) == 3 and parts[1] == "status"
    call = _Call(site, request, is_status=is_status)
    if is_status and request.method == "GET":
        return _status(call, parts[0], parts[2])
    if request.method == "GET" and tail == "$adHocSchema":
        return JsonAnswer(ad_hoc_schema(call.kind, call.version))
    if request.method == "GET":
        return call.answer(find_by_path(call.context, call.kind.name, tail))
    if request.method == "DELETE":
        delete_record(call.context, call.kind.name, find_by_path(call.context, call.kind.name, tail))
        return Response(status_code=204)
    if request.method == "POST" and len(parts) == 1:
        return await _act(call, tail)
    raise method_not_allowed(request.method)


async def _act(call: _Call, name: str) -> Response:
    """Start an action on the record that the body names."""
    action = ACTIONS.get((call.kind.name, name))
    if action is None:
        raise not_found(call.request.url.path)
    body = await call.body()
    entity = body.get("entity")
    if not isinstance(entity, dict):
        raise bad_request("The 'entity' of the action is missing.", "entity")
    record = _named(call, entity)
    guard(action, record)
    operation = call.site.operations.start(
        Operation(call.context, call.session.id, call.kind.name, name, action, record.id)
    )
    root = f"{prefix_of(call.site)}/entity/Default/{call.request.path_params['version']}/{call.kind.name}"
    if operation.is_running:
        return Response(status_code=202, headers={"Location": f"{root}/{name}/status/{operation.id}"})
    if operation.failure is not None:
        raise operation.failure
    return Response(status_code=204, headers={"Location": f"{root}/{record.id}"})


def _named(call: _Call, entity: dict[str, Any]) -> Record:
    """The record that an action's body names by id or keys."""
    if entity.get("id"):
        return find_by_path(call.context, call.kind.name, str(entity["id"]))
    values = [entity.get(key) for key in call.kind.keys]
    keys = [str(value.get("value", "")) if isinstance(value, dict) else "" for value in values]
    return find_by_path(call.context, call.kind.name, "/".join(keys))


def _status(call: _Call, name: str, operation_id: str) -> Response:
    """202 while an operation runs, 204 when it has finished, else its failure."""
    operation = call.site.operations.poll(operation_id, call.kind.name, name, call.session.id)
    if operation is None:
        raise not_found(call.request.url.path)
    if operation.is_running:
        return Response(status_code=202, headers={"Location": str(call.request.url.path)})
    if operation.failure is not None:
        raise operation.failure
    return Response(status_code=204)
