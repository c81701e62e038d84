"""One document's entries of the audit trail, page by page, and whether their chain is whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy import Engine, Text, select, type_coerce

from ml_connector.domain.finding import Finding
from ml_connector.store import call_bodies
from ml_connector.store.chain import content_hash, entry_hash, start_of
from ml_connector.store.columns import from_json, opened_detail
from ml_connector.store.engine import reading
from ml_connector.store.tables import audit_entry

PAGE = 100
"""Entries read for one page."""
CALLS = "calls"
"""The step that holds the calls of a document in a run."""
STEPS = {
    CALLS: "called",
    "intended": "about to be written",
    "sent": "being sent to the target",
    "unknown": "the answer was lost: it is looked up before anything else",
    "drafted": "the draft stands in the target",
    "authorising": "being authorised",
    "authorised": "authorised in the target",
    "verified": "read back and compared: the target shows what was meant",
    "none": "refused before anything was stored",
    "linked": "linked to a supplier of the other system",
}
"""Step of the audit trail → what a clerk reads; others speak for themselves."""


@dataclass(frozen=True)
class Entry:
    """One step.

    Args:
        calls: what was called on the way to it: ``method``, ``url``, ``status``, ``ms``, ``error`` where it failed; of
            writes and failures ``sent`` and ``received``, too, both None once they are not kept any more.
        repeated: how many runs after it said exactly the same.
        until: when the last of them did.
    """

    seq: int
    at: dt.datetime
    run_id: str
    step: str
    words: str
    detail: dict[str, Any]
    findings: tuple[Finding, ...]
    calls: tuple[dict[str, Any], ...] = ()
    repeated: int = 0
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Trail:
    """A page of the trail, newest first.

    Args:
        before: number of the entry before which the next page ends; None on the last one.
        unbroken: every entry of the page is as it was written, and follows the one before it.
        last: the number of the newest entry of the document.
    """

    entries: tuple[Entry, ...]
    before: int | None
    unbroken: bool
    last: int


def read_trail(engine: Engine, pair: str, flow: str, key: str, before: int | None = None) -> Trail:
    """Return the entries before that number, newest first."""
    columns = audit_entry.c
    detail = type_coerce(columns.detail, Text).label("detail")
    wanted = [column for column in columns if column.name != "detail"]
    query = select(*wanted, detail).where(columns.deployment == pair, columns.flow == flow, columns.key == key)
    if before is not None:
        query = query.where(columns.seq < before)
    with reading(engine) as connection:
        rows = list(connection.execute(query.order_by(columns.seq.desc()).limit(PAGE)).mappings())
    more = bool(rows) and rows[-1]["seq"] > 1 and len(rows) == PAGE
    entries = _condensed(_with_calls([_entry(row, engine) for row in reversed(rows)]))
    entries = _with_bodies(engine, pair, entries)
    return Trail(
        tuple(reversed(entries)), rows[-1]["seq"] if more else None, _unbroken(rows), rows[0]["seq"] if rows else 0
    )


def _entry(row: Mapping[Any, Any], engine: Engine) -> Entry:
    detail = from_json(row["detail"])
    detail = opened_detail(detail, engine.dialect) if isinstance(detail, dict) else {"": detail}
    findings = tuple(Finding.model_validate(one) for one in detail.pop("findings", ()))
    words = STEPS.get(row["step"], row["step"])
    return Entry(row["seq"], row["at"], row["run_id"], row["step"], words, detail, findings)


def _with_calls(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries, oldest first, each with the calls that led to it: those stand in an entry before it."""
    found: list[Entry] = []
    for entry in entries:
        before = found[-1] if found else None
        if before is not None and before.step == CALLS and before.run_id == entry.run_id:
            found[-1] = replace(entry, calls=tuple(before.detail.get("calls", ())))
        else:
            found.append(entry)
    return [replace(e, calls=tuple(e.detail["calls"]), detail={}) if e.step == CALLS else e for e in found]


def _with_bodies(engine: Engine, pair: str, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries, their calls with the bodies that are still kept."""
    names = [call["bodies"] for entry in entries for call in entry.calls if "bodies" in call]
    kept = call_bodies.kept(engine, pair, names) if names else {}
    return [replace(entry, calls=tuple(_with_body(call, kept) for call in entry.calls)) for entry in entries]


def _with_body(call: Mapping[str, Any], kept: Mapping[str, call_bodies.Bodies]) -> dict[str, Any]:
    told = {name: value for name, value in call.items() if name != "bodies"}
    if "bodies" not in call:
        return told
    sent, received = kept.get(call["bodies"], (None, None))
    return {**told, "sent": sent, "received": received}


def _condensed(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries, oldest first, with those that repeat the one before them counted there."""
    found: list[Entry] = []
    for entry in entries:
        last = found[-1] if found else None
        if last is not None and (last.step, last.detail, last.findings) == (entry.step, entry.detail, entry.findings):
            found[-1] = replace(last, calls=entry.calls, repeated=last.repeated + 1, until=entry.at)
        else:
            found.append(entry)
    return found


def _unbroken(rows: Sequence[Mapping[Any, Any]]) -> bool:
    """Tell whether the rows, newest first, are whole and follow each other; the first entry begins the chain."""
    for newer, older in pairwise(rows):
        if newer["previous"] != older["hash"] or newer["seq"] != older["seq"] + 1:
            return False
    if rows and rows[-1]["seq"] == 1:
        first = rows[-1]
        if first["previous"] != start_of(first["deployment"], first["flow"], first["key"]):
            return False
    return all(entry_hash(row["previous"], row["seq"], content_hash(row)) == row["hash"] for row in rows)
