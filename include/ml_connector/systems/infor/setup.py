"""The set-up check: does this tenant know every configured program, transaction, field and exported column?

M3 describes its own transactions in MRS001MI/LstAdtFieldInf, which is how Infor's own client learns the fields
(https://github.com/infor-cloud/m3-h5-sdk, `runtime.ts`), and the columns of a table, whose two letters are inferred, in
EXPORTMI/LstFields (https://github.com/GaryWayneSmith/M3H5, `EXPORTMI`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ml_connector.domain.errors import ConfigurationError, Refused
from ml_connector.systems.infor.calls import CALLS, WRITES, MiCall
from ml_connector.systems.infor.discovery import COLUMNS, WRITING_COLUMNS
from ml_connector.systems.infor.mi import M3
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.wire import text

_BY_DISCOVERY = {
    "exportmi": {"export", "export_columns"},
    "search": {"order_search", "order_line_search", "invoice_search", "invoice_entry"},
    "status": {"order_search", "invoice_search", "invoice_entry"},
    "period": {"export", "export_columns", "vouchers_by_date", "invoice_entry"},
}
_OPTIONAL = frozenset().union(*_BY_DISCOVERY.values()) | {"batch_numbers", "batch_head", "batch_lines", "metadata"}


def needed(options: InforOptions, *, writes: bool) -> list[str]:
    """Return the calls that these options make."""
    batch = {"batch_numbers", "batch_head", "batch_lines"} if options.batch_link else set()
    chosen = _BY_DISCOVERY[options.discovery] | batch | (WRITES if writes else set())
    return [name for name in CALLS if name in chosen or name not in _OPTIONAL | WRITES]


def missing(m3: M3, *, writes: bool) -> list[str]:
    """Return what is missing, in words, each naming transaction, field and where to correct it; [] when all is there.

    Args:
        m3: the tenant.
        writes: whether orders are entered, too.
    """
    found: list[str] = []
    for name in needed(m3.options, writes=writes):
        found += _lacks(m3, name, m3.options.call(name))
    for table, names in exported(m3.options, writes=writes).items():
        found += _lacks_columns(m3, table, names)
    return found


def exported(options: InforOptions, *, writes: bool) -> dict[str, tuple[str, ...]]:
    """Return table → columns, without prefix, that these options export."""
    tables = {"exportmi": tuple(COLUMNS), "period": ("MPHEAD", "MPLINE")}.get(options.discovery, ())
    more = WRITING_COLUMNS if writes else {}
    return {table: (*COLUMNS[table], *more.get(table, ())) for table in tables}


def _lacks_columns(m3: M3, table: str, names: Sequence[str]) -> Iterator[str]:
    prefix = m3.options.export_prefixes.get(table, "")
    try:
        known = {text(row, "FLDN").strip() for row in m3.rows("export_columns", {"FILE": table})}
    except (Refused, ConfigurationError) as error:
        yield f"the columns of {table} cannot be checked: correct options.infor.calls.export_columns ({error})"
        return
    lacking = [f"{prefix}{name}" for name in names if f"{prefix}{name}" not in known]
    if lacking:
        yield f"table {table} has no column {', '.join(lacking)}: correct options.infor.export_prefixes.{table}"


def _lacks(m3: M3, name: str, call: MiCall) -> Iterator[str]:
    inputs = {"MINM": call.program, "TRNM": call.transaction, "TRTP": "O"}
    try:
        known = {text(row, "FLNM").strip() for row in m3.rows("metadata", inputs)}
    except (Refused, ConfigurationError) as error:
        yield f"{call.name} is not known to this tenant: correct options.infor.calls.{name} ({error})"
        return
    if not known and call.returns:
        yield f"{call.name} is not known to this tenant: correct options.infor.calls.{name}"
        return
    for one in call.returns:
        if call.field(one) not in known:
            yield f"{call.name} has no field {call.field(one)}: name it under options.infor.calls.{name}.fields"
