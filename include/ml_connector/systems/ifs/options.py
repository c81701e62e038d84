"""What a deployment may choose about IFS Cloud; tenants differ in projections, sets and names."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ml_connector.systems.ifs.sets import CHILDREN, SETS, Child, EntitySet

_DRAFT = frozenset({"Planned", "Stopped", "Preliminary", "PrelPosted", "Unposted"})
_OPEN = frozenset({
    "Released", "Confirmed", "Arrived", "Received", "Invoiced", "Closed",
    "Posted", "PostedAuth", "PaidPosted", "PartlyPaidPosted", "PrelPostedAuth",
})  # fmt: skip
"""States of orders, receipts and invoices; but for Released, Preliminary and Cancelled their names are inferred."""


class IfsOptions(BaseModel):
    """The options under ``options: {ifs: …}`` of a deployment.

    Args:
        sets: entity sets that are elsewhere, or named otherwise, at this tenant; each given whole.
        children: child collections that are named otherwise; each given whole.
        communication_below: whether communication methods hang below an address or below the supplier.
        companies: companies whose records are read; none given means all that the service user may see. A supplier's
            terms and currency are those in the first of them that has some.
        sites: sites whose orders and receipts are read; none given means all.
        page_size: rows asked for a page, below 5,000; a tenant may send fewer.
        detail_workers: suppliers and invoices read at the same time.
        numbers_as_text: ask for decimals as texts (``IEEE754Compatible``), as IFS's own client does.
        time_zone_aware: ask for real UTC where an interface offers it; without, time stamps are in the server's zone.
        order_horizon_days: how old an order, invoice or voucher may be and still be read for changes.
        overlap_days: how far before the window dates are read again: time stamps are in the server's zone.
        receipt_days: how far before the window receipts are read again: they may be entered days after the goods came.
        child_sweep_hours: after this long at most a supplier's addresses and terms are read again even without a sign
            of a change: they have ETags of their own, and the history log shows only what is switched on.
        history: whether the history log is asked for changes of addresses and communication methods.
        draft_states: states of orders and invoices that are not read yet; open_states: of those in force; void_states:
            of cancelled ones. A record in any other state is held.
        invoice_source: invoices are read from their own ``projection``, or from the ``voucher_rows`` they posted.
        invoice_function_groups: function groups of vouchers that are supplier invoices, for ``voucher_rows``.
        payable_accounts: accounts that invoices are owed on, for ``voucher_rows``; sub-ledger accounts always are.
        gl_voucher_rows: whether the vouchers that the GL update has moved to the general ledger are read too.
        tax_accounts: accounts of tax beside those that IFS marks so; their postings are no line of an invoice.
        pre_postings: whether the accounts of order lines are read from their pre-postings.
        create_suppliers: whether suppliers of Cin7 are created in IFS.
        address_id: the address that is read first and written, and that of suppliers we create.
        default_account: GL account of invoices that have no posting at all, and of order lines without; "" for none.
        cost_centre: code part that is the cost centre; "" for none.
        if_match: ``etag`` changes a record only as it was read; ``star`` overwrites whatever is there, for a server
            without ETags.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sets: dict[str, EntitySet] = {}
    children: dict[str, Child] = {}
    communication_below: Literal["address", "supplier"] = "address"
    companies: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    page_size: int = Field(default=1000, ge=1, le=4999)
    detail_workers: int = Field(default=4, ge=1, le=32)
    numbers_as_text: bool = False
    time_zone_aware: bool = False
    order_horizon_days: int = Field(default=400, ge=1, le=3650)
    overlap_days: int = Field(default=2, ge=1, le=60)
    receipt_days: int = Field(default=30, ge=1, le=366)
    child_sweep_hours: int = Field(default=24, ge=1, le=24 * 31)
    history: bool = True
    draft_states: frozenset[str] = _DRAFT
    open_states: frozenset[str] = _OPEN
    void_states: frozenset[str] = frozenset({"Cancelled"})
    invoice_source: Literal["projection", "voucher_rows"] = "projection"
    invoice_function_groups: tuple[str, ...] = ("I",)
    gl_voucher_rows: bool = False
    payable_accounts: tuple[str, ...] = ()
    tax_accounts: tuple[str, ...] = ()
    pre_postings: bool = False
    create_suppliers: bool = False
    address_id: str = "01"
    default_account: str = ""
    cost_centre: Literal["", "CodeB", "CodeC", "CodeD", "CodeE", "CodeF", "CodeG", "CodeH", "CodeI", "CodeJ"] = "CodeB"
    if_match: Literal["etag", "star"] = "etag"

    def set(self, name: str) -> EntitySet:
        """Return this tenant's entity set."""
        return self.sets.get(name, SETS[name])

    def child(self, name: str) -> Child:
        """Return this tenant's child collection."""
        return self.children.get(name, CHILDREN[name])

    def headers(self) -> dict[str, str]:
        """Return what goes with every call (a production extractor's, https://github.com/keboola/component-ex-ifs)."""
        accept = {"Accept": "application/json;IEEE754Compatible=true"} if self.numbers_as_text else {}
        return accept | ({"X-Ifs-Time-Zone-Aware-Request": "true"} if self.time_zone_aware else {})
