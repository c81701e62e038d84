"""Writes docs/options.md from the options' own docstrings: ``python tests/repo/options_page.py > docs/options.md``."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from ml_connector.orchestration.catalog import SYSTEMS, load

HEAD = """# Options

What a deployment may choose about each system, under `options` in its [`pairs.yaml`](deployment.md):

```yaml
deployments:
  - pair: acumatica_cin7
    options:
      acumatica: {charge_account: "5200"}
      cin7: {location: Main Warehouse, detail_workers: 8}
```

A deployment with an option that does not exist is left out, and an import error says why. Types and limits are in
`ml_connector/systems/<system>/options.py`, which this page is made from.
"""


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(_section(name, load(system.options)) for name, system in sorted(SYSTEMS.items()))


def _section(system: str, options: type[BaseModel]) -> str:
    rows = [_row(options, names, meaning) for names, meaning in _told(options)]
    return "\n".join([f"\n## {system}\n", "| option | default | meaning |", "|---|---|---|", *rows, ""])


def _row(options: type[BaseModel], names: list[str], meaning: str) -> str:
    defaults = [_default(options.model_fields[name]) for name in names]
    return f"| {', '.join(f'`{name}`' for name in names)} | {', '.join(filter(None, defaults))} | {meaning} |"


def _told(options: type[BaseModel]) -> Iterator[tuple[list[str], str]]:
    """Yield options with their text; ``a, b: text`` is said of both, and ``; c: text`` begins another's."""
    field = "|".join(options.model_fields)
    arguments = inspect.cleandoc(options.__doc__ or "").partition("Args:\n")[2]
    for entry in re.split(r"\n    (?=\S)", "\n" + arguments)[1:]:
        for part in re.split(rf"; (?=(?:{field})(?:, (?:{field}))*: )", " ".join(entry.split())):
            names, _, meaning = part.partition(": ")
            yield names.split(", "), meaning.removesuffix(".").replace("``", "`").replace("|", r"\|")


def undocumented() -> list[str]:
    """Return the options that no docstring tells of."""
    found = []
    for system, place in SYSTEMS.items():
        options = load(place.options)
        told = {name for names, _ in _told(options) for name in names}
        found += [f"{system}.{name}" for name in options.model_fields if name not in told]
    return found


def _default(field: Any) -> str:
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}, [], frozenset()):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (set, frozenset)):
        value = sorted(value)
    shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return f"`{shown}`" if len(shown) <= 60 and "{" not in shown and "=" not in shown else "see the module"


if __name__ == "__main__":
    sys.stdout.write(page())
