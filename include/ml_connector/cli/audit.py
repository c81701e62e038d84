"""``ml-connector audit``: the trail proven, shown, exported and shortened."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Dialect

from ml_connector.cli.command import Exit, add, note, print_json
from ml_connector.cli.database import opened, opened_for
from ml_connector.cli.spans import moment_of
from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration.audit_keys import VARIABLE, audit_keys
from ml_connector.store.columns import UTC, from_json, opened_detail, to_json
from ml_connector.store.export import Span, export, verify_file
from ml_connector.store.prune import Retention
from ml_connector.store.story import Told, find, story
from ml_connector.store.verdict import Verdict
from ml_connector.store.verify import deployments, verify


def add_to(commands: Any) -> None:
    """Add the commands of this module."""
    actions = commands.add_parser("audit", help="the audit trail").add_subparsers(required=True, metavar="ACTION")
    check = add(
        actions, "verify", _verify,
        text="prove the trail unbroken, or name the first bad entry of each document",
        json="one array: a verdict for each DAG, with good, problems, and what was counted and anchored",
        found="the trail is not as it was written",
    )  # fmt: skip
    _takes_dag(check, required=False)
    check.add_argument("--file", type=Path, help="an export; no database is needed")
    check.add_argument("--expect", type=_anchor, metavar="NUMBER:HASH", help="an anchor that was written down earlier")
    show = add(
        actions, "show", _show,
        text="one document's entries",
        json="JSON lines: each entry as it is stored, and whole, whether it is as it was written",
    )  # fmt: skip
    show.add_argument("key", help="the source's key, the target's, or a part of what a clerk calls it, e.g. PO-00042")
    _takes_dag(show, required=False)
    out = add(
        actions, "export", _export,
        text="write a span as JSON lines that prove themselves",
        json="one object: file, lines, signed",
    )  # fmt: skip
    _takes_dag(out, required=True)
    out.add_argument(
        "--from", dest="start", metavar="TIME", type=moment_of, help="first moment, e.g. 2026-10-01; from the beginning"
    )
    out.add_argument("--to", dest="end", metavar="TIME", type=moment_of, help="moment behind the last one; up to now")
    out.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="which is made, readable by you only"
    )
    prune = add(
        actions, "prune", _prune,
        text="remove old entries; a signed tombstone stays for each document",
        json="one object: entries, documents, anchor (null when nothing went)",
    )  # fmt: skip
    _takes_dag(prune, required=True)
    prune.add_argument("--before", metavar="TIME", type=moment_of, required=True, help="e.g. 2019-01-01")


def _takes_dag(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--dag", "--pair", dest="deployment", required=required, help="DAG id, e.g. acumatica_cin7", metavar="DAG"
    )


def _anchor(text: str) -> tuple[int, str]:
    number, _, made = text.partition(":")
    if not number.isdigit() or not made:
        raise argparse.ArgumentTypeError(f"{text!r} is no anchor; one looks like 12:9f86d081…")
    return int(number), made


# --- verify -------------------------------------------------------------------------------------


def _verify(asked: argparse.Namespace) -> Exit:
    verdicts = list(_verdicts(asked))
    keyless = not audit_keys()
    if asked.json:
        print_json([verdict.to_json() for verdict in verdicts])
    else:
        print("\n\n".join(verdict.text() for verdict in verdicts) or "there is no audit trail yet")
    if keyless:
        note(asked, f"signatures were not checked: set {VARIABLE} to the key that signs them")
    return Exit.DONE if all(verdict.good for verdict in verdicts) else Exit.FOUND


def _verdicts(asked: argparse.Namespace) -> Iterable[Verdict]:
    keys = audit_keys()
    if asked.file:
        if asked.deployment or asked.expect:
            raise ConfigurationError("an export is checked by itself: --file goes with neither --dag nor --expect")
        yield verify_file(asked.file, keys)
        return
    engine = (opened if asked.expect else opened_for)(asked).engine  # an anchor proves that there was a trail
    there = deployments(engine)
    if asked.deployment and asked.deployment not in there and not asked.expect:
        raise ConfigurationError(f"{asked.deployment} has no audit trail; there are: {', '.join(there) or 'none'}")
    chosen = [asked.deployment] if asked.deployment else there
    if asked.expect and not asked.deployment:
        raise ConfigurationError("--expect needs --dag: each DAG has anchors of its own")
    for deployment in chosen:
        yield verify(engine, deployment, keys, expect=asked.expect)


# --- show ---------------------------------------------------------------------------------------


def _show(asked: argparse.Namespace) -> Exit:
    engine = opened_for(asked).engine
    chosen = [asked.deployment] if asked.deployment else deployments(engine)
    found = [(deployment, *one) for deployment in chosen for one in find(engine, deployment, asked.key)]
    if not found:
        raise ConfigurationError(f"the trail knows no document {asked.key!r}")
    for deployment, flow, key in found:
        if not asked.json:
            print(f"{deployment}, {flow}, {key or '(the flow)'}")
        for told in story(engine, deployment, flow, key):
            if asked.json:
                print_json(told.to_json())
            else:
                print(_line(told, engine.dialect))
    return Exit.DONE


def _line(told: Told, dialect: Dialect) -> str:
    row = told.row
    detail = from_json(row["detail"])
    shown = to_json(opened_detail(detail, dialect)) if isinstance(detail, dict) else row["detail"]
    state = "" if told.whole else "  NOT AS WRITTEN: run ml-connector audit verify"
    state += "  (from before the chain)" if told.from_before else ""
    head = f"{row['seq']:4}  {row['at']:%Y-%m-%d %H:%M:%S} UTC  {row['step']}  run {row['run_id']}{state}"
    return f"{head}\n      {shown}" if detail else head


# --- export and prune ---------------------------------------------------------------------------


def _export(asked: argparse.Namespace) -> Exit:
    engine = opened_for(asked).engine
    span = Span(asked.start, asked.end or dt.datetime.now(UTC))
    if span.start and span.start >= span.end:
        raise ConfigurationError("the span is empty; give a --from that lies before --to")
    if asked.deployment not in (there := deployments(engine)):
        raise ConfigurationError(f"{asked.deployment} has no audit trail; there are: {', '.join(there) or 'none'}")
    key = next(iter(audit_keys()), None)
    begun = asked.output.with_name(f"{asked.output.name}.part")
    lines = 0
    private = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(private, "w", encoding="utf-8", newline="\n") as file:
        for lines, line in enumerate(export(engine, asked.deployment, span, key), start=1):  # noqa: B007 - counted
            file.write(line)
    begun.replace(asked.output)
    if asked.json:
        print_json({"file": str(asked.output), "lines": lines, "signed": key is not None})
    else:
        print(f"{lines} lines written to {asked.output}, {'signed' if key else 'NOT signed: no key is configured'}")
    return Exit.DONE


def _prune(asked: argparse.Namespace) -> Exit:
    keys = audit_keys()
    if not keys:
        raise ConfigurationError(f"retention signs what it leaves: set {VARIABLE}")
    database = opened_for(asked)
    done = Retention(database.engine, asked.deployment, keys[0], database.now, keys[1:])
    gone = done.prune(asked.before, getpass.getuser())
    if asked.json:
        anchor = str(gone.anchor) if gone.anchor else None
        print_json({"entries": gone.entries, "documents": gone.documents, "anchor": anchor})
        return Exit.DONE
    print(f"{gone.entries} entries of {gone.documents} documents removed")
    if gone.anchor:
        print(f"anchor {gone.anchor}: write it down outside of the database")
    return Exit.DONE
