"""APSSSP: suppliers are added, changed and deleted.

Elements and shape of the answer: https://github.com/LuntuSYSPRO/myGitHub-rep (``business_objects_catalog.json``,
APSSSP). Which elements are mandatory, and that adding what exists or changing what does not is an error, is inferred;
so is that a supplier with documents cannot be deleted. Error texts are ours.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from . import call as codes
from .call import Call, Item, lower
from .company import Values
from .markup import Node, document
from .posting import post
from .schema import TABLES, Column

_MANDATORY = ("SupplierName", "Branch", "TermsCode", "Bank", "Currency")
_FLAGS = ("OnHold", "GrnMatchReqd", "PurchOrdAllowed")
_COMPUTED = {"Supplier", "CurrentBalance", "LastPurchDate", "TimeStamp"}
_LOOKUPS = (
    ("Branch", "ApBranch", codes.BRANCH, "Branch"),
    ("TermsCode", "TblApTerms", codes.TERMS, "Terms code"),
    ("Bank", "ApBank", codes.BANK, "Bank"),
    ("Currency", "TblCurrency", codes.CURRENCY, "Currency"),
    ("DefTaxCode", "AdmTax", codes.TAX_CODE, "Tax code"),
)


def setup(call: Call) -> Response:
    """Return the answer to Setup/Add, Update or Delete of suppliers."""
    made = post(call, call.document.findall("Item"), lambda item: _one(call, item))
    children: list[Node] = []
    for item, nodes in zip(made.items, made.posted, strict=True):
        key: list[Node] = nodes or [("Key", [("Supplier", call.padded(item.text("Key/Supplier")))])]
        if any(path == "Key/Supplier" for path, *_ in item.errors):
            key = []
        children.append(lower(("Item", [*key, *item.troubles()])))
    counts: list[Node] = [("RecordsRead", str(len(made.items))), ("RecordsInvalid", str(made.invalid))]
    return document("setupapsupplier", [*children, ("StatusOfItems", counts)])


def _one(call: Call, item: Item) -> list[Node] | None:
    code = call.padded(item.text("Key/Supplier", 15))
    if not code and call.method == "Add" and call.settings.supplier_numbering == "auto":
        code = f"{call.company.next('ApSupplier'):0{call.settings.key_padding}}"
    old = call.company.get("ApSupplier", code)
    _check_key(call, item, code, old)
    changes = {} if call.method == "Delete" else _changes(call, item)
    if item.is_refused(ignore_warnings=call.is_on("IgnoreWarnings")):
        return None
    if call.method == "Delete":
        call.company.drop("ApSupplier", (code,))
        call.company.drop("ApSupplierAddr", (code,))
    else:
        _write(call, code, old, changes)
    return [("Key", [("Supplier", code)])]


def _check_key(call: Call, item: Item, code: str, old: Values | None) -> None:
    path = "Key/Supplier"
    if not code:
        item.reject(path, codes.MISSING, "Supplier must be supplied")
    elif call.method == "Add" and old is not None:
        item.reject(path, codes.EXISTS, f"Supplier '{code}' already exists")
    elif call.method != "Add" and old is None:
        item.reject(path, codes.NOT_FOUND, f"Supplier '{code}' not found")
    elif call.method == "Delete" and _has_documents(call, code):
        item.reject(path, codes.IN_USE, f"Supplier '{code}' has transactions and cannot be deleted")


def _has_documents(call: Call, code: str) -> bool:
    tables = ("ApInvoice", "PorMasterHdr", "GrnDetails", "ApRegInvoice")
    return any(row["Supplier"] == code for table in tables for row in call.company.all(table))


def _changes(call: Call, item: Item) -> Values:
    """Return the columns that the item gives; elements that are none are dropped without a word."""
    for name in _MANDATORY:
        if call.method == "Add" or item.element.find(name) is not None:
            item.need(name)
    for name, table, number, what in _LOOKUPS:
        item.known(name, call.company.get(table, item.text(name)), number, what)
    for name in ("MerchGlCode", "FreightGlCode"):
        found = call.company.get("GenMaster", call.company.name, item.text(name))
        item.known(name, found, codes.GL_CODE, "Ledger code")
    for name in _FLAGS:
        if item.text(name) not in {"", "Y", "N"}:
            item.reject(name, codes.BAD_OPTION, f"{name} must be Y or N")
    columns = {**TABLES["ApSupplier"].all_columns, **TABLES["ApSupplierAddr"].columns}
    return {
        name: _value(item, column)
        for name, column in columns.items()
        if name not in _COMPUTED and item.element.find(name) is not None
    }


def _value(item: Item, column: Column) -> Any:
    if column.kind == "date":
        return item.day(column.name)
    if column.kind == "dec":
        return item.number(column.name, column.size)
    return item.text(column.name, column.size)


def _write(call: Call, code: str, old: Values | None, changes: Values) -> None:
    company = call.company
    fresh = {
        "SupShortName": str(changes.get("SupplierName", ""))[:20], "OnHold": "N", "GrnMatchReqd": "Y",
        "PurchOrdAllowed": "Y", "DateSuppAdded": company.today(),
    }  # fmt: skip
    parts = (("ApSupplier", old or fresh), ("ApSupplierAddr", company.get("ApSupplierAddr", code) or {}))
    for table, base in parts:
        given = {name: value for name, value in changes.items() if name in TABLES[table].all_columns}
        flags = {name: value or fresh[name] for name, value in given.items() if name in _FLAGS}
        company.put(table, {**base, **given, **flags, "Supplier": code})
