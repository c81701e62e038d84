"""Tokens that outlive a task, sealed with the connection's own secret."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import Engine, delete, select

from ml_connector.domain.errors import ConfigurationError, RetryableError
from ml_connector.store.engine import reading, upsert, writing
from ml_connector.store.leases import Lease, Now, utc_now
from ml_connector.store.tables import lock
from ml_connector.store.tables import token as token_table
from ml_connector.transport.auth import Token
from ml_connector.transport.seal import seal, unseal

SIGN_IN_LASTS = dt.timedelta(minutes=5)
"""After this long a worker that vanished while it signed in no longer holds up the others."""
_LOOK_AGAIN_SECONDS = 0.25

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SqlTokenStore:
    """The tokens of all processes of a deployment.

    Args:
        secret_material: the connection's secret; who reads the database alone opens nothing.
        patience_seconds: how long `locked` waits for another worker.
    """

    engine: Engine
    secret_material: str = field(repr=False)
    patience_seconds: float = 120
    now: Now = utc_now
    sleep: Callable[[float], None] = time.sleep

    def load(self, name: str) -> Token | None:
        """Return the token, or None when there is none or the secret has changed since."""
        with reading(self.engine) as connection:
            query = select(token_table.c.sealed).where(token_table.c.name == name)
            sealed = connection.execute(query).scalar()
        if sealed is None:
            return None
        try:
            return Token.from_json(unseal(self.secret_material, sealed))
        except (ConfigurationError, ValueError):
            _log.warning("%s: the stored token cannot be opened any more; a new one will be asked for", name)
            return None

    def save(self, name: str, token: Token) -> None:
        """Keep the token; on disk when this returns."""
        sealed = seal(self.secret_material, token.to_json())
        with writing(self.engine) as connection:
            upsert(connection, token_table, [{"name": name, "sealed": sealed, "updated_at": self.now()}])

    def forget(self, name: str) -> None:
        """Remove the token; none there is no error."""
        with writing(self.engine) as connection:
            connection.execute(delete(token_table).where(token_table.c.name == name))

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold `name` against all other threads and processes until left; a killed holder's ends by itself.

        Raises:
            RetryableError: another worker holds it for longer than a task should wait.
        """
        lease = Lease(self.engine, lock, {"name": f"token {name}"}, self.now, SIGN_IN_LASTS)
        waited = 0.0
        while lease.take() is not None:
            if waited >= self.patience_seconds:
                raise RetryableError(f"{name}: another worker has been signing in for {waited:.0f} seconds")
            self.sleep(_LOOK_AGAIN_SECONDS)
            waited += _LOOK_AGAIN_SECONDS
        try:
            yield
        finally:
            with suppress(RetryableError):  # it ends by itself
                lease.leave()
