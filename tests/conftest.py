"""Marks of all tests."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks that pyproject.toml does not list."""
    config.addinivalue_line("markers", "e2e_short: the end-to-end tests that `make test` runs too")
