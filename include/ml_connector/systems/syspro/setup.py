"""The set-up check: does this site have every table and column that is configured?

The layout of the OData service's ``$metadata`` is not published, so each table is asked for a row.
"""

from __future__ import annotations

from dataclasses import replace

from ml_connector.domain.errors import ConfigurationError, ContractError, Refused, SyncError
from ml_connector.systems.syspro.books import Books, local_currency
from ml_connector.systems.syspro.feeds import FEEDS
from ml_connector.systems.syspro.tables import Asked


def missing(books: Books) -> list[str]:
    """Return what is missing, in words, each naming table, column and where to correct it."""
    unused = "receipt_history" if books.options.receipts_from == "grn" else ""
    found = [problem for feed in FEEDS if feed != unused for problem in _lacks(books, feed)]
    told = local_currency(books.queries) if books.options.local_currency else ""
    if told != books.options.local_currency:
        found.append(f"SYSPRO's local currency is {told}: correct options.syspro.local_currency")
    return found


def _lacks(books: Books, feed: str) -> list[str]:
    options, known = books.options, FEEDS[feed]
    names = {ours: options.fields.get(feed, {}).get(ours, ours) for ours in known.columns}
    wanted = {site: f"fields.{feed}.{ours}" for ours, site in names.items() if site}
    for of_document, option in ((False, "dates"), (True, "document_dates")):
        if column := options.date(feed, of_document=of_document):
            wanted.setdefault(names.get(column, column), f"{option}.{feed}")
    keys = [names[key] for key in known.keys if names[key]]
    asked = Asked(options.table(feed), list(wanted), keys, (), 1)
    if _answers(books, asked) is None:
        return []
    problem = _answers(books, replace(asked, columns=keys))
    if problem is not None:
        return [f"{asked.table} cannot be read ({problem}): correct options.syspro.tables.{feed}"]
    return [
        f"{asked.table} has no column {column}: name it under options.syspro.{option}"
        for column, option in wanted.items()
        if _answers(books, replace(asked, columns=[column])) is not None
    ]


def _answers(books: Books, asked: Asked) -> SyncError | None:
    """Return the error that reading these columns ends with; None when it works."""
    try:
        books.tables.route.page(asked)
    except (Refused, ConfigurationError, ContractError) as error:
        return error
    return None
