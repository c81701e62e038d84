"""The business-entity service: read one, a blank one, create and update by POST, ``fieldChange``.

Envelope both ways: one property named after the plural that holds an array. Success is ``submitResult.success``, not
the status. An update is the whole record with its ``uri``, ``tcRowid`` and ``concurrencyHash``; a record of another
environment gets 500 (all seen in public supplier and purchase-order loaders).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import EXISTS, MISSING, STALE, Problem, bare, malformed
from .reading import blank, read_record
from .rules import RULES, changed, check_common
from .schema import Entity
from .tenant import Row
from .values import MIDNIGHT, same
from .work import Draft, Work

Query = Mapping[str, str]


def shown(work: Work, kind: Entity, row: Row, warnings: list[str] | None = None) -> Row:
    """Return a record as it is answered: every field, dates in the tenant's style."""
    made = {**blank(kind), **row}
    if work.switches.date_style == "datetime":
        days = [name for name, one in kind.fields.items() if one.kind == "d" and made[name]]
        made |= {name: made[name] + MIDNIGHT for name in days}
    if work.switches.blank_fields == "absent":
        made = {name: value for name, value in made.items() if value != "" or name in kind.keys}
    if warnings and work.switches.warning_style == "supplementary":
        made["supplementaryMessages"] = [{"severity": "warning", "message": text} for text in warnings]
    return made


def read(work: Work, kind: Entity, query: Query) -> Row:
    """Return the envelope of the record that the query names by its keys.

    Raises:
        Refusal: 500 when keys are missing, 404 for no such record where the tenant answers so.
    """
    if query.get("initialize") == "true":
        return {"data": {kind.name: [shown(work, kind, initial(work, kind, query))]}}
    rows = [row for row in _named(work, kind, query) if _in_scope(work, kind, row)]
    if not rows and work.switches.missing_record == "404":
        raise bare(404, "Record not found")
    return {"data": {kind.name: [shown(work, kind, row) for row in rows]}}


def _named(work: Work, kind: Entity, query: Query) -> list[Row]:
    if all(name in query for name in kind.query_keys):
        found = work.find(kind.name, *(query[name] for name in kind.query_keys))
        return [found] if found else []
    for names in kind.lookups:
        if all(name in query for name in names):
            if names == kind.keys[:-1]:
                return work.tenant.book(kind.name).group(*(query[name] for name in names))
            return [row for row in work.tenant.book(kind.name) if all(same(row[n], query[n]) for n in names)]
    raise malformed(f"Missing key of {kind.name}: {', '.join(kind.query_keys)}")


def _in_scope(work: Work, kind: Entity, row: Row) -> bool:
    """Whether a record lies in the workspace's domain or entity; others are not seen."""
    wanted = {"domainCode": work.domain, "entityCode": work.entity}.get(kind.scope)
    return wanted is None or same(row[kind.scope], wanted)


def initial(work: Work, kind: Entity, query: Query) -> Row:
    """Return a blank record with the keys of the query and the system's defaults."""
    row = blank(kind)
    named = {key: query[name] for key, name in zip(kind.keys, kind.query_keys, strict=True) if name in query}
    row |= {name: value for name, value in named.items() if kind.fields[name].kind == "c"}
    row |= {"dataOperation": "C"}
    draft = Draft(kind, row)
    RULES[kind.name].initialize(work, draft)
    return draft.data


def submit(work: Work, kind: Entity, body: Any, query: Query, *, by_record: bool = False) -> tuple[Row, bool]:
    """Store what the envelope holds, all or nothing; return the answer and whether it succeeded.

    Whether a record is new is said by its ``dataOperation`` in a grid (`by_record`), else by the keys in the query.
    """
    sent = records_of(kind, body)
    given = [name for name in kind.query_keys if name in query]
    if given and len(given) < len(kind.query_keys):
        raise malformed(f"Missing key of {kind.name}: {', '.join(kind.query_keys)}")
    drafts = [_draft(work, kind, one, query if given else None, by_record) for one in sent]
    for draft in drafts:
        if not any(problem.code in {STALE, MISSING, EXISTS} for problem in draft.problems):
            check_common(work, draft)
    _refuse_twins(work, kind, drafts)
    problems = [problem for draft in drafts for problem in draft.problems]
    if problems:
        return {"data": {kind.name: sent}, "submitResult": _result(problems)}, False
    rows = [_answered(kind, shown(work, kind, _stored(work, draft), draft.warnings)) for draft in drafts]
    return {"data": {kind.name: rows}, "submitResult": _accepted(work, drafts)}, True


