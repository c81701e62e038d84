"""The tables behind the transactions: their columns, keys and the tables inside them.

CIDMAS, CIDVEN, MPHEAD, MPLINE, FPLEDG, FGLEDG and FCHACC and their two-letter prefixes are named in public texts or
follow from M3's rule for column names; the names of the other tables are our convention. A column of a table is a
field of one of the transactions that read it, or a stamp.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .metadata import REPOSITORY, Field

STAMPS = {
    "RGDT": Field("RGDT", "D", 10, "Entry date"),
    "RGTM": Field("RGTM", "N", 6, "Entry time"),
    "LMDT": Field("LMDT", "D", 10, "Change date"),
    "CHNO": Field("CHNO", "N", 3, "Change number"),
    "CHID": Field("CHID", "A", 10, "Changed by"),
    "LMTS": Field("LMTS", "N", 18, "Timestamp"),
}


@dataclass(frozen=True)
class Schema:
    """One table.

    Args:
        keys: the columns that make a row.
        group: the columns by which rows are also found together.
        prefix: what EXPORTMI puts before each column.
        children: tables whose rows a seeded row may carry inside, by table name.
    """

    name: str
    keys: tuple[str, ...]
    group: tuple[str, ...]
    prefix: str
    read_by: tuple[str, ...]
    extra: tuple[Field, ...] = ()
    children: tuple[str, ...] = ()
    columns: dict[str, Field] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.columns.update({**REPOSITORY.fields(*self.read_by), **{item.name: item for item in self.extra}, **STAMPS})
        for name in (*self.keys, *self.group):
            self.columns.setdefault(name, REPOSITORY.inputs[name])


_SUPPLIER = ("CONO", "SUNO")
_ORDER = ("CONO", "PUNO")
_LINE = ("CONO", "PUNO", "PNLI", "PNLS")
_INVOICE = ("CONO", "DIVI", "SPYN", "SUNO", "SINO", "INYR")
_JOURNAL = ("CONO", "DIVI", "YEA4", "JRNO", "JSNO")
_ACRF = (Field("ACRF", "A", 8, "User-defined accounting control object"),)
_IN_DIVISION = (Field("DIVI", "A", 3, "Division"),)

_ALL = (
    Schema("CMNCMP", ("CONO",), (), "JI", ("MNS095MI/Lst",)),
    Schema("CMNDIV", ("CONO", "DIVI"), ("CONO",), "CC", ("MNS100MI/LstDivisions", "MNS100MI/GetBasicData")),
    Schema("CMNUSR", ("USID", "CONO", "DIVI"), ("USID",), "JU", ("MNS150MI/GetUserData",)),
    Schema("CIDMAS", _SUPPLIER, (), "ID", ("CRS620MI/LstSuppliers", "CRS620MI/GetBasicData"),
           children=("CIDADR", "CIDREF", "CBANAC")),
    Schema("CIDADR", (*_SUPPLIER, "ADTE", "ADID", "STDT"), _SUPPLIER, "SA", ("CRS620MI/GetAddress",)),
    Schema("CIDREF", (*_SUPPLIER, "RFTY", "RFID"), _SUPPLIER, "SR", ("CRS620MI/LstSupplierRef",)),
    Schema("CBANAC", ("CONO", "DIVI", "BKTP", "ACHO", "BKID"), ("CONO", "ACHO"), "BC", ("CRS692MI/LstByAccHolder",)),
    Schema("MITMAS", ("CONO", "ITNO"), (), "MM", ("MMS200MI/LstItmByChgDate",),
           extra=(Field("VTCD", "N", 2, "VAT code"), *_ACRF)),
    Schema("OCUSMA", ("CONO", "CUNO"), (), "OK", ("CRS610MI/LstByNumber",)),
    Schema("FCHACC", ("CONO", "DIVI", "AITP", "AITM"), ("CONO", "DIVI", "AITP"), "EA", ("CRS630MI/LstAccountID",)),
    Schema("MPHEAD", _ORDER, (), "IA", ("PPS001MI/GetHeadBasic", "PPS200MI/GetHead"), extra=_ACRF,
           children=("MPLINE", "MPLIND")),
    Schema("MPLINE", _LINE, _ORDER, "IB", ("PPS200MI/GetLine",), extra=(*_ACRF, *_IN_DIVISION)),
    Schema("MPLIND", (*_LINE, "PNLX", "REPN", "PRTR"), _ORDER, "IC", ("PPS200MI/LstLineTrans",)),
    Schema("FPLEDG", _JOURNAL, _INVOICE, "EP", ("APS200MI/GetInvTotInfo",), extra=_IN_DIVISION, children=("FGLEDG",)),
    Schema("FGLEDG", _JOURNAL, ("CONO", "DIVI", "YEA4", "VONO"), "EG",
           ("GLS200MI/LstVouchersByDt", "GLS200MI/LstVoucherLines")),
    Schema("FAPIBH", ("CONO", "DIVI", "INBN"), ("CONO", "SPYN"), "E5", ("APS450MI/GetHead",), children=("FAPIBL",)),
    Schema("FAPIBL", ("CONO", "DIVI", "INBN", "TRNO"), ("CONO", "DIVI", "INBN"), "E6", ("APS450MI/LstLines",)),
    Schema("FPAYPR", ("CONO", "DIVI", "PRPN", "PYON", "PDNB"), ("CONO", "DIVI"), "PP", ("APS130MI/LstInvByPayee",)),
)  # fmt: skip

SCHEMAS = {schema.name: schema for schema in _ALL}
"""Every table by name, parents before what is inside them."""

EXPORTED = {schema.name: (schema.name, schema.prefix) for schema in _ALL} | {"CIDVEN": ("CIDMAS", "II")}
"""Name in EXPORTMI → the table and its prefix; CIDVEN, the purchasing half of a supplier, has the rows of CIDMAS."""
