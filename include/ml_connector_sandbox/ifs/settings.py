"""The behaviours that a test may switch, with the vendor's defaults, or the strict ones where it has none."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

_CHOICES: dict[str, tuple[str, ...]] = {
    "wrong_secret_error": ("unauthorized_client", "invalid_client"),
    "next_link": ("none", "relative", "absolute"),
    "order": ("modified", "rowid", "shuffled"),
    "count": ("page", "exact", "missing"),
    "order_date": ("date", "timestamp"),
    "update_answer": ("entity", "no_content"),
    "unknown_fields": ("refuse", "ignore"),
}


@dataclass
class Settings:
    """Every switch of the simulator; ``GET /_sim/settings`` shows them and ``PATCH`` changes them."""

    # signing in (docs.ifs.com/techdocs/24r2, 030_administration/010_security/040_iam_settings)
    token_seconds: int = 180
    """Life of an access token since 24R2; older releases may have 3600."""
    refresh_seconds: int = 1800
    refresh_token_reuse: bool = False
    """False: a refresh spends its refresh token. Keycloak has both; the vendor says only that a new one comes."""
    basic_client_auth: bool = True
    """Whether the token endpoint takes the client's keys as Basic authentication too."""
    wrong_secret_error: str = "unauthorized_client"  # noqa: S105 - the name of an error
    """``unauthorized_client`` or ``invalid_client``: what Keycloak calls a wrong secret differs by version."""

    # rate (nothing published; the number is a convention)
    requests_per_minute: int = 1000
    """Calls a tenant may make in any minute before 429; 0 for no limit. The token endpoint is not counted."""
    retry_after: bool = True
    """Whether a 429 says in ``Retry-After`` how many seconds to wait."""

    # lists
    default_page: int = 100
    """Rows of a list without ``$top``: the tenant's default cuts it in silence."""
    page_cap: int = 2000
    """Most rows of one page, whatever ``$top`` asks; the page then comes full, and no link says that there is more."""
    next_link: str = "none"
    """``none`` (recorded 2026), ``relative`` or ``absolute``: whether a page that is not the last links the next."""
    order: str = "modified"
    """Order without ``$orderby``: ``modified`` (a row that changes moves to the end), ``rowid`` or ``shuffled``."""
    count: str = "page"
    """What ``$count=true`` counts: the rows of the ``page``, ``exact``ly all, or it is ``missing``."""
    etags_on_references: bool = True
    """Whether rows of ``Reference_…`` sets carry an ETag; published samples show both."""
    select_refused: list[str] = field(default_factory=list)
    """Sets (``Projection/Set``) that answer 400 to any ``$select``, as one customer reports."""
    refuse_state_filter: bool = False
    """Whether any filter on ``Objstate`` answers 400, as one customer reports of his tenant."""
    blank_after_comma: bool = False
    """Whether a blank after the comma between a function's arguments is understood."""
    unnamed_keys: bool = False
    """Whether ``Set('x')`` is understood beside ``Set(Key='x')``."""
    encoded_dollar: bool = False
    """Whether ``%24filter`` is understood beside ``$filter``."""

    # values
    time_zone: str = "Europe/Stockholm"
    """Zone of the server, in which time stamps are written and read although they end in Z."""
    time_zone_aware: list[str] = field(default_factory=list)
    """Projections that honour ``X-Ifs-Time-Zone-Aware-Request: true`` with real UTC."""
    order_date: str = "date"
    """Whether ``PurchaseOrder.OrderDate`` is a ``date`` or a ``timestamp`` at midnight; tenants differ."""

    # writing
    require_if_match: bool = False
    """True: PATCH without ``If-Match`` answers 428. False: it is an upsert, as documented."""
    update_answer: str = "entity"
    """``entity``: PATCH answers 200 with the row; ``no_content``: 204."""
    unknown_fields: str = "refuse"
    """``refuse``: an unknown property in a body answers 400; ``ignore``: it is dropped in silence. Not documented."""
    history_logged: list[str] = field(default_factory=list)
    """Logical units whose changes are written to the history log; none in a fresh installation."""

    # errors
    error_message_object: bool = False
    """Whether ``error.message`` is ``{"lang": …, "value": …}``, as some clients have met."""

    def patch(self, changes: dict[str, Any]) -> None:
        """Change some switches, all or none.

        Raises:
            ValueError: for an unknown name or a bad value.
        """
        for name, value in changes.items():
            self._check(name, value)
        for name, value in changes.items():
            setattr(self, name, value)

    def _check(self, name: str, value: Any) -> None:
        """ValueError when the switch does not exist or does not take the value."""
        known = {item.name for item in fields(self)}
        if name not in known:
            raise ValueError(f"unknown setting {name!r}; known are {', '.join(sorted(known))}")
        if type(value) is not type(getattr(self, name)):
            raise ValueError(f"setting {name!r} takes a {type(getattr(self, name)).__name__}, not {value!r}")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise ValueError(f"setting {name!r} takes one of {', '.join(_CHOICES[name])}, not {value!r}")

    def as_json(self) -> dict[str, Any]:
        """All switches by name."""
        return asdict(self)
