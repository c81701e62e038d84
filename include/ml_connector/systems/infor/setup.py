"""The set-up check: does this tenant know every configured program, transaction and field?

M3 describes its own transactions in MRS001MI/LstAdtFieldInf, which is how Infor's own client learns the fields
(https://github.com/infor-cloud/m3-h5-sdk, `runtime.ts`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ml_connector.domain.errors import ConfigurationError, Refused
from ml_connector.systems.infor.calls import CALLS, WRITES, MiCall
from ml_connector.systems.infor.mi import M3
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.wire import text

_BY_DISCOVERY = {
    "exportmi": {"export"},
    "search": {"order_search", "invoice_search", "invoice_entry"},
    "status": {"order_search", "invoice_search", "invoice_entry"},
    "period": {"export", "vouchers_by_date", "invoice_entry"},
}
_OPTIONAL = frozenset().union(*_BY_DISCOVERY.values()) | {"batch_numbers", "batch_head", "batch_lines", "metadata"}


def needed(options: InforOptions, *, writes: bool) -> list[str]:
    """Return the calls that these options make."""
    batch = {"batch_numbers", "batch_head", "batch_lines"} if options.batch_link else set()
    chosen = _BY_DISCOVERY[options.discovery] | batch | ({"export"} | WRITES if writes else set())
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
    return found


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
