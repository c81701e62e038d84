"""How Airflow retries: no sooner than the vendor asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ml_connector.domain.errors import RetryableError

MARGIN_SECONDS = 5.0


def asked_wait(error: BaseException) -> dt.timedelta | None:
    """Return how long a retry has to wait, or None when nobody asked."""
    seconds = error.retry_after_seconds if isinstance(error, RetryableError) else None
    return None if not seconds else dt.timedelta(seconds=seconds + MARGIN_SECONDS)


def policy() -> dict[str, Any]:
    """Return the task arguments that make retries wait as asked; none where Airflow cannot (before 3.3)."""
    try:
        from airflow.sdk import RetryPolicy  # noqa: PLC0415 - absent before Airflow 3.3
        from airflow.sdk.definitions.retry_policy import RetryDecision  # noqa: PLC0415
    except ImportError:
        return {}

    class WaitAsAsked(RetryPolicy):
        """Retries after the wait that the vendor asked for."""

        def evaluate(self, exception: BaseException, *_args: Any, **_named: Any) -> Any:
            wait = asked_wait(exception)
            if wait is None:
                return RetryDecision.default()
            return RetryDecision.retry(delay=wait, reason=f"asked to wait {wait.total_seconds():.0f} s")

        def serialize(self) -> dict[str, Any]:
            return {}

    return {"retry_policy": WaitAsAsked()}
