"""Which receipt a row was first seen in: it stays there when its day or delivery note is corrected.

A row's key is ``ReceiptSequence`` (our convention: IFS publishes no receipts), while a receipt is what came for one
order on one day with one note. Under another key the same goods would be a second receipt, and come into stock twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ml_connector.sync.ports import RecordCache
from ml_connector.systems.ifs.translate import Row, receipt_key
from ml_connector.systems.ifs.wire import text

_ENTITY = "receipt of a receipt row"


@dataclass(frozen=True)
class ReceiptKeys:
    """What is remembered of one tenant's receipt rows.

    Args:
        cache: where; None takes every row for new.
    """

    cache: RecordCache | None

    def of(self, rows: Mapping[str, Row]) -> dict[str, str]:
        """Return number of a row → key of its receipt, for these rows and all others of the same receipts.

        What is new is remembered at once: a key says nothing of what has been taken.

        Args:
            rows: by their numbers.
        """
        if not rows:
            return {}
        known = self.cache.versions(_ENTITY) if self.cache is not None else {}
        keys = {name: key for name, (key, _) in known.items()}
        fresh = {name: receipt_key(row) for name, row in rows.items() if name not in keys}
        dated = [(name, key, None) for name, key in fresh.items() if text(rows[name], "ReceivedDate")]
        if self.cache is not None and dated:
            self.cache.put_many(_ENTITY, dated)
        keys |= fresh
        receipts = {keys[name] for name in rows}
        return {name: key for name, key in keys.items() if key in receipts}
