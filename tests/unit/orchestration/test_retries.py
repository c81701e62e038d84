"""Retries wait as long as was asked."""

from __future__ import annotations

import datetime as dt

import pytest

from ml_connector.domain.errors import RateLimited, RetryableError, SyncError
from ml_connector.orchestration.retries import MARGIN_SECONDS, asked_wait


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RateLimited("slow down", retry_after_seconds=90), 90 + MARGIN_SECONDS),
        (RetryableError("later", retry_after_seconds=0.5), 0.5 + MARGIN_SECONDS),
        (RetryableError("later"), None),
        (RetryableError("later", retry_after_seconds=0), None),
        (SyncError("no"), None),
        (KeyError("no"), None),
    ],
)
def test_the_wait_is_what_was_asked_and_a_little_more(error: Exception, seconds: float | None) -> None:
    """Only a vendor's own word changes when the next try comes."""
    assert asked_wait(error) == (None if seconds is None else dt.timedelta(seconds=seconds))
