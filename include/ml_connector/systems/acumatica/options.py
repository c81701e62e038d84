"""What a deployment may choose about Acumatica."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class AcumaticaOptions(BaseModel):
    """The adapter's options, with their defaults.

    Args:
        vendor_numbering: ``auto``: Acumatica numbers new vendors (it ignores a number that is sent); ``manual``:
            the supplier's shared code becomes the vendor number, and a supplier without one is refused.
        vendor_class: class of new vendors, which brings their accounts and terms; "" for the default class.
        default_country: two letters, for suppliers without a country; "" leaves it to Acumatica.
        warehouse: of order lines with an item; "" leaves it to the item's default.
        charge_account: of order lines without an item that carry no account of their own.
        subaccount: of order and bill lines that name an account; "" leaves it to Acumatica.
        page_size: records read at once, when there are many.
        release_deadline_seconds: how long a bill's release is waited for.
        settle_seconds: how long a write without an answer may still be carried out: a request is declined only after
            more than ten minutes in the licence's queue, and once begun it may run for minutes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    vendor_numbering: Literal["auto", "manual"] = "auto"
    vendor_class: str = ""
    default_country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    warehouse: str = ""
    charge_account: str = ""
    subaccount: str = ""
    page_size: int = Field(default=200, ge=1, le=5000)
    release_deadline_seconds: float = Field(default=300, gt=0)
    settle_seconds: float = Field(default=900, ge=0)
