"""Which combinations of account, sub-account, cost centre and project may be posted to.

An account has an analysis type and a limitation, and COA masks refuse combinations of codes that are valid each by
itself (EE Financials user guide, https://www.qad.com/documentation). The texts are conventions of this sandbox.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from .tenant import Row
from .values import fold
from .work import Draft, Work

_PARTS = {"subAccountCode": "subAccounts", "costCenterCode": "costCenters", "projectCode": "projects"}
_MASKED = ("glAccountCode", *_PARTS)


def check_line(work: Work, draft: Draft, line: Row) -> None:
    """Note what is wrong with the codes of one GL line."""
    found = work.find("glAccounts", line["glAccountCode"])
    if found is None:
        if line["glAccountCode"]:
            draft.problems.append(work.unresolved("glAccountCode", line["glAccountCode"]))
        return
    if not found.get("isActive"):
        draft.refuse("glAccountCode", "GL account is not active", line["glAccountCode"])
    for name, table in _PARTS.items():
        row = work.find(table, line[name]) if line[name] else {}
        if row is None or (table == "costCenters" and row and not row.get("isActive")):
            draft.problems.append(work.unresolved(name, line[name]))
    if line["taxCode"] and work.find("taxCodes", line["taxCode"]) is None:
        draft.problems.append(work.unresolved("taxCode", line["taxCode"]))
    _check_analysis(draft, found, line)
    if not _mask_allows(work, line):
        combination = "/".join(str(line[name]) for name in _MASKED)
        draft.refuse("glAccountCode", "Combination is not allowed by the COA mask", combination)


def _check_analysis(draft: Draft, account: Row, line: Row) -> None:
    """Hold the line against the account's analysis type: None, Cost Center, Project or Both."""
    kind = fold(account.get("analysisType") or "none")
    taken = {"cost center": ["costCenterCode"], "project": ["projectCode"], "both": ["costCenterCode", "projectCode"]}
    allowed = taken.get(kind, [])
    given = [name for name in ("costCenterCode", "projectCode") if line[name]]
    for name in given:
        if name not in allowed:
            draft.refuse(name, f"GL account {line['glAccountCode']} has no such analysis", line[name])
    limit = fold(account.get("analysisLimitation"))
    if limit == "both required" and len(given) < len(allowed):
        draft.refuse(next(name for name in allowed if name not in given), "Analysis is mandatory for the account")
    elif limit == "at least one" and allowed and not given:
        draft.refuse(allowed[0], "Analysis is mandatory for the account")
    elif limit == "excluding" and len(given) > 1:
        draft.refuse(given[1], "Only one analysis is allowed for the account", line[given[1]])


def _mask_allows(work: Work, line: Row) -> bool:
    """Tell whether a mask allows the combination; an account that no mask names is free."""
    masks = [mask for mask in work.tenant.book("coaMasks") if _matches(mask, line, ("glAccountCode",))]
    return not masks or any(_matches(mask, line, _MASKED) for mask in masks)


def _matches(mask: Row, line: Row, names: tuple[str, ...]) -> bool:
    return all(fnmatchcase(fold(line[name]), fold(mask.get(name) or "*")) for name in names)
