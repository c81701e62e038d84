"""The Data Lake: every document that M3 has sent, listed and streamed by ``IONSERVICES/datalakeapi/v1/payloads``.

The two calls and their parameters are seen in public code; the base path is inferred; the properties in the list, the
operators of the filter and ``page`` are our convention.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .bod import LOGICAL_ID, Envelope, Snapshot, document
from .conditions import WORDS, Comparison, parse, tokens
from .settings import Settings
from .tenant import Row, Tenant
from .values import moment_of


@dataclass(frozen=True)
class Payload:
    """One document in the lake."""

    number: str
    envelope: Envelope
    held: Snapshot

    def listed(self) -> dict[str, Any]:
        """Return what the list says of it."""
        return {
            "dl_id": self.number,
            "dl_document_name": self.held.noun,
            "dl_document_date": self.envelope.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z",
            "dl_from_logical_id": LOGICAL_ID,
            "dl_accounting_entity": self.held.row["CONO"],
            "dl_instance_count": 1,
        }


@dataclass
class Lake:
    """The documents of one tenant, oldest first."""

    payloads: dict[str, Payload] = field(default_factory=dict)
    _variations: dict[tuple[str, str], int] = field(default_factory=dict)

    def send(self, tenant: Tenant, held: Snapshot, key: str, action: str) -> None:
        """Put a document in; its variationID is higher than any before of the same document."""
        stamps = [int(row["LMTS"]) for row in (held.row, *held.inside)] if action != "Delete" else []
        at = moment_of(str(max(stamps, default=int(held.row["LMTS"]) + 1)))
        last = self._variations.get((held.noun, key), 0)
        variation = max(int(at.timestamp()) * 10000 + 1, last + 1)
        self._variations[held.noun, key] = variation
        number = f"1-{len(self.payloads) + 1:08}"
        self.payloads[number] = Payload(number, Envelope(tenant.name, key, variation, action, at), held)

    def listing(self, settings: Settings, query: dict[str, str]) -> dict[str, Any]:
        """Return the documents that a filter lets through, one page of them.

        Raises:
            ValueError: when the filter or a number cannot be read.
        """
        test = _filter(query.get("filter", ""))
        found = [item for item in map(Payload.listed, list(self.payloads.values())) if test(item)]
        found.sort(key=lambda item: str(item["dl_document_date"]), reverse=settings.datalake_order == "newest")
        if settings.datalake_order == "shuffled":
            random.Random(len(found)).shuffle(found)
        size, page = int(query.get("records") or settings.datalake_page), int(query.get("page") or 1)
        return {"numFound": len(found), "fields": found[(page - 1) * size : page * size]}

    def stream(self, number: str) -> bytes | None:
        """Return the XML of a document; None when there is none."""
        found = self.payloads.get(number)
        return document(found.held, found.envelope) if found else None


def _filter(text: str) -> Callable[[dict[str, Any]], bool]:
    if not text:
        return lambda _item: True
    condition = parse(tokens(text), WORDS)

    def test(item: dict[str, Any]) -> bool:
        return condition.holds(lambda asked: _compare(asked, str(item.get(asked.name, ""))))

    return test


def _compare(asked: Comparison, value: str) -> bool:
    """Compare texts; dates as moments, however many of their decimals are written."""
    if asked.name == "dl_document_date":
        return asked.compare(_moment(value), _moment(asked.value))
    return asked.compare(value, asked.value)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=moment_of("0").tzinfo)


def snapshots(tenant: Tenant, table: str, row: Row) -> list[tuple[str, Snapshot]]:
    """Return the documents that a change of `row` sends, with their keys."""
    supplier = tenant.row("CIDMAS", row["CONO"], row.get("SUNO") or row.get("ACHO", ""))
    if table in {"CIDMAS", "CIDADR", "CIDREF", "CBANAC"}:
        return _of_supplier(tenant, supplier) if supplier else []
    if table in {"MPHEAD", "MPLINE"}:
        return _of_order(tenant, row["CONO"], row["PUNO"])
    if table == "MPLIND":
        return [*_of_order(tenant, row["CONO"], row["PUNO"]), *_of_receipt(tenant, row)]
    if table == "FPLEDG" and row["TRCD"] == "40":
        key = "/".join(row[name] for name in ("DIVI", "SPYN", "SUNO", "SINO", "INYR"))
        postings = tuple(tenant.rows("FGLEDG", *(row[name] for name in ("CONO", "DIVI", "YEA4", "VONO"))))
        return [(key, Snapshot("SupplierInvoice", row, supplier or {}, _orders_of(tenant, row), postings=postings))]
    if table == "FCHACC":
        noun = "ChartOfAccounts" if row["AITP"] == "1" else "CodeDefinition"
        return [("/".join(row[name] for name in ("DIVI", "AITP", "AITM")), Snapshot(noun, row, {}))]
    return []


def _of_supplier(tenant: Tenant, row: Row) -> list[tuple[str, Snapshot]]:
    key = (row["CONO"], row["SUNO"])
    banks, addresses = tuple(tenant.rows("CBANAC", *key)), tuple(tenant.rows("CIDADR", *key))
    nouns = ("SupplierPartyMaster", "RemitToPartyMaster")
    return [(row["SUNO"], Snapshot(noun, row, row, banks, addresses)) for noun in nouns]


def _of_order(tenant: Tenant, cono: str, puno: str) -> list[tuple[str, Snapshot]]:
    head = tenant.row("MPHEAD", cono, puno)
    if head is None:
        return []
    supplier = tenant.row("CIDMAS", cono, head["SUNO"]) or {}
    return [(puno, Snapshot("PurchaseOrder", head, supplier, tuple(tenant.rows("MPLINE", cono, puno))))]


def _of_receipt(tenant: Tenant, row: Row) -> list[tuple[str, Snapshot]]:
    head = tenant.row("MPHEAD", row["CONO"], row["PUNO"]) or {}
    line = tenant.row("MPLINE", row["CONO"], row["PUNO"], row["PNLI"], row["PNLS"])
    supplier = tenant.row("CIDMAS", row["CONO"], head.get("SUNO", "")) or {}
    return [(row["REPN"], Snapshot("ReceiveDelivery", row, supplier, (line,) if line else ()))]


def _orders_of(tenant: Tenant, invoice: Row) -> tuple[Row, ...]:
    """Return the order that the invoice's batch was matched with."""
    batches = tenant.rows("FAPIBH", invoice["CONO"], invoice["SPYN"])
    return tuple(row for row in batches if row["SINO"] == invoice["SINO"] and row["PUNO"])[:1]
