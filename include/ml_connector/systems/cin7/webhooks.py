"""The webhooks that Cin7 sends for us: registered, repaired, and told when Cin7 has given one up.

Cin7 tries six times within about 76 minutes, then deactivates the webhook, and says so nowhere else
(https://dearinventory.docs.apiary.io/#reference/webhooks). It sends none for a purchase that was voided, so polling
stays needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ml_connector.systems.cin7.reading import Row
from ml_connector.transport.client import Client

TYPES = (
    "Purchase/OrderAuthorised",
    "Purchase/InvoiceAuthorised",
    "Purchase/StockReceivedAuthorised",
    "Purchase/CreditNoteAuthorised",
    "Purchase/Updated",
    "Supplier/Updated",
)
OURS = "/ml-connector-webhooks/"
"""What every address of ours contains."""


class Cin7Webhooks:
    """The webhooks of one account."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def ours(self) -> list[Row]:
        """Return those that call a connector, whichever deployment it is."""
        found: list[Row] = self._client.read("webhooks").data.get("Webhooks") or []
        return [row for row in found if OURS in str(row.get("ExternalURL") or "")]

    def problems(self, url: str = "") -> Iterator[str]:
        """Yield what is wrong with those whose address is `url` or ends so (any of ours unless given), in words."""
        mine = [row for row in self.ours() if str(row["ExternalURL"]).endswith(url)]
        for row in mine:
            if not row.get("IsActive"):
                where = f"the webhook {row['Type']} to {row['ExternalURL']}"
                yield f"{where} is not active: Cin7 gives one up after six failures"
        if mine or url:
            for missing in sorted(set(TYPES) - {str(row["Type"]) for row in mine}):
                yield f"there is no webhook {missing}{f' to {url}' if url else ''}"

    def register(self, url: str, secret: str) -> Iterator[str]:
        """Create what is missing and set what is there anew; yield what was done.

        Cin7 may show a webhook without its token, so whether one that is there has the right one cannot be told.

        Raises:
            Refused: Cin7 does not take it, e.g. since there are five of the type already.
            ConfigurationError: the account has no Automation module.
        """
        there = {str(row["Type"]): row for row in self.ours() if row["ExternalURL"] == url}
        for kind in TYPES:
            wanted: dict[str, Any] = {
                "Type": kind, "IsActive": True, "ExternalURL": url, "ExternalAuthorizationType": "bearerauth",
                "ExternalBearerToken": secret, "ExternalHeaders": [],
            }  # fmt: skip
            if kind in there:
                self._client.write("webhooks", method="PUT", json={**wanted, "ID": there[kind]["ID"]}, repeatable=True)
            else:
                self._client.write("webhooks", method="POST", json=wanted)
            yield f"{kind}: {'set anew' if kind in there else 'registered'}"
