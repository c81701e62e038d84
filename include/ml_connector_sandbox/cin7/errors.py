"""The vendor's way to say no: an array of codes and sentences."""

from __future__ import annotations

WRONG_FAMILY = (
    "This endpoint is deprecated and does not support Advanced Purchase and Service Purchase. "
    "Please use AdvancedPurchase endpoint"
)


class ApiError(Exception):
    """An answer that is an error.

    Args:
        text: the sentence; more than one with `also`.
        code: the ErrorCode inside the body, which may differ from the HTTP status.
    """

    def __init__(self, text: str, *, status: int = 400, code: int | None = None, also: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.status = status
        self.body = [{"ErrorCode": code or status, "Exception": one} for one in (text, *also)]


def missing(name: str) -> ApiError:
    """Return the refusal of a body without a required field."""
    return ApiError(f"Required Attribute '{name}' not specified")
