"""Days and moments as a person types them."""

from __future__ import annotations

import argparse
import datetime as dt

from ml_connector.store.columns import UTC


def moment_of(text: str) -> dt.datetime:
    """Return the moment; a day is its beginning, and what has no zone is UTC."""
    try:
        made = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 2026-10-01 and no moment") from None
    return made if made.tzinfo else made.replace(tzinfo=UTC)
