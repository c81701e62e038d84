"""Business object documents: suppliers, orders, receipts, invoices and accounts as XML.

Namespace, envelope and paths are those that github.com/Fellow-Consulting-AG/docbits reads from M3 in production;
release and version numbers, the text of BODID, TenantID and the words of the status codes are our convention.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from .tables import SCHEMAS
from .tenant import Row
from .values import moment_of, number_of, plain, written

NAMESPACE = "http://schema.infor.com/InforOAGIS/2"
LOGICAL_ID = "lid://infor.m3.m3"
_ORDER_STATUS = (("85", "Closed"), ("80", "Invoiced"), ("70", "Received"), ("", "Open"))
_SUPPLIER_STATUS = {"10": "Preliminary", "20": "Active"}


@dataclass(frozen=True)
class Snapshot:
    """A document's rows at the time it was sent."""

    noun: str
    row: Row
    supplier: Row
    inside: tuple[Row, ...] = ()
    addresses: tuple[Row, ...] = ()
    postings: tuple[Row, ...] = ()
    """An invoice's voucher."""


@dataclass(frozen=True)
class Envelope:
    """What is around a document."""

    tenant: str
    key: str
    variation: int
    action: str
    at: datetime

    @property
    def instant(self) -> str:
        """The moment it was sent, in XML."""
        return self.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def document(held: Snapshot, envelope: Envelope) -> bytes:
    """Return the XML of a document."""
    root = Element(f"Sync{held.noun}", {"xmlns": NAMESPACE, "releaseID": "9.2", "versionID": "2.14.0"})
    area = SubElement(root, "ApplicationArea")
    sender = SubElement(area, "Sender")
    _text(sender, "LogicalID", LOGICAL_ID)
    _text(sender, "ConfirmationCode", "OnError")
    _text(area, "CreationDateTime", envelope.instant)
    seconds = int(envelope.at.timestamp())
    _text(area, "BODID", f"infor.m3.m3:{seconds}:{envelope.key}?{held.noun}&verb=Sync")
    data = SubElement(root, "DataArea")
    sync = SubElement(data, "Sync")
    _text(sync, "TenantID", envelope.tenant)
    _text(sync, "AccountingEntityID", _entity(held))
    _text(sync, "LocationID", held.row.get("WHLO", ""))
    criteria = SubElement(sync, "ActionCriteria")
    SubElement(criteria, "ActionExpression", {"actionCode": envelope.action})
    _NOUNS[held.noun](SubElement(data, held.noun), held, envelope)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(tostring(root, encoding="utf-8"))


def _entity(held: Snapshot) -> str:
    """Return company and division, ``100_AAA``; suppliers belong to the company."""
    divi = held.row.get("DIVI", "")
    return f"{held.row['CONO']}_{divi}" if divi else held.row["CONO"]


def _text(parent: Element, path: str, text: str, **attributes: str) -> Element:
    """Add the elements of a path, and a text in the last one."""
    *upper, last = path.split("/")
    for name in upper:
        found = parent.find(name)
        parent = SubElement(parent, name) if found is None else found
    made = SubElement(parent, last, attributes)
    made.text = text
    return made


def _document_id(parent: Element, held: Snapshot, envelope: Envelope, number: str) -> None:
    attributes = {"accountingEntity": _entity(held), "variationID": str(envelope.variation)}
    if held.row.get("WHLO"):
        attributes["location"] = held.row["WHLO"]
    _text(parent, "DocumentID/ID", number, **attributes)