def _answered(kind: Entity, row: Row) -> Row:
    """Return what the answer to a write holds of a record: the fields that the entity lists, and warnings."""
    if not kind.answered:
        return row
    made = {name: row[name] for name in kind.answered if name in row}
    return made | ({"supplementaryMessages": row["supplementaryMessages"]} if row["supplementaryMessages"] else {})


def _refuse_twins(work: Work, kind: Entity, drafts: list[Draft]) -> None:
    """Note new records of one envelope that have the same key, where the system does not number them."""
    seen = set()
    for draft in drafts:
        key = work.tenant.book(kind.name).key_of(draft.data)
        if draft.is_new and key in seen and all(key) and not RULES[kind.name].renumbers(work, draft):
            draft.problems.append(Problem(kind.keys[-1], "Record already exists", draft.data[kind.keys[-1]], EXISTS))
        seen.add(key)


def records_of(kind: Entity, body: Any) -> list[Row]:
    """Return the records of an envelope.

    Raises:
        Refusal: 500 when it is no such envelope.
    """
    sent = body.get(kind.name) if isinstance(body, dict) else None
    if not isinstance(sent, list) or not sent or any(not isinstance(one, dict) for one in sent):
        raise malformed(f"Cannot deserialize '{kind.name}'")
    return sent


def _draft(work: Work, kind: Entity, sent: Row, query: Query | None, by_record: bool) -> Draft:
    is_update = sent.get("dataOperation") != "C" if by_record else query is not None
    if by_record or query is None:
        parts = [sent.get(name) for name in kind.keys]
    else:
        parts = [query[name] for name in kind.query_keys]
    old = work.find(kind.name, *parts)
    if old is not None and not _in_scope(work, kind, old):
        old = None
    if is_update and old is None:
        return Draft(kind, {}, None, sent, [Problem(kind.keys[-1], "Record not available", parts[-1], MISSING)])
    if is_update and old is not None:
        return _update(kind, sent, old)
    if sent.get("concurrencyHash") or sent.get("uri") or sent.get("tcRowid"):
        raise malformed("Internal server error")
    data, problems = read_record(kind, sent, None)
    draft = Draft(kind, data, None, sent, problems)
    if old is not None and not RULES[kind.name].renumbers(work, draft):
        draft.problems = [Problem(kind.keys[-1], "Record already exists", parts[-1], EXISTS)]
    return draft


def _update(kind: Entity, sent: Row, old: Row) -> Draft:
    """Return the draft of a whole record sent back; one of another environment gets 500."""
    if sent.get("uri") != old["uri"] or sent.get("tcRowid") != old["tcRowid"]:
        raise malformed("Internal server error")
    if sent.get("concurrencyHash") != old["concurrencyHash"]:
        text = "Record has been changed by another user"
        return Draft(kind, {}, old, sent, [Problem("concurrencyHash", text, sent.get("concurrencyHash", ""), STALE)])
    data, problems = read_record(kind, sent, old)
    data |= {name: old[name] for name in kind.keys}
    return Draft(kind, data, old, sent, problems)


def _stored(work: Work, draft: Draft) -> Row:
    draft.data["dataOperation"] = ""
    draft.data["supplementaryMessages"] = []
    RULES[draft.kind.name].commit(work, draft)
    saved = work.save(draft.kind.name, draft.data)
    RULES[draft.kind.name].after(work, draft)
    return saved


def _result(problems: list[Problem]) -> Row:
    return {"success": not problems, "errors": [problem.as_json() for problem in problems]}


def _accepted(work: Work, drafts: list[Draft]) -> Row:
    """Return the result of a success; at some tenants warnings stand among the errors."""
    if work.switches.warning_style != "errors":
        return _result([])
    warnings = [Problem("", text, "", "WARNING").as_json() for draft in drafts for text in draft.warnings]
    return {"success": True, "errors": warnings}


def field_change(work: Work, kind: Entity, body: Any, query: Query) -> tuple[Row, bool]:
    """Run one field's defaults on drafts; nothing is stored.

    Raises:
        Refusal: 500 without a known ``fieldName``.
    """
    name = query.get("fieldName", "")
    if name not in kind.fields:
        raise malformed(f"Unknown field '{name}'")
    made, problems = [], []
    for sent in records_of(kind, body):
        data, _ = read_record(kind, sent, None)
        data |= {key: sent[key] for key, one in kind.fields.items() if one.is_derived and key in sent}
        draft = Draft(kind, data, None, sent)
        changed(work, draft, name)
        problems += draft.problems
        made.append(draft.data)
    return {"data": {kind.name: made}, "submitResult": _result(problems)}, not problems
