"""One view, three forms: HTML for a person, JSON for a script, CSV for a spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import simplejson
from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.responses import HTMLResponse, RedirectResponse

from ml_connector.mapping.codemap import MAP_NAMES
from ml_connector.operator_ui.airflow_links import run_url, task_url
from ml_connector.operator_ui.desk import desk_of
from ml_connector.operator_ui.guard import form_token
from ml_connector.operator_ui.pairs import system_name
from ml_connector.operator_ui.words import map_title
from ml_connector.store.codemap_csv import csv_text
from ml_connector.store.columns import to_json

FOLDER = Path(__file__).parent / "templates"
STYLE = FOLDER / "pages.css"
Handler = Callable[..., Any]


def both(router: APIRouter, path: str) -> Callable[[Handler], Handler]:
    """Serve a page at `path` and, for scripts, at ``path.json``."""

    def register(handler: Handler) -> Handler:
        router.get(path)(handler)
        router.get("/index.json" if path == "/" else f"{path}.json")(handler)
        return handler

    return register


def show(request: Request, template: str, view: Any, *, status: int = 200) -> Response:
    """Return the view as the address asks for it: a page, or JSON."""
    if request.url.path.endswith(".json"):
        content = {**_fields(view), "form_token": form_token(request)}
        return Response(to_json(content), status, media_type="application/json")
    return page(request, template, {"view": view, "form_token": form_token(request)}, status=status)


def page(request: Request, template: str, values: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """Return a page made from a template; everything in it is escaped."""
    visitor = getattr(request.state, "visitor", None)
    known = {
        "root": root_of(request),
        "home": desk_of(request).home,
        "visitor": visitor.name if visitor else "",
        "framed": request.headers.get("sec-fetch-dest") == "iframe",
        "now": desk_of(request).now(),
        "may_change": visitor.may_change if visitor else lambda _name: False,
    }
    return HTMLResponse(_environment.get_template(template).render(**known, **values), status)


def csv_file(name: str, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Response:
    """Return rows as a CSV file to keep, in which no spreadsheet takes a value for a formula."""
    text = csv_text([{column: _cell(row[column]) for column in columns} for row in rows], columns)
    headers = {"content-disposition": f'attachment; filename="{_safe(name)}.csv"'}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


def go_to(request: Request, path: str, **query: Any) -> RedirectResponse:
    """Send the browser to one of our pages after a change, so that going back repeats nothing."""
    return RedirectResponse(f"{root_of(request)}{path}{query_text(query)}", 303)


def root_of(request: Request) -> str:
    """Return the path under which Airflow has mounted these pages, without a slash at the end."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def query_text(query: Mapping[str, Any]) -> str:
    """Return ``?a=1&b=2`` of what is not empty; "" when nothing is."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"?{urlencode(given)}" if given else ""


def _fields(view: Any) -> dict[str, Any]:
    assert is_dataclass(view)
    assert not isinstance(view, type)
    return asdict(view)


def _cell(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value)


def _safe(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-" for letter in name)


# --- how things are written ---


def moment(value: dt.datetime | None) -> str:
    """Return ``2026-11-01 14:05 UTC``; "never" for None."""
    return value.astimezone(dt.timezone.utc).strftime("%Y-%m-%d %H:%M UTC") if value else "never"


def span(value: dt.timedelta | None) -> str:
    """Return a span of time in its largest unit, e.g. ``6 days``; "" for None."""
    if value is None:
        return ""
    seconds = max(0, int(value.total_seconds()))
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            return counted(seconds // size, unit)
    return "less than a minute"


def counted(number: int, thing: str) -> str:
    """Return ``1 bill`` or ``14 bills``."""
    words = {"entry": "entries", "journal entry": "journal entries"}
    return f"{number:,} {thing if number == 1 else words.get(thing, thing + 's')}"


def amount(value: Decimal | None) -> str:
    """Return an amount with thousands and at least two decimals; no digit is lost."""
    if value is None:
        return ""
    digits = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:,.{digits}f}"


def body(text: str) -> str:
    """Return a body as a person reads it: JSON with a field a line, anything else as it is."""
    try:
        return simplejson.dumps(
            simplejson.loads(text, use_decimal=True), use_decimal=True, ensure_ascii=False, indent=2
        )
    except (ValueError, RecursionError):  # XML, text, or cut
        return text


_environment = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@pass_context
def _run_link(context: Context, run_id: str, pair: str) -> str:
    return run_url(context["home"], pair, run_id)


@pass_context
def _task_link(context: Context, run_id: str, pair: str, flow: str, step: str) -> str:
    return task_url(context["home"], pair, run_id, flow, step)


_environment.globals["map_names"] = MAP_NAMES
_environment.filters |= {
    "run_link": _run_link, "task_link": _task_link,
    "body": body, "moment": moment, "span": span, "counted": counted, "amount": amount, "system": system_name,
    "flow_names": lambda pairs: sorted({flow.name for pair in pairs for flow in pair.flows}),
    "map_title": map_title, "capitalize_first": lambda text: text[:1].upper() + text[1:],
    "query": query_text, "words": lambda text: str(text).replace("_", " "),
}  # fmt: skip
