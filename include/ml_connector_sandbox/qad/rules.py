"""What each entity checks before it is stored, and what happens with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from . import rules_invoice, rules_order, rules_order_line, rules_receipt, rules_supplier
from .errors import Problem
from .schema import REFERENCES
from .values import same
from .work import Draft, Work

Step = Callable[[Work, Draft], None]


def _nothing(_work: Work, _draft: Draft) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Rules:
    """The steps of one entity.

    Args:
        initialize: fills a blank record.
        check: notes problems and warnings; changes nothing stored, and fills defaults of the draft.
        commit: numbers the draft and carries out its effects, before it is stored; `after` when it has been.
        changes: field → what its ``fieldChange`` does to a draft.
        renumbers: whether a new record whose key is taken gets another key.
    """

    check: Step = _nothing
    commit: Step = _nothing
    after: Step = _nothing
    initialize: Step = _nothing
    changes: dict[str, Step] = field(default_factory=dict)
    renumbers: Callable[[Work, Draft], bool] = lambda _work, _draft: False


RULES: dict[str, Rules] = {
    "supplierV2s": Rules(
        rules_supplier.check, rules_supplier.commit, rules_supplier.after, rules_supplier.initialize
    ),
    "mfgSuppliers": Rules(rules_supplier.check_domain_data),
    "businessRelationV2s": Rules(initialize=rules_supplier.initialize_relation),
    "purchaseOrderHeaders": Rules(
        rules_order.check, rules_order.commit, initialize=rules_order.initialize, changes=rules_order.CHANGES
    ),
    "purchaseOrderLines": Rules(
        rules_order_line.check, rules_order_line.commit, initialize=rules_order_line.initialize,
        changes=rules_order_line.CHANGES, renumbers=rules_order_line.renumbers,
    ),
    "purchaseOrderReceipts": Rules(rules_receipt.check, rules_receipt.commit, initialize=rules_receipt.initialize),
    "supplierInvoices": Rules(
        rules_invoice.check, rules_invoice.commit, initialize=rules_invoice.initialize,
        changes={"currencyCode": rules_order.currency_changed},
    ),
    "items": Rules(),
    "glAccounts": Rules(),
    "costCenters": Rules(),
}  # fmt: skip


def check_common(work: Work, draft: Draft) -> None:
    """Check scope, codes and the customer's own validations, then the entity's rules."""
    data = draft.data
    scope = {"domainCode": work.domain, "entityCode": work.entity}.get(draft.kind.scope)
    if scope is not None and data[draft.kind.scope] and not same(data[draft.kind.scope], scope):
        text = f"{data[draft.kind.scope]} is not in the workspace"
        draft.problems.append(work.unresolved(draft.kind.scope, data[draft.kind.scope], text))
    for name, (table, by) in REFERENCES.items():
        value = data.get(name)
        if value and name in draft.kind.fields:
            parts = (work.domain, value) if by == "domain" else (value,)
            if work.find(table, *parts) is None:
                draft.problems.append(work.unresolved(name, value))
    RULES[draft.kind.name].check(work, draft)
    _extensions(work, draft)


def _extensions(work: Work, draft: Draft) -> None:
    """Note what the customer's Java extension refuses; its ids begin with ``JEF``."""
    for one in work.switches.extensions:
        value = draft.data.get(one.field, "")
        if one.entity == draft.kind.name and (one.value is None or str(value) == one.value):
            draft.problems.append(Problem(one.field, one.message, value, one.code))


def changed(work: Work, draft: Draft, name: str) -> None:
    """Run the defaults of a field that a person has just left."""
    value = draft.data.get(name)
    reference = REFERENCES.get(name)
    if reference and value:
        parts = (work.domain, value) if reference[1] == "domain" else (value,)
        if work.find(reference[0], *parts) is None:
            draft.problems.append(work.unresolved(name, value))
            return
    step = RULES[draft.kind.name].changes.get(name)
    if step is not None:
        step(work, draft)
