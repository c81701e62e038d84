"""Money: a decimal amount with its currency, and the one declared rounding rule."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

CENT = Decimal("0.01")


def _refuse_float(value: Any) -> Any:
    if isinstance(value, float):
        msg = "a float never touches money; parse the JSON text with Decimal"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns a ValueError into a validation error
    return value


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        msg = "not a finite number"
        raise ValueError(msg)
    return value


Amount = Annotated[Decimal, BeforeValidator(_refuse_float), AfterValidator(_finite)]
"""A finite decimal that was never a float; its currency is the document's."""


class Money(BaseModel):
    """An amount in one currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Amount
    currency: str

    def __str__(self) -> str:
        """Return e.g. ``48,210.00 EUR``."""
        return f"{self.amount:,.2f} {self.currency}"


def rounded(amount: Decimal) -> Decimal:
    """Return `amount` rounded half up to cents: the one rounding rule of the connector."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def plain(amount: Decimal) -> str:
    """Return `amount` as text without exponent or trailing zeros, so that 5, 5.0 and 5.00 are equal."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