def _instant(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00Z" if day else ""


def _amount(row: Row, table: str, name: str, currency: str, *, positive: bool = False) -> str:
    text = row[name].lstrip("-") if positive else row[name]
    return written(SCHEMAS[table].columns[name], text, currency)


def _party(parent: Element, supplier: Row) -> None:
    party = SubElement(parent, "SupplierParty")
    _text(party, "PartyIDs/ID", supplier.get("SUNO", ""), accountingEntity=supplier.get("CONO", ""))
    _text(party, "Name", supplier.get("SUNM", ""))


def _supplier(noun: Element, held: Snapshot, envelope: Envelope) -> None:
    row = held.row
    attributes = {"accountingEntity": row["CONO"], "variationID": str(envelope.variation)}
    _text(noun, "PartyIDs/ID", row["SUNO"], **attributes)
    _text(noun, "PartyIDs/TaxID", row["VRNO"])
    _text(noun, "Name", row["SUNM"])
    for address in held.addresses:
        _address(SubElement(SubElement(noun, "Location"), "Address"), address)
    if row["PHNO"]:
        phone = SubElement(noun, "Communication")
        _text(phone, "ChannelCode", "Phone")
        _text(phone, "DialNumber", row["PHNO"])
    _text(noun, "Status/Code", _SUPPLIER_STATUS.get(row["STAT"], "Blocked"))
    _text(noun, "Classification/Codes/Code", row["SUCL"], listID="Supplier Group")
    for bank in held.inside:
        party = SubElement(noun, "FinancialParty")
        _text(party, "FinancialAccount/ID", bank["IBAN"] or bank["FIAN"] or bank["BKID"])
    if held.noun == "SupplierPartyMaster":
        _text(noun, "PaymentTermID", row["TEPY"])
        _text(noun, "PaymentMethodCode", row["PYME"])
        _text(noun, "BuyerPersonReference/IDs/ID", row["BUYE"])


def _address(parent: Element, row: Row) -> None:
    for number, name in enumerate(("ADR1", "ADR2", "ADR3", "ADR4"), 1):
        if row[name]:
            _text(parent, "AddressLine", row[name], sequence=str(number))
    _text(parent, "CityName", row["TOWN"])
    _text(parent, "CountryCode", row["CSCD"])
    _text(parent, "PostalCode", row["PONO"])


def _order(noun: Element, held: Snapshot, envelope: Envelope) -> None:
    row, currency = held.row, held.row["CUCD"]
    head = SubElement(noun, "PurchaseOrderHeader")
    _document_id(head, held, envelope, row["PUNO"])
    _text(head, "LastModificationDateTime", moment_of(row["LMTS"]).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _text(head, "Status/Code", _order_status(row))
    _party(head, {**held.supplier, "SUNO": row["SUNO"], "CONO": row["CONO"]})
    _text(head, "CustomerParty/BuyerContact/ID", row["BUYE"])
    location = SubElement(SubElement(head, "ShipToParty"), "Location", {"type": "Warehouse"})
    _text(location, "ID", row["WHLO"])
    _text(head, "OrderDateTime", _instant(row["PUDT"]))
    _text(head, "RequiredDeliveryDateTime", _instant(row["DWDT"]))
    total = sum((number_of(line, "LNAM") for line in held.inside), Decimal(0))
    item = SCHEMAS["MPLINE"].columns["LNAM"]
    _text(head, "ExtendedAmount", written(item, plain(total), currency), currencyID=currency)
    _text(head, "Classification/Codes/Code", row["ORTY"], listID="Purchase Order Types")
    for line in held.inside:
        _order_line(SubElement(noun, "PurchaseOrderLine"), line, currency)


def _order_status(row: Row) -> str:
    return next(word for status, word in _ORDER_STATUS if row["PUSL"] >= status)


def _order_line(parent: Element, row: Row, currency: str) -> None:
    _text(parent, "LineNumber", row["PNLI"])
    _text(parent, "SubLineNumber", row["PNLS"])
    item = SubElement(parent, "Item")
    _text(item, "ItemID/ID", row["ITNO"])
    if row["SITE"]:
        _text(item, "ItemID/ID", row["SITE"], schemeName="Supplier")
    _text(item, "Description", row["PITD"] or row["ITDS"])
    left = max(number_of(row, "ORQA") - number_of(row, "RVQA"), Decimal(0))
    for name, quantity in (("Quantity", row["ORQA"]), ("OpenQuantity", plain(left)), ("ReceivedQuantity", row["RVQA"])):
        _text(parent, name, quantity, unitCode=row["PUUN"])
    _text(parent, "UnitPrice/Amount", row["PUPR"], currencyID=currency)
    _text(parent, "UnitPrice/PerQuantity", row["PUCD"], unitCode=row["PPUN"])
    _text(parent, "ExtendedAmount", _amount(row, "MPLINE", "LNAM", currency), currencyID=currency)
    _text(parent, "Status/Code", _order_status(row))
    _text(parent, "RequiredDeliveryDateTime", _instant(row["DWDT"]))
    _text(parent, "PromisedDeliveryDateTime", _instant(row["CODT"]))


def _receipt(noun: Element, held: Snapshot, envelope: Envelope) -> None:
    row = held.row
    head = SubElement(noun, "ReceiveDeliveryHeader")
    _document_id(head, held, envelope, row["REPN"])
    _text(head, "DisplayID", row["REPN"])
    _text(head, "ShipFromParty/PartyIDs/ID", held.supplier.get("SUNO", ""))
    _text(head, "WarehouseLocation/ID", row["WHLO"])
    _text(head, "ActualDeliveryDateTime", _instant(row["TRDT"]))
    _text(head, "Status/Code", "Received")
    item = SubElement(noun, "ReceiveDeliveryItem")
    _text(item, "LineNumber", row["PNLI"])
    _text(item, "ItemID/ID", held.inside[0]["ITNO"] if held.inside else "")
    _text(item, "PurchaseOrderReference/DocumentID/ID", row["PUNO"])
    _text(item, "PurchaseOrderReference/LineNumber", row["PNLI"])
    _text(item, "ReceivedQuantity", row["RPQA"], unitCode=held.inside[0]["PUUN"] if held.inside else "EA")


def _invoice(noun: Element, held: Snapshot, envelope: Envelope) -> None:
    row, currency = held.row, held.row["CUCD"]
    head = SubElement(noun, "SupplierInvoiceHeader")
    _document_id(head, held, envelope, row["SINO"])
    _text(head, "DocumentDateTime", _instant(row["IVDT"]))
    _party(head, {**held.supplier, "SUNO": row["SUNO"], "CONO": row["CONO"]})
    for order in held.inside:
        _text(SubElement(head, "PurchaseOrderReference"), "DocumentID/ID", order["PUNO"])
    _text(head, "TotalAmount", _amount(row, "FPLEDG", "CUAM", currency, positive=True), currencyID=currency)
    for tax, basis in _taxes(held):
        part = SubElement(head, "Tax")
        _text(part, "Amount", tax, currencyID=currency)
        _text(part, "BasisAmount", basis, currencyID=currency)
    _text(head, "PaymentTerm/Description", row["TEPY"])


def _taxes(held: Snapshot) -> list[tuple[str, str]]:
    """Return tax and what it is reckoned from, for each VAT code of the voucher where it has several (inferred)."""
    row, currency = held.row, held.row["CUCD"]
    codes = sorted({posting["VTCD"] for posting in held.postings if posting["AT04"] != "0"} - {"0"})
    if len(codes) < 2:
        return [(_amount(row, "FPLEDG", "TXCU", currency), _amount(row, "FPLEDG", "TBCU", currency))]
    return [(_posted(held, code, vat=True), _posted(held, code, vat=False)) for code in codes]


def _posted(held: Snapshot, code: str, *, vat: bool) -> str:
    """Return what the voucher posts as VAT under a VAT code, or as what bears it; above zero as the total is."""
    mine = [row for row in held.postings if row["VTCD"] == code and (row["AT04"] != "0") is vat]
    total = abs(sum((number_of(row, "CUAM") for row in mine), Decimal(0)))
    return written(SCHEMAS["FPLEDG"].columns["TXCU"], plain(total), held.row["CUCD"])


def _account(noun: Element, held: Snapshot, envelope: Envelope) -> None:
    row = held.row
    attributes = {"accountingEntity": _entity(held), "variationID": str(envelope.variation)}
    _text(noun, "IDs/ID", row["AITM"], **attributes)
    _text(noun, "BaseChartOfAccounts/GLNominalAccount", row["AITM"])
    _text(noun, "AccountType", "BalanceSheet" if row["AT01"] == "1" else "ProfitAndLoss")
    _text(noun, "Description", row["TX40"])


def _code(noun: Element, held: Snapshot, envelope: Envelope) -> None:
    row = held.row
    attributes = {"accountingEntity": _entity(held), "variationID": str(envelope.variation)}
    _text(noun, "DocumentID/ID", f"{row['AITP']}-{row['AITM']}", **attributes)
    _text(noun, "ListID", f"Accounting Dimension {row['AITP']}")
    _text(noun, "CodeValue", row["AITM"], listID=f"Accounting Dimension {row['AITP']}")
    _text(noun, "Description", row["TX40"])


_NOUNS = {
    "SupplierPartyMaster": _supplier,
    "RemitToPartyMaster": _supplier,
    "PurchaseOrder": _order,
    "ReceiveDelivery": _receipt,
    "SupplierInvoice": _invoice,
    "ChartOfAccounts": _account,
    "CodeDefinition": _code,
}
