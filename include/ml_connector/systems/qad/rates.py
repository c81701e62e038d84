"""Exchange rates of orders and invoices: QAD's own, as its form fills them in once the currency has been entered.

Public clients run a field's default logic with ``fieldChange`` on a record not yet stored
(https://github.com/DigvijayERP/ApexTransformJAVA); that the currency's brings the rate is inferred. Left out, or sent
as 1, a rate would book a foreign amount as if it were the domain's own.
"""

from __future__ import annotations

from decimal import Decimal

from ml_connector.domain.errors import Refused
from ml_connector.systems.qad.endpoint import Endpoint, Record
from ml_connector.systems.qad.wire import number

_RATES = ("exchangeRate", "exchangeRate2")


def rated(endpoint: Endpoint, name: str, record: Record, given: Decimal | None = None) -> Record:
    """Return the record with its exchange rates.

    Args:
        endpoint: where it will be stored.
        name: its service.
        record: not stored yet.
        given: the source's own rate, base units per unit of the currency; sent where the deployment chose so.

    Raises:
        Refused: QAD has no rate of the currency.
    """
    options, currency = endpoint.options, str(record["currencyCode"])
    names = [one for one in _RATES if one in record]
    if options.exchange_rates == "one" or currency.casefold() == options.base_currency.casefold():
        return {**record, **dict.fromkeys(names, 1)}
    if options.exchange_rates == "source" and given:
        return {**record, **dict.fromkeys(names, 1), "exchangeRate": given}
    filled = endpoint.changed(name, record, "currencyCode")
    rates = {one: number(filled, one) for one in names}
    is_known = all(rates.values()) and not (options.base_currency and set(rates.values()) == {Decimal(1)})
    if not is_known:
        said = f"QAD has no exchange rate of {currency} for {record.get('invoiceDate') or record.get('orderDate')}"
        raise Refused(said, reasons=(("currencyCode", said),))
    return {**record, **rates}
