"""What M3 fills in where a record says nothing, table by table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from . import world
from .settings import Settings
from .tenant import Row, Tenant
from .values import amount, number_of, plain

Filler = Callable[[Tenant, Settings, Row, str], Row]
"""Tenant, settings, what is given and today's date → what to add; columns that are given stay as they are."""


def days_after(day: str, days: int) -> str:
    """Return a date `days` later, ``yyyyMMdd``."""
    moment = datetime.strptime(day, "%Y%m%d") + timedelta(days=days)  # noqa: DTZ007 - a calendar date
    return moment.strftime("%Y%m%d")


def _number(tenant: Tenant, row: Row, column: str, first: int) -> Row:
    return {} if column in row else {column: tenant.next(column, first)}


def supplier(_tenant: Tenant, _settings: Settings, row: Row, _today: str) -> Row:
    """Defaults of CIDMAS; STAT 20 is definite (inferred)."""
    made = {"SUNM": row["SUNO"], "ALSU": row["SUNO"], "STAT": "20", "LNCD": "GB", "CSCD": "SE", "SUCL": "RAW"}
    made |= {"ORTY": "P10", "TEDL": "DAP", "MODL": "TRK", "CUCD": "SEK", "CRTP": "1", "TEPY": "30D", "PYME": "BGC"}
    return made | {"PRSU": row["SUNO"], "BUYE": world.CLERK, "RESP": world.CLERK}


def _supplier_of(tenant: Tenant, row: Row) -> Row:
    return tenant.row("CIDMAS", row["CONO"], row.get("SUNO", "")) or {}


def address(tenant: Tenant, _settings: Settings, row: Row, _today: str) -> Row:
    """Defaults of CIDADR."""
    owner = _supplier_of(tenant, row)
    made = {"ADTE": "1", "ADID": "MAIN", "STDT": "20240101", "SUNM": owner.get("SUNM", "")}
    return made | {"CSCD": owner.get("CSCD", "")}


def contact(_tenant: Tenant, _settings: Settings, _row: Row, _today: str) -> Row:
    """Defaults of CIDREF."""
    return {"RFTY": "1", "RFID": "SALES"}


def bank(_tenant: Tenant, _settings: Settings, row: Row, _today: str) -> Row:
    """Defaults of CBANAC; BKTP 3 is a supplier's account (inferred)."""
    return {"DIVI": "", "BKTP": "3", "BKID": "1", "STAT": "20", "ACHO": row.get("SUNO", "")}


def item(_tenant: Tenant, _settings: Settings, row: Row, _today: str) -> Row:
    """Defaults of MITMAS."""
    return {"ITDS": row["ITNO"][:30], "UNMS": "EA", "STAT": "20", "ITTY": "100", "ITGR": "GEN", "VTCD": "1"}


def customer(_tenant: Tenant, _settings: Settings, row: Row, _today: str) -> Row:
    """Defaults of OCUSMA."""
    return {"CUNM": row["CUNO"], "STAT": "20", "CSCD": "SE", "CUCD": "SEK", "TEPY": "30D"}


def account(_tenant: Tenant, _settings: Settings, row: Row, _today: str) -> Row:
    """Defaults of FCHACC: the first digit tells balance sheet from profit and loss."""
    made = {"DIVI": world.DIVISION, "AITP": "1", "TX40": row["AITM"], "TX15": row.get("TX40", row["AITM"])[:15]}
    if row.get("AITP", "1") == "1" and not {"AT01", "AT02"} & set(row):
        made["AT01" if row["AITM"][:1] in {"1", "2"} else "AT02"] = "1"
    return made | {"VFDT": "20100101", "VTDT": "20991231"}


