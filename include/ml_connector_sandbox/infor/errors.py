"""What an MI transaction answers when it does not do what it was asked.

The types and the codes XAU0008, XIM0002 and CPF9898 are seen in public code (github.com/infor-cloud/m3-h5-sdk,
``runtime.ts``); XRE0103 for a record that does not exist, and the texts, are our convention.
"""

from __future__ import annotations

from dataclasses import dataclass

NOK = "ServerReturnedNOK"


@dataclass
class Nok(Exception):
    """A transaction that failed."""

    message: str
    code: str = ""
    field: str = ""
    kind: str = NOK


def missing(what: str, value: str, field: str) -> Nok:
    """Return that a record does not exist."""
    return Nok(f"{what} {value} does not exist", "XRE0103", field)


def generic(message: str, field: str = "") -> Nok:
    """Return a failure with M3's generic code."""
    return Nok(message, "CPF9898", field)
