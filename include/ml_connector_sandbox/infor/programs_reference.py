"""Companies, divisions, users, customers, items, the MI repository and the server's time."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from .call import Call
from .errors import missing
from .metadata import REPOSITORY, Field, Transaction
from .tenant import Row
from .values import day, number_of, stamp, time_of_day


def lst_companies(call: Call) -> list[Row]:
    """Return the companies, or one."""
    return [row for row in call.tenant.rows("CMNCMP") if call.is_wanted(row, "CONO")]


def lst_divisions(call: Call) -> list[Row]:
    """Return the divisions of a company from DIVI on."""
    return [row for row in call.tenant.rows("CMNDIV", call.cono) if row["DIVI"] >= call.get("DIVI")]


def get_division(call: Call) -> list[Row]:
    """Return one division."""
    row = call.tenant.row("CMNDIV", call.cono, call.get("DIVI"))
    if row is None:
        raise missing("Division", call.get("DIVI"), "DIVI")
    return [row]


def get_user_data(call: Call) -> list[Row]:
    """Return the defaults of a user, of oneself when none is named."""
    return lst_cmp_divi(call)[:1]


def lst_cmp_divi(call: Call) -> list[Row]:
    """Return the companies and divisions of a user, the default first."""
    name = call.get("USID") or call.user["USID"]
    rows = [row for row in call.tenant.tables["CMNUSR"].rows.values() if row["USID"] == name]
    if not rows:
        raise missing("User", name, "USID")
    return rows


def get_server_time(call: Call) -> list[Row]:
    """Return date, time and stamp of the server."""
    zone = call.site.switches.time_zone
    return [{"DATE": day(call.now, zone), "TIME": time_of_day(call.now, zone), "LMTS": stamp(call.now)}]


def get_user(call: Call) -> list[Row]:
    """Return who is signed in."""
    return [call.user]


def lst_customers(call: Call) -> list[Row]:
    """Return customers from CUNO on that were changed after LMTS."""
    since = Decimal(call.get("LMTS") or "-1")
    return [row for row in call.rows("OCUSMA") if row["CUNO"] >= call.get("CUNO") and number_of(row, "LMTS") > since]


def search_customer(call: Call) -> list[Row]:
    """Return customers that the search index finds."""
    return call.found("OCUSMA", "CRS610")


def lst_items(call: Call) -> list[Row]:
    """Return items by change date, both days included."""
    last = call.get("TLMD") or "99999999"
    return [row for row in call.rows("MITMAS") if call.get("FLMD") <= row["LMDT"] <= last]


def get_item(call: Call) -> list[Row]:
    """Return one item."""
    row = call.tenant.row("MITMAS", call.cono, call.get("ITNO"))
    if row is None:
        raise missing("Item number", call.get("ITNO"), "ITNO")
    return [row]


def search_item(call: Call) -> list[Row]:
    """Return items that the search index finds."""
    return call.found("MITMAS", "MMS200")


def lst_field_info(call: Call) -> list[Row]:
    """Return the inputs (TRTP I) and outputs (O) of a program's transactions, as this release has them."""
    found = REPOSITORY.of_program(call.get("MINM"))
    if not found:
        raise missing("Program", call.get("MINM"), "MINM")
    wanted = [item for item in found if call.get("TRNM") in {"", item.name}]
    return [row for item in wanted for row in _fields(call, item) if call.is_wanted(row, "TRTP")]


def _fields(call: Call, item: Transaction) -> list[Row]:
    gone = call.site.switches.missing_fields.get(item.path, [])
    if item.path in call.site.switches.missing_transactions:
        return []
    inputs = [_field(item, "I", REPOSITORY.inputs[name], must) for name, must in item.inputs.items()]
    return inputs + [_field(item, "O", held, False) for held in item.outputs.values() if held.name not in gone]


def _field(item: Transaction, kind: str, held: Field, must: bool) -> Row:
    made = {"MINM": item.program, "TRNM": item.name, "TRTP": kind, "FLNM": held.name, "FLDS": held.meaning}
    return made | {
        "TYPE": held.kind,
        "LENG": str(held.length),
        "FLDP": str(held.decimals),
        "MAND": str(int(must)),
    }


TRANSACTIONS: dict[str, Callable[[Call], list[Row]]] = {
    "MNS095MI/Lst": lst_companies,
    "MNS100MI/LstDivisions": lst_divisions,
    "MNS100MI/GetBasicData": get_division,
    "MNS150MI/GetUserData": get_user_data,
    "MNS150MI/LstCmpDivi": lst_cmp_divi,
    "MRS001MI/LstAdtFieldInf": lst_field_info,
    "GENERAL/GetServerTime": get_server_time,
    "GENERAL/GetUserInfo": get_user,
    "GENERAL/GetCurrentUser": get_user,
    "CRS610MI/LstByNumber": lst_customers,
    "CRS610MI/SearchCustomer": search_customer,
    "MMS200MI/LstItmByChgDate": lst_items,
    "MMS200MI/GetItmBasic": get_item,
    "MMS200MI/SearchItem": search_item,
}
