"""The behaviours that a test may switch, with the vendor's defaults, or the strict ones where none is published."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass
class Settings:
    """Every switch of the simulator; ``GET /_sim/settings`` shows them and ``PATCH`` changes them."""

    # tokens
    public_url: str = "http://127.0.0.1:8104"
    """Address that ``.ionapi`` content returned by ``/_sim/accounts`` names; the downloaded file names its own host."""
    issue_refresh_token: bool = True
    rotate_refresh_token: bool = False
    """Whether a refresh brings a new refresh token and spends the old one."""
    refresh_seconds: int = 0
    """Life of a refresh token; 0: until it is revoked. None is published."""
    scopes: list[str] = field(default_factory=lambda: ["Infor-ION", "Infor-M3"])
    """Scopes that the tenant enforces; empty: none, and the file has no ``sc``."""
    most_grants: int = 0
    """Grants not revoked that an app may hold before the next is refused; 0: any number. None is published."""

    # gateway
    published_suites: list[str] = field(default_factory=lambda: ["M3", "IONSERVICES"])
    """Suites with endpoints; others answer 404."""
    granted_suites: list[str] = field(default_factory=lambda: ["M3", "IONSERVICES"])
    """Suites that the app may call; others answer 403."""
    refuse_csrf_header: bool = True
    """Whether ``fnd-csrf-token``, which must not be sent through ION, is answered 403 (our convention)."""
    quota_calls: int = 0
    """Calls allowed in each interval; 0: no quota. Infor publishes no numbers."""
    quota_seconds: int = 60
    quota_per_user: bool = True
    """Quota's ``userLevel``: each service account counts by itself."""
    spike_calls: int = 0
    """``spikeArrest.maxRequestsPerPeriod``; 0: none."""
    spike_milliseconds: int = 1000
    """``timePeriodInMilliseconds`` of the throttling policy."""
    delay_after: int = 0
    """``rateSmoothing.delayAfterCount``; 0: no smoothing."""
    delay_milliseconds: int = 0
    """``rateSmoothing.delayFactorInMilliseconds``; it passes on the simulated clock."""
    throttle_status: int = 429
    """429 or 503; the status is not published."""
    retry_after: int = 5
    """Seconds in ``Retry-After`` of a throttled answer; 0: no such header."""

    # M3 answers
    pad_values: bool = True
    """Texts are padded with blanks to their length unless ``righttrim`` is true."""
    empty_date: str = "0"
    """What stands for no date: ``0`` or nothing."""
    default_maxrecs: int = 100
    omit_empty_records: bool = False
    """Whether a result with no records lacks ``records`` altogether."""
    nok_when_empty: list[str] = field(default_factory=lambda: ["CRS692MI/LstByAccHolder", "PPS320MI/LstReceivedPO"])
    """Lists that answer "record does not exist" when they find nothing; which do is not published."""
    error_faces: dict[str, str] = field(
        default_factory=lambda: {
            "ServerReturnedNOK": "200",
            "XAU0008": "400",
            "TransactionNotFound": "400",
            "MandatoryInputFieldNotFound": "200",
            "InputFieldTooLong": "400",
        }
    )
    """How an error type, or before it an error code, arrives: ``200`` inside the result, ``400`` at the top level,
    ``empty`` 400 without a body, ``terminated`` 200 with ``wasTerminated``, ``v1`` the old protocol's 200. A bulk
    call reports its errors inside the results, but for ``terminated``."""
    message_has_code: bool = False
    """Whether ``errorMessage`` carries the code and the field name as well."""
    failing_values: list[str] = field(default_factory=list)
    """A transaction with one of these among its inputs fails with CPF9898: bulk calls that fail in part."""
    bulk_stops: bool = False
    """Whether the first failure of a bulk call leaves the rest ``notProcessed``."""
    bulk_most: int = 0
    """Transactions that one bulk call takes; 0: any number. None is published."""
    missing_fields: dict[str, list[str]] = field(default_factory=dict)
    """``PGM/TRN`` → outputs that this release does not have; layouts differ by release."""
    missing_transactions: list[str] = field(default_factory=list)

    # M3 itself
    time_zone: str = "UTC"
    """Zone of the server's dates and times."""
    blocked_programs: list[str] = field(default_factory=list)
    """Programs that the user may not run; some tenants block EXPORTMI."""
    exported_rows: int = 0
    """Most rows that EXPORTMI/Select gives, whatever maxrecs is; 0: all."""
    index_lag_seconds: int = 30
    """How far the search index is behind the database."""
    line_moves_head: bool = False
    """Whether a change of an order line moves LMDT of its head as well."""
    receipt_type: str = "50"
    """PRTR of goods receipts (inferred)."""

    # documents
    bods: bool = True
    """Whether the tenant's documents go to the Data Lake."""
    datalake_order: str = "time"
    """Order of the Data Lake's list: ``time``, ``newest`` or ``shuffled``."""
    datalake_page: int = 100
    """Payloads listed when ``records`` is not given; none is published."""

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