def order(tenant: Tenant, _settings: Settings, row: Row, today: str) -> Row:
    """Defaults of MPHEAD, most of them the supplier's; status 20 is printed (inferred)."""
    owner = _supplier_of(tenant, row)
    day = row.get("PUDT") or today
    made = {"DIVI": world.DIVISION, "FACI": world.FACILITY, "WHLO": world.WAREHOUSE, "ORTY": "P10", "POTC": "20"}
    made |= {"PUSL": row.get("PUST", "20"), "PUST": row.get("PUSL", "20"), "PUDT": day, "DATE": day}
    made |= {"DWDT": days_after(day, 14), "BUYE": world.CLERK, "PURC": world.CLERK, "CONM": "Acme Sweden AB"}
    names = ("CUCD", "TEPY", "MODL", "TEDL", "LNCD", "CSCD", "PRSU")
    made |= {name: owner.get(name, "") for name in names}
    made |= {"CUCD": owner.get("CUCD", "SEK"), "PRSU": owner.get("PRSU") or row.get("SUNO", "")}
    made |= {"LOCD": _local(tenant, {**made, **row}), **_number(tenant, row, "PUNO", 4500001)}
    return made | _names({**made, **row})


def _names(row: Row) -> Row:
    made = {"TXCU": world.CURRENCIES.get(row["CUCD"], ("",))[0], "TXPY": world.TERM_NAMES.get(row["TEPY"], "")}
    made |= {"TXMO": world.DELIVERY_METHODS.get(row["MODL"], ""), "TXDL": world.DELIVERY_TERMS.get(row["TEDL"], "")}
    return made


def _local(tenant: Tenant, row: Row) -> str:
    division = tenant.row("CMNDIV", row["CONO"], row.get("DIVI", "")) or {}
    return division.get("LOCD", "SEK")


def rate(tenant: Tenant, row: Row) -> Decimal:
    """Return the rate of the row's currency in the local one of its division."""
    local = Decimal(world.CURRENCIES.get(_local(tenant, row), ("", "1"))[1])
    return round(Decimal(world.CURRENCIES.get(row.get("CUCD", ""), ("", "1"))[1]) / local, 7)


def line(tenant: Tenant, _settings: Settings, row: Row, _today: str) -> Row:
    """Defaults of MPLINE: the head's, the item's and the amounts; status 35 is confirmed (inferred)."""
    head = tenant.row("MPHEAD", row["CONO"], row["PUNO"]) or {}
    held = tenant.row("MITMAS", row["CONO"], row.get("ITNO", "")) or {}
    names = ("DIVI", "FACI", "WHLO", "SUNO", "PUSL", "PUST", "BUYE", "PURC", "DWDT", "POTC", "MODL", "TEDL", "LOCD")
    made = {name: head.get(name, "") for name in names} | {"PNLS": "0", "PUCD": "1", "ORQA": "0", "PUPR": "0"}
    if "PNLI" not in row:
        lines = tenant.rows("MPLINE", row["CONO"], row["PUNO"])
        made["PNLI"] = plain(max((number_of(item, "PNLI") for item in lines), default=Decimal(0)) + 1)
    made |= {"ITDS": held.get("ITDS", ""), "PITD": held.get("ITDS", ""), "VTCD": held.get("VTCD", "0")}
    unit = row.get("PUUN") or held.get("UNMS") or "EA"
    made |= {"UNMS": held.get("UNMS", unit), "PUUN": unit, "PPUN": unit}
    made |= line_amounts(tenant, {**made, **row, "CUCD": head.get("CUCD", "")})
    if (row.get("PUST") or made["PUST"]) >= "35":
        made |= {"CFQA": row.get("ORQA", "0"), "CPPR": row.get("PUPR", "0"), "CODT": row.get("DWDT", made["DWDT"])}
    return made


def line_amounts(tenant: Tenant, row: Row) -> Row:
    """Return the amounts of an order line: PUPR for PUCD units, less three discounts in percent (inferred)."""
    net = number_of(row, "ORQA") * number_of(row, "PUPR") / (number_of(row, "PUCD") or Decimal(1))
    for name in ("ODI1", "ODI2", "ODI3"):
        net *= 1 - number_of(row, name) / 100
    net, local = amount(net, row.get("CUCD", "")), rate(tenant, row)
    made = {"LNAM": plain(net), "SAAM": plain(amount(net * local)), "ORQT": row.get("ORQA", "0")}
    return made | {"CUPR": plain(round(number_of(row, "PUPR") * local, 4))}


