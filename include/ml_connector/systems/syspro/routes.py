"""The two ways to read a table: the OData service, and the e.net business object COMFND where there is no OData."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote
from xml.etree.ElementTree import Element

from ml_connector.domain.errors import ConfigurationError, ContractError
from ml_connector.systems.syspro import xml
from ml_connector.systems.syspro.filters import expressions, odata
from ml_connector.systems.syspro.tables import Asked, Row, TooLong
from ml_connector.transport.client import Client

_LONGEST = 8000
"""Characters of a query; HTTP.sys refuses a request line beyond 16 KB before SYSPRO sees it."""


@dataclass(frozen=True)
class OdataRoute:
    """The OData service: at most 5,000 rows an answer (https://github.com/api-evangelist/syspro).

    Whether it sends next links is not published: one is a sign that there is more, and is not followed.
    """

    client: Client | None
    date_literal: str

    def page(self, asked: Asked) -> tuple[list[Row], bool]:
        """Return rows, and whether there is a next link."""
        if self.client is None:
            raise ConfigurationError("the connection has no OData URL: give it, or set options.syspro.read_by: comfnd")
        query = {"$select": ",".join(asked.columns), "$orderby": ",".join(asked.keys), "$top": str(asked.size)}
        text = odata(asked.conditions, self.date_literal)
        if len(quote(text)) > _LONGEST:
            raise TooLong
        data = self.client.read(asked.table, params={**query, "$filter": text} if text else query).data
        rows = data.get("value") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ContractError(f"table {asked.table}: the answer holds no rows", answer=str(data)[:2000])
        return [_trimmed(row) for row in rows], bool(data.get("@odata.nextLink"))


@dataclass(frozen=True)
class FindRoute:
    """COMFND, under the e.net session; its conditions but EQ are not attested."""

    client: Client

    def page(self, asked: Asked) -> tuple[list[Row], bool]:
        """Return rows; COMFND does not say whether there are more."""
        where = {"Expression": expressions(asked.conditions)} if asked.conditions else None
        query = xml.document("Query", {
            "TableName": asked.table, "ReturnRows": asked.size, "AllColumns": "N",
            "Columns": {"Column": list(asked.columns)}, "Where": where, "OrderBy": {"Column": list(asked.keys)},
        })  # fmt: skip
        if len(quote(query)) > _LONGEST:
            raise TooLong
        root = self.client.read("Query/Query", params={"BusinessObject": "COMFND", "XmlIn": query}).data
        if root.tag.lower() != asked.table.lower():
            raise ContractError(f"COMFND of {asked.table} answered with {root.tag}")
        return [_trimmed(_named(row, asked)) for row in xml.every(root, "Row")], False


def _named(row: Element, asked: Asked) -> Row:
    """Return a row's values by the columns asked for; element names are compared in any case.

    Raises:
        ContractError: a column is not there. SYSPRO ignores names that it does not know without a word
            (https://github.com/trismegistus0/rectella-shopify-service); an empty date does come as an element.
    """
    told = {child.tag.lower(): child.text or "" for child in row}
    missing = [column for column in asked.columns if column.lower() not in told]
    if missing:
        raise ContractError(f"table {asked.table}: the answer has no column {', '.join(missing)}")
    return {column: told[column.lower()] for column in asked.columns}


def _trimmed(row: Row) -> Row:
    """Return a row without the blanks that columns of fixed width carry at their end."""
    return {name: value.rstrip() if isinstance(value, str) else value for name, value in row.items()}
