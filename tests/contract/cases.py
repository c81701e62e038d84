"""Which bench and kind a test is run with: all that declare what it is about."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from bench import Bench

Chosen = Callable[[type[Bench]], Sequence[str]]


def benches() -> list[type[Bench]]:
    """Return the bench of every module of this folder whose name ends in ``_bench``."""
    found = []
    for path in sorted(Path(__file__).parent.glob("*_bench.py")):
        module = importlib.import_module(path.stem)
        found += [one for one in vars(module).values() if _is_bench(one, module.__name__)]
    return found


def _is_bench(one: object, module: str) -> bool:
    return isinstance(one, type) and issubclass(one, Bench) and one.__module__ == module


def kinds(chosen: Chosen) -> pytest.MarkDecorator:
    """Return the mark that runs a test with each bench and kind that `chosen` says, as fixture `case`."""
    pairs = [(bench, kind) for bench in benches() for kind in chosen(bench)]
    ids = ["-".join(filter(None, (bench.system, bench.name, kind))) for bench, kind in pairs]
    return pytest.mark.parametrize("case", pairs, ids=ids, indirect=True)


every_source = kinds(lambda bench: bench.sources)
every_target = kinds(lambda bench: bench.destinations)
