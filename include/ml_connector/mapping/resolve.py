"""Apply the code maps to a document: every code of the source becomes the target's, or a finding."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from ml_connector.domain.documents import (
    Document,
    GoodsReceipt,
    JournalEntry,
    JournalLine,
    Line,
    PurchaseOrder,
    ReceiptLine,
    Supplier,
    SupplierInvoice,
    TradeDocument,
)
from ml_connector.domain.finding import Finding, Reason
from ml_connector.domain.reference import Reference
from ml_connector.mapping.codemap import CodeMaps


@dataclass(frozen=True)
class OrderInTarget:
    """An order as the target knows it: the key its documents are attached to, and its number there."""

    key: str
    number: str


@dataclass
class Resolution:
    """Collects the findings of one document while its codes are looked up.

    Args:
        suppliers: supplier key in the source → key in the target.
        target_name: what the target is called in messages, e.g. ``Acumatica``.
        orders: source order key → the order in the target, or None where it is not there; None itself for documents
            that are not attached to orders.
    """

    document: Document
    maps: CodeMaps
    reference: Reference
    suppliers: Mapping[str, str]
    target_name: str
    orders: Callable[[str], OrderInTarget | None] | None = None
    findings: list[Finding] = field(default_factory=list)

    def add(self, reason: Reason, where: str, value: str, message: str, next_step: str, *, waits: bool = False) -> None:
        """Add one finding."""
        self.findings.append(
            Finding(
                reason=reason,
                field=where,
                value=value,
                message=f"{_capital(self.document.label)}: {message}",
                next_step=next_step,
                waits=waits,
            )
        )

    def code(self, name: str, reason: Reason, where: str, value: str, known: Collection[str] | None = None) -> str:
        """Return the target code of `value` in map `name`; with a finding and "" when there is none."""
        if not value:
            return ""
        target = self.maps.resolve(name, value, self.document.booked_on, known)
        if target is None:
            label = _LABELS[name]
            self.add(
                reason,
                where,
                value,
                f"{label} “{value}”{self._of_order()} has no counterpart in {self.target_name}.",
                f"Add “{value}” to the {name} map, then release the document.",
            )
            return ""
        return target

    def _of_order(self) -> str:
        number = getattr(self.document, "order_number", "")
        return f" (order {number})" if number else ""

    def account(self, where: str, value: str | None, *, any_kind: bool = False) -> str | None:
        """Return the target account of a line that carries one, checked to exist and to be open.

        Args:
            where: the line's field.
            value: the source's account.
            any_kind: a control account is right too, as it is in a journal entry.
        """
        if value is None:
            return None
        target = self.code("account", Reason.ACCOUNT_UNMAPPED, where, value)
        accounts = self.reference.accounts
        if not target or accounts is None:
            return target or None
        account = accounts.get(target)
        if account is None:
            self.add(
                Reason.ACCOUNT_UNKNOWN,
                where,
                value,
                f"GL account “{value}”{self._of_order()} is mapped to “{target}”, which {self.target_name} "
                f"does not have.",
                f"Correct “{value}” in the account map, or create {target} in {self.target_name}.",
            )
        elif not (account.active and (account.postable or any_kind)):
            state = "is closed" if not account.active else "does not take bill lines"
            self.add(
                Reason.ACCOUNT_CLOSED,
                where,
                value,
                f"GL account “{value}” is mapped to “{target}” ({account.name}), which {state} in {self.target_name}.",
                f"Map “{value}” to an open account, or open {target} in {self.target_name}.",
            )
        return target

    def item(self, where: str, value: str | None) -> str | None:
        """Return the target item of a line that names one, checked to exist and to be active."""
        if not value:
            return None
        items = self.reference.items
        if items is None:
            return self._item(value)
        target = self._item(value)
        found = items.get(target)
        if found is None or not found.active:
            problem = "is not in" if found is None else "is inactive in"
            self.add(
                Reason.ITEM_UNKNOWN,
                where,
                value,
                f"item “{value}” {problem} {self.target_name}"
                + (f" (mapped to “{target}”)." if target != value else "."),
                f"Create the item in {self.target_name}, or add “{value}” to the item map.",
            )
        return target

    def _item(self, value: str) -> str:
        return self.maps.find("item", value, self.document.booked_on) or value

    def supplier(self, document: TradeDocument | GoodsReceipt) -> str:
        """Return the target's supplier key, or a finding that waits until the supplier is linked."""
        target = self.suppliers.get(document.supplier_key)
        if target is None:
            self.add(
                Reason.SUPPLIER_NOT_LINKED,
                "supplier_key",
                document.supplier_name,
                f"supplier “{document.supplier_name}” is not yet linked to one in {self.target_name}.",
                "It goes by itself once the supplier is linked; look for the supplier in the queue.",
                waits=True,
            )
        return target or ""

    def company(self, value: str | None) -> str | None:
        """Return the target's name for the company, or a finding: a record of no known company goes nowhere."""
        if value is None:
            return None
        if not value:
            self.add(
                Reason.COMPANY_MISSING,
                "company",
                "",
                "it has no company code.",
                f"Enter the company in {self.document.source}; the document is read again by itself.",
            )
            return ""
        return self.code("company", Reason.COMPANY_UNMAPPED, "company", value)

    def order(self, document: SupplierInvoice | GoodsReceipt) -> OrderInTarget:
        """Return the target's order that the document belongs to; one that is not there yet is waited for."""
        stays = OrderInTarget(document.order_key, document.order_number)
        if self.orders is None or not document.order_key:
            return stays
        found = self.orders(document.order_key)
        if found is None:
            number = document.order_number or document.order_key
            self.add(
                Reason.ORDER_NOT_THERE,
                "order_key",
                number,
                f"its order {number} is not in {self.target_name} yet.",
                "It goes by itself once the order is there; look for the order in the queue, or replay it if it is "
                "older than the first run.",
                waits=True,
            )
        return found or stays


