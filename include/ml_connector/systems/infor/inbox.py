"""Reads BODs from a folder that ION writes into, or from the Data Lake: documents are pushed, never listed by M3.

Data Lake: the two calls are seen in public code; the base path, the properties of the list and its filter are inferred
(https://docs.infor.com, Data Lake API, is not public).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ml_connector.domain.documents import Document
from ml_connector.domain.errors import ConfigurationError, ContractError
from ml_connector.sync.ports import Pull, RecordCache, Unreadable, Window
from ml_connector.sync.seen import changed
from ml_connector.systems.infor.bod import NOUNS, Identity, document_of, identity_of
from ml_connector.systems.infor.bod_xml import MAX_CHARACTERS, Bod, read_bod
from ml_connector.systems.infor.options import InforOptions
from ml_connector.systems.infor.unreadable import unreadable
from ml_connector.transport.client import Client

_LAKE = "IONSERVICES/datalakeapi/v1/payloads"
_PAGE = 100
_UTC = dt.timezone.utc
Mail = tuple[str, str]
"""Name of a document, and its text."""


@dataclass(frozen=True)
class Inbox:
    """The documents of one tenant.

    Args:
        record_pull: told of every reading.
        cache: the last variation of each record; None takes the latest of what is read.
        now: the clock; aware UTC.
    """

    client: Client
    options: InforOptions
    record_pull: Callable[[Pull], None]
    cache: RecordCache | None
    now: Callable[[], dt.datetime]

    def read(self, kind: str, window: Window) -> Iterator[Document | Unreadable]:
        """Yield the latest state of each record of `kind` of which a document came within the window.

        Raises:
            ConfigurationError: documents of this kind are not read, or there is no such folder.
        """
        noun, start, started = self._noun(kind), window.start, self.now()
        if start is not None:
            start -= dt.timedelta(days=self.options.overlap_days)
        mail = self._folder(start) if self.options.inbox else self._lake(noun, start)
        latest: dict[str, tuple[int, Bod]] = {}
        for name, text in mail:
            one = self._read(noun, name, text)
            if isinstance(one, Unreadable):
                yield one
            elif one is not None:
                _keep(latest, *one)
        source = self.options.inbox or _LAKE
        since = f"{noun} since {start.isoformat()}" if start else noun
        self.record_pull(Pull("infor", f"BOD {source}", since, started, self.now(), len(mail), 1))
        made = self._documents(noun, self._new(noun, latest))
        yield from changed(self.cache, kind, made, window, self.now())

    def read_keys(self, kind: str, keys: Collection[str]) -> Iterator[Document | Unreadable]:
        """Yield the latest state of the records with these keys, of all documents that are there."""
        wanted = frozenset(keys)
        uncached = Inbox(self.client, self.options, self.record_pull, None, self.now)
        return (one for one in uncached.read(kind, Window(None, self.now())) if one.key in wanted)

    def _noun(self, kind: str) -> str:
        if kind not in NOUNS:
            raise ConfigurationError(f"infor's documents are no source of {kind}: correct the pair's flows")
        return NOUNS[kind]

    # --- documents ---

    def _read(self, noun: str, name: str, text: str) -> tuple[Identity, Bod] | Unreadable | None:
        """Return what a text is about; None where it is of another noun."""
        try:
            bod = read_bod(text)
            return (identity_of(bod), bod) if bod.noun == noun else None
        except ValueError as error:
            return unreadable("document", f"document {name}", error, text, seen_at=self.now(), name=name)

    def _new(self, noun: str, latest: dict[str, tuple[int, Bod]]) -> dict[str, Bod]:
        """Return the documents that are not older than what was read before; remember their variations."""
        entity = f"bod {noun}"
        known = self.cache.versions(entity) if self.cache is not None else {}
        fresh = {key: one for key, one in latest.items() if one[0] >= int(known.get(key, ("0", None))[0] or 0)}
        if self.cache is not None:
            rows = [(key, str(variation), None) for key, (variation, _) in fresh.items()]
            self.cache.put_many(entity, [row for row in rows if known.get(row[0], ("", None))[0] != row[1]])
        return {key: bod for key, (_, bod) in fresh.items()}

    def _documents(self, noun: str, bods: dict[str, Bod]) -> Iterator[Document | Unreadable]:
        for key, bod in bods.items():
            one = self._document(noun, key, bod)
            if one is not None:
                yield one

    def _document(self, noun: str, key: str, bod: Bod) -> Document | Unreadable | None:
        try:
            return document_of(bod, key, self.options, self.now())
        except ValueError as error:
            return unreadable(noun, key, error, {"noun": noun, "entity": bod.entity, "key": key}, seen_at=self.now())

    # --- where documents lie ---

    def _folder(self, start: dt.datetime | None) -> list[Mail]:
        """Return the files that were written since `start`, in the order of their names."""
        folder = Path(self.options.inbox)
        if not folder.is_dir():
            raise ConfigurationError(f"options.infor.inbox: there is no folder {folder} on this worker")
        found = []
        for path in sorted(folder.glob("*.xml")):
            written = dt.datetime.fromtimestamp(path.stat().st_mtime, _UTC)
            if start is None or written >= start:
                found.append((path.name, _text(path)))
        return found

    def _lake(self, noun: str, start: dt.datetime | None) -> list[Mail]:
        """Return the documents of a noun that came since `start`."""
        condition = f"dl_document_name eq '{noun}'"
        if start is not None:
            condition += f" and dl_document_date ge '{start.strftime('%Y-%m-%dT%H:%M:%S.000Z')}'"
        found: dict[str, None] = {}
        count, page = 0, 1
        while True:
            rows, total = self._listed(condition, page)
            found |= dict.fromkeys(rows)
            count += len(rows)
            if len(rows) < _PAGE and count >= total:
                return [(one, self._stream(one)) for one in found]
            if not rows:
                raise ContractError(f"the Data Lake counts {total} documents and lists {count}")
            page += 1

    def _listed(self, condition: str, page: int) -> tuple[Sequence[str], int]:
        """Return a page and how many documents there are in all, 0 where that is not told."""
        query = f"records={_PAGE}&page={page}&filter={quote(condition, safe='')}"
        data = self.client.read(f"{_LAKE}/list?{query}").data
        rows = data.get("fields") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("dl_id") for row in rows):
            raise ContractError("the Data Lake's answer holds no list", answer=str(data)[:2000])
        total = str(data.get("numFound", 0))
        if not total.isdecimal():
            raise ContractError("the Data Lake does not tell how many documents there are", answer=total[:200])
        return [str(row["dl_id"]) for row in rows], int(total)

    def _stream(self, number: str) -> str:
        address = f"{_LAKE}/streambyid?datalakeId={quote(number, safe='')}"
        return self.client.read(address, headers={"Accept": "application/xml"}, as_text=True).text


def _keep(latest: dict[str, tuple[int, Bod]], identity: Identity, bod: Bod) -> None:
    """Keep the document unless a later change of the same record is known; they come in any order."""
    if identity.key not in latest or identity.variation >= latest[identity.key][0]:
        latest[identity.key] = (identity.variation, bod)


def _text(path: Path) -> str:
    """Return a file's text, cut just beyond what is read of a document."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return file.read(MAX_CHARACTERS + 1)
