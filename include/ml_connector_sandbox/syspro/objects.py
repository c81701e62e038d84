"""The business objects that this site has installed, by class and code; any other answers 100000."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from . import browse, find, invoices, orders, queries, receipts, registrations, suppliers
from .call import Call

Handler = Callable[[Call], Response]

OBJECTS: dict[tuple[str, str], Handler] = {
    ("Query", "COMFND"): find.find,
    ("Fetch", "COMFCH"): find.fetch,
    ("Browse", "COMBRW"): browse.browse,
    ("Query", "APSQRY"): queries.supplier,
    ("Query", "APSQ80"): registrations.list_registrations,
    ("Query", "PORQRY"): queries.order,
    ("Query", "PORQPO"): queries.orders,
    ("Query", "GENQ08"): queries.accounts,
    ("Query", "GENQGL"): queries.account,
    ("Query", "GENQCD"): queries.dimensions,
    ("Query", "COMQOD"): queries.odata_operators,
    ("Add", "APSSSP"): suppliers.setup,
    ("Update", "APSSSP"): suppliers.setup,
    ("Delete", "APSSSP"): suppliers.setup,
    ("Post", "PORTOI"): orders.post_orders,
    ("Post", "PORTOR"): receipts.post_receipts,
    ("Post", "APSTIN"): invoices.post_invoices,
    ("Post", "APSTRI"): registrations.post_registrations,
}
