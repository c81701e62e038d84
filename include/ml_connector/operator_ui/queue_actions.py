"""What a person does in the review queue: map a code, release, reject, take up again."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response

from ml_connector.domain.errors import ConcurrentEdit, SyncError
from ml_connector.mapping.reasons import MAP_OF
from ml_connector.operator_ui.desk import desk_of, visitor_of
from ml_connector.operator_ui.forms import CaseForm, DocumentForm, MapForm, pair_of
from ml_connector.operator_ui.freed import mapped_on_their_day
from ml_connector.operator_ui.groups import state_of_all
from ml_connector.operator_ui.map_choices import is_known, target_of
from ml_connector.operator_ui.open_documents import Asked, OpenDocument
from ml_connector.operator_ui.pairs import Pair, system_name
from ml_connector.operator_ui.queue_page import members
from ml_connector.operator_ui.rendering import go_to
from ml_connector.operator_ui.words import map_title
from ml_connector.orchestration.deployments import REPLAY, of_tenant
from ml_connector.store.codemap_edits import MapEdits
from ml_connector.store.reviews import MOST_KEYS

router = APIRouter()
log = logging.getLogger("ml_connector")
Said = Mapping[str, str | int]
"""What the next page says of the change."""
_MAPS = {reason.value: name for reason, name in MAP_OF.items()}


@router.post("/queue/release")
def release_group(request: Request, form: Annotated[CaseForm, Form()]) -> Response:
    """Release all documents of a group, as far as one replay takes them."""
    pair = pair_of(request, form)
    documents = members(request, pair, Asked(pair.name, form.flow), form.reason, form.value)
    if not documents or state_of_all(documents) != form.state:
        raise ConcurrentEdit("these documents are not as you saw them any more: one was released, rejected, or is new")
    return _back_to_group(request, form, _release(request, pair, form.flow, documents))


@router.post("/queue/map")
def map_code(request: Request, form: Annotated[MapForm, Form()]) -> Response:
    """Map the code that a group waits for, and release what waits for nothing else if asked to."""
    pair = pair_of(request, form)
    _assign(request, pair, form)
    case = (form.reason, form.value)
    documents = members(request, pair, Asked(pair.name, form.flow), *case) if form.release else []
    alone = [one for one in documents if one.cases == (case,)]
    freed = _mapped(request, pair, _MAPS[form.reason], alone) if alone else []
    said: Said = _release(request, pair, form.flow, freed) if freed else {"done": "mapped"}
    return _back_to_group(request, form, said)


@router.post("/documents/release")
def release_one(request: Request, form: Annotated[DocumentForm, Form()]) -> Response:
    """Release one document."""
    pair = pair_of(request, form)
    return _back_to_document(request, form, _release_keys(request, pair, form.flow, {form.key: form.state}))


@router.post("/documents/reject")
def reject_one(request: Request, form: Annotated[DocumentForm, Form()]) -> Response:
    """Reject one document as it is now."""
    pair = pair_of(request, form)
    seen = {"content": form.content, "comment": form.comment}
    reviews = desk_of(request).database().reviews(pair.name)
    reviews.reject(form.flow, form.key, form.state, by=visitor_of(request).name, **seen)
    return _back_to_document(request, form, {"done": "rejected"})


@router.post("/documents/reopen")
def reopen_one(request: Request, form: Annotated[DocumentForm, Form()]) -> Response:
    """Take a rejection back."""
    pair = pair_of(request, form)
    desk_of(request).database().reviews(pair.name).reopen(form.flow, form.key, form.state, by=visitor_of(request).name)
    return _back_to_document(request, form, {"done": "reopened"})


def _assign(request: Request, pair: Pair, form: MapForm) -> None:
    """Store what the code means.

    Raises:
        HTTPException: 422 when nothing was chosen, or the target does not have it.
    """
    shape, map_name = pair.flow(form.flow), _MAPS.get(form.reason)
    if shape is None or map_name is None or not form.value:
        raise HTTPException(422, "There is no code to map.")
    there, chosen = system_name(shape.destination), (form.choice or form.other).strip()
    if not chosen:
        raise HTTPException(422, f"Choose what “{form.value}” means in {there}, or enter a code.")
    database, target = desk_of(request).database(), target_of(map_name, shape.source, form.value, chosen)
    if not form.sure and not is_known(database, pair, shape.destination, map_name, target):
        what = f"{there} had no {map_title(map_name)} “{target}” when it was last read."
        raise HTTPException(422, f"{what} If it is new there, tick the box that says so.")
    edits, author = MapEdits(database.code_maps(pair.name), map_name), visitor_of(request).name
    said = {"seen": form.seen, "note": form.note, "effective_from": form.effective_from}
    edits.assign(shape.source, form.value, target, author=author, **said)


def _mapped(request: Request, pair: Pair, map_name: str, documents: Sequence[OpenDocument]) -> list[OpenDocument]:
    """Return the documents whose code is mapped on their day now."""
    desk = desk_of(request)
    rows = desk.database().code_maps(pair.name).rows(map_name)
    return mapped_on_their_day(desk, pair, map_name, rows, documents)


def _release(request: Request, pair: Pair, flow: str, documents: Sequence[OpenDocument]) -> Said:
    return _release_keys(request, pair, flow, {one.key: one.state for one in documents[:MOST_KEYS]})


def _release_keys(request: Request, pair: Pair, flow: str, seen: Mapping[str, str]) -> Said:
    """Note the release, start a replay where that is permitted, and return what the next page says of it."""
    desk, visitor = desk_of(request), visitor_of(request)
    desk.database().reviews(pair.name).release(flow, seen, by=visitor.name)
    if not visitor.may_trigger(of_tenant(REPLAY, pair.name)):
        return {"done": "denied", "n": len(seen)}
    try:
        run = desk.airflow.replay(pair.name, flow, list(seen), visitor.name)
    except SyncError as error:
        log.warning("pages: %s", error)
        return {"done": "failed", "n": len(seen)}
    return {"done": "started", "n": len(seen), "run": run}


def _back_to_group(request: Request, form: CaseForm | MapForm, said: Said) -> Response:
    case = {"pair": form.pair, "flow": form.flow, "reason": form.reason, "value": form.value}
    return go_to(request, "/queue/group", **case, **said)


def _back_to_document(request: Request, form: DocumentForm, said: Said) -> Response:
    return go_to(request, "/documents", pair=form.pair, flow=form.flow, key=form.key, **said)