_LABELS = {
    "account": "GL account",
    "item": "item",
    "tax": "tax rule",
    "terms": "payment terms",
    "currency": "currency",
    "unit": "unit",
    "company": "company",
    "cost_centre": "cost centre",
}


def resolve(resolution: Resolution) -> Document:
    """Return the document in the target's codes; what could not be mapped is in `resolution.findings`."""
    document = resolution.document
    resolver = _RESOLVERS.get(type(document), _unchanged)
    return resolver(resolution, document)


def _unchanged(_resolution: Resolution, document: Document) -> Document:
    return document


def _supplier(resolution: Resolution, document: Document) -> Document:
    assert isinstance(document, Supplier)
    reference = resolution.reference
    return document.model_copy(
        update={
            "currency": _currency(resolution, document.currency),
            "terms": resolution.code("terms", Reason.TERMS_UNMAPPED, "terms", document.terms, reference.terms),
            "tax_rule": resolution.maps.find("tax", document.tax_rule, None) or "",
        }
    )


def _trade(resolution: Resolution, document: Document) -> Document:
    assert isinstance(document, TradeDocument)
    reference = resolution.reference
    update = {
        "company": resolution.company(document.company),
        "supplier_key": resolution.supplier(document),
        "currency": _currency(resolution, document.currency),
        "lines": tuple(_line(resolution, index, line) for index, line in enumerate(document.lines)),
        "terms": ""
        if isinstance(document, SupplierInvoice)
        else resolution.code("terms", Reason.TERMS_UNMAPPED, "terms", document.terms, reference.terms),
    }
    if isinstance(document, SupplierInvoice):
        order = resolution.order(document)
        update |= {"order_key": order.key, "order_number": order.number}
    return document.model_copy(update=update)


def _receipt(resolution: Resolution, document: Document) -> Document:
    assert isinstance(document, GoodsReceipt)
    order = resolution.order(document)
    return document.model_copy(
        update={
            "supplier_key": resolution.supplier(document),
            "order_key": order.key,
            "order_number": order.number,
            "lines": tuple(_receipt_line(resolution, index, line) for index, line in enumerate(document.lines)),
        }
    )


def _receipt_line(resolution: Resolution, index: int, line: ReceiptLine) -> ReceiptLine:
    at = f"lines[{index}]"
    units = resolution.reference.units
    return line.model_copy(
        update={
            "item": resolution.item(f"{at}.item", line.item) or "",
            "unit": resolution.code("unit", Reason.UNIT_UNMAPPED, f"{at}.unit", line.unit, units),
        }
    )


def _journal(resolution: Resolution, document: Document) -> Document:
    assert isinstance(document, JournalEntry)
    lines = tuple(_journal_line(resolution, index, line) for index, line in enumerate(document.lines))
    return document.model_copy(update={"company": resolution.company(document.company), "lines": lines})


def _journal_line(resolution: Resolution, index: int, line: JournalLine) -> JournalLine:
    account = resolution.account(f"lines[{index}].account", line.account, any_kind=True)
    return line.model_copy(update={"account": account or ""})


def _currency(resolution: Resolution, value: str) -> str:
    known = resolution.reference.currencies
    return resolution.code("currency", Reason.CURRENCY_UNKNOWN, "currency", value, known)


def _line(resolution: Resolution, index: int, line: Line) -> Line:
    at = f"lines[{index}]"
    units = resolution.reference.units
    return line.model_copy(
        update={
            "item": resolution.item(f"{at}.item", line.item),
            "account": resolution.account(f"{at}.account", line.account),
            "tax_rule": resolution.code("tax", Reason.TAX_RULE_UNMAPPED, f"{at}.tax_rule", line.tax_rule),
            "unit": resolution.code("unit", Reason.UNIT_UNMAPPED, f"{at}.unit", line.unit, units),
            "cost_centre": resolution.code(
                "cost_centre", Reason.COST_CENTRE_UNMAPPED, f"{at}.cost_centre", line.cost_centre
            ),
        }
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_RESOLVERS: dict[type[Document], Callable[[Resolution, Document], Document]] = {
    Supplier: _supplier,
    PurchaseOrder: _trade,
    SupplierInvoice: _trade,
    GoodsReceipt: _receipt,
    JournalEntry: _journal,
}
