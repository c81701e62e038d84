"""What must hold after every case; each returns what is wrong, in words."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ml_connector.store.engine import engine_for
from ml_connector.store.verify import verify
from prove.commits import warm
from prove.stage import Stage

_PROGRESS = ("none", "intended", "sent", "unknown", "drafted", "authorising", "authorised", "verified")
_OUTCOMES = ("created", "updated", "unchanged", "held", "waiting", "failed")
_ENDED = """SELECT d.flow, d.label, max(a.at) FROM mlc_document AS d
    JOIN mlc_audit_entry AS a ON a.flow = d.flow AND a.key = d.key AND a.step = d.outcome GROUP BY 1, 2"""


@dataclass(frozen=True)
class Clean:
    """What an undisturbed course ends with.

    Args:
        read: (flow, label) → when its source record changed, of all that changed before the course began; keys may be
            generated, so that each course has others.
        outcomes: (flow, label) → (how far it has come, how it ended).
        books: both systems' books, without what is another in each course.
    """

    read: dict[tuple[str, str], str]
    outcomes: dict[tuple[str, str], tuple[str, str]]
    books: Counter[str]


def clean_of(stage: Stage, begun: dt.datetime) -> Clean:
    """Return the end of the course that has just been run, and that began at `begun`."""
    start = str(begun.replace(tzinfo=None))
    return Clean({name: at for name, at in _read(stage).items() if at < start}, _outcomes(stage), books(stage))


def _read(stage: Stage) -> dict[tuple[str, str], str]:
    rows = stage.query("SELECT flow, label, max(modified_at) FROM mlc_staged_document WHERE NOT carried GROUP BY 1, 2")
    return {(flow, label): str(changed) for flow, label, changed in rows}


def _outcomes(stage: Stage) -> dict[tuple[str, str], tuple[str, str]]:
    rows = stage.query("SELECT flow, label, progress, outcome FROM mlc_document")
    return {(row[0], row[1]): (row[2], "done" if row[3] in _OUTCOMES[:3] else str(row[3])) for row in rows}


def between_tasks(stage: Stage, read: dict[tuple[str, str], str]) -> list[str]:
    """Return what is wrong after a task: at any time, a mark passes no document unaudited, and the audit agrees.

    Args:
        stage: the world as it stands.
        read: what an undisturbed course reads, and when that changed.
    """
    return [*_watermarks_passed(stage, read), *_audit_differs(stage)]


def _watermarks_passed(stage: Stage, read: dict[tuple[str, str], str]) -> Iterator[str]:
    """Yield the documents that a watermark has passed without an outcome and an audit entry."""
    marks = dict(stage.query("SELECT flow, known FROM mlc_watermark"))
    ended = {(flow, label): str(at) for flow, label, at in stage.query(_ENDED)}
    for name, changed in {**_read(stage), **read}.items():
        if name[0] in marks and changed < str(marks[name[0]]) and ended.get(name, "") < changed:
            yield f"the watermark of {name[0]}, {marks[name[0]]}, has passed {name[1]}, changed {changed}, not audited"


def trail_broken(stage: Stage) -> list[str]:
    """Return where the audit trail's chain of hashes does not hold."""
    engine = warm(engine_for(f"sqlite:///{stage.folder / 'connector.db'}"))
    try:
        return [f"audit trail: {problem}" for problem in verify(engine, stage.deployment.dag_id).problems]
    finally:
        engine.dispose()


def at_the_end(stage: Stage, clean: Clean) -> list[str]:
    """Return all that is wrong once the pair is quiet."""
    return [
        *stage.look(),
        *_journal_differs(stage, clean),
        *_references(stage),
        *_audit_differs(stage),
        *_without_end(stage),
        *_variables(stage),
        *_books_differ(stage, clean),
    ]


def _journal_differs(stage: Stage, clean: Clean) -> Iterator[str]:
    mine = _outcomes(stage)
    for name in sorted({*mine, *clean.outcomes}):
        if mine.get(name) != clean.outcomes.get(name):
            yield f"journal of {name[0]} {name[1]}: {mine.get(name)} instead of {clean.outcomes.get(name)}"


def _references(stage: Stage) -> Iterator[str]:
    """The reference in the journal is the vendor's: its number stands in the target's books, at one document only."""
    values = {name: set(scalars(records)) for name, records in stage.records().items()}
    seen: dict[tuple[str, str], str] = {}
    for flow, key, ref in stage.query("SELECT flow, key, ref FROM mlc_document WHERE ref IS NOT NULL"):
        target = stage.deployment.spec.flow(flow).destination
        found = json.loads(ref) if isinstance(ref, str) else ref
        number = str(found.get("number") or found["key"])
        if not {number, *str(found["key"]).split("/")} & values[target]:
            yield f"journal of {flow} {key}: {number} ({found['key']}) stands nowhere in {target}"
        if (flow, found["key"]) in seen:
            yield f"journal of {flow}: {number} is bound to {key} and to {seen[flow, found['key']]}"
        seen[flow, found["key"]] = key


