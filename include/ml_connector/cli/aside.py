"""Airflow within a command: kept off standard output, where the result goes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout


@contextmanager
def airflow_aside() -> Iterator[None]:
    """Load Airflow, whose logging writes to standard output, and have it write beside the result meanwhile."""
    before = sys.stdout
    with redirect_stdout(sys.stderr):
        import airflow  # noqa: F401, PLC0415 - slow, so not before it is needed

        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is before:
                handler.setStream(sys.stderr)
        yield
