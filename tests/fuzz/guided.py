"""Coverage-guided fuzzing of the parsers: `make fuzz-guided`, or ``python tests/fuzz/guided.py [PARSER …]``.

Needs atheris (the dependency group `fuzz`). Each parser is fuzzed in a process of its own, from one good example; what
breaks it is written to `build/fuzz`. The promise is that of `test_inputs.py`: it is taken, or refused with a reason.
"""

from __future__ import annotations

import argparse
import datetime as dt
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ml_connector"]):
    from ml_connector.domain.documents import Document, dump_document, load_document
    from ml_connector.domain.errors import ConfigurationError
    from ml_connector.orchestration.deployments import Deployment, read
    from ml_connector.store.codemap_csv import decoded, read_rows, write_rows
    from ml_connector.systems.cin7.translate import documents_from, supplier_from
    from ml_connector.systems.cin7.wire import WirePurchase, WireSupplier
    from ml_connector.systems.infor.bod import document_of, identity_of
    from ml_connector.systems.infor.bod_xml import read_bod
    from ml_connector.systems.infor.options import InforOptions
    from ml_connector.systems.syspro import xml as syspro_xml
    from ml_connector.transport.answer import NotJson, decode
    from ml_connector.transport.redaction import Redactor, redact_url

OUT = Path("build/fuzz")
SEEN = dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc)
KINDS = ("purchase_order", "goods_receipt", "supplier_invoice")


def codes(content: bytes) -> int:
    """A CSV file of codes comes out and in again as it is; how many, as all of these return."""
    try:
        rows = read_rows(decoded(content, "f.csv"), "f.csv")
    except ConfigurationError as error:
        assert "f.csv" in str(error)  # noqa: PT017 - either end is fine
        return 0
    assert read_rows(write_rows(rows), "again") == rows
    return len(rows)


def deployments(content: bytes) -> int:
    """The file of deployments is read, or refused by its name."""
    path = Path(tempfile.gettempdir()) / "mlc-fuzzed.yaml"
    path.write_bytes(content)
    try:
        found = read(path)
    except ConfigurationError as error:
        assert "mlc-fuzzed.yaml" in str(error)  # noqa: PT017
        return 0
    assert all(isinstance(one, Deployment) for one in found)
    return len(found)


def cin7(content: bytes) -> int:
    """A record of Cin7 becomes documents that store and load, or cannot be read."""
    try:
        row = decode(content)
    except NotJson:
        return 0
    made: list[Document] = []
    with suppress(ValueError):
        made.append(supplier_from(WireSupplier.model_validate(row), "code"))
    for kind in KINDS:
        with suppress(ValueError):
            made += documents_from(WirePurchase.model_validate(row), kind)
    return _kept(made)


def bod(content: bytes) -> int:
    """A business document becomes one of ours, or cannot be read."""
    try:
        found = read_bod(content.decode("utf-8", "replace"))
        made = document_of(found, identity_of(found).key, InforOptions(), SEEN)
    except ValueError:
        return 0
    return _kept([] if made is None else [made])


def _kept(made: Sequence[Document]) -> int:
    for one in made:
        assert load_document(one.kind, dump_document(one)).content_hash() == one.content_hash()
    return len(made)


def syspro(content: bytes) -> int:
    """An answer of SYSPRO is an element or a text, and its rejections can be told."""
    found = syspro_xml.decoded(content)
    return 0 if isinstance(found, str) else len(syspro_xml.rejections(found))


def redaction(content: bytes) -> int:
    """A secret never passes, whatever stands around it."""
    text = content.decode("utf-8", "replace")
    assert "mlcmark-secret" not in Redactor(["mlcmark-secret"]).text(f"{text}mlcmark-secret{text}")
    redact_url(text)
    return 1


PURCHASE = (
    b'{"ID":"1","Name":"A","OrderNumber":"PO-1","LastModifiedOn":"2026-08-20T23:11:04.117Z",'
    b'"LastUpdatedDate":"2026-08-20T23:11:04.117Z","OrderDate":"2026-08-21T00:00:00","SupplierID":"2","Supplier":"A",'
    b'"Order":{"Status":"AUTHORISED","Lines":[{"SKU":"S","Quantity":1,"Price":1.5,"Total":1.5}],"Total":1.5},'
    b'"Invoice":[{"Status":"AUTHORISED","InvoiceDate":"2026-08-22","InvoiceNumber":"I","Lines":[]}]}'
)
REJECTION = b"<a><Item><Key>1</Key><ErrorNumber>2</ErrorNumber><ErrorDescription>x</ErrorDescription></Item></a>"
BOD = (
    b'<SyncSupplierPartyMaster xmlns="http://schema.infor.com/InforOAGIS/2"><DataArea><Sync/><SupplierPartyMaster>'
    b'<PartyIDs><ID variationID="2">S1</ID></PartyIDs><Name>A</Name><Location><Address>'
    b'<AddressLine sequence="1">Quay 1</AddressLine></Address></Location></SupplierPartyMaster></DataArea>'
    b"</SyncSupplierPartyMaster>"
)
PARSERS: dict[str, tuple[Callable[[bytes], int], bytes]] = {
    "codes": (codes, b"cin7_code,partner_code,note\n6120,62300,rent\n"),
    "deployments": (deployments, b"deployments:\n- pair: acumatica_cin7\n  tenant: uk\n  options: {cin7: {}}\n"),
    "cin7": (cin7, PURCHASE),
    "bod": (bod, BOD),
    "syspro": (syspro, REJECTION),
    "redaction": (redaction, b"https://u:p@host/x?token=1&UserId=2 password=3 Bearer abc"),
}


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one parser in this process, which ends with it."""
    target, example = PARSERS[name]
    if not target(example):
        raise SystemExit(f"{name}: the example itself is refused, so that little would be reached from it")
    with tempfile.TemporaryDirectory() as corpus:
        (Path(corpus) / "example").write_bytes(example)
        wanted = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10", f"-artifact_prefix={OUT}/{name}-"]
        atheris.Setup([sys.argv[0], *wanted, "-print_final_stats=1", corpus], target)
        atheris.Fuzz()


def main() -> int:
    """Fuzz the parsers named, or all; return how many broke."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("parsers", nargs="*", metavar="PARSER", help=f"of {', '.join(PARSERS)}; none means all")
    asked.add_argument("--seconds", type=int, default=60, help="for each (default %(default)s)")
    asked.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if unknown := set(given.parsers) - set(PARSERS):
        asked.error(f"no parser is called {', '.join(sorted(unknown))}; there are {', '.join(PARSERS)}")
    OUT.mkdir(parents=True, exist_ok=True)
    if given.here:
        fuzz(given.parsers[0], given.seconds)
    broken = 0
    for name in given.parsers or PARSERS:
        command = [sys.executable, __file__, name, "--here", "--seconds", str(given.seconds)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        lines = done.stderr.splitlines()
        told = next((line.split()[-1] for line in lines if "number_of_executed_units" in line), "?")
        sys.stdout.write(f"{name}: {told} inputs, {'well' if not done.returncode else 'BROKEN'}\n")
        if done.returncode:
            broken += 1
            sys.stdout.write("\n".join(lines[-40:]) + "\n")
    return broken


if __name__ == "__main__":
    sys.exit(main())
