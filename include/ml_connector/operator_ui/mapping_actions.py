"""What a person does with the code maps: add, change, remove, undo, import after a preview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response, UploadFile

from ml_connector.operator_ui.desk import desk_of, pair_to_see, visitor_of
from ml_connector.operator_ui.forms import Name, PairForm, Text, pair_of
from ml_connector.operator_ui.freed import mapped_on_their_day
from ml_connector.operator_ui.map_choices import is_known
from ml_connector.operator_ui.mappings_page import At, known_map, waiting_for_map
from ml_connector.operator_ui.open_documents import OpenDocument
from ml_connector.operator_ui.pairs import Pair, system_name
from ml_connector.operator_ui.rendering import both, go_to, show
from ml_connector.operator_ui.words import map_of, map_title
from ml_connector.store.codemap_csv import Row, decoded
from ml_connector.store.codemap_edits import Change, MapEdits, Preview
from ml_connector.store.codemaps import Import

router = APIRouter()
MOST_BYTES = 1_000_000
"""Longest CSV file, some 30,000 entries; a longer one is for the command line."""
MOST_SHOWN = 300


class EntryForm(PairForm):
    """One entry.

    Args:
        old_cin7, old_partner, old_note, old_from: the entry as the person saw it; empty codes for a new one.
        sure: a code is new in its system since the last run.
    """

    map: Name
    old_cin7: Text = ""
    old_partner: Text = ""
    old_note: Text = ""
    old_from: Name = ""
    cin7_code: Text = ""
    partner_code: Text = ""
    note: Text = ""
    effective_from: Name = ""
    sure: bool = False

    @property
    def old(self) -> Row | None:
        """The entry as the person saw it."""
        old = Row(self.old_cin7, self.old_partner, self.old_note, self.old_from)
        return old if self.old_cin7 or self.old_partner else None

    @property
    def new(self) -> Row:
        """The entry as the person wants it."""
        return Row(self.cin7_code.strip(), self.partner_code.strip(), self.note.strip(), self.effective_from)


class UndoForm(PairForm):
    """One version of a map."""

    map: Name
    version: int


class ApplyForm(PairForm):
    """A file that was previewed on that version of the map."""

    map: Name
    version: int
    text: str
    replace: bool = False


@dataclass(frozen=True)
class ImportForm:
    """A file to preview: uploaded or pasted."""

    token: Annotated[str, Form(max_length=200)]
    pair: Annotated[str, Form(max_length=200)]
    map: Annotated[str, Form(max_length=20)]
    replace: Annotated[bool, Form()] = False
    text: Annotated[str, Form()] = ""
    file: UploadFile | None = None


@dataclass(frozen=True)
class ImportView:
    """The form that asks for a file."""

    pair: Pair
    map_name: str
    may_change: bool


@dataclass(frozen=True)
class PreviewView:
    """What an import would do.

    Args:
        changes: the first of `change_count`.
        unknown: partner codes of the file that the partner did not have when last read.
        frees: documents of the queue that would wait for nothing else of this map.
    """

    pair: Pair
    map_name: str
    file: str
    version: int
    counts: Import
    changes: tuple[Change, ...]
    change_count: int
    unknown: tuple[str, ...]
    frees: int
    replace: bool
    text: str


@router.post("/mappings/entry")
def store_entry(request: Request, form: Annotated[EntryForm, Form()]) -> Response:
    """Add or change one entry."""
    pair = pair_of(request, form)
    if not form.sure:
        _check_known(request, pair, known_map(form.map), form.new)
    several = any(flow.source == pair.partner for flow in pair.flows)
    version = _edits(request, pair, form.map).replace(form.old, form.new, author=_author(request), several=several)
    return _back(request, form.pair, form.map, version)


@router.post("/mappings/remove")
def remove_entry(request: Request, form: Annotated[EntryForm, Form()]) -> Response:
    """Remove one entry."""
    pair = pair_of(request, form)
    version = _edits(request, pair, form.map).replace(form.old, None, author=_author(request))
    return _back(request, form.pair, form.map, version)


@router.post("/mappings/undo")
def undo_version(request: Request, form: Annotated[UndoForm, Form()]) -> Response:
    """Bring back what stood before one version."""
    pair = pair_of(request, form)
    version = _edits(request, pair, form.map).undo(form.version, author=_author(request))
    return _back(request, form.pair, form.map, version)


@both(router, "/mappings/import")
def import_page(request: Request, at: At) -> Response:
    """Ask for a CSV file."""
    pair = pair_to_see(request, at.pair)
    view = ImportView(pair, known_map(at.map), visitor_of(request).may_change(pair.name))
    return show(request, "import.html", view)


@router.post("/mappings/import")
def preview_import(request: Request, form: Annotated[ImportForm, Depends()]) -> Response:
    """Show what importing the file would do; nothing is stored yet."""
    pair = pair_of(request, PairForm(token=form.token, pair=form.pair))
    name, text = _text_of(form)
    seen = _edits(request, pair, known_map(form.map)).preview(text, name, replace=form.replace)
    known = desk_of(request).database().known_codes(pair.name, pair.partner).of(form.map)
    unknown = sorted({row.partner_code for row in seen.rows if known and row.partner_code not in known})
    view = PreviewView(
        pair=pair,
        map_name=form.map,
        file=name,
        version=seen.version,
        counts=seen.counts,
        changes=seen.changes[:MOST_SHOWN],
        change_count=len(seen.changes),
        unknown=tuple(unknown) if form.map != "supplier" else (),
        frees=_frees(request, pair, form.map, seen),
        replace=form.replace,
        text=text,
    )
    return show(request, "preview.html", view)


@router.post("/mappings/apply")
def apply_import(request: Request, form: Annotated[ApplyForm, Form()]) -> Response:
    """Store the file that was previewed, unless the map has changed since."""
    pair = pair_of(request, form)
    maps = desk_of(request).database().code_maps(pair.name)
    maps.import_text(
        known_map(form.map), form.text, author=_author(request), replace=form.replace, version=form.version
    )
    now = maps.version(form.map)
    return _back(request, form.pair, form.map, now if now != form.version else None)


def _frees(request: Request, pair: Pair, map_name: str, seen: Preview) -> int:
    """Return how many documents wait for nothing but codes that the file maps on their day."""
    desk = desk_of(request)
    named = {"cin7": {row.cin7_code for row in seen.rows}, pair.partner: {row.partner_code for row in seen.rows}}
    documents = [
        one
        for one in waiting_for_map(request, pair, map_name)
        if len(one.cases) == 1 and one.cases[0][1] in named[pair.source_of(one.flow)] and _is_of(map_name, one)
    ]
    return len(mapped_on_their_day(desk, pair, map_name, seen.after, documents))


def _is_of(map_name: str, one: OpenDocument) -> bool:
    return all(map_of(finding) == map_name for finding in one.findings)


def _text_of(form: ImportForm) -> tuple[str, str]:
    """Return the file's name and text.

    Raises:
        HTTPException: 422 when there is none, or it is too long.
    """
    if form.file is None or not form.file.filename:
        if not form.text.strip():
            raise HTTPException(422, "Choose a CSV file, or paste its lines.")
        return "the pasted lines", form.text
    content = form.file.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise HTTPException(422, "The file is longer than 1 MB: split it, or use “ml-connector maps import”.")
    name = form.file.filename[-100:]
    return name, decoded(content, name)


def _check_known(request: Request, pair: Pair, map_name: str, row: Row) -> None:
    database = desk_of(request).database()
    for system, code in (("cin7", row.cin7_code), (pair.partner, row.partner_code)):
        if code and map_name != "supplier" and not is_known(database, pair, system, map_name, code):
            what = f"{system_name(system)} had no {map_title(map_name)} “{code}” when it was last read."
            raise HTTPException(422, f"{what} If it is new there, tick the box that says so.")


def _edits(request: Request, pair: Pair, map_name: str) -> MapEdits:
    return MapEdits(desk_of(request).database().code_maps(pair.name), known_map(map_name))


def _author(request: Request) -> str:
    return visitor_of(request).name


def _back(request: Request, pair: str, map_name: str, version: int | None) -> Response:
    said = {"done": "same"} if version is None else {"done": "changed", "n": version}
    return go_to(request, "/mappings", pair=pair, map=map_name, **said)
