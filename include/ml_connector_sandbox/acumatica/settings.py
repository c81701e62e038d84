"""The behaviours that a test may switch, with the vendor's defaults, or the strict ones where it has none."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass
class Settings:
    """Every switch of the simulator; ``GET /_sim/settings`` shows them and ``PATCH`` changes them."""

    # endpoint
    endpoint_versions: list[str] = field(default_factory=lambda: ["23.200.001", "24.200.001", "25.200.001"])
    """Versions of the Default endpoint that are published; any of 20, 22, 23, 24, 25."""
    entity_root: str = "object"
    """``object``: the body of GET /entity in current builds; ``array``: the bare list of older builds."""
    instance: str = ""
    """Name of the instance in the path (``/AcmeERP/entity/…``); empty when installed at the web root."""
    links: bool = False
    """Whether answers carry ``_links``; recordings of 2023 do not."""

    # reading
    order: str = "modified"
    """Order of list answers, which no client can choose: ``key``, ``insertion``, ``modified`` or ``shuffled``."""
    cross_view_empty: bool = True
    """Whether an ``and`` of fields of different screen views finds nothing."""
    not_optimizable: dict[str, list[str]] = field(
        default_factory=lambda: {"Vendor": ["Attributes"], "Bill": ["Applications"]}
    )
    """Fields and expansions that make a list fail with 500 "Optimization cannot be performed"."""

    # signing in
    max_sessions: int = 2
    """Licensed API users; a trial licence has two."""
    token_seconds: int = 3600
    refresh_chain_days: int = 30
    cookie_idle_seconds: int = 600
    single_tenant: bool = False
    """On a single-tenant site any tenant name is accepted at the cookie login."""

    # licence
    requests_per_minute: int = 600
    license_delay: bool = False
    """True: from half the limit on each request is delayed by the documented rule, on the simulated clock, and
    declined when more than 20 wait already. False: nothing is delayed, and a request over the limit is declined with
    429 at once."""
    queue_length: int = 20
    queue_seconds: int = 600

    # numbering
    vendor_numbering: str = "auto"
    """``auto``: a sent unknown VendorID is ignored and the next number assigned; ``manual``: it is the key."""
    vendor_id_length: int = 10
    """Length of the segmented key of a vendor, in characters."""

    # preferences
    default_vendor_class: str = "SUPPLIER"
    country_required: bool = True
    hold_documents_on_entry: bool = True
    hold_orders_on_entry: bool = True
    validate_document_totals: bool = False
    validate_order_totals: bool = False
    require_vendor_ref: bool = False
    duplicate_vendor_ref_error: bool = False
    bill_approval: bool = False
    order_approval: bool = False
    subaccounts_feature: bool = True
    inventory_feature: bool = True
    """Inventory and Order Management; without it orders and receipts answer 403."""
    refuse_control_accounts: bool = True
    billing_basis: str = "order"
    """``order``: stock lines of an order may be billed straight away; ``receipt``: only against a receipt."""
    terms: dict[str, int] = field(
        default_factory=lambda: {
            "COD": 0,
            "7D": 7,
            "14D": 14,
            "30D": 30,
            "60D": 60,
            "NET14": 14,
            "NET30": 30,
            "NET60": 60,
        }
    )
    """Credit terms and their days; the endpoint has no entity for them."""
    branches: list[str] = field(default_factory=lambda: ["HEADOFFICE"])
    """IDs of the branches; the first is the users' default."""
    branch_names: dict[str, str] = field(default_factory=lambda: {"HEADOFFICE": "Head Office"})
    """ID → name, which ``PX-CbApiBranch`` takes; a branch without one goes by its ID."""
    projects: list[str] = field(default_factory=lambda: ["X"])

    # actions
    action_mode: str = "poll"
    """``poll``: 202 and a status to poll; ``immediate``: 204 with a Location that must not be polled."""
    action_polls: int = 2
    """How many polls answer 202 before the operation has finished."""
    action_seconds: int = 10
    """An operation that nobody polls finishes after this time."""
    action_failure: str = ""
    """When set, operations fail with this text while they are polled, and change nothing."""
    action_failure_status: int = 422
    """Status of that failure: 422 with the entity, or 500; the documentation does not say which."""
    session_busy: bool = True
    """Whether other requests of a session fail while its operation runs."""
    session_busy_status: int = 500
    session_busy_text: str = "The previous operation has not been completed yet."
    """How they fail, which is not documented: with 500 the text is an exception's, else the message."""
    error_exception_members: bool = False
    """Whether a 422 carries ``exceptionMessage`` and ``exceptionType`` as newer builds do."""

    def patch(self, changes: dict[str, Any]) -> None:
        """Change some switches.

        Raises:
            ValueError: for an unknown name or a value of another type.
        """
        known = {item.name for item in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"unknown setting {name!r}; known are {', '.join(sorted(known))}")
            if type(value) is not type(getattr(self, name)):
                raise ValueError(f"setting {name!r} takes a {type(getattr(self, name)).__name__}, not {value!r}")
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        """All switches by name."""
        return asdict(self)
