"""Behaviours of the vendor that differ between tenants, editions of the reference, or reports."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """The switches; defaults are what a client has to expect.

    Args:
        rate_limit, rate_seconds: calls allowed in any span of so many seconds, per key (or account).
        rate_dialect: how the refusal looks; all five have been seen.
        advanced_get_of_simple: reading a Simple purchase as advanced gives an empty ``shell`` (seen) or all of it
            (the reference).
        strict_updated_since: a ``Z`` in UpdatedSince is refused, as sale lists did in 2023.
        put_away: the tenant uses put-away for advanced receipts.
        stock_without_put_away: without it advanced receipts are taken (inferred) or refused (the reference).
        put_away_is_receipt: stock first, goods that are put away may be billed whatever their receipt's own status
            says (inferred from such purchases), or only where that is AUTHORISED (the reference's words).
        put_replaces: a supplier's PUT clears what its body leaves out, or leaves it (not documented).
        duplicate_sku_lines: the same product twice in an order.
        reverse_lines: a POST answers with its lines in another order.
        mix_null: empty texts come back as null in some records.
        currency_rates: base units per unit of a currency, for purchases whose header gives no rate.
        location_rows: locations in a page at most, whatever the limit asked for (500 has been seen).
        total_digits: decimals to which a line's Total is checked.
        unknown_route: 200 with a web page (seen) or 404 (the reference).
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    rate_limit: int = Field(default=60, ge=1)
    rate_seconds: float = Field(default=60.0, gt=0)
    rate_scope: Literal["key", "account"] = "key"
    rate_dialect: Literal["429_seconds", "429_text", "429_bare", "503", "400"] = "429_text"
    advanced_get_of_simple: Literal["shell", "full"] = "shell"
    strict_updated_since: bool = False
    put_away: bool = True
    stock_without_put_away: Literal["taken", "refused"] = "taken"
    put_away_is_receipt: bool = True
    put_replaces: bool = False
    duplicate_sku_lines: Literal["allowed", "rejected"] = "allowed"
    reverse_lines: bool = True
    mix_null: bool = True
    currency_rates: dict[str, Decimal] = {}
    location_rows: int = Field(default=500, ge=1)
    total_digits: int = Field(default=2, ge=0, le=4)
    unknown_route: Literal["html", "404"] = "html"
