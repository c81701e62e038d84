"""What Cin7 Core's answers mean.

Statuses and error model: https://dearinventory.docs.apiary.io. The refusal for too many calls comes as 429 (reference
of 2026), 503 (reference of 2024) or 400 (seen on purchases), always with the same sentence
(https://github.com/HashNotAdam/dear_inventory-ruby, https://github.com/antonhill/cin7core-feeder).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ml_connector.transport.retry import Event, Verdict

_TOO_MANY = re.compile(r"\d+ calls per (\d+ seconds|minute)", re.IGNORECASE)
_GONE = re.compile(r"specified ID not found", re.IGNORECASE)
_BY_STATUS: dict[int, Event] = {
    401: Event.UNAUTHORISED,
    403: Event.UNAUTHORISED,
    404: Event.NO_SUCH_ADDRESS,
    405: Event.NO_SUCH_ADDRESS,
    429: Event.RATE_LIMITED,
}


class Cin7Dialect:
    """REST API V2."""

    def classify(self, status: int, headers: Mapping[str, str], data: Any, text: str) -> Verdict:  # noqa: ARG002 - the Protocol's signature
        """Return what the answer means.

        An error array may come with any status, 200 included. A 500 says that the body could not be parsed or that
        something broke: whether a write was carried out is not known.
        """
        reasons = reasons_of(data)
        said = " ".join(reason for _, reason in reasons) or (text if status >= 400 else "")  # noqa: PLR2004
        if _TOO_MANY.search(said):
            return Verdict(Event.RATE_LIMITED, reasons)
        if status in _BY_STATUS:
            return Verdict(_BY_STATUS[status], reasons)
        if status >= 500:  # noqa: PLR2004 - the standard's class of server errors
            return Verdict(Event.UNAVAILABLE, reasons)
        if reasons:
            return Verdict(Event.NOT_FOUND if _GONE.search(said) else Event.REFUSED, reasons)
        if status >= 400:  # noqa: PLR2004 - the standard's class of client errors
            return Verdict(Event.REFUSED, (("", text[:500]),))
        return Verdict(Event.OK if status < 300 else Event.CONTRACT)  # noqa: PLR2004


def reasons_of(data: Any) -> tuple[tuple[str, str], ...]:
    """Return the sentences of an error body, array or single object; () when it is none."""
    rows = data if isinstance(data, list) else [data]
    return tuple(("", str(row["Exception"])) for row in rows if isinstance(row, dict) and row.get("Exception"))
