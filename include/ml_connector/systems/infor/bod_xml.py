"""A BOD (business object document) read safely: no entities, bounded size and depth, one namespace.

Namespace, envelope and paths: what https://github.com/Fellow-Consulting-AG/docbits reads of M3's documents in
production. `variationID` grows with every change of a document.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

NAMESPACE = "http://schema.infor.com/InforOAGIS/2"
MAX_CHARACTERS = 8 * 1024 * 1024
MAX_DEPTH = 64
_ROOT = re.compile(r"(Sync|Acknowledge)([A-Z]\w*)")
_DELETE = "Delete"


@dataclass(frozen=True)
class Bod:
    """One document.

    Args:
        noun: e.g. ``PurchaseOrder``.
        entity: accounting entity, company and division, e.g. ``100_AAA``.
        is_deleted: its record is gone.
        part: the noun's element.
    """

    noun: str
    entity: str
    is_deleted: bool
    part: Part


@dataclass(frozen=True)
class Part:
    """An element; paths are written without the namespace, and a step may end in an attribute, ``[@type='x']``."""

    element: ET.Element = field(repr=False)

    def text(self, path: str) -> str:
        """Return the text at `path`; "" where there is none."""
        found = self.element.find(_path(path))
        return (found.text or "").strip() if found is not None else ""

    def attribute(self, path: str, name: str) -> str:
        """Return an attribute of the element at `path`; "" where there is none."""
        found = self.element.find(_path(path))
        return (found.get(name) or "").strip() if found is not None else ""

    def parts(self, path: str) -> list[Part]:
        """Return all elements at `path`."""
        return [Part(one) for one in self.element.findall(_path(path))]

    def own(self, path: str, attribute: str) -> str:
        """Return the text of the first element at `path` that lacks `attribute`; "" where there is none."""
        found = (one for one in self.element.findall(_path(path)) if one.get(attribute) is None)
        return next(((one.text or "").strip() for one in found), "")

    def number(self, *paths: str) -> Decimal | None:
        """Return the number at the first of `paths` that holds one; None where none does.

        Raises:
            ValueError: it is no number.
        """
        for path in paths:
            text = self.text(path)
            if text:
                return _number(path, text)
        return None

    def day(self, path: str) -> dt.date | None:
        """Return the calendar day of a date and time, as it stands; None where there is none.

        Raises:
            ValueError: it is no date.
        """
        text = self.text(path)
        return dt.date.fromisoformat(text[:10]) if text else None


def _number(path: str, text: str) -> Decimal:
    try:
        made = Decimal(text)
    except InvalidOperation:
        made = Decimal("NaN")
    if not made.is_finite():
        raise ValueError(f"{path} is no number: {text[:40]!r}")
    return made


def _path(path: str) -> str:
    return "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))


def read_bod(text: str) -> Bod:
    """Return the document in an XML text.

    Raises:
        ValueError: it is too large or too deep, no XML, has a document type or entities, an unknown namespace, or is
            no document with data.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"the document has more than {MAX_CHARACTERS} characters")
    root = _root(text)
    if _depth(root) > MAX_DEPTH:
        raise ValueError(f"the document is nested deeper than {MAX_DEPTH} levels")
    namespace, _, name = root.tag.rpartition("}")
    if namespace.lstrip("{") != NAMESPACE:
        raise ValueError(f"the document's namespace is not known: {namespace.lstrip('{')[:120] or 'none'}")
    verb = _ROOT.fullmatch(name)
    if verb is None:
        raise ValueError(f"{name[:60]} is no document that is read")
    return _bod(Part(root), verb[1], verb[2])


def _bod(root: Part, verb: str, noun: str) -> Bod:
    found = root.parts(f"DataArea/{noun}")
    if len(found) != 1:
        raise ValueError(f"the document holds {len(found)} times {noun} instead of once")
    head = f"DataArea/{verb}"
    action = root.attribute(f"{head}/ActionCriteria/ActionExpression", "actionCode")
    return Bod(noun, root.text(f"{head}/AccountingEntityID"), action == _DELETE, found[0])


def _root(text: str) -> ET.Element:
    """Return the root; defusedxml refuses document types and entities before they are expanded."""
    try:
        root: ET.Element = fromstring(text, forbid_dtd=True)
    except DefusedXmlException as error:
        problem = f"the document has a document type or entities, which is refused ({type(error).__name__})"
    except (ET.ParseError, ValueError) as error:
        problem = f"the document is no XML: {error}"
    else:
        return root
    raise ValueError(problem)


def _depth(root: ET.Element) -> int:
    """Return how deep elements are nested, looking no deeper than is allowed."""
    level, depth = [root], 0
    while level and depth <= MAX_DEPTH:
        level = [child for element in level for child in element]
        depth += 1
    return depth


def variation_of(part: Part, path: str) -> int:
    """Return the document's variation; 0 where it has none."""
    text = part.attribute(path, "variationID")
    return int(text) if text.isdigit() else 0
