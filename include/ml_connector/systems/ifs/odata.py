"""OData v4's way to write values, keys, queries and conditions; pure.

No library does this: odata-query parses filters on a server's side, python-odata is an object mapper with counts and
``$expand``, which IFS does not have.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from ml_connector.domain.errors import ContractError

_PLAIN = "(),:/*'"


def literal(value: Any) -> str:
    """Return a value as a filter or key writes it: strings quoted, dates and numbers bare.

    https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html, primitive literals.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value).replace("'", "''")
    return f"'{text}'"


def key_of(keys: Mapping[str, Any], numbers: Iterable[str] = ()) -> str:
    """Return a key as an address holds it, e.g. ``Company='10',InvoiceId=90417``, every part named.

    Args:
        keys: property → value.
        numbers: the properties that are numbers, though their values may be texts.
    """
    parts = {name: Decimal(str(value)) if name in numbers else value for name, value in keys.items()}
    return ",".join(f"{name}={quote(literal(value), safe=_QUOTE)}" for name, value in parts.items())


_QUOTE = "'"


def query_of(options: Mapping[str, str]) -> str:
    """Return query options as IFS wants them: blanks as %20, the leading ``$`` bare; empty ones are left out.

    https://github.com/keboola/component-ex-ifs, `src/client/odata.py`.
    """
    return "&".join(f"{name}={quote(value, safe=_PLAIN)}" for name, value in options.items() if value)


def both(*conditions: str) -> str:
    """Return a condition that all of these make together; "" when none says anything."""
    said = [one for one in conditions if one]
    return said[0] if len(said) == 1 else " and ".join(f"({one})" if " or " in one else one for one in said)


def any_of(column: str, values: Iterable[Any]) -> str:
    """Return the condition that a property is one of these values; "" for no values."""
    return " or ".join(f"{column} eq {literal(value)}" for value in values)


def beyond(keys: Sequence[tuple[str, str]]) -> str:
    """Return the condition for the rows after the one with this key, as (property, literal) in their order."""
    (name, value), *rest = keys
    after = f"{name} gt {value}"
    return after if not rest else f"{after} or ({name} eq {value} and ({beyond(rest)}))"


def followed(url: str, link: str) -> str:
    """Return where a next link leads, if that is the same service at the same host.

    Args:
        url: the address that answered.
        link: absolute, or relative to it or to its service.

    Raises:
        ContractError: it leads elsewhere; the token is not sent there.
    """
    target, source = urlsplit(urljoin(url, link)), urlsplit(url)
    service = f"{source.path.partition('.svc/')[0]}.svc/"
    same_host = (target.scheme, target.netloc) == (source.scheme, source.netloc)
    if not same_host or not target.path.startswith(service) or "/.." in target.path:
        where = f"{target.scheme}://{target.hostname}{target.path}"
        raise ContractError(f"the next link leads out of {service[:-1]}: {where}")
    return target.geturl()
