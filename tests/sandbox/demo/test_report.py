"""The summary for scripts has exactly the agreed shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ml_connector_sandbox.demo import report
from ml_connector_sandbox.demo.witness import Verdict

FLOW = {"read": 3, "created": 1, "updated": 0, "unchanged": 1, "held": 1, "waiting": 0, "failed": 0}
TOTALS = {"USD": {"count": "1", "source": "4821.00", "target": "4821.00"}}
RESULT: dict[str, Any] = {
    "agree": True,
    "flows": {"supplier_invoices": {**FLOW, "undecided": 0, "carried": 0, "bound": 1, "totals": TOTALS}},
    "held": [{"flow": "supplier_invoices", "label": "bill 1", "reasons": ["account_unmapped"], "outcome": "held"}],
}


def test_the_summary_has_the_counts_of_each_flow_and_no_others(tmp_path: Path) -> None:
    """summary.json holds pairs, their agreement, flows, totals and held documents, and the seconds."""
    path = tmp_path / "summary.json"
    report.write(path, {"pairs": {"acumatica_cin7": report.of_pair(RESULT, Verdict(1, 1, ()))}, "seconds": 12.3})
    assert json.loads(path.read_text()) == {
        "pairs": {
            "acumatica_cin7": {
                "agree": True,
                "flows": {"supplier_invoices": FLOW},
                "totals": {"supplier_invoices": TOTALS},
                "held": RESULT["held"],
            }
        },
        "seconds": 12.3,
    }


def test_the_sides_do_not_agree_when_the_demo_itself_saw_otherwise() -> None:
    """What the demo found in both systems outweighs what the run says of itself."""
    told = report.of_pair(RESULT, Verdict(0, 0, ("bill 1 is missing",)))
    assert told["agree"] is False
