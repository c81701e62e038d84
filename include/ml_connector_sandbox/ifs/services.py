"""Which projections and entity services are served, where, and with which entity sets.

Paths: https://docs.ifs.com/techdocs/21r2 (010_inbound_rest) for ``/main`` and ``/int``; public notes on 25R1 for
``/int/ifsapplications/entity/v1``. Projections and sets seen at work: ``SupplierHandling``, ``SuppliersHandling``,
``PurchaseOrderHandling``, ``PurchaseOrderLineEntity``, ``PurchaseOrderLinePartEntity``, ``VoucherRowsAnalysis``,
``HistoryLogHandling``, ``AllProjections``. ``GLVoucherRowsAnalysis`` is inferred from its project twin; conventions of
this simulator are ``ManualSupplierInvoiceHandling``, ``PurchaseReceiptHandling``, ``CompanyHandling`` and
``PreAccountingSet``.
"""

from dataclasses import dataclass, field
from typing import Literal

from .schema import TYPES, EntityType

Family = Literal["projection", "entity"]
Only = Literal["", "part", "no_part"]


@dataclass(frozen=True)
class EntitySet:
    """A set of a service; ``methods`` are those of POST, PATCH and DELETE that it takes, on its children too."""

    name: str
    type: EntityType
    methods: frozenset[str] = frozenset()
    only: Only = ""


@dataclass(frozen=True)
class Service:
    """A projection or an entity service."""

    name: str
    sets: dict[str, EntitySet]
    family: Family = "projection"
    category: str = "Standard"
    actions: dict[str, tuple[frozenset[str], str]] = field(default_factory=dict)

    @property
    def namespace(self) -> str:
        """The schema namespace of its types."""
        return f"IfsApp.{self.name}"

    def types(self) -> list[EntityType]:
        """The entity types of its sets and of everything that can be reached from them."""
        found: dict[str, EntityType] = {}
        waiting = [item.type for item in self.sets.values()]
        while waiting:
            kind = waiting.pop(0)
            if kind.name not in found:
                found[kind.name] = kind
                waiting += [TYPES[nav.target] for nav in kind.navigations.values() if nav.is_served]
        return list(found.values())


_ALL = frozenset({"POST", "PATCH", "DELETE"})
_NONE = frozenset[str]()

ORDER_ACTIONS: dict[str, tuple[frozenset[str], str]] = {
    "PurchaseOrder_Release": (frozenset({"Planned", "Stopped"}), "Released"),
    "PurchaseOrder_Confirm": (frozenset({"Released"}), "Confirmed"),
    "PurchaseOrder_Stop": (frozenset({"Released", "Confirmed"}), "Stopped"),
    "PurchaseOrder_Close": (frozenset({"Released", "Confirmed", "Arrived", "Received", "Invoiced"}), "Closed"),
    "PurchaseOrder_Cancel": (frozenset({"Planned", "Released", "Confirmed", "Stopped"}), "Cancelled"),
}
"""Bound actions of an order: the states they start from and the one they lead to; all inferred."""


def _set(name: str, kind: str, methods: frozenset[str] = _NONE, only: Only = "") -> EntitySet:
    """An entity set of a type."""
    return EntitySet(name, TYPES[kind], methods, only)


def _service(name: str, *sets: EntitySet, family: Family = "projection", category: str = "Standard") -> Service:
    """A service of these sets."""
    actions = ORDER_ACTIONS if name == "PurchaseOrderHandling" else {}
    return Service(name, {item.name: item for item in sets}, family, category, actions)


_REFERENCES = [_set(f"Reference_Code{part}", f"Code{part}") for part in "BCDEFGHIJ"]

_SERVICES = (
    _service("SupplierHandling", _set("SupplierInfoGeneralSet", "SupplierInfoGeneral", _ALL), category="Premium"),
    _service("SuppliersHandling", _set("SupplierInfoGeneralSet", "SupplierInfoGeneral")),
    _service(
        "PurchaseOrderHandling",
        _set("PurchaseOrderSet", "PurchaseOrder", frozenset({"POST", "PATCH"})),
        _set("PurchaseOrderLineNopartSet", "PurchaseOrderLineNopart", _ALL, only="no_part"),
        _set("PreAccountingSet", "PreAccounting"),
    ),
    _service(
        "PurchaseOrderLineEntity",
        _set("PurchaseOrderLineSet", "PurchaseOrderLine", _ALL),
        family="entity",
        category="StandardEntity",
    ),
    _service(
        "PurchaseOrderLinePartEntity",
        _set("PurchaseOrderLinePartSet", "PurchaseOrderLinePart", _ALL, only="part"),
        family="entity",
        category="StandardEntity",
    ),
    _service("PurchaseReceiptHandling", _set("ReceiptInfoSet", "ReceiptInfo")),
    _service("ManualSupplierInvoiceHandling", _set("ManSuppInvoiceSet", "ManSuppInvoice")),
    _service(
        "VoucherRowsAnalysis",
        _set("VoucherRowSet", "VoucherRow"),
        _set("Reference_Account", "Account"),
        _set("Reference_VoucherType", "VoucherType"),
        *_REFERENCES,
    ),
    _service("GLVoucherRowsAnalysis", _set("GenLedVoucherRowSet", "GenLedVoucherRow")),
    _service("CompanyHandling", _set("CompanySet", "Company")),
    _service(
        "HistoryLogHandling",
        _set("HistoryLogOverviewSet", "HistoryLog"),
        _set("HistoryLogDetailsSet", "HistoryLog"),
    ),
    _service("AllProjections", _set("Projections", "Projection")),
)
SERVICES: dict[str, Service] = {service.name: service for service in _SERVICES}
