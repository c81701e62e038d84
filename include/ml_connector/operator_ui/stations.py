"""The five stations of a document, and where it stands: read, mapped, checked, written, verified."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ml_connector.domain.status import Progress
from ml_connector.mapping.reasons import MAP_OF
from ml_connector.operator_ui.open_documents import OpenDocument
from ml_connector.operator_ui.rendering import counted, moment
from ml_connector.operator_ui.story_queries import Content, InForce

IN_TARGET = {Progress.DRAFTED.value, Progress.AUTHORISING.value, Progress.AUTHORISED.value, Progress.VERIFIED.value}
_ON_ITS_WAY = {Progress.SENT.value, Progress.UNKNOWN.value}
_DONE = {"created", "updated", "unchanged"}


@dataclass(frozen=True)
class Station:
    """One of the five; `state` is ``done``, ``here`` (it stands here) or ``ahead``."""

    name: str
    state: str
    text: str


def stations(
    one: OpenDocument, content: Content, versions: Mapping[str, InForce], source: str, target: str
) -> list[Station]:
    """Return the five stations of a document.

    Args:
        one: the document.
        content: what was read and written.
        versions: field name → version of the map that was applied.
        source: what a clerk calls the system that it comes from.
        target: the same of the one that it goes to.
    """
    unmapped = {finding.value for finding in one.findings if finding.reason in MAP_OF and not finding.waits}
    is_there = one.progress in IN_TARGET
    texts = [
        ("read", content.read is not None, _read(content, source)),
        ("mapped", not unmapped, _mapped(unmapped, versions)),
        ("checked", not one.findings, _checked(one)),
        ("written", is_there, _written(one, content, target)),
        ("verified", one.progress == Progress.VERIFIED.value, _verified(one, target)),
    ]
    first_open = next((number for number, (_, done, _text) in enumerate(texts) if not done), len(texts))
    return [
        Station(name, "done" if done else "here" if number == first_open else "ahead", text)
        for number, (name, done, text) in enumerate(texts)
    ]


def _read(content: Content, source: str) -> str:
    if content.read is None:
        return f"The record in {source} could not be read."
    began = f"; read by the run that began {moment(content.began_at)}" if content.began_at else ""
    return f"From {source}, changed there {moment(content.read.modified_at)}{began}."


def _mapped(unmapped: Collection[str], versions: Mapping[str, InForce]) -> str:
    if unmapped:
        return f"Without counterpart: {', '.join(sorted(unmapped)[:5])}."
    newest = max((one.version for one in versions.values()), default=0)
    if not newest:
        return "No code had to be replaced by an entry of a map."
    return f"{counted(len(versions), 'code')} replaced; the newest entry is of map version {newest}."


def _checked(one: OpenDocument) -> str:
    return f"{counted(len(one.findings), 'finding')}: see below." if one.findings else "Nothing is wrong with it."


def _written(one: OpenDocument, content: Content, target: str) -> str:
    number = content.ref.number or content.ref.key if content.ref else ""
    if one.progress in IN_TARGET:
        return f"{number or 'It'} in {target}."
    if one.progress in _ON_ITS_WAY:
        at = f" at {moment(content.sent_at)}" if content.sent_at else ""
        return f"Sent to {target}{at}, but not settled yet: it is looked up before anything is sent again."
    return f"Nothing was written to {target}."


def _verified(one: OpenDocument, target: str) -> str:
    if one.progress != Progress.VERIFIED.value:
        return "Not yet."
    if one.outcome in _DONE:
        return f"Read back from {target} and authorised: both sides show the same."
    return f"As it was sent earlier. Its change since then is {one.outcome or 'under way'}."
