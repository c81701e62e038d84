"""The set-up check: does this tenant's metadata know every configured set and property?"""

from __future__ import annotations

from collections import defaultdict
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ml_connector.domain.errors import ContractError, Refused
from ml_connector.systems.ifs.endpoint import Endpoint
from ml_connector.systems.ifs.odata import literal
from ml_connector.systems.ifs.options import IfsOptions
from ml_connector.systems.ifs.sets import READ, SETS, EntitySet
from ml_connector.transport.client import Client


def missing(client: Client, options: IfsOptions) -> list[str]:
    """Return what is missing, in words, each naming projection, set, property and where to correct it."""
    by_service: dict[str, list[str]] = defaultdict(list)
    for name in SETS:
        if name not in _unused(options):
            by_service[options.set(name).service].append(name)
    found: list[str] = []
    for service, names in sorted(by_service.items()):
        try:
            known = _sets(client, service)
        except Refused:
            found += [f"{service} is not there: correct options.ifs.sets.{name}" for name in names]
            continue
        for name in names:
            found += _lacks(name, options.set(name), known)
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
    return unused | ({"invoice"} if options.invoice_source == "voucher_rows" else set())


def _lacks(name: str, entity: EntitySet, known: dict[str, set[str]]) -> list[str]:
    where = f"{entity.projection}.svc/{entity.name}"
    if entity.name not in known:
        return [f"{where} is not in the projection's metadata: correct options.ifs.sets.{name}"]
    wanted = dict.fromkeys([*entity.keys, *READ[name]])
    return [
        f"{where} has no property {entity.property(one)}: name it under options.ifs.sets.{name}.fields"
        for one in wanted
        if entity.property(one) and entity.property(one) not in known[entity.name]
    ]


def _sets(client: Client, service: str) -> dict[str, set[str]]:
    """Return entity set → property names, from the service's ``$metadata``."""
    answer = client.read(f"{service}/$metadata", headers={"Accept": "application/xml"}, as_text=True)
    try:
        root: ET.Element = fromstring(answer.text, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException) as error:
        raise ContractError(f"{service}/$metadata is no readable XML: {error}", answer=answer.text[:2000]) from None
    types = {
        one.get("Name", ""): {prop.get("Name", "") for prop in one.iter() if prop.tag.endswith("}Property")}
        for one in root.iter()
        if one.tag.endswith("}EntityType")
    }
    return {
        one.get("Name", ""): types.get(one.get("EntityType", "").rpartition(".")[2], set())
        for one in root.iter()
        if one.tag.endswith("}EntitySet")
    }
