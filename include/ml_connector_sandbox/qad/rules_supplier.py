"""Suppliers: the supplier itself, its business relation, and its data in each domain.

The domain record appears by itself once the supplier is stored; without site and daybook set in it the supplier cannot
be used on orders (seen by the authors of public supplier loaders, as is error 341 for a missing default bank).
"""

from __future__ import annotations

from .errors import MANDATORY, NO_DEFAULT_BANK, Problem
from .reading import blank
from .schema import ENTITIES
from .tenant import Row
from .values import same
from .work import Draft, Work

_WITH_RELATION = ("businessRelationName", "addressTypeCode", "countryCode", "languageCode")
_RELATION_FIELDS = tuple(name for name in ENTITIES["businessRelationV2s"].fields if not name.startswith("custom"))


def initialize(work: Work, draft: Draft) -> None:
    """Fill a blank supplier."""
    draft.data |= {"isActive": True, "isBusinessRelationFieldsEnabled": True,
                   "sharedSetCode": draft.data["sharedSetCode"] or work.shared_set}  # fmt: skip


def initialize_relation(_work: Work, draft: Draft) -> None:
    """Fill a blank business relation."""
    draft.data["isActive"] = True


def check(work: Work, draft: Draft) -> None:
    """Check relation, tax zone and bank; a customer of the same code is only worth a warning."""
    data = draft.data
    relation = work.find("businessRelationV2s", data["businessRelationCode"])
    if draft.is_new and data["isCreateBusinessRelationRequired"]:
        for name in _WITH_RELATION:
            if not data[name]:
                draft.problems.append(Problem(name, "Field is mandatory", "", MANDATORY))
        if relation is not None:
            draft.refuse("businessRelationCode", "Business relation already exists", data["businessRelationCode"])
    elif relation is None and data["businessRelationCode"]:
        draft.problems.append(work.unresolved("businessRelationCode", data["businessRelationCode"]))
    if data["isTaxableSupplier"] and not data["taxZone"]:
        draft.problems.append(Problem("taxZone", "Field is mandatory", "", MANDATORY))
    if work.switches.default_bank_required and not _has_default_bank(data):
        draft.problems.append(
            Problem("bankNumberRefV2s", "Default bank number is missing", "", NO_DEFAULT_BANK)
        )  # fmt: skip
    if work.find("customers", data["supplierCode"]):
        draft.warnings.append(f"Code {data['supplierCode']} is also used for a customer")


def _has_default_bank(data: Row) -> bool:
    banks = [bank for bank in data["bankNumberRefV2s"] if isinstance(bank, dict)]
    return any(bank.get("bankNumberIsDefault") and bank.get("bankNumberIsActive", True) for bank in banks)


def commit(work: Work, draft: Draft) -> None:
    """Create the business relation where that was asked for; it is asked for once."""
    data = draft.data
    if draft.is_new and data["isCreateBusinessRelationRequired"]:
        relation = {**blank(ENTITIES["businessRelationV2s"]), **{n: data[n] for n in _RELATION_FIELDS if n in data}}
        for name in ("uri", "tcRowid", "instanceURI"):
            relation[name] = ""
        work.save("businessRelationV2s", {**relation, "isActive": True})
    data["isCreateBusinessRelationRequired"] = False


def after(work: Work, draft: Draft) -> None:
    """Let the domain records appear, in every domain of the shared set."""
    for domain in work.tenant.book("domains"):
        if not same(domain["supplierSharedSetCode"], draft.data["sharedSetCode"]):
            continue
        key = (domain["domainCode"], draft.data["supplierCode"])
        if work.find("mfgSuppliers", *key) is None:
            keys = {"domainCode": key[0], "supplierCode": key[1]}
            work.save("mfgSuppliers", {**blank(ENTITIES["mfgSuppliers"]), **keys})


def check_domain_data(work: Work, draft: Draft) -> None:
    """Refuse a domain record of its own making."""
    if draft.is_new:
        draft.refuse("supplierCode", "Supplier does not exist", draft.sent.get("supplierCode", ""))
    elif work.supplier(draft.data["supplierCode"]) is None:
        draft.problems.append(work.unresolved("supplierCode", draft.data["supplierCode"]))
