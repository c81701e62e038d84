"""Adapters as a task holds them: opened when they are first used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from ml_connector.sync.ports import Found


class Adapter:
    """An adapter that connects when it is first used: a step that needs one side never signs in to the other."""

    def __init__(self, make: Callable[[], Any], system: str) -> None:
        self._make, self.system = make, system

    @cached_property
    def _made(self) -> Any:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        """Return the attribute of the adapter behind."""
        return getattr(self._made, name)


class ListedOnce(Adapter):
    """An adapter that reads each list once."""

    def __init__(self, make: Callable[[], Any], system: str) -> None:
        super().__init__(make, system)
        self._present: dict[str, list[Found]] = {}

    @cached_property
    def _made(self) -> Any:
        made = self._make()
        keep = getattr(made, "keep_lists", None)
        if keep is not None:
            keep()
        return made

    def present(self, kind: str) -> list[Found]:
        """Return what the target holds of a kind."""
        if kind not in self._present:
            self._present[kind] = list(self._made.present(kind))
        return self._present[kind]