def receipt(tenant: Tenant, settings: Settings, row: Row, today: str) -> Row:
    """Defaults of MPLIND."""
    held = tenant.row("MPLINE", row["CONO"], row["PUNO"], row.get("PNLI", "1"), row.get("PNLS", "0")) or {}
    made = {"PNLI": "1", "PNLS": "0", "PNLX": "0", "PRTR": settings.receipt_type, "TRDT": today, "PUOS": "75"}
    made |= {"FACI": held.get("FACI", ""), "WHLO": held.get("WHLO", ""), "RESP": world.CLERK}
    made |= {"RPQA": held.get("ORQA", "0"), **_number(tenant, row, "REPN", 6000001)}
    return made | {"RPQT": row.get("RPQA", made["RPQA"])}


def invoice(tenant: Tenant, _settings: Settings, row: Row, today: str) -> Row:
    """Defaults of FPLEDG; a supplier invoice (TRCD 40) is a credit, so its CUAM is below zero (inferred)."""
    owner = _supplier_of(tenant, row)
    day = row.get("IVDT") or row.get("ACDT") or today
    made = {"DIVI": world.DIVISION, "TRCD": "40", "SPYN": owner.get("PRSU") or row.get("SUNO", ""), "IVDT": day}
    made |= {"INYR": day[:4], "ACDT": day, "CUCD": owner.get("CUCD", "SEK"), "TEPY": owner.get("TEPY", "30D")}
    made |= {"PYME": owner.get("PYME", ""), "SUCL": owner.get("SUCL", ""), "VSER": "200", "APRV": "1", "DCAM": "2"}
    made |= {"YEA4": row.get("ACDT", day)[:4], "JSNO": "1", "APCD": world.CLERK, "CRTP": "1", "TDSC": "AP invoice"}
    made |= _place(tenant, {**made, **row}, row)
    made |= {"DUDT": days_after(day, world.TERMS.get(row.get("TEPY", made["TEPY"]), 30))}
    made |= {"LOCD": _local(tenant, {**made, **row}), "ARAT": plain(rate(tenant, {**made, **row}))}
    return made | _invoice_amounts({**made, **row})


def _place(tenant: Tenant, row: Row, given: Row) -> Row:
    """Return where an invoice stands in the journal: where it already stands, else at the next numbers."""
    group = (row.get(name, "") for name in ("CONO", "DIVI", "SPYN", "SUNO", "SINO", "INYR"))
    held = [item for item in tenant.rows("FPLEDG", *group) if item["TRCD"] == row["TRCD"] == "40"]
    if held and "JRNO" not in given:
        return {name: held[0][name] for name in ("YEA4", "JRNO", "JSNO", "VONO")}
    return {**_number(tenant, given, "JRNO", 1201), **_number(tenant, given, "VONO", 26000401)}


def _invoice_amounts(row: Row) -> Row:
    currency, exchange = row["CUCD"], number_of(row, "ARAT")
    total, vat = number_of(row, "CUAM"), number_of(row, "VTAM")
    net = abs(total) - abs(vat)
    local = {name: amount(value * exchange) for name, value in (("ACAM", total), ("TBAM", net), ("TXAM", vat))}
    made = {name: plain(value) for name, value in local.items()}
    made |= {"TBCU": plain(amount(net, currency)), "TXCU": plain(vat)}
    return made | {"OCUA": plain(total), "OAMT": row.get("ACAM", made["ACAM"])}


