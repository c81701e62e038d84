"""The MI repository: which transactions exist, what they take and what they return.

It is read from ``repository.txt``; the number of decimals of a field is our convention, since no public text has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files

_DECIMALS = {
    "PUPR CPPR CUPR CUCP GRPR NEPR": 6,
    "CFQA ORQA ADQA TNQA RVQA CAQA RJQA SDQA IVQA ORQT PUQT RVQT CFQT RPQA RPQT TOQT ACQT IVCW": 6,
    "ARAT TCAR SERA": 7,
    "REVV REV1 COAM NTAM SAAM ODAM BRAM LNAM CUAM VTAM ACAM PCUA PAMT OCUA OAMT TBCU TBAM TXCU TXAM CDCU CDAM": 2,
    "CVT1 CVT2 CVT3 CVT4 TCAM TLNA TCHG TOPA CDC1 CDC2 CDC3 TTXA TASD PRPA ADAB NLAM VTA1 VTA2 GLAM DIAM": 2,
    "IVCU PYAM": 2,
    "ODI1 ODI2 ODI3 CFD1 CFD2 CFD3 DIPC SDPC VTP1 VTP2": 4,
}
_PLACES = {name: places for names, places in _DECIMALS.items() for name in names.split()}
AMOUNTS = frozenset(name for name, places in _PLACES.items() if places == 2)
"""Amounts of money."""


@dataclass(frozen=True)
class Field:
    """One field: text (A), number (N) or date (D), and its length in characters."""

    name: str
    kind: str
    length: int
    meaning: str

    @property
    def decimals(self) -> int:
        """Digits after the point."""
        return _PLACES.get(self.name, 0)


@dataclass(frozen=True)
class Transaction:
    """One MI transaction."""

    program: str
    name: str
    inputs: dict[str, bool] = field(default_factory=dict)
    """Input → whether it is mandatory."""
    outputs: dict[str, Field] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Program and transaction."""
        return f"{self.program}/{self.name}"


@dataclass
class Repository:
    """All transactions, and the type of every input."""

    transactions: dict[str, Transaction] = field(default_factory=dict)
    inputs: dict[str, Field] = field(default_factory=dict)

    def of_program(self, program: str) -> list[Transaction]:
        """Return the transactions of a program; empty when there is no such program."""
        return [item for item in self.transactions.values() if item.program == program]

    def fields(self, *paths: str) -> dict[str, Field]:
        """Return the outputs of several transactions together."""
        return {name: item for path in paths for name, item in self.transactions[path].outputs.items()}


def _lines() -> Iterator[tuple[str, str]]:
    text = (files(__package__) / "repository.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            mark, _, rest = line.partition(" ")
            yield mark, rest


def _field(name: str, text: str) -> Field:
    kind, _, meaning = text.partition(" ")
    return Field(name, kind[0], int(kind[1:]), meaning)


def _read() -> Repository:
    made = Repository()
    current = Transaction("", "")
    for mark, rest in _lines():
        if mark == "~":
            name, _, text = rest.partition(" ")
            made.inputs[name] = _field(name, text)
        elif mark == "@":
            program, _, name = rest.partition("/")
            current = made.transactions[rest] = Transaction(program, name)
        elif mark == "<":
            current.inputs.update({word.rstrip("!"): word.endswith("!") for word in rest.split()})
        elif mark == "=":
            current.outputs.update(made.transactions[rest].outputs)
        elif mark == "-":
            for name in rest.split():
                current.outputs.pop(name)
        else:
            current.outputs[mark] = _field(mark, rest)
            made.inputs.setdefault(mark, current.outputs[mark])
    return made


REPOSITORY = _read()
