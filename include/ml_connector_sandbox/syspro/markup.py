"""XML documents as e.net reads and writes them.

Forms: traffic recorded by https://github.com/wildland/syspro-ruby (``test/cassettes``): ``Windows-1252``, a newline and
a blank at the end, attributes on the root, numbers filled with blanks on the left, an empty element for no date.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from starlette.responses import Response

from .schema import Column

Node = tuple[str, "str | list[Node]"]
ENCODING = "cp1252"
_DECLARATION = '<?xml version="1.0" encoding="Windows-1252"?>\n'
_ATTRIBUTES = (
    "Language='05' Language2='EN' CssStyle='' DecFormat='1' DateFormat='01' Role='01' Version='8.0.012' "
    "OperatorPrimaryRole='   '"
)


class BareError(Exception):
    """What e.net answers as bare text with status 200."""


def read(text: str) -> ET.Element:
    """Return the root of a document; BareError (our wording) when it is none."""
    if "<!DOCTYPE" in text:
        raise BareError("ERROR: A document type is not allowed in the XML input")
    try:
        return ET.fromstring(text)  # noqa: S314 - without a document type there are no entities to expand
    except (ET.ParseError, ValueError) as error:
        raise BareError("ERROR: The XML input is not well formed") from error


def as_stored(text: str) -> str:
    """Return text as the database can hold it: what Windows-1252 lacks becomes a question mark."""
    return text.encode(ENCODING, "replace").decode(ENCODING)


def text_of(element: ET.Element | None, path: str, default: str = "") -> str:
    """Return the text at a path, blanks around it cut; names are compared with their case."""
    found = element.find(path) if element is not None else None
    return default if found is None else as_stored((found.text or "").strip())


def is_yes(element: ET.Element | None, path: str, *, default: bool = False) -> bool:
    """Return whether a Y/N element says yes."""
    return text_of(element, path, "Y" if default else "N").upper() == "Y"


def shown(value: Any, column: Column, *, zero_date: bool = False) -> str:
    """Return a stored value as text: numbers filled with blanks on the left.

    `zero_date`: COMFCH writes a missing date as ``0000-00-00``, queries as nothing.
    """
    if column.kind == "date":
        return value.isoformat() if isinstance(value, date) else "0000-00-00" if zero_date else ""
    if column.kind == "int":
        return f"{value:7d}"
    if column.kind == "dec":
        return f"{value:16.{column.size}f}"
    return str(value)


def money(value: Decimal, decimals: int = 2) -> str:
    """Return a number as queries print it: blanks before it, commas between thousands."""
    return f"{value:,.{decimals}f}".rjust(16)


def render(node: Node) -> str:
    """Return one element as text."""
    name, content = node
    inner = escape(content) if isinstance(content, str) else "".join(render(child) for child in content)
    return f"<{name}>{inner}</{name}>" if inner else f"<{name}/>"


def document(name: str, children: Iterable[Node | str]) -> Response:
    """Return the answer with this root; a child may be ready text."""
    inner = "".join(child if isinstance(child, str) else render(child) for child in children)
    return plain(f"{_DECLARATION}<{name} {_ATTRIBUTES}>{inner}</{name}>\n ")


def plain(text: str) -> Response:
    """Return an answer of the service, which calls everything an octet stream."""
    return Response(text.encode(ENCODING, "replace"), media_type="application/octet-stream")
