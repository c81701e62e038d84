"""Tables and their columns, read from the notation of the ``tables_*`` modules.

One line a column: name; ``varchar<n>``, ``char<n>``, ``int``, ``dec<decimals>``, ``date`` or ``stamp`` (SQL's row
version); ``k`` for a part of the key, ``h`` for what the business object keeps but no table shows. Where a table's key
is not published, its rows may be alike: a hidden ``RowId`` tells them apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from . import tables_payables as ap
from . import tables_purchasing as po

Kind = Literal["varchar", "char", "int", "dec", "date", "stamp"]


@dataclass(frozen=True)
class Column:
    """One column; `size` is its length in characters or its number of decimals."""

    name: str
    kind: Kind
    size: int = 0
    is_key: bool = False
    is_hidden: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it holds text."""
        return self.kind in {"varchar", "char", "stamp"}


@dataclass(frozen=True)
class Table:
    """One table or view."""

    name: str
    all_columns: dict[str, Column]
    columns: dict[str, Column]
    key: tuple[str, ...]


def _table(name: str, notation: str) -> Table:
    made: dict[str, Column] = {}
    for line in notation.strip().splitlines():
        column, kind, *flags = line.split()
        word, size = re.fullmatch(r"([a-z]+)(\d*)", kind).groups()  # type: ignore[union-attr]
        made[column] = Column(column, cast("Kind", word), int(size or 0), "k" in flags, "h" in flags)
    shown = {column.name: column for column in made.values() if not column.is_hidden}
    return Table(name, made, shown, tuple(column.name for column in made.values() if column.is_key))


TABLES = {
    name: _table(name, notation)
    for name, notation in {
        "TblApTerms": ap.TBL_AP_TERMS,
        "TblCurrency": po.TBL_CURRENCY,
        "AdmTax": po.ADM_TAX,
        "ApBranch": ap.AP_BRANCH,
        "ApBank": ap.AP_BANK,
        "GenMaster": po.GEN_MASTER,
        "GenDimension": po.GEN_DIMENSION,
        "InvWhControl": po.INV_WH_CONTROL,
        "InvMaster": po.INV_MASTER,
        "InvWarehouse": po.INV_WAREHOUSE,
        "ApSupplier": ap.AP_SUPPLIER,
        "ApSupplierAddr": ap.AP_SUPPLIER_ADDR,
        "PorMasterHdr": po.POR_MASTER_HDR,
        "PorMasterDetail": po.POR_MASTER_DETAIL,
        "GrnDetails": po.GRN_DETAILS,
        "GrnAdjustment": po.GRN_ADJUSTMENT,
        "PorHistReceipt": po.POR_HIST_RECEIPT,
        "ApRegInvoice": ap.AP_REG_INVOICE,
        "ApInvoice": ap.AP_INVOICE,
        "ApInvoicePay": ap.AP_INVOICE_PAY,
        "GrnMatching": ap.GRN_MATCHING,
        "ApJnlSummary": ap.AP_JNL_SUMMARY,
        "ApJnlDistrib": ap.AP_JNL_DISTRIB,
        "GenJournalCtl": po.GEN_JOURNAL_CTL,
        "GenJournalDetail": po.GEN_JOURNAL_DETAIL,
    }.items()
}
"""Stored tables by name, those first that others refer to."""
AP_POSTING = _table("ApPosting", po.AP_POSTING)
"""A view that a site may have built; no SYSPRO table has this name."""