def posting(tenant: Tenant, _settings: Settings, row: Row, today: str) -> Row:
    """Defaults of FGLEDG; DBCR 1 is debit, 2 credit (inferred)."""
    day = row.get("ACDT") or today
    made = {"DIVI": world.DIVISION, "ACDT": day, "OCDT": day, "YEA4": day[:4], "ACYP": day[:6], "CYP6": day[:6]}
    made |= {"TRCD": "40", "FEID": "AP50", "FNCN": "1", "VSER": "200", "VDSC": "Invoice", "CUCD": "SEK", "DCAM": "2"}
    made |= {**_number(tenant, row, "JRNO", 1201), **_number(tenant, row, "VONO", 26000401)}
    made |= {"ARAT": plain(rate(tenant, {**made, **row})), "APRV": "1"}
    whole = {**made, **row}
    made["ACAM"] = plain(amount(number_of(whole, "CUAM") * number_of(whole, "ARAT")))
    made["DBCR"] = "2" if number_of(row, "CUAM") < 0 or number_of(row, "ACAM") < 0 else "1"
    if "JSNO" not in row:
        lines = tenant.rows("FGLEDG", whole["CONO"], whole["DIVI"], whole["YEA4"], whole["VONO"])
        made["JSNO"] = plain(max((number_of(item, "JSNO") for item in lines), default=Decimal(0)) + 1)
    return made


def batch(tenant: Tenant, _settings: Settings, row: Row, today: str) -> Row:
    """Defaults of FAPIBH; SUPA 10 is entered (our convention)."""
    owner = _supplier_of(tenant, row)
    day = row.get("IVDT") or today
    made = {"DIVI": world.DIVISION, "IBTP": "20", "SUPA": "10", "SPYN": owner.get("PRSU") or row.get("SUNO", "")}
    made |= {"IVDT": day, "ACDT": day, "CUCD": owner.get("CUCD", "SEK"), "TEPY": owner.get("TEPY", "30D")}
    made |= {"PYME": owner.get("PYME", ""), "VRNO": owner.get("VRNO", ""), "YEA4": day[:4]}
    made |= {"DUDT": days_after(day, world.TERMS.get(row.get("TEPY", made["TEPY"]), 30))}
    made |= {"ARAT": plain(rate(tenant, {**made, **row})), "TOPA": row.get("CUAM", "0")}
    return made | _number(tenant, row, "INBN", 900001)


def batch_line(tenant: Tenant, _settings: Settings, row: Row, _today: str) -> Row:
    """Defaults of FAPIBL; RDTP 1 is an order line, 2 a charge, 3 tax (our convention)."""
    divi = row.get("DIVI", world.DIVISION)
    head = tenant.row("FAPIBH", row["CONO"], divi, row["INBN"]) or {}
    lines = tenant.rows("FAPIBL", row["CONO"], divi, row["INBN"])
    made = {"DIVI": divi, "RDTP": "1", "PUCD": "1", "CUCD": head.get("CUCD", ""), "PUUN": "EA", "PPUN": "EA"}
    made |= {"TRNO": plain(max((number_of(item, "TRNO") for item in lines), default=Decimal(0)) + 1)}
    price = number_of(row, "NEPR") or number_of(row, "GRPR")
    net = amount(number_of(row, "IVQA") * price / (number_of(row, "PUCD") or Decimal(1)), made["CUCD"])
    return made | {"PNLS": "0", "GRPR": plain(price), "NEPR": plain(price), "NLAM": plain(net), "GLAM": plain(net)}


def payment(_tenant: Tenant, _settings: Settings, row: Row, today: str) -> Row:
    """Defaults of FPAYPR."""
    made = {"DIVI": world.DIVISION, "PRPN": "1", "PYON": "1", "PDNB": "1", "PYDT": today, "SPYN": row.get("SUNO", "")}
    return made | {"PYAM": row.get("IVCU", "0"), "PYCU": row.get("CUCD", "SEK"), "CUCD": row.get("PYCU", "SEK")}


def _nothing(_tenant: Tenant, _settings: Settings, _row: Row, _today: str) -> Row:
    return {}


FILLERS: dict[str, Filler] = {
    "CMNCMP": _nothing, "CMNDIV": _nothing, "CMNUSR": _nothing, "CIDMAS": supplier, "CIDADR": address,
    "CIDREF": contact, "CBANAC": bank, "MITMAS": item, "OCUSMA": customer, "FCHACC": account, "MPHEAD": order,
    "MPLINE": line, "MPLIND": receipt, "FPLEDG": invoice, "FGLEDG": posting, "FAPIBH": batch, "FAPIBL": batch_line,
    "FPAYPR": payment,
}  # fmt: skip
