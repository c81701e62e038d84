"""The OData service: read-only tables behind Basic authentication.

Published: OData 4.0, Basic authentication, operators read at start-up, reading only (https://help.syspro.com, topic
SYSPRO OData); collection URLs and 5,000 rows at most (https://github.com/api-evangelist/syspro). Error bodies,
``@odata.nextLink`` and the order of rows are plain OData 4 and SQL Server, by our convention.
"""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from ml_connector_sandbox.core.wire import JsonAnswer, write_json

from .company import Company, Operator, Row
from .odata_filter import BadQuery, column_of, edm_of, parse_filter
from .schema import AP_POSTING, TABLES, Column, Table
from .settings import Settings

_OPTIONS = ("$filter", "$select", "$orderby", "$top", "$skip", "$count", "$format")
_HEADERS = {"OData-Version": "4.0"}
_JSON = "application/json; odata.metadata=minimal"


@dataclass
class Service:
    """Answers the calls of one site."""

    settings: Settings
    companies: dict[str, Company]
    shuffle: random.Random

    def operator(self, company: Company, headers: Mapping[str, str]) -> Operator | Response:
        """Return who calls by Basic authentication, or the refusal: 401 unknown, 403 not enabled when it started."""
        name, password = basic(headers.get("authorization", ""))
        which = self.settings.odata_user
        for item in company.operators.values():
            names = {"email": [item.email], "operator": [item.code]}.get(which, [item.email, item.code])
            if name and name in names and password == item.password:
                return item if item.code in company.odata_operators else Response(status_code=403)
        return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="SYSPRO OData"'})

    def answer(self, company: Company, name: str, asked: Mapping[str, str], url: str) -> Response:
        """Return the service document, the metadata or the rows of a table; 404 when there is no such thing."""
        tables = {**TABLES, **({AP_POSTING.name: AP_POSTING} if self.settings.ap_posting_view else {})}
        root = url.partition(f"/{company.name}")[0] + f"/{company.name}"
        if not name:
            sets = [{"name": table, "kind": "EntitySet", "url": table} for table in tables]
            return JsonAnswer({"@odata.context": f"{root}/$metadata", "value": sets}, headers=_HEADERS)
        if name == "$metadata":
            return Response(_metadata(company, tables), media_type="application/xml", headers=_HEADERS)
        if name not in tables:
            return Response(status_code=404)
        try:
            return self._list(company, tables[name], asked, root)
        except BadQuery as error:
            return JsonAnswer({"error": {"code": "", "message": str(error)}}, status_code=400, headers=_HEADERS)

    def _list(self, company: Company, table: Table, asked: Mapping[str, str], root: str) -> Response:
        for option in asked:
            if option.startswith("$") and option not in _OPTIONS:
                raise BadQuery(f"The query parameter '{option}' is not supported.")
        rows = company.rows(table.name)
        if asked.get("$filter"):
            test = parse_filter(asked["$filter"], table, company.name, self.settings.odata_literal)
            rows = [row for row in rows if test(row.values)]
        rows = self._ordered(company, table, rows, asked.get("$orderby", ""))
        total, skip = len(rows), _count(asked, "$skip", 0)
        top = _count(asked, "$top", total)
        page = rows[skip : skip + min(top, self.settings.odata_max_rows)]
        select = _select(company, table, asked.get("$select", ""))
        parts = [f'"@odata.context":{write_json(f"{root}/$metadata#{table.name}")}']
        if asked.get("$count") == "true":
            parts.append(f'"@odata.count":{total}')
        parts.append(f'"value":[{self._rows(page, select)}]')
        if self.settings.odata_next_link and len(page) < min(top, total - skip):
            link = _link(f"{root}/{table.name}", asked, skip + len(page), top - len(page))
            parts.append(f'"@odata.nextLink":{link}')
        return Response("{" + ",".join(parts) + "}", media_type=_JSON, headers=_HEADERS)

    def _ordered(self, company: Company, table: Table, rows: list[Row], order: str) -> list[Row]:
        """Return the rows as asked; those that the order leaves equal in any order, as SQL returns them."""
        parts = [part.split() for part in order.split(",") if part.strip()]
        names = [column_of(table, company.name, part[0]).name for part in parts]
        if any(part[1:] not in ([], ["asc"], ["desc"]) for part in parts):
            raise BadQuery(f"Syntax error in '{order}'.")
        made = list(rows)
        if self.settings.odata_shuffle and not set(table.key) <= set(names):
            self.shuffle.shuffle(made)
        for part, name in reversed(list(zip(parts, names, strict=True))):
            made.sort(key=_sort_key(name), reverse=part[1:] == ["desc"])
        return made

    def _rows(self, rows: list[Row], select: tuple[Column, ...]) -> str:
        settings = self.settings
        key = f"{settings.odata_dates} {settings.odata_numbers} {settings.char_padding} {[c.name for c in select]}"
        for row in rows:
            if key not in row.rendered:
                row.rendered[key] = write_json({column.name: self._shown(row.values, column) for column in select})
        return ",".join(row.rendered[key] for row in rows)

    def _shown(self, values: dict[str, Any], column: Column) -> Any:
        value = values[column.name]
        if column.kind == "date" and value is not None:
            return _date(value, self.settings.odata_dates)
        if column.kind == "char" and self.settings.char_padding:
            return value.ljust(column.size)
        if self.settings.odata_numbers == "text" and column.kind in {"int", "dec"}:
            return str(value)
        return value


