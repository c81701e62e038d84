"""Running one MI transaction: its checks, and its records as texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import exportmi, programs_entry, programs_finance, programs_purchase, programs_reference, programs_supplier
from .call import Call
from .errors import Nok, generic
from .metadata import REPOSITORY, Field, Transaction
from .tenant import Row, Tenant
from .values import taken, written

if TYPE_CHECKING:
    from .site import Site

PROGRAMS: dict[str, Callable[[Call], list[Row]]] = {
    **programs_supplier.TRANSACTIONS,
    **programs_purchase.TRANSACTIONS,
    **programs_entry.TRANSACTIONS,
    **programs_finance.TRANSACTIONS,
    **programs_reference.TRANSACTIONS,
    **exportmi.TRANSACTIONS,
}


@dataclass(frozen=True)
class Options:
    """What the matrix parameters, or the members of a bulk call, ask for."""

    maxrecs: int
    columns: tuple[str, ...] = ()
    excludes_empty: bool = False
    trims: bool = False
    cono: str = ""
    divi: str | None = None


def run(site: Site, tenant: Tenant, path: tuple[str, str], given: dict[str, str], options: Options) -> list[Row]:
    """Return the records of a transaction as they are written.

    Args:
        site: the clock and the settings.
        tenant: whose data.
        path: program and transaction.
        given: the inputs; those that the transaction does not have are ignored.
        options: how the answer is to look.

    Raises:
        Nok: when the transaction fails.
    """
    transaction = _transaction(site, *path)
    inputs = _inputs(transaction, given)
    user, cono, divi = _context(tenant, inputs, options)
    if set(site.switches.failing_values) & set(inputs.values()):
        raise generic("Transaction could not be carried out")
    rows = PROGRAMS[transaction.path](Call(site, tenant, transaction, inputs, user, cono, divi))
    if not rows and transaction.path in site.switches.nok_when_empty:
        raise generic("Record does not exist")
    shown = rows[: options.maxrecs] if options.maxrecs else rows
    return _Writer(site, transaction, options).write(shown)


def _transaction(site: Site, program: str, name: str) -> Transaction:
    path = f"{program}/{name}"
    if path not in REPOSITORY.transactions or path in site.switches.missing_transactions:
        raise Nok(f"Transaction {name} of program {program} was not found", "", "", "TransactionNotFound")
    if program in site.switches.blocked_programs:
        raise generic(f"Not authorized to run program {program}")
    return REPOSITORY.transactions[path]


def _inputs(transaction: Transaction, given: dict[str, str]) -> dict[str, str]:
    """Return the inputs that the transaction knows, as the tables keep them; a blank division counts as given."""
    known = {name: text.rstrip() for name, text in given.items() if name in transaction.inputs}
    for name, must in transaction.inputs.items():
        if must and (name not in known or (not known[name] and name != "DIVI")):
            raise Nok(f"Mandatory field {name} missing", "", name, "MandatoryInputFieldNotFound")
    for name, text in known.items():
        if len(text) > REPOSITORY.inputs[name].length:
            raise Nok(f"Value of field {name} is too long", "", name, "InputFieldTooLong")
    try:
        return {name: _input(REPOSITORY.inputs[name], text) for name, text in known.items()}
    except ValueError as error:
        raise generic(str(error), str(error)[:4]) from None


def _input(item: Field, text: str) -> str:
    return taken(item, text) if text else ""


def _context(tenant: Tenant, inputs: dict[str, str], options: Options) -> tuple[Row, str, str]:
    """Return the user, and the company and division that apply: the inputs, else the matrix, else the user's own."""
    users = list(tenant.tables["CMNUSR"].rows.values())
    mine = [row for row in users if row["USID"] == users[0]["USID"]]
    cono = inputs.get("CONO") or options.cono or mine[0]["CONO"]
    if cono not in {row["CONO"] for row in mine}:
        raise Nok(f"Not authorized for company {cono}", "XAU0008", "CONO")
    default = next(row["DIVI"] for row in mine if row["CONO"] == cono)
    asked = default if options.divi is None else options.divi
    return mine[0], cono, inputs.get("DIVI", asked)


class _Writer:
    """Writes records: the columns asked for, every value a text."""

    def __init__(self, site: Site, transaction: Transaction, options: Options) -> None:
        gone = site.switches.missing_fields.get(transaction.path, [])
        fields = [item for item in transaction.outputs.values() if item.name not in gone]
        if options.columns:
            fields = [item for item in fields if item.name in options.columns]
        pads = site.switches.pad_values and not options.trims
        blanks = {"A": "", "N": "0", "D": site.switches.empty_date}
        self._columns = [
            (item.name, blanks[item.kind], item.length if pads and item.kind == "A" else 0) for item in fields
        ]
        self._decimals = [item for item in fields if item.kind == "N" and item.decimals]
        self._excludes_empty = options.excludes_empty

    def write(self, rows: list[Row]) -> list[Row]:
        """Return the records."""
        return [self._record(row) for row in rows]

    def _record(self, row: Row) -> Row:
        made = {name: (row.get(name) or blank).ljust(width) for name, blank, width in self._columns}
        for item in self._decimals:
            made[item.name] = written(item, made[item.name], row.get("CUCD", ""))
        if self._excludes_empty:
            return {name: text for name, text in made.items() if text and not text.isspace()}
        return made


def error_members(site: Site, nok: Nok) -> dict[str, Any]:
    """Return the members that describe an error; its message is padded with blanks."""
    text = f"{nok.message} {nok.code} {nok.field}".rstrip() if site.switches.message_has_code else nok.message
    made = {"errorMessage": text.ljust(50) if nok.code else text, "errorType": nok.kind}
    made |= {"errorCode": nok.code} if nok.code else {}
    return made | ({"errorField": nok.field} if nok.field else {})
