"""Secrets that Airflow cannot know by itself, told to it, so that no task log shows them."""

from __future__ import annotations

from contextlib import AbstractContextManager

from ml_connector.transport.auth import Token, TokenStore


def mask(*secrets: str | None) -> None:
    """Have Airflow hide these values in the log of this task."""
    from airflow.sdk.log import mask_secret  # noqa: PLC0415 - Airflow is slow to import

    for secret in secrets:
        if secret:
            mask_secret(secret)


class MaskingTokens:
    """A token store whose tokens are masked as soon as this task knows them."""

    def __init__(self, store: TokenStore) -> None:
        self._store = store

    def load(self, name: str) -> Token | None:
        """Return the token, or None when there is none."""
        token = self._store.load(name)
        if token is not None:
            mask(token.access_token, token.refresh_token)
        return token

    def save(self, name: str, token: Token) -> None:
        """Keep the token; on disk when this returns."""
        mask(token.access_token, token.refresh_token)
        self._store.save(name, token)

    def forget(self, name: str) -> None:
        """Remove the token; none there is no error."""
        self._store.forget(name)

    def locked(self, name: str) -> AbstractContextManager[None]:
        """Hold `name` against all other threads and processes until left."""
        return self._store.locked(name)
