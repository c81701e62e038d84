"""The HTTP face: routes, keys, allowance, paging."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from ml_connector_sandbox.cin7 import payments, reference, webhooks
from ml_connector_sandbox.cin7.account import Account, Record, moment
from ml_connector_sandbox.cin7.errors import WRONG_FAMILY, ApiError, missing
from ml_connector_sandbox.cin7.purchases import OPEN, Purchases
from ml_connector_sandbox.cin7.suppliers import Suppliers
from ml_connector_sandbox.cin7.views import advanced_view, bill_view, credit_view, list_row, shell, simple_view
from ml_connector_sandbox.core.wire import JsonAnswer, read_json

if TYPE_CHECKING:
    from ml_connector_sandbox.cin7.world import World

BASE = "/externalapi/v2/"
NOT_FOUND_PAGE = "<!DOCTYPE html><html><head><title>Page not found</title></head><body>Page not found</body></html>"
MOST_ROWS = 1000


class Call:
    """One request, read: who asks, for what."""

    def __init__(self, world: World, account: Account, query: Mapping[str, str], body: Record) -> None:
        self.world, self.account, self.body = world, account, body
        self.query = {name.lower(): value for name, value in query.items()}
        self.purchases = Purchases(account, world.switches, world.clock)

    def purchase(self, *names: str) -> Record:
        """Return the purchase that query or body names by any of `names`."""
        for name in names:
            key = self.query.get(name.lower()) or self.body.get(name)
            if key:
                found = self.account.get("purchase", key)
                if found is not None:
                    return found
        msg = "Purchase Task with specified ID not found"
        raise ApiError(msg)

    def group(self) -> tuple[Record, Record]:
        """Return the purchase and the group that the query's TaskID names."""
        task = self.query.get("taskid", "").lower()
        for purchase in self.account.all("purchase"):
            for group in purchase["Groups"]:
                if group["TaskID"].lower() == task:
                    return purchase, group
        msg = "Purchase Task with specified ID not found"
        raise ApiError(msg)

    def page(self, list_key: str, rows: list[Record]) -> Record:
        """Return one page of `rows` in the vendor's envelope."""
        number = max(1, int(self.query.get("page") or 1))
        most = self.world.switches.location_rows if list_key == "LocationList" else MOST_ROWS
        limit = min(most, max(1, int(self.query.get("limit") or 100)))
        shown = rows[(number - 1) * limit : number * limit]
        return {"Total": len(rows), "Page": number, list_key: [self.world.shown(row) for row in shown]}


