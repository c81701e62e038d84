"""GET: lists, rows, and the default values of a new row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from .call import Call
from .errors import etag_required, malformed, not_found
from .odata import parse_filter
from .options import Options, arrange, next_query, page_of, read_options, read_select
from .resource import Target
from .shape import context, shape
from .store import Row


def get(call: Call, target: Target) -> Response:
    """The answer to GET of what the path names.

    Raises:
        Refusal: for options that are not understood, and rows that are not there.
    """
    options = read_options(call.query, call.switches)
    select = _select(call, target, options)
    if target.operation:
        return _defaults(call, target)
    if target.key is None:
        return call.json(_list(call, target, options, select))
    if set(options.given) - {"$select"}:
        raise malformed("The system query options of a list are not allowed on a single entity.")
    row = call.sight.need(target)
    return call.json({**context(call, target, select, is_single=True), **shape(call, target, row, select)})


def _select(call: Call, target: Target, options: Options) -> list[str] | None:
    """The chosen properties; 400 on sets that fail with ``$select``."""
    text = options.given.get("$select")
    if text is not None and f"{call.service.name}/{target.name}" in call.switches.select_refused:
        raise malformed("The system query option '$select' cannot be used.")
    return read_select(text, target.type, call.service.namespace)


def _list(call: Call, target: Target, options: Options, select: list[str] | None) -> dict[str, Any]:
    """A page of a list."""
    kind, namespace = target.type, call.service.namespace
    found = arrange(_matching(call, target, options), options.given.get("$orderby"), kind, namespace, call.switches)
    page, skip = page_of(found, options, call.switches)
    answer = context(call, target, select, is_single=False)
    if options.wants_count() and call.switches.count != "missing":
        answer["@odata.count"] = len(found) if call.switches.count == "exact" else len(page)
    answer["value"] = [shape(call, target, row, select) for row in page]
    if page and skip < len(found) and call.switches.next_link != "none":
        answer["@odata.nextLink"] = _next_link(call, skip)
    return answer


def _matching(call: Call, target: Target, options: Options) -> list[Row]:
    """The rows of a set that the filter lets through and the user may see."""
    rows: Iterable[Row] = call.tenant.under(target.type.table, target.fixed)
    text = options.given.get("$filter")
    if text is not None:
        test = parse_filter(text, call.scope(target))
        rows = [row for row in rows if test(row.data)]
    if target.entity_set.only:
        rows = [row for row in rows if target.holds(row)]
    return call.sight.visible(target.type, rows)


def _next_link(call: Call, skip: int) -> str:
    """Where the next page is."""
    path = call.request.scope.get("raw_path", b"").decode("latin-1").partition("?")[0]
    query = next_query(call.query, skip)
    if call.switches.next_link == "relative":
        return f"{path.rpartition('.svc/')[2]}?{query}"
    return f"{call.root.partition('/main/')[0].partition('/int/')[0]}{path}?{query}"


def _defaults(call: Call, target: Target) -> Response:
    """The bound function ``…_Default()``: what a new row would have; it needs ``If-Match``."""
    name = f"{call.service.namespace}.{target.type.name}_Default"
    if target.operation != name:
        raise not_found(f"Cannot find function '{target.operation}'.")
    if "if-match" not in call.request.headers:
        raise etag_required()
    kinds = target.type.properties.values()
    values = {item.name: item.default for item in kinds if item.default is not None and item.kind in {"String", "Enum"}}
    return call.json({**context(call, target, None, is_single=True), **values})
