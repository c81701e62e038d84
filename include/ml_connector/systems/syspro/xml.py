"""SYSPRO's XML: written and parsed by libraries, bounded, element names in any case.

The same object answers in lower case or mixed, and `StatusOfItems` is also spelt `StatusofItems`
(https://github.com/LuntuSYSPRO/myGitHub-rep, `business_objects_catalog.json`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

DEEPEST = 40
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that no XML document may hold (https://www.w3.org/TR/xml/#charsets)."""
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def decoded(body: bytes) -> ET.Element | str:
    """Return an answer's root element; its text when it is no XML, defines entities or is nested absurdly deep.

    XML is declared as Windows-1252, both ways.
    """
    is_utf8 = b"utf-8" in body[:200].lower()
    text = body.decode("utf-8" if is_utf8 else "cp1252", errors="replace")
    try:
        root: ET.Element = fromstring(_DECLARATION.sub("", text, count=1).strip(), forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException):
        return text
    return root if _depth(root) <= DEEPEST else text


def _depth(root: ET.Element) -> int:
    deepest, level = 0, [root]
    while level and deepest <= DEEPEST:
        level = [child for element in level for child in element]
        deepest += 1
    return deepest


def every(root: ET.Element, name: str) -> Iterator[ET.Element]:
    """Yield all elements of that name below `root`, in any case."""
    return (element for element in root.iter() if element.tag.lower() == name.lower())


def text_of(root: ET.Element, *names: str) -> str:
    """Return the text of the first element with one of these names; "" when there is none."""
    for name in names:
        for element in every(root, name):
            return (element.text or "").strip()
    return ""


def rejections(root: ET.Element) -> tuple[tuple[str, str], ...]:
    """Return every field that carries an error or a warning in place of its text, as (field, words)."""
    found = []
    for element in root.iter():
        words = next((c.text or "" for c in element if c.tag.lower() in _WORDS), "")
        if words.strip():
            value = next((c.text or "" for c in element if c.tag.lower() == "value"), "").strip()
            found.append((element.tag, f"{words.strip()}" + (f" (“{value}”)" if value else "")))
    return tuple(found)


_WORDS = {"errordescription", "warningdescription"}


def count(root: ET.Element, name: str) -> int:
    """Return a counter of the status block, which may be padded with zeros or blanks; 0 when it is not there."""
    text = text_of(root, name).lstrip("0 ")
    return int(text) if text.isdigit() else 0


def document(root: str, content: Mapping[str, Any]) -> str:
    """Return an XML text: nested mappings are elements, lists repeat one; None is left out."""
    element = ET.Element(root)
    _fill(element, content)
    return ET.tostring(element, encoding="unicode")


def _fill(parent: ET.Element, content: Mapping[str, Any]) -> None:
    for name, value in content.items():
        for one in value if isinstance(value, list) else [value]:
            if one is None:
                continue
            child = ET.SubElement(parent, name)
            if isinstance(one, Mapping):
                _fill(child, one)
            else:
                child.text = _CONTROL.sub(" ", str(one))