async def serve(world: World, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request."""
    request = Request(scope, receive)
    answer = _answer(world, request, await request.body())
    await answer(scope, receive, send)


def _answer(world: World, request: Request, raw: bytes) -> Response:
    account = world.of_keys(request.headers)
    if account is None:
        return JsonAnswer([{"ErrorCode": 403, "Exception": "Incorrect credentials!"}], status_code=403)
    refusal = world.allowance.refuse(world.counted_as(request.headers), world.clock.now(), world.switches)
    if refusal is not None:
        return refusal
    path = request.url.path.lower()
    by_method = ROUTES.get(path[len(BASE) :].strip("/")) if path.startswith(BASE) else None
    if by_method is None:
        return HTMLResponse(NOT_FOUND_PAGE, status_code=404 if world.switches.unknown_route == "404" else 200)
    if request.method not in by_method:
        text = f"The requested resource does not support http method '{request.method}'."
        return JsonAnswer([{"ErrorCode": 405, "Exception": text}], status_code=405)
    return _handled(by_method[request.method], world, account, request, raw)


def _handled(handler: Callable[[Call], Any], world: World, account: Account, request: Request, raw: bytes) -> Response:
    try:
        body = read_json(raw) if raw else {}
        return JsonAnswer(handler(Call(world, account, request.query_params, body if isinstance(body, dict) else {})))
    except ApiError as error:
        return JsonAnswer(error.body, status_code=error.status)
    except ValueError:
        return JsonAnswer([{"ErrorCode": 500, "Exception": "The request body could not be parsed."}], status_code=500)


# --- lists ---


def _me(call: Call) -> Record:
    return call.account.me


def _since(call: Call, name: str) -> str:
    text = call.query.get(name, "")
    if call.world.switches.strict_updated_since and text.endswith("Z"):
        msg = f"'{text}' is not a valid date"
        raise ApiError(msg)
    return text


def _purchase_rows(call: Call) -> list[Record]:
    since, until = _since(call, "updatedsince"), _since(call, "updateduntil")
    rows = [list_row(call.account, purchase) for purchase in call.account.all("purchase")]
    if since:
        rows = [row for row in rows if moment(row["LastUpdatedDate"]) >= moment(since)]
    if until:
        rows = [row for row in rows if moment(row["LastUpdatedDate"]) <= moment(until)]
    for name in ("OrderStatus", "StockReceivedStatus", "InvoiceStatus", "CreditNoteStatus", "UnstockStatus", "Status"):
        wanted = call.query.get(name.lower())
        if wanted:
            rows = [row for row in rows if row[name] == wanted]
    required = call.query.get("requiredby")
    if required:
        rows = [row for row in rows if row["RequiredBy"] and moment(row["RequiredBy"]) <= moment(required)]
    search = call.query.get("search", "").casefold()
    if search:
        fields = ("OrderNumber", "Status", "Supplier", "InvoiceNumber", "CreditNoteNumber")
        rows = [row for row in rows if any(search in str(row[name]).casefold() for name in fields)]
    return sorted(rows, key=lambda row: str(row["OrderNumber"]))


def _purchase_list(call: Call) -> Record:
    return call.page("PurchaseList", _purchase_rows(call))


def _credit_note_list(call: Call) -> Record:
    rows = [row for row in _purchase_rows(call) if row["CreditNoteStatus"] != "NOT AVAILABLE"]
    for row in rows:
        row["LastUpdatedDate"] = str(row["LastUpdatedDate"]).rstrip("Z")
    return call.page("PurchaseList", rows)


def _supplier_list(call: Call) -> Record:
    rows = call.account.all("supplier")
    if call.query.get("includedeprecated", "false").lower() not in {"true", "1"}:
        rows = [row for row in rows if str(row.get("Status", "")).casefold() != "deprecated"]
    if call.query.get("id"):
        rows = [row for row in rows if row["ID"].lower() == call.query["id"].lower()]
    if call.query.get("name"):
        rows = [row for row in rows if row["Name"].casefold().startswith(call.query["name"].casefold())]
    since = _since(call, "modifiedsince")
    if since:
        rows = [row for row in rows if moment(row["LastModifiedOn"]) >= moment(since)]
    return call.page("SupplierList", rows)


def _book(path: str) -> dict[str, Callable[[Call], Any]]:
    book = reference.BOOKS[path]

    def write(call: Call, *, create: bool) -> Any:
        row = reference.written(call.account, book, call.body, create=create)
        return row if book.bare else {"Total": 1, "Page": 1, book.list_key: [row]}

    return {
        "GET": lambda call: call.page(book.list_key, reference.listed(call.account, book, call.query)),
        "POST": lambda call: write(call, create=True),
        "PUT": lambda call: write(call, create=False),
    }


# --- suppliers ---


def _supplier(call: Call, *, create: bool) -> Record:
    suppliers = Suppliers(call.account, call.world.clock, put_replaces=call.world.switches.put_replaces)
    made = suppliers.create(call.body) if create else suppliers.change(call.body)
    return {"Total": 1, "Page": 1, "SupplierList": [call.world.shown(made)]}


# --- purchases ---


def _simple_only(call: Call, *names: str) -> Record:
    purchase = call.purchase(*names)
    if purchase["Type"] != "Simple Purchase":
        raise ApiError(WRONG_FAMILY)
    return purchase


def _get_simple(call: Call) -> Record:
    return call.world.shown(simple_view(call.account, _simple_only(call, "ID")))


def _get_advanced(call: Call) -> Record:
    purchase = call.purchase("ID")
    if purchase["Type"] == "Simple Purchase" and call.world.switches.advanced_get_of_simple == "shell":
        return shell(purchase)
    return call.world.shown(advanced_view(call.account, purchase))


def _header(call: Call, *, advanced: bool, create: bool) -> Record:
    if create:
        purchase = call.purchases.create(call.body, advanced=advanced)
    else:
        purchase = call.purchases.change_header(call.purchase("ID"), call.body)
    view = advanced_view if advanced else simple_view
    return call.world.shown(view(call.account, purchase))


def _delete(call: Call, *, advanced: bool) -> Record:
    purchase = call.purchase("ID")
    void = call.query.get("void", "false").lower() in {"true", "1"}
    (call.purchases.void if void else call.purchases.undo)(purchase)
    return (advanced_view if advanced else simple_view)(call.account, purchase)


def _order(call: Call, *, write: bool) -> Record:
    purchase = call.purchase("TaskID")
    order = call.purchases.post_order(purchase, call.body) if write else purchase["Order"]
    view = {"TaskID": purchase["ID"], **order, **_totals(purchase, order)}
    return call.world.answered(view) if write else view


def _totals(purchase: Record, part: Record) -> Record:
    return {name: bill_view(purchase, part)[name] for name in ("TotalBeforeTax", "Tax", "Total")}


def _stock(call: Call, *, write: bool) -> Record:
    purchase = _simple_only(call, "TaskID")
    group = purchase["Groups"][0]
    stock = call.purchases.post_stock(purchase, call.body, advanced=False) if write else group["Stock"]
    return {"TaskID": purchase["ID"], **stock}


def _invoice(call: Call, *, write: bool) -> Record:
    purchase = _simple_only(call, "TaskID")
    bill = call.purchases.post_invoice(purchase, call.body) if write else purchase["Groups"][0]["Invoice"]
    view = bill_view(purchase, bill)
    view |= {"TaskID": purchase["ID"], "InvoiceTotalAmount": view["Total"], "InvoiceTotalTaxAmount": view["Tax"]}
    return call.world.answered(view) if write else view


def _credit_note(call: Call, *, write: bool) -> Record:
    purchase = _simple_only(call, "TaskID")
    notes = purchase["CreditNotes"]
    note = call.purchases.post_credit_note(purchase, call.body, advanced=False) if write else (notes or [{}])[0]
    return {"TaskID": purchase["ID"], **credit_view(purchase, note)}


def _receiving(call: Call, part: str, list_key: str, *, write: bool) -> Record:
    purchase = call.purchase("PurchaseID")
    if write:
        _check_put_away(call, part)
        call.purchases.post_stock(purchase, call.body, advanced=True, part=part)
    groups = [{"TaskID": group["TaskID"], **group[part]} for group in purchase["Groups"]]
    return {"PurchaseID": purchase["ID"], list_key: groups}


def _check_put_away(call: Call, part: str) -> None:
    """Refuse what only tenants with “Use Put Away” may write; of receipts only the reference says so."""
    switches = call.world.switches
    if not switches.put_away and (part == "PutAway" or switches.stock_without_put_away == "refused"):
        msg = "Use Put Away setting is off"  # wording invented
        raise ApiError(msg)


def _receiving_again(call: Call) -> Record:
    """PUT overwrites the lines of one group's receipt."""
    _check_put_away(call, "Stock")
    purchase = call.purchase("PurchaseID")
    task = str(call.body.get("TaskID") or "").lower()
    for group in purchase["Groups"]:
        if group["TaskID"].lower() == task and group["Stock"]["Status"] in OPEN:
            group["Stock"]["Lines"] = []
    return _receiving(call, "Stock", "StockReceiving", write=True)


def _receiving_deleted(call: Call) -> Record:
    """Answer with 200 and delete nothing, as has been measured."""
    purchase, _group = call.group()
    call.query["purchaseid"] = purchase["ID"]
    return _receiving(call, "Stock", "StockReceiving", write=False)


def _put_away(call: Call, *, write: bool) -> Record:
    purchase = call.purchase("PurchaseID")
    if write:
        _check_put_away(call, "PutAway")
        task = str(call.body.get("TaskID") or "").lower()
        group = next((g for g in purchase["Groups"] if g["TaskID"].lower() == task), None)
        if group is not None and group["Stock"]["Status"] != "AUTHORISED":
            return _receiving(call, "PutAway", "PutAway", write=False)
    return _receiving(call, "PutAway", "PutAway", write=write)


def _advanced_invoice(call: Call, *, write: bool) -> Record:
    purchase = call.purchase("PurchaseID")
    if write:
        if not call.body.get("TaskID"):
            raise missing("TaskID")
        call.purchases.post_invoice(purchase, call.body)
    bills = [
        {"TaskID": g["TaskID"], "InvoicingAndReceivingNumber": g["Number"], **bill_view(purchase, g["Invoice"])}
        for g in purchase["Groups"]
    ]
    return {"PurchaseID": purchase["ID"], "Invoices": bills}


def _advanced_invoice_deleted(call: Call) -> Record:
    """Void (the lines go) or undo one bill."""
    purchase, group = call.group()
    if purchase["Type"] == "Simple Purchase":
        msg = "DELETE is not available for Simple Purchase"  # wording invented
        raise ApiError(msg)
    void = call.query.get("void", "false").lower() in {"true", "1"}
    call.purchases.drop_invoice(purchase, group, void=void)
    call.query["purchaseid"] = purchase["ID"]
    return _advanced_invoice(call, write=False)


def _advanced_credit_note(call: Call, *, write: bool) -> Record:
    purchase = call.purchase("PurchaseID")
    if write:
        call.purchases.post_credit_note(purchase, call.body, advanced=True)
    notes = [{"TaskID": note["TaskID"], **credit_view(purchase, note)} for note in purchase["CreditNotes"]]
    return {"PurchaseID": purchase["ID"], "CreditNotes": notes}


def _payments(call: Call) -> list[Record]:
    task = (call.query.get("taskid") or call.query.get("purchaseid") or "").lower()
    return [row for row in call.account.all("payment") if str(row.get("TaskID", "")).lower() == task]


def _pay(call: Call) -> list[Record]:
    return [payments.pay(call.account, call.purchases, call.body)]


def _both(handler: Callable[..., Any]) -> dict[str, Callable[[Call], Any]]:
    return {"GET": lambda call: handler(call, write=False), "POST": lambda call: handler(call, write=True)}


ROUTES: dict[str, dict[str, Callable[[Call], Any]]] = {
    "me": {"GET": _me},
    "purchaselist": {"GET": _purchase_list},
    "purchasecreditnotelist": {"GET": _credit_note_list},
    "supplier": {
        "GET": _supplier_list,
        "POST": lambda call: _supplier(call, create=True),
        "PUT": lambda call: _supplier(call, create=False),
    },
    "purchase": {
        "GET": _get_simple,
        "POST": lambda call: _header(call, advanced=False, create=True),
        "PUT": lambda call: _header(call, advanced=False, create=False),
        "DELETE": lambda call: _delete(call, advanced=False),
    },
    "advanced-purchase": {
        "GET": _get_advanced,
        "POST": lambda call: _header(call, advanced=True, create=True),
        "PUT": lambda call: _header(call, advanced=True, create=False),
        "DELETE": lambda call: _delete(call, advanced=True),
    },
    "purchase/order": _both(_order),
    "purchase/stock": _both(_stock),
    "purchase/invoice": _both(_invoice),
    "purchase/creditnote": _both(_credit_note),
    "purchase/payment": {"GET": _payments, "POST": _pay},
    "advanced-purchase/payment": {"GET": _payments, "POST": _pay},
    "advanced-purchase/stock": {
        **_both(lambda call, write: _receiving(call, "Stock", "StockReceiving", write=write)),
        "PUT": _receiving_again,
        "DELETE": _receiving_deleted,
    },
    "advanced-purchase/put-away": _both(_put_away),
    "advanced-purchase/invoice": {**_both(_advanced_invoice), "DELETE": _advanced_invoice_deleted},
    "advanced-purchase/creditnote": _both(_advanced_credit_note),
    "webhooks": {
        "GET": lambda call: webhooks.shown(call.account),
        "POST": lambda call: webhooks.create(call.account, call.body),
        "PUT": lambda call: webhooks.replace(call.account, call.body),
        "DELETE": lambda call: webhooks.delete(call.account, call.query.get("id", "")),
    },
    **{path: _book(path) for path in reference.BOOKS},
}
"""Path below the base, in lower case → method → handler."""
