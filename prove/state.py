"""The world's state between two tasks, as a digest: a case that reaches a state seen before need not go on.

Left out are what no task looks at again (the audit trail, statistics) and what differs in every course without meaning:
generated ids, by the order in which they appear instead, and times after the course began. What times decide, how far a
watermark may go, is checked in every case, after every task (`prove.checks.between_tasks`).
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prove.dagrun import DagRun
    from prove.stage import Stage

_ID = re.compile(r"HHHHHHHH-?HHHH-?HHHH-?HHHH-?HHHHHHHHHHHH\b|[Mm][Ll][Cc]:H{16}|\bH{64}\b".replace("H", "[0-9A-Fa-f]"))
_TIME = re.compile(r"2026-1[12]-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
"""Times of the course: what the tiny worlds hold is older."""
_OF_WRITING = re.compile(r"modif|creat|updat|stamp|rowid|etag|objversion|lastchange", re.IGNORECASE)
"""Names of vendors' fields that say when or in which order a record was written."""
_DONE = "CASE WHEN outcome IN ('created', 'updated', 'unchanged') THEN 'done' ELSE outcome END"
_QUERIES = {
    "documents": """SELECT flow, key, label, marker, progress, target_key, ref, source_hash, outcome, findings, is_open,
        payload, lease_owner IS NULL FROM mlc_document ORDER BY flow, label, kind, rowid""".replace("outcome", _DONE),
    "links": "SELECT cin7_key, partner_key, how FROM mlc_supplier_link ORDER BY rowid",
    "maps": "SELECT map, cin7_code, partner_code FROM mlc_code_map ORDER BY map, cin7_code, partner_code",
    "marks": "SELECT flow, known = current, shown = current, reader = :run FROM mlc_watermark ORDER BY flow",
    "locks": "SELECT name FROM mlc_lock WHERE lease_owner IS NOT NULL ORDER BY name",
}
_KEPT = "SELECT system, entity, version, answer FROM mlc_source_record"
_STAGED = """SELECT flow, key, label, content_hash, document, resolved, findings, outcome, carried
    FROM mlc_staged_document WHERE run_id = :run ORDER BY flow, rowid""".replace("outcome", _DONE)


def digest(stage: Stage, run: DagRun, after: str, usual: set[str]) -> str:
    """Return the digest of the world after task `after`.

    Of the records kept to save calls only those count that are not among the `usual` ones.
    Once a run has ended well the next one begins from what outlives it, whichever run it was.
    """
    parts: dict[str, Any] = {name: stage.query(sql, run=run.run_id) for name, sql in _QUERIES.items()}
    parts |= {"systems": _said(stage.records()), "variables": stage.variables_shown()}
    parts |= {"trouble": [(*what, round(seconds / 60)) for what, seconds in stage.trouble.lasting()]}
    parts["kept"] = sorted(kept(stage) - usual)
    if not run.is_done:
        plans = {name: result["plan"] for name, result in run.results.items() if name.endswith(".extract")}
        parts |= {"staged": stage.query(_STAGED, run=run.run_id), "plans": plans, "states": run.states, "after": after}
    return hashlib.sha256(plain(json.dumps(parts, default=str)).encode()).hexdigest()


def kept(stage: Stage) -> set[str]:
    """Return the records kept to save calls, without ids and times."""
    return {_TIME.sub("…", _ID.sub("id", json.dumps(row))) for row in stage.query(_KEPT)}


def _said(value: Any) -> Any:
    """Return records without the fields of their writing."""
    if isinstance(value, dict):
        return {name: _said(one) for name, one in value.items() if not _of_writing(name)}
    return [_said(one) for one in value] if isinstance(value, list) else value


@cache
def _of_writing(name: str) -> bool:
    return _OF_WRITING.search(name) is not None


def plain(text: str) -> str:
    """Return `text` with ids by the order of their first appearance, and without the times of the course."""
    seen: dict[str, str] = {}
    return _TIME.sub("…", _ID.sub(lambda found: seen.setdefault(_folded(found.group()), f"id {len(seen)}"), text))


def _folded(found: str) -> str:
    return found.replace("-", "").lower()
