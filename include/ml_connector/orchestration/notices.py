"""What a deployment says about the digests that it sends."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Notices(BaseModel):
    """Who is told, how, and when.

    Args:
        notifier: class of an Airflow notifier, e.g. ``airflow.providers.smtp.notifications.smtp.SmtpNotifier``.
        arguments: its arguments; in those that it takes as templates ``{{ ml_connector.title }}``, ``.text`` and
            ``.link`` stand for the digest.
        waiting_days: a document held or waiting for longer is told by name.
        watermark_hours: a flow that has read nothing newer for longer is told.
        at_most_every_minutes: news within that time after the last digest go with a later run's.
        again_hours: the same digest is sent again after so long, while nothing is done about it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    notifier: str
    arguments: dict[str, Any] = {}
    waiting_days: int = Field(default=7, ge=1, le=365)
    watermark_hours: int = Field(default=24, ge=1, le=24 * 90)
    at_most_every_minutes: int = Field(default=60, ge=0, le=7 * 24 * 60)
    again_hours: int = Field(default=24, ge=1, le=24 * 30)

    @field_validator("notifier")
    @classmethod
    def _is_there(cls, value: str) -> str:
        module, _, name = value.rpartition(".")
        try:
            found = bool(name) and find_spec(module) is not None
        except (ImportError, ValueError):
            found = False
        if not found:
            raise ValueError(f"there is no {value!r}: give module and class of a notifier that is installed")
        return value
