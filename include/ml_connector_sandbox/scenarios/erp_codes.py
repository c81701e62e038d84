"""One ERP's codes, and the code maps between Cin7's and them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from ml_connector_sandbox.scenarios import books


@dataclass(frozen=True)
class Codes:
    """One ERP's codes, as far as the scenario needs them.

    Args:
        accounts: Cin7 code → the ERP's; without an entry for `unmapped` and `unknown`.
        terms: Cin7 term → the ERP's code.
        taxes: Cin7 tax rule → (the ERP's code, percent).
        unmapped_account, unmapped_terms, unmapped_tax: codes of the ERP that no map holds.
        unknown_account: a code that is mapped to an account Cin7 does not have.
        company, other_company: the company that is mapped, and one that is not; "" where there is but one.
        number: the form of the supplier numbers, e.g. ``S{:04}``.
        order_number: the form of the order numbers.
    """

    accounts: dict[str, str]
    terms: dict[str, str]
    taxes: dict[str, tuple[str, Decimal]]
    unmapped_account: str
    unknown_account: str
    unmapped_terms: str
    unmapped_tax: str
    company: str
    other_company: str
    number: str = "S{:04}"
    order_number: str = "P{:05}"
    cost_centres: dict[str, str] = field(default_factory=dict)

    def maps(self) -> dict[str, str]:
        """Return the code maps as CSV texts."""
        head = "cin7_code,partner_code,note\n"
        accounts = [*self.accounts.items(), ("7999", self.unknown_account)]
        made = {
            "account": head + "".join(f"{cin7},{erp},\n" for cin7, erp in accounts),
            "terms": head + "".join(f"{cin7},{erp},\n" for cin7, erp in self.terms.items()),
            "tax": head + "".join(f"{cin7},{erp},\n" for cin7, (erp, _) in self.taxes.items()),
            "company": f"{head}{books.ME['Company']},{self.company},\n",
        }
        if self.cost_centres:
            made["cost_centre"] = head + "".join(f"{cin7},{erp},\n" for cin7, erp in self.cost_centres.items())
        return made
