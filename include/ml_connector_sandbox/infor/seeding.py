"""Putting records straight into the tables, and changing them as a person in M3's screens does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from . import world
from .defaults import FILLERS, line_amounts
from .settings import Settings
from .tables import SCHEMAS, Schema
from .tenant import Row, Tenant
from .values import day, moment_of, number_of, plain, stamp, stored, time_of_day

Plain = dict[str, Any]
_RECEIVED = "50"
"""Lowest status of a line that has been received (inferred)."""


@dataclass(frozen=True)
class Writer:
    """Writes rows of a tenant at a moment."""

    tenant: Tenant
    settings: Settings
    now: datetime
    open_orders: list[tuple[str, str]] = field(default_factory=list)
    """Orders whose statuses their lines are to give."""

    def seed(self, table: str, given: Plain, inherited: Row | None = None) -> Row:
        """Store one record with its defaults, and the records inside it.

        Raises:
            ValueError: for a column that the table does not have, a value that it cannot hold, or a missing key.
        """
        schema = SCHEMAS[table]
        children = {name: given[name] for name in schema.children if name in given}
        mine = {name: value for name, value in given.items() if name not in children}
        row = self._filled(schema, {**(inherited or {}), **self.read(schema, mine)})
        self.tenant.tables[table].put(row)
        for name in SCHEMAS:
            for child in children.get(name, []):
                self.seed(name, child, _inherited(SCHEMAS[name], row, table))
        if table == "MPLIND":
            self._received(row)
        return row

    def read(self, schema: Schema, given: Plain) -> Row:
        """Return what is given as the table keeps it; ValueError names what it does not have."""
        unknown = set(given) - set(schema.columns)
        if unknown:
            raise ValueError(f"{schema.name} has no column {', '.join(sorted(unknown))}")
        return {name: stored(schema.columns[name], value) for name, value in given.items()}

    def _filled(self, schema: Schema, given: Row) -> Row:
        given.setdefault("CONO", world.COMPANY)
        try:
            today = day(self.now, self.settings.time_zone)
            defaults = FILLERS[schema.name](self.tenant, self.settings, given, today)
        except KeyError as error:
            raise ValueError(f"{schema.name} needs {error}") from None
        blank = {name: "0" if item.kind == "N" else "" for name, item in schema.columns.items()}
        known = {name: value for name, value in defaults.items() if name in schema.columns}
        row = {**blank, **known, **given}
        for name in schema.keys:
            if not row[name] and name not in {"DIVI", "BKID"}:
                raise ValueError(f"{schema.name} needs {name}")
        return {**row, **self._stamps(given)}

    def _stamps(self, given: Row) -> Row:
        """Return the stamps: those given, else of the given LMTS or LMDT, else of now."""
        zone = self.settings.time_zone
        moment = self.now
        if given.get("LMTS", "0") != "0":
            moment = moment_of(given["LMTS"])
        elif given.get("LMDT"):
            local = datetime.strptime(given["LMDT"], "%Y%m%d").replace(tzinfo=ZoneInfo(zone))
            moment = local.astimezone(timezone.utc)
        made = {"LMTS": stamp(moment), "LMDT": day(moment, zone), "CHNO": "1", "CHID": world.CLERK}
        made |= {"RGDT": made["LMDT"], "RGTM": time_of_day(moment, zone)}
        return made | {name: given[name] for name in made if given.get(name, "0") not in {"", "0"}}

    def _received(self, receipt: Row) -> None:
        """Bring the line of a receipt up to what has been received of it."""
        if receipt["PRTR"] != self.settings.receipt_type:
            return
        key = tuple(receipt[name] for name in ("CONO", "PUNO", "PNLI", "PNLS"))
        line = self.tenant.row("MPLINE", *key)
        if line is None:
            return
        rows = self.tenant.rows("MPLIND", *key[:2])
        mine = [row for row in rows if (row["PNLI"], row["PNLS"], row["PRTR"]) == (*key[2:], receipt["PRTR"])]
        total = sum((number_of(row, "RPQA") for row in mine), Decimal(0))
        if total <= number_of(line, "RVQA"):
            return
        made = {**line, "RVQA": plain(total), "RVQT": plain(total), "RCDT": receipt["TRDT"]}
        if line["PUST"] < _RECEIVED:
            made["PUST"] = receipt["PUOS"]
        if line["PUSL"] < _RECEIVED and total >= number_of(line, "ORQA"):
            made["PUSL"] = receipt["PUOS"]
        later = max(line["LMTS"], receipt["LMTS"], key=int)
        made |= {"LMTS": later, "LMDT": max(line["LMDT"], receipt["LMDT"])}
        self.tenant.tables["MPLINE"].put(made)
        self.roll_up(made["CONO"], made["PUNO"], changed=False)

    def enter(self, table: str, given: Plain) -> Row:
        """Store a new record as a program does: stamped now, and not yet in the search index."""
        row = self.seed(table, given)
        self.tenant.tables[table].put(row, self.now)
        if table == "MPLINE":
            self.roll_up(row["CONO"], row["PUNO"], moves=self.settings.line_moves_head)
        return row

    def edit(self, table: str, old: Row, changes: Plain) -> Row:
        """Change a record: its stamps and its change number move.

        Raises:
            ValueError: for an unknown column, a bad value or a change of the key.
        """
        schema = SCHEMAS[table]
        new = self.read(schema, changes)
        for name in schema.keys:
            if new.get(name, old[name]) != old[name]:
                raise ValueError(f"{name} is a key of {table}")
        row = {**old, **self._moved(old), **new}
        row |= self._follows(table, old, row, new)
        self.tenant.tables[table].put(row, self.now)
        if table == "MPLINE":
            self.roll_up(row["CONO"], row["PUNO"], moves=self.settings.line_moves_head)
        return row

    def _follows(self, table: str, old: Row, row: Row, new: Row) -> Row:
        """Return what changes along: the amounts of a line, the dates at which a head's statuses moved."""
        if table == "MPHEAD":
            today = day(self.now, self.settings.time_zone)
            moved = (("SLDT", "PUSL"), ("SCDT", "PUST"))
            return {name: today for name, status in moved if row[status] != old[status]}
        if table == "MPLINE" and {"ORQA", "PUPR", "PUCD", "ODI1", "ODI2", "ODI3"} & set(new):
            head = self.tenant.row("MPHEAD", row["CONO"], row["PUNO"]) or {}
            return line_amounts(self.tenant, {**row, "CUCD": head.get("CUCD", "")}) | new
        return {}

    def _moved(self, old: Row) -> Row:
        """Return stamps of now: LMTS grows in any case, and CHNO goes back to 1 after 999."""
        later = max(int(stamp(self.now)), int(old["LMTS"]) + 1)
        number = int(old["CHNO"]) % 999 + 1
        today = day(self.now, self.settings.time_zone)
        return {"LMTS": str(later), "LMDT": today, "CHNO": str(number), "CHID": world.CLERK}

    def roll_up(self, cono: str, puno: str, *, moves: bool = False, changed: bool = True) -> None:
        """Give the head the lowest and highest status of its lines; its LMDT need not move with that (inferred)."""
        head, lines = self.tenant.row("MPHEAD", cono, puno), self.tenant.rows("MPLINE", cono, puno)
        if head is None or not lines:
            return
        low, high = min(row["PUSL"] for row in lines), max(row["PUST"] for row in lines)
        today = day(self.now, self.settings.time_zone)
        made = {**head, "PUSL": low, "PUST": high}
        made |= {"SLDT": today} if low != head["PUSL"] else {}
        made |= {"SCDT": today} if high != head["PUST"] else {}
        made |= self._moved(head) if moves else {}
        self.tenant.tables["MPHEAD"].put(made, self.now if changed else None)