def basic(header: str) -> tuple[str, str]:
    """Return user and password of a Basic header, blank when it is none."""
    kind, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode() if kind.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    user, _, password = text.partition(":")
    return user, password


def _date(day: date, style: str) -> str:
    ends = {"zulu": "T00:00:00Z", "offset": "T00:00:00+00:00", "local": "T00:00:00", "date": ""}
    return day.isoformat() + ends[style]


def _sort_key(name: str) -> Callable[[Row], tuple[bool, Any]]:
    return lambda row: (row.values[name] is not None, row.values[name] or 0)


def _count(asked: Mapping[str, str], option: str, default: int) -> int:
    text = asked.get(option, "")
    if option not in asked:
        return default
    if not text.isdigit():
        raise BadQuery(f"Invalid value '{text}' for {option} query option found. It must be a non-negative integer.")
    return int(text)


def _select(company: Company, table: Table, text: str) -> tuple[Column, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or names == ["*"]:
        return tuple(table.columns.values())
    return tuple(column_of(table, company.name, name) for name in names)


def _link(url: str, asked: Mapping[str, str], skip: int, left: int) -> str:
    options = {**asked, "$skip": str(skip)}
    if "$top" in asked:
        options["$top"] = str(left)
    return write_json(f"{url}?{urlencode(options, quote_via=quote, safe='$')}")


def _metadata(company: Company, tables: dict[str, Table]) -> str:
    """Return the CSDL document; its layout is not published, this is the plain one."""
    types, sets = [], []
    for table in tables.values():
        refs = "".join(f'<PropertyRef Name="{name}"/>' for name in table.key if name in table.columns)
        key = f"<Key>{refs}</Key>" if refs else ""
        columns = "".join(f'<Property Name="{c.name}" Type="{edm_of(c)}"/>' for c in table.columns.values())
        types.append(f'<EntityType Name="{table.name}">{key}{columns}</EntityType>')
        sets.append(f'<EntitySet Name="{table.name}" EntityType="{company.name}.{table.name}"/>')
    edm = 'xmlns="http://docs.oasis-open.org/odata/ns/edm"'
    container = f'<EntityContainer Name="Container">{"".join(sets)}</EntityContainer>'
    schema = f'<Schema Namespace="{company.name}" {edm}>{"".join(types)}{container}</Schema>'
    edmx = 'xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"'
    services = f"<edmx:DataServices>{schema}</edmx:DataServices>"
    return f'<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" {edmx}>{services}</edmx:Edmx>'
