"""The calculation that docs/audit.md states, made here without the connector's own code."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from store_samples import DEPLOYMENT, FLOW, HOUR, Clock

from ml_connector.store.chain import SigningKey
from ml_connector.store.database import Database
from ml_connector.store.export import Span, export
from ml_connector.store.prune import Retention

SECRET = "a secret that is not in the database"
Record = dict[str, Any]


def text_of(value: Record) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(name: str, value: Record) -> str:
    return hashlib.sha256(f"{name}\n{text_of(value)}".encode()).hexdigest()


def only(record: Record, names: str) -> Record:
    return {name: record[name] for name in names.split()}


def signed(purpose: str, text: str) -> str:
    """HMAC under HKDF (RFC 5869), both by hand."""
    extracted = hmac.digest(bytes(32), SECRET.encode(), "sha256")
    key = hmac.digest(extracted, f"ml-connector audit signature 1 {purpose}".encode() + b"\x01", "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def check_entries(entries: list[Record]) -> None:
    previous: dict[tuple[str, str], str] = {}
    for one in entries:
        chain = (one["flow"], one["key"])
        start = sha256("ml-connector audit chain 1", only(one, "deployment flow key"))
        assert one["previous"] == previous.get(chain, start)
        told = only(one, "at deployment detail flow key run_id scheme step")
        content = sha256("ml-connector audit entry 1", told)
        assert one["hash"] == sha256("ml-connector audit link 1", {**only(one, "previous seq"), "content": content})
        previous[chain] = one["hash"]


def check_anchors(anchors: list[Record], heads: list[Record]) -> None:
    previous = sha256("ml-connector audit anchors 1", {"deployment": DEPLOYMENT})
    for anchor in anchors:
        mine = [head for head in heads if head["number"] == anchor["number"]]
        lines = [text_of(only(head, "flow hash key position removed seq")) for head in mine]
        over = "\n".join(["ml-connector audit heads 1", *lines, ""])
        assert (anchor["heads"], anchor["heads_hash"]) == (len(mine), hashlib.sha256(over.encode()).hexdigest())
        told = only(anchor, "at deployment heads heads_hash number previous run_id")
        told["removed_before"] = anchor["removed_before"] or ""
        assert anchor["hash"] == sha256("ml-connector audit anchor 1", told)
        assert anchor["previous"] == previous
        assert anchor["signature"] == signed("anchor", anchor["hash"])
        assert anchor["signed_with"] == signed("name", "")[:16]
        previous = anchor["hash"]


def test_the_documented_calculation_gives_the_stored_hashes(database: Database, clock: Clock) -> None:
    """Whoever follows the document arrives at every hash and signature of an export, with tombstones too."""
    key = SigningKey(SECRET)
    for run in ("one", "two", "three"):
        audit = database.audit(DEPLOYMENT, FLOW, run)
        for name in ("P1", "P2", f"Müller {run}", ""):
            audit.note(name, "sent", {"amount": "1.10", "text": "“é”\n"})
            audit.note(name, "verified", {})
        database.anchors(DEPLOYMENT, key).add(run)
        clock.time += HOUR
    whole = records(database, clock, key)
    check_entries([one for one in whole if one["type"] == "entry"])
    Retention(database.engine, DEPLOYMENT, key, clock.now).prune(clock.now() - 2 * HOUR, "ann")
    left = records(database, clock, key)
    anchors = [one for one in left if one["type"] == "anchor" and one["number"] > 1]
    heads = [one for one in [*whole, *left] if one["type"] == "head"]
    unique = {(one["number"], one["position"]): one for one in heads}
    first = [one for one in whole if one["type"] == "anchor" and one["number"] == 1]
    check_anchors([*first, *anchors], [unique[place] for place in sorted(unique)])
    assert any(one["removed"] for one in heads)


def records(database: Database, clock: Clock, key: SigningKey) -> list[Record]:
    """The records of an export, whose end is checked."""
    lines = list(export(database.engine, DEPLOYMENT, Span(None, clock.now() + HOUR), key))
    end = json.loads(lines[-1])
    assert end["hash"] == hashlib.sha256("".join(lines[:-1]).encode()).hexdigest()
    assert end["signature"] == signed("ml-connector audit export 1", end["hash"])
    return [json.loads(line) for line in lines[:-1]]
