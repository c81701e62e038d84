"""Whether a deployment's systems are still the companies that it knows: its memory is true of no other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.errors import ConfigurationError
from ml_connector.orchestration import catalog
from ml_connector.orchestration.deployments import Deployment, suggestion
from ml_connector.store.identities import Identity, SqlIdentities


@dataclass(frozen=True)
class Books:
    """The books of one deployment's systems, told from its connections and options without a call.

    Args:
        settings: system → the fields of its connection; raises ConfigurationError.
    """

    deployment: Deployment
    store: SqlIdentities
    settings: Callable[[str], Any]

    @property
    def systems(self) -> tuple[str, str]:
        """Both systems."""
        return "cin7", self.deployment.spec.partner

    def present(self, system: str = "") -> dict[str, Identity]:
        """Return system → its books as configured now, of one system or of both.

        Raises:
            ConfigurationError: the pair has no such system, or its connection is missing or wrong.
        """
        if system and system not in self.systems:
            raise ConfigurationError(f"{self._name} has no system {system!r}{suggestion(system, self.systems)}")
        chosen = (system,) if system else self.systems
        return {one: self._identity(one, self.settings(one)) for one in chosen}

    def check(self, system: str, settings: Any) -> None:
        """Let nobody call a system that is not the one stored.

        Raises:
            ConfigurationError: it is another one.
        """
        stored = self.store.stored().get(system)
        now = self._identity(system, settings).text
        if stored is None or stored.identity.is_same(now):
            return
        raise ConfigurationError(
            f"{self._name}: {system} (connection {self.deployment.connection_of(system)!r}) is {now} now, and has been "
            f"{stored.identity.text} since {stored.since:%Y-%m-%d %H:%M} UTC. What is known as done there would count "
            f"as done here, so nothing was called. For another company, point the connection back and give a "
            f"deployment with a `tenant` and connections of its own; only if it is the same company under a new "
            f"address: ml-connector systems accept {self._name} {system}"
        )

    def keep(self) -> None:
        """Store whose books these are, unless it is known.

        Raises:
            ConfigurationError: they are those of another deployment of the pair, and this one has written nothing yet.
        """
        known = {one.system: one.identity.options for one in self.store.stored().values()}
        if known == {system: self._options(system) for system in self.systems}:
            return
        twin = self.store.keep(self.present())
        if twin is None:
            return
        raise ConfigurationError(
            f"{self._name} has written nothing yet, and {twin.deployment} has kept the same books with the same "
            f"options since {twin.since:%Y-%m-%d %H:%M} UTC: everything would be carried over twice. If it was "
            f"renamed, give it back its old name (`tenant`); only if it is to begin from nothing beside it: "
            f"ml-connector systems accept {self._name}"
        )

    @property
    def _name(self) -> str:
        return self.deployment.dag_id

    def _identity(self, system: str, settings: Any) -> Identity:
        text = catalog.load(catalog.SYSTEMS[system].identity)(settings, self.deployment.options_of(system))
        return Identity(text, self._options(system))

    def _options(self, system: str) -> str:
        given = json.dumps(self.deployment.options.get(system, {}), sort_keys=True, default=str)
        return hashlib.sha256(given.encode()).hexdigest()
