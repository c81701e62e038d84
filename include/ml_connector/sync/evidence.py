"""What the audit trail keeps of a write, so that it can be made again later and compared to the byte."""

from __future__ import annotations

import hashlib
import re
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ml_connector.domain.documents import Document, dump_document
from ml_connector.mapping.codemap import CodeMaps
from ml_connector.sync.run import FlowRun

MAPS_IN_FORCE = "maps in force"
"""Step of the flow itself, before documents are mapped."""
AMENDING = "amending"
"""Step before a change of what stands in the target already."""
_PAYLOAD = re.compile(r"payload sha256:([0-9a-f]{64})")


def in_force(run: FlowRun, maps: CodeMaps) -> dict[str, Any]:
    """Return what decides how documents are mapped: versions of the code maps, the day, policy, release."""
    return {
        "versions": dict(maps.versions),
        "today": maps.today,
        "identity": sorted(run.policies.identity_maps),
        "release": release(),
    }


def release() -> str:
    """Return the connector's release; "" where its folder was copied and not installed."""
    try:
        return version("ml-connector")
    except PackageNotFoundError:
        return ""


def payload_hash(text: str) -> str:
    """Return the SHA-256 of a mapped document, as `dump_document` writes it."""
    return hashlib.sha256(text.encode()).hexdigest()


def payload_note(document: Document) -> str:
    """Return the note that a write of this mapped document leaves in the trail.

    Cost centres are named, since a target may have no field of its own for them.
    """
    centres = sorted({getattr(line, "cost_centre", "") for line in getattr(document, "lines", ())} - {""})
    told = f"; cost centres {', '.join(centres)}" if centres else ""
    return f"payload sha256:{payload_hash(dump_document(document))}{told}"


def noted_hash(note: str) -> str | None:
    """Return the hash that a write noted; None for an entry of an older release."""
    found = _PAYLOAD.search(note)
    return found.group(1) if found else None
