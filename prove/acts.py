"""What happens in the course that is disturbed: everything for the first time, or what changed since."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from prove.clock import CLOCK
from prove.dagrun import DagRun
from prove.stage import Stage

ACTS = ("first", "changes")
"""``first``: the pair's first run. ``changes``: a run after both sides have been changed by people."""
LATER = 4 * 3600.0
"""Seconds until a person comes, or the next run: after every outage."""
INTERVAL = 900.0
MOST_RUNS = 5
Record = dict[str, Any]


class NotWellError(Exception):
    """The pair does not end well without any fault."""


@dataclass(frozen=True)
class Change:
    """What a person changes.

    Args:
        nth: which record of the entity, as the world holds them.
        keys: fields that name it.
        to: the record → the fields that become others.
    """

    system: str
    entity: str
    nth: int
    keys: tuple[str, ...]
    to: Callable[[Record], Record]


def _other_phone(row: Record) -> Record:
    return {"Contacts": [{**row["Contacts"][0], "Phone": "+1 555 909090"}, *row["Contacts"][1:]]}


def _other_terms(row: Record) -> Record:
    return {"PaymentTerm": "14 days" if row["PaymentTerm"] == "30 days" else "30 days"}


def _another(field: str, *choices: str) -> Callable[[Record], Record]:
    return lambda row: {field: next(choice for choice in choices if choice != row[field])}


CIN7_PHONE = Change("cin7", "supplier", 0, ("ID",), _other_phone)
CHANGES: dict[str, tuple[Change, ...]] = {
    "acumatica_cin7": (
        CIN7_PHONE,
        Change("acumatica", "Vendor", 1, ("VendorID",), _another("Terms", "NET14", "NET30")),
        Change("cin7", "purchase", 0, ("ID",), lambda _row: {"RequiredBy": "2026-11-19T00:00:00"}),
    ),
    "cin7_qad": (
        Change("cin7", "supplier", 0, ("ID",), lambda row: {**_other_phone(row), **_other_terms(row)}),
        Change("cin7", "purchase", 0, ("ID",), lambda _row: {"RequiredBy": "2026-11-19T00:00:00"}),
    ),
    "ifs_cin7": (
        CIN7_PHONE,
        Change("ifs", "SupplierInfoGeneral", 0, ("SupplierId",), lambda _row: {"AssociationNo": "909090"}),
        Change("ifs", "PurchaseOrderLine", 0, ("OrderNo", "LineNo", "ReleaseNo"), lambda _row: {"BuyQtyDue": 40}),
    ),
    "infor_cin7": (
        Change("infor", "CIDMAS", 0, ("SUNO",), lambda _row: {"PHNO": "+1 555 909090"}),
        Change("infor", "MPLINE", 0, ("PUNO", "PNLI", "PNLS"), lambda _row: {"ORQA": "40", "CFQA": "40"}),
    ),
    "syspro_cin7": (
        CIN7_PHONE,
        Change("syspro", "ApSupplier", 0, ("Supplier",), _another("TermsCode", "14", "30")),
        Change("syspro", "PorMasterDetail", 0, ("PurchaseOrder", "Line"), lambda _row: {"MOrderQty": "40"}),
    ),
}  # fmt: skip
"""Pair → what people change before the second act: suppliers on both sides, an order."""


def begin(stage: Stage, act: str) -> DagRun:
    """Return the run that is to be disturbed, the world being as the act needs it.

    Raises:
        NotWellError: what comes before does not end well.
    """
    run = DagRun(stage, "run-1", [])
    if act == "first":
        return run
    run.go()
    run = until_quiet(run)
    CLOCK.sleep(INTERVAL)
    for change in CHANGES[stage.show.pair]:
        records = stage.records()[change.system][change.entity]
        row = (list(records.values()) if isinstance(records, dict) else records)[change.nth]
        key = "/".join(str(row[name]) for name in change.keys)
        stage.simulators[change.system].edit(stage.account_of(change.system), change.entity, key, change.to(row))
    return next_run(run)


def until_quiet(run: DagRun, watch: Callable[[DagRun, str], None] = lambda _run, _step: None) -> DagRun:
    """Run the pair again, without any fault, until a run changes nothing on either side; return that run.

    Raises:
        NotWellError: a run fails, or it is never quiet.
    """
    for _ in range(MOST_RUNS):
        before, run = books_text(run.stage), next_run(run)
        run.go(watch=lambda step, run=run: watch(run, step))  # type: ignore[misc]
        if not run.is_done:
            break
        if before == books_text(run.stage):
            return run
    raise NotWellError("\n".join([*run.log, f"not well, or not quiet, by {run.run_id}"]))


def next_run(run: DagRun) -> DagRun:
    """Return the pair's next run, which begins later."""
    CLOCK.sleep(INTERVAL if run.is_done else LATER)
    return DagRun(run.stage, f"run-{run.number + 1}", run.log, surprises=run.surprises)


def books_text(stage: Stage) -> str:
    """Return everything that both systems' books hold."""
    return json.dumps(stage.records(), default=str, sort_keys=True)
