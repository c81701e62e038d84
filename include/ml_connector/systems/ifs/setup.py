"""The set-up check: does this tenant's metadata know every configured set, property and child collection?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ml_connector.domain.errors import ContractError, Refused
from ml_connector.systems.ifs.endpoint import Endpoint
from ml_connector.systems.ifs.odata import literal
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.sets import READ, SETS, EntitySet
from ml_connector.transport.client import Client


@dataclass(frozen=True)
class _Known:
    """What a service's metadata names.

    Args:
        sets: entity set → its type.
        properties: type → its properties.
        ways: type → its navigation property → the type that it leads to.
    """

    sets: dict[str, str]
    properties: dict[str, set[str]]
    ways: dict[str, dict[str, str]]


def missing(client: Client, options: IfsOptions) -> list[str]:
    """Return what is missing, in words, each naming projection, set, property and where to correct it."""
    by_service: dict[str, list[str]] = defaultdict(list)
    for name in SETS:
        if name not in _unused(options):
            by_service[options.set(name).service].append(name)
    found: list[str] = []
    for service, names in sorted(by_service.items()):
        try:
            known = _metadata(client, service)
        except Refused:
            found += [f"{service} is not there: correct options.ifs.sets.{name}" for name in names]
            continue
        for name in names:
            found += _lacks(name, options.set(name), known) + _lacks_below(name, options, known)
    return found


def without_company(endpoint: Endpoint) -> list[str]:
    """Return which of our companies the service user cannot see: IFS then answers with no rows and no error.

    https://github.com/keboola/component-ex-ifs.
    """
    column = endpoint.options.set("account").property("Company")
    return [
        f"the service user has no access to company {company}, or it has no accounts: allow it in IFS, or correct "
        f"options.ifs.companies"
        for company in endpoint.options.companies
        if not endpoint.rows("account", f"{column} eq {literal(company)}", ["Description"])
    ]


def _unused(options: IfsOptions) -> set[str]:
    """Return the sets that are not read as this deployment is set up."""
    unused = set() if options.history else {"history"}
    unused |= set() if options.pre_postings else {"pre_posting"}
    unused |= set() if options.gl_voucher_rows else {"gl_voucher_row"}
    return unused | ({"invoice"} if options.invoice_source == "voucher_rows" else set())


def _lacks(name: str, entity: EntitySet, known: _Known) -> list[str]:
    where = f"{entity.projection}.svc/{entity.name}"
    if entity.name not in known.sets:
        return [f"{where} is not in the projection's metadata: correct options.ifs.sets.{name}"]
    wanted = dict.fromkeys([*entity.keys, *READ[name]])
    properties = known.properties.get(known.sets[entity.name], set())
    return [
        f"{where} has no property {entity.property(one)}: name it under options.ifs.sets.{name}.fields"
        for one in wanted
        if entity.property(one) and entity.property(one) not in properties
    ]


def _lacks_below(name: str, options: IfsOptions, known: _Known) -> list[str]:
    """Return which child collections a set's records do not lead to; of what is missing above one nothing is said."""
    found = []
    for *above, child in _below(name, options):
        kind = known.sets.get(options.set(name).name)
        for one in above:
            kind = known.ways.get(kind or "", {}).get(options.child(one).name)
        if kind and options.child(child).name not in known.ways.get(kind, {}):
            lacking = f"{options.set(name).projection}.svc: {kind} has no collection {options.child(child).name}"
            found.append(f"{lacking}: correct options.ifs.children.{child}")
    return found


def _below(name: str, options: IfsOptions) -> tuple[tuple[str, ...], ...]:
    """Return the child collections that are read below a set, each with those above it."""
    between = ("addresses",) if options.communication_below == "address" else ()
    return {
        "supplier": (("addresses",), (*between, "communication"), ("invoice_companies",)),
        "invoice": (("invoice_items",), ("invoice_postings",)),
    }.get(name, ())


def _metadata(client: Client, service: str) -> _Known:
    """Return what the service's ``$metadata`` names."""
    answer = client.read(f"{service}/$metadata", headers={"Accept": "application/xml"}, as_text=True)
    try:
        root: ET.Element = fromstring(answer.text, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException) as error:
        raise ContractError(f"{service}/$metadata is no readable XML: {error}", answer=answer.text[:2000]) from None
    types = _named(root, "EntityType")
    return _Known(
        {name: _type(one.get("EntityType", "")) for name, one in _named(root, "EntitySet").items()},
        {name: set(_named(one, "Property")) for name, one in types.items()},
        {
            name: {way: _type(to.get("Type", "")) for way, to in _named(one, "NavigationProperty").items()}
            for name, one in types.items()
        },
    )


def _named(node: ET.Element, kind: str) -> dict[str, ET.Element]:
    """Return name → element of one kind below a node."""
    return {one.get("Name", ""): one for one in node.iter() if one.tag.endswith(f"}}{kind}")}


def _type(qualified: str) -> str:
    """Return the bare name of a type, e.g. of ``Collection(IfsApp.SupplierHandling.SupplierInfoAddress)``."""
    return qualified.rstrip(")").rpartition(".")[2]
