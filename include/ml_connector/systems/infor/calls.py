"""Which MI transaction brings what, and the fields that are taken of it; all of it can be configured.

Programs, transactions, fields: M3's MI repository as the generated client https://github.com/GaryWayneSmith/M3H5
(`M3H5Lib.Api`) carries it. Layouts differ by release, so the set-up check proves each.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class MiCall(BaseModel):
    """One MI transaction.

    Args:
        program: e.g. ``CRS620MI``.
        transaction: e.g. ``LstSuppliers``.
        returns: the fields taken, by our names, which are the defaults' own.
        fields: our name of a field → this tenant's, where it differs, for inputs and outputs alike.
        start: the input that positions a list, inclusive, for reading it page by page; "" reads it at once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    program: str
    transaction: str
    returns: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    start: str = ""

    @property
    def name(self) -> str:
        """Return what it is called, e.g. ``CRS620MI/LstSuppliers``."""
        return f"{self.program}/{self.transaction}"

    def field(self, name: str) -> str:
        """Return this tenant's name of a field."""
        return self.fields.get(name, name)


def _call(name: str, returns: str = "", start: str = "") -> MiCall:
    program, _, transaction = name.partition("/")
    return MiCall(program=program, transaction=transaction, returns=tuple(returns.split()), start=start)


CALLS: dict[str, MiCall] = {
    "server_time": _call("GENERAL/GetServerTime", "DATE TIME LMTS"),
    "user": _call("MNS150MI/GetUserData", "CONO DIVI"),
    "divisions": _call("MNS100MI/LstDivisions", "CONO DIVI"),
    "metadata": _call("MRS001MI/LstAdtFieldInf", "FLNM"),
    "export": _call("EXPORTMI/Select", "REPL"),
    "export_columns": _call("EXPORTMI/LstFields", "FLDN"),
    "supplier_list": _call("CRS620MI/LstSuppliers", "SUNO SUNM PHNO CSCD CUCD TEPY VTCD TINO", start="FRSU"),
    "supplier": _call(
        "CRS620MI/GetBasicData", "SUNO SUNM STAT VRNO TINO PHNO CSCD CUCD TEPY VTCD"
    ),
    "supplier_addresses": _call(
        "CRS620MI/LstAddresses", "SUNO ADTE ADID STDT ADR1 ADR2 ADR3 ADR4 TOWN ECAR PONO CSCD"
    ),
    "supplier_references": _call("CRS620MI/LstSupplierRef", "SUNO RFTY RFID YRE1 PHNO EMAL"),
    "order_head": _call(
        "PPS001MI/GetHeadBasic", "CONO DIVI WHLO PUNO ORTY PUSL PUST PUDT SUNO CUCD TEPY DWDT YRE1"
    ),
    "order_totals": _call("PPS200MI/GetHead", "PUNO NTAM COAM"),
    "order_lines": _call(
        "PPS200MI/LstLine",
        "PUNO PNLI PNLS ITNO ITDS PITD PUUN PUPR PUCD PPUN LNAM ORQA RVQA IVQA PUSL PUST VTCD DWDT WHLO",
    ),
    "order_search": _call("PPS200MI/SearchHead", "PUNO PUSL"),
    "order_line_search": _call("PPS200MI/SearchLine", "PUNO"),
    "invoice": _call(
        "APS200MI/GetInvTotInfo",
        "YEA4 JRNO JSNO TRCD SPYN SUNO SINO INYR VSER VONO CUCD ARAT CUAM ACAM VTAM TXCU IVDT DUDT TEPY",
    ),
    "invoice_entry": _call("APS200MI/GetInvoice", "DIVI SPYN SUNO SINO INYR TRCD"),
    "invoice_search": _call("APS200MI/SearchSupInvoic", "DIVI YEA4 JRNO JSNO"),
    "voucher_lines": _call(
        "GLS200MI/LstVoucherLines",
        "JRNO JSNO AIT1 AIT2 AIT3 AIT4 AIT5 AIT6 AIT7 DBCR CUAM CUCD VTXT VTCD VTP1 AT04",
    ),
    "vouchers_by_date": _call("GLS200MI/LstVouchersByDt", "DIVI YEA4 JRNO JSNO FEID TRCD"),
    "batch_numbers": _call("APS450MI/LstInvBatchNo", "INBN SUNO SINO"),
    "batch_head": _call("APS450MI/GetHead", "SINO SPYN SUNO IVDT VONO VSER PUNO"),
    "batch_lines": _call("APS450MI/LstLines", "TRNO RDTP NLAM VTA1 VTA2 VTCD PUNO PNLI PNLS IVQA PUUN ITNO POPN"),
    "accounts": _call(
        "CRS630MI/LstAccountID",
        "DIVI AITP AITM TX40 TX15 AT01 AT02 AT03 AT04 AT08 AT11 AT12 LCCD STOA VFDT VTDT",
        start="AITM",
    ),
    "items": _call("MMS200MI/LstItmByChgDate", "ITNO ITDS UNMS STAT"),
    # Orders into M3. That the batch entry program is PPS370MI is public, its transactions are M3's usual ones;
    # neither they nor their fields have been seen in a public text.
    "entry_start": _call("PPS370MI/StartEntry", "MSGN"),
    "entry_head": _call("PPS370MI/AddHead", "PUNO"),
    "entry_line": _call("PPS370MI/AddLine", "PNLI"),
    "entry_finish": _call("PPS370MI/FinishEntry"),
}  # fmt: skip
"""Our name of a call → the transaction it is at most tenants."""

WRITES = frozenset({"entry_start", "entry_head", "entry_line", "entry_finish"})
"""The only calls that change something: any transaction can be reached by GET, so everything else is refused."""
READING = ("Get", "Lst", "List", "Search", "Sel")
"""How the names of transactions begin that change nothing."""
