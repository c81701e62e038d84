"""What a deployment may choose about Cin7 Core."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Cin7Options(BaseModel):
    """The options under ``options: {cin7: …}`` of a deployment.

    Args:
        supplier_code_attribute: the additional attribute that holds the ERP's supplier number.
        attribute_set: the attribute set that suppliers we create belong to; without one Cin7 drops attributes.
        payment_term: terms of suppliers we create, where theirs are empty; "" for the account's default.
        tax_rule: tax rule of suppliers we create ("" for the first active one for purchases) and of lines that name
            none.
        location: location of purchases and receipts that name none; "" for the account's default.
        locations: the source's location (site, warehouse) codes → names of locations in Cin7.
        approach: order of steps of purchases we create.
        purchase_type: family of purchases we create; Advanced allows several receipts and bills.
        put_away: the account has “Use Put Away” switched on, so that goods are received and then put away. Nothing in
            the API tells.
        over_receipts: whether more goods than were ordered may be received; what is refused is held.
        cost_centre_home: where a line's cost centre goes: Cin7 has no field for it.
        charge_product: the Service product under whose name lines without item go; "" for the line's own text.
        source_rate: purchases made for bills without order take the bill's own currency rate; right only where both
            ledgers have the same base currency.
        receipts_without_put_away: whether goods received but not put away are a goods receipt.
        detail_workers: purchases read at the same time.
        page_size: rows a list page, at most 1000.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    supplier_code_attribute: str = Field(default="AdditionalAttribute1", pattern=r"^AdditionalAttribute([1-9]|10)$")
    attribute_set: str = ""
    payment_term: str = ""
    tax_rule: str = ""
    location: str = ""
    locations: dict[str, str] = {}
    approach: Literal["STOCK", "INVOICE"] = "STOCK"
    purchase_type: Literal["Simple", "Advanced"] = "Advanced"
    put_away: bool = True
    over_receipts: Literal["refuse", "allow"] = "refuse"
    cost_centre_home: Literal["line_comment", "none"] = "line_comment"
    charge_product: str = ""
    source_rate: bool = False
    receipts_without_put_away: Literal["stock_received", "skip"] = "stock_received"
    detail_workers: int = Field(default=4, ge=1, le=16)
    page_size: int = Field(default=1000, ge=1, le=1000)
