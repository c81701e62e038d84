"""What people do to a pair's code maps during a history."""

from __future__ import annotations

from importlib import import_module

from prove.stage import Stage

_UNUSED_TERMS = {"acumatica": "NET60", "qad": "N60"}
_OTHER_ACCOUNT = {"acumatica": "61500", "qad": "6150"}


class Codes:
    """The code maps of one pair, and who changes them."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.partner = stage, stage.show.partner
        self.erp = getattr(import_module(f"ml_connector_sandbox.scenarios.{stage.show.pair}"), "CODES", None)
        self.first = stage.scenario.maps["account"]
        self.is_other = False

    def map_missing(self) -> str:
        """Map the codes for which the tiny world's documents are held; return what was done."""
        terms = self.erp.unmapped_terms if self.erp else _UNUSED_TERMS[self.partner]
        made = [("terms", "Half in advance", terms)]
        if self.erp:
            made.append(("tax", "Reverse Charge", self.erp.unmapped_tax))
        for name, cin7, partner in made:
            self.stage.database.code_maps(self.stage.show.pair).set(name, cin7, partner, author="prove")
        return "; ".join(f"{name} map: {cin7} is {partner}" for name, cin7, partner in made)

    def change(self) -> str:
        """Have goods go to another account, or to the first again; return what was done."""
        maps, self.is_other = self.stage.database.code_maps(self.stage.show.pair), not self.is_other
        text = self._other() if self.is_other else self.first
        maps.import_text("account", text, author="prove", replace=True)
        return f"account map: goods go to {'another account' if self.is_other else 'their first account'}"

    def _other(self) -> str:
        """Return the map with another account for goods, in the system that the pair writes to."""
        lines = self.first.splitlines()
        if self.erp is None:
            goods = next(line for line in lines if line.startswith("630,")).split(",")
            other = f"630,{_OTHER_ACCOUNT[self.partner]},"
            return "\n".join([lines[0], other, *(one for one in lines[1:] if one.split(",")[:2] != goods[:2])])
        kept = [one for one in lines if not one.startswith("453,")]
        return "\n".join(f"453,{one[4:]}" if one.startswith("630,") else one for one in kept)
