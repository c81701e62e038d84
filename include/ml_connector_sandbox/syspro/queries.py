"""The queries made for one purpose: a supplier, an order, a list of orders, ledger codes, OData operators, dimensions.

Options, filters and roots: https://github.com/LuntuSYSPRO/myGitHub-rep (``business_objects_catalog.json``); the answer
of PORQRY: traffic of https://github.com/wildland/syspro-ruby (``test/cassettes``). Names of repeated elements that
neither shows (those within APSQRY, GENQ08, GENQCD and COMQOD) and error texts are ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from starlette.responses import Response

from .call import Call
from .company import Values
from .markup import BareError, Node, document, is_yes, money, shown, text_of
from .schema import TABLES

SYSTEM_INFORMATION: Node = ("SystemInformation", [("Program", "ENET"), ("Language", "05")])
"""The block of report-like queries; its content is not published."""
_LINE_TYPES = {"1": "Stocked", "4": "Freight", "5": "Miscellaneous charge", "6": "Comment", "7": "Non-stocked"}
_LINE_OPTIONS = {
    "1": "IncludeStockedLines", "4": "IncludeFreightLines", "5": "IncludeMiscellaneousLines",
    "6": "IncludeCommentLines", "7": "IncludeNonStockedLines",
}  # fmt: skip
_ACCOUNTS = {
    "A": "IncludeAssets", "L": "IncludeLiabilities", "C": "IncludeCapital", "R": "IncludeRevenue",
    "E": "IncludeExpenses", "S": "IncludeStatistical", "T": "IncludeTemplate",
}  # fmt: skip
_EDITED = ("MOrderQty", "MReceivedQty", "MPrice", "MForeignPrice")


def _fields(table: str, values: Values, names: Iterable[str] = ()) -> list[Node]:
    columns = TABLES[table].all_columns
    return [(name, shown(values[name], columns[name])) for name in names or columns]


def _option(call: Call, name: str, *, default: bool = True) -> bool:
    return is_yes(call.document, f"Option/{name}", default=default)


def supplier(call: Call) -> Response:
    """APSQRY: one supplier, with its invoices, receipts and registrations where asked."""
    code = call.padded(text_of(call.document, "Key/Supplier"))
    values = call.company.get("ApSupplier", code)
    if values is None:
        raise BareError(f"ERROR: Supplier '{code}' not found")
    address = call.company.get("ApSupplierAddr", code)
    fields = _fields("ApSupplier", values)
    if address is not None:
        fields += [field for field in _fields("ApSupplierAddr", address) if field[0] not in values]
    lists: list[Node] = []
    for option, table, name in (
        ("IncludeInvoices", "ApInvoice", "Invoice"),
        ("IncludeGoodsReceivedNotes", "GrnDetails", "GoodsReceivedNote"),
        ("IncludeRegisteredInvoices", "ApRegInvoice", "RegisteredInvoice"),
    ):
        if _option(call, option, default=False):
            rows = [row for row in call.company.all(table) if row["Supplier"] == code]
            lists.append((f"{name}s", [(name, _fields(table, row)) for row in rows]))
    return document("ApQuery", [SYSTEM_INFORMATION, ("Supplier", fields), *lists])


def order(call: Call) -> Response:
    """PORQRY: one order with its lines, numbers edited with commas beside an ``Unedited_`` twin."""
    number = call.padded(text_of(call.document, "Key/PurchaseOrder"))
    header = call.company.get("PorMasterHdr", number)
    if header is None:
        raise BareError(f"ERROR: Purchase order '{number}' not found")
    only = text_of(call.document, "Filter/LineNo")
    lines: list[Node] = []
    for line in call.company.lines(number):
        if not _option(call, _LINE_OPTIONS.get(line["LineType"], "IncludeOthers")) or (
            only.isdigit() and int(only) != line["Line"]
        ):
            continue
        if line["MCompleteFlag"] == "Y" and not _option(call, "IncludeCompletedLines"):
            continue
        lines.append(("PurchaseOrderLine", [("Merchandise", _line(line))]))
    if _option(call, "IncludeGrns", default=False):
        rows = [row for row in call.company.all("GrnDetails") if row["PurchaseOrder"] == number]
        lines.append(("Grns", [("Grn", _fields("GrnDetails", row)) for row in rows]))
    return document("PorDetail", [*_fields("PorMasterHdr", header), *lines])


def _line(line: Values) -> list[Node]:
    made: list[Node] = []
    for name, text in _fields("PorMasterDetail", line):
        made.append((name, money(line[name], 3) if name in _EDITED else text))
        if name in _EDITED:
            made.append((f"Unedited_{name}", text))
        if name == "LineType":
            made.append(("LineTypeDescription", _LINE_TYPES.get(line["LineType"], "")))
    return made


def orders(call: Call) -> Response:
    """PORQPO: orders by filters; the way to poll by date where there is no OData."""
    filters = {
        "Supplier": "Supplier", "Customer": "Customer", "Currency": "Currency", "Buyer": "Buyer",
        "PurchaseOrder": "PurchaseOrder", "OrderDate": "OrderEntryDate",
    }  # fmt: skip
    made: list[Node] = []
    for row in sorted(call.company.all("PorMasterHdr"), key=lambda values: str(values["PurchaseOrder"])):
        if row["OrderStatus"] == "9" and not _option(call, "IncludeCompletedOrders", default=False):
            continue
        if row["CancelledFlag"] == "Y" and not _option(call, "IncludeCancelledOrders", default=False):
            continue
        if all(_meets(call.document.find(f"Filter/{name}"), row[column]) for name, column in filters.items()):
            made.append(("PurchaseOrderItem", _ordered_item(row)))
    return document("PorQuery", [SYSTEM_INFORMATION, *made])


def _ordered_item(row: Values) -> list[Node]:
    names = ("PurchaseOrder", "OrderStatus", "Supplier", "DeliveryName", "OrderDueDate", "MemoDate", "OrderType")
    return [*_fields("PorMasterHdr", row, names), ("MemoCode", "")]


def _meets(element: ET.Element | None, value: Any) -> bool:
    """Return whether a value meets a filter: A all, S single, L list, R range, GT and LT."""
    if element is None:
        return True
    kind, given = element.get("FilterType", "A"), element.get("FilterValue", "")
    text, parts = "" if value is None else str(value), [part.strip() for part in given.split(",")]
    if kind == "S":
        return text == given.strip()
    if kind == "L":
        return text in parts
    if kind == "R":
        return parts[0] <= text and (not parts[-1] or text <= parts[-1])
    return {"GT": text > given, "LT": text < given}.get(kind, True)


def accounts(call: Call) -> Response:
    """GENQ08: the ledger codes of the company."""
    made: list[Node] = [
        ("GlAccount", _fields("GenMaster", row))
        for row in sorted(call.company.all("GenMaster"), key=lambda values: str(values["GlCode"]))
        if _option(call, _ACCOUNTS.get(row["AccountType"], "IncludeOthers"))
        and all(_meets(call.document.find(f"Filter/{name}"), row[name]) for name in ("GlGroup", "GlCode"))
    ]
    return document("GlListOfAccounts", [SYSTEM_INFORMATION, *made])


def account(call: Call) -> Response:
    """GENQGL: one ledger code."""
    code = text_of(call.document, "key/LedgerCode")
    values = call.company.get("GenMaster", text_of(call.document, "key/Company") or call.company.name, code)
    if values is None:
        raise BareError(f"ERROR: Ledger code '{code}' not found")
    details = [("LedgerCode", code), *_fields("GenMaster", values, ("Description", "AccountType", "ExpenseType"))]
    return document("GLStructureQuery", [("LedgerDetails", details)])


def odata_operators(call: Call) -> Response:
    """COMQOD: the operators enabled for OData, whether its service has read them yet or not."""
    wanted = call.document.find("Filter/UserName")
    made: list[Node] = [
        ("Operator", [("Operator", item.code), ("UserName", item.email)])
        for item in call.company.operators.values()
        if item.odata and _meets(wanted, item.email)
    ]
    return document("OdataOperators", [SYSTEM_INFORMATION, *made])


def dimensions(call: Call) -> Response:
    """GENQCD: the codes of financial dimensions."""
    names = ("DimensionCode", "DimensionCategory")
    made: list[Node] = [
        ("Dimension", _fields("GenDimension", row))
        for row in call.company.all("GenDimension")
        if all(_meets(call.document.find(f"Filter/{name}"), row[name]) for name in names)
        and (row["ActiveToDate"] is None or row["ActiveToDate"] >= call.company.today()
             or _option(call, "IncludeInactive", default=False))
    ]  # fmt: skip
    return document("GLFinancialDimensionCodes", [SYSTEM_INFORMATION, *made])