def _audit_differs(stage: Stage) -> Iterator[str]:
    """Yield where the trail does not tell how the journal came to what it says."""
    taken: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for flow, key, step, detail in stage.query("SELECT flow, key, step, detail FROM mlc_audit_entry ORDER BY id"):
        taken[flow, key].append((step, json.loads(detail)))
    for flow, key, progress, outcome, ref in stage.query("SELECT flow, key, progress, outcome, ref FROM mlc_document"):
        trail = taken[flow, key]
        said = {
            "progress": next((step for step, _ in reversed(trail) if step in _PROGRESS), "none"),
            "outcome": next((step for step, _ in reversed(trail) if step in _OUTCOMES), None),
            "key there": next((one["ref"]["key"] for step, one in reversed(trail) if _binds(step, one)), None),
        }
        stands = {"progress": progress, "outcome": outcome, "key there": json.loads(ref)["key"] if ref else None}
        for what, value in stands.items():
            if value != said[what]:
                yield f"{flow} {key}: the journal says {what} {value}, the audit {said[what]}"
        yield from (f"audit of {flow} {key}: {wrong}" for wrong in _out_of_order(trail))


def _binds(step: str, detail: dict[str, Any]) -> bool:
    """Tell whether an audit entry says which document of the target it is."""
    return step in _PROGRESS and bool(detail.get("ref"))


def _out_of_order(trail: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    names = [name for name, _ in trail]
    if "authorising" in names and not any(_binds(*one) for one in trail[: names.index("authorising")]):
        yield "it was authorised before it was bound"
    for written in ("unknown", "drafted", "authorising"):
        if written in names and "sent" not in names[: names.index(written)]:
            yield f"{written} before the intent to send was on disk"


def _without_end(stage: Stage) -> Iterator[str]:
    """Yield the documents that nobody has decided."""
    for flow, label in stage.query("SELECT flow, label FROM mlc_document WHERE outcome IS NULL"):
        yield f"{flow} {label} has no outcome"


def _variables(stage: Stage) -> Iterator[str]:
    shown = stage.variables_shown()
    for flow, current in stage.query("SELECT flow, current FROM mlc_watermark"):
        value = str(shown.get(f"ml_connector__{stage.deployment.dag_id}__{flow}__watermark", ""))
        if value.replace("T", " ").removesuffix("+00:00") != str(current):
            yield f"the Variable of {flow} shows {value!r}, the mark is {current}"


# --- content -------------------------------------------------------------------------------------

_GUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(Z|[+-]\d\d:\d\d)?")
_OF_WRITING = re.compile(r"modif|creat|updat|stamp|rowid|hash|etag|objversion|_?time$|lastchange", re.IGNORECASE)
"""Names of fields that say when or in which order a record was written, not what it says."""


def books(stage: Stage) -> Counter[str]:
    """Return both systems' records as texts, without generated ids and the times of writing."""
    numbers = _numbers(stage)
    return Counter(
        f"{system} {entity} {_plain(record, numbers)}"
        for system, entities in stage.records().items()
        for entity, records in entities.items()
        for record in (records if isinstance(records, list) else [records])
    )


def _numbers(stage: Stage) -> dict[str, str]:
    """Return the numbers that the target gave → whose they are; in another order they are others."""
    found: dict[str, str] = {}
    for label, ref in stage.query("SELECT label, ref FROM mlc_document WHERE ref IS NOT NULL"):
        given = json.loads(ref) if isinstance(ref, str) else ref
        for number in {given.get("number"), *str(given["key"]).split("/")} - {None, ""}:
            found[number] = "#" if number in found else f"# of {label}"
    return found


def _plain(record: Any, numbers: dict[str, str]) -> str:
    flat = {path: numbers.get(str(value), value) for path, value in sorted(_flat(record, ""))}
    written = json.dumps(flat, default=str)
    return _TIME.sub(_day, _GUID.sub("…", written))


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield what stands in a record, each by its path."""
    if isinstance(value, (dict, list)):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _flat(one, f"{path}.{name}" if path else str(name))
    elif value not in (None, "", False, 0) and not _OF_WRITING.search(path.rpartition(".")[2]):
        yield path, value


def _day(found: re.Match[str]) -> str:
    """Keep a date; a time of day other than midnight is when it was written."""
    return found.group() if "00:00:00" in found.group() else "…"


def _books_differ(stage: Stage, clean: Clean) -> Iterator[str]:
    mine = books(stage)
    lacking = list((clean.books - mine).elements())
    for line in sorted((mine - clean.books).elements()):
        place = line.partition("{")[0]
        twin = next((one for one in lacking if one.startswith(place)), None)
        if twin is None:
            yield f"too much: {line[:600]}"
            continue
        lacking.remove(twin)
        now, then = (json.loads(one[len(place) :]) for one in (line, twin))
        changed = {name: (then.get(name), now.get(name)) for name in {*now, *then} if now.get(name) != then.get(name)}
        yield f"otherwise: {place}{changed}"[:600]
    for line in lacking:
        yield f"lacking: {line[:600]}"


def scalars(value: Any) -> Iterator[str]:
    """Yield all texts and numbers within a JSON value, as texts."""
    if isinstance(value, dict):
        for one in value.values():
            yield from scalars(one)
    elif isinstance(value, list):
        for one in value:
            yield from scalars(one)
    elif value is not None:
        yield str(value)
