"""Marks of all tests."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # no test depends on how quick or busy the machine is


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks that pyproject.toml does not list."""
    config.addinivalue_line("markers", "e2e_short: the end-to-end tests that `make test` runs too")