def _inherited(child: Schema, parent: Row, table: str) -> Row:
    """Return what a record inside another takes from it: the columns that place it."""
    names = {"CONO", "DIVI", "SUNO", "PUNO", "INBN", "YEA4", "JRNO", "VSER", "VONO", "ACDT", "CUCD", "ARAT", "LMTS"}
    if table == "CIDMAS":
        names = {"CONO", "SUNO", "LMTS"}
        if child.name == "CBANAC":
            return {"CONO": parent["CONO"], "ACHO": parent["SUNO"], "LMTS": parent["LMTS"]}
    return {name: parent[name] for name in names & set(child.columns) & set(parent)}


def voucher(invoice: Row) -> list[Plain]:
    """Return the postings of an invoice seeded without any: payables, input VAT and purchases."""
    total, vat = number_of(invoice, "CUAM"), abs(number_of(invoice, "VTAM"))
    lines: list[Plain] = [{"AIT1": world.PAYABLE, "CUAM": total, "VTXT": invoice["SINO"]}]
    if vat:
        lines.append({"AIT1": world.INPUT_VAT, "CUAM": vat if total < 0 else -vat})
    rest = -total - sum(line["CUAM"] for line in lines[1:])
    return [*lines, {"AIT1": world.PURCHASES, "AIT2": "CC100", "CUAM": rest}]
