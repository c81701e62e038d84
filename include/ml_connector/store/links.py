"""Which supplier of Cin7 is which of the partner: one row a pair, shared by both directions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, or_, select
from sqlalchemy.exc import IntegrityError

from ml_connector.domain.errors import ConcurrentEdit
from ml_connector.mapping.links import SupplierLink
from ml_connector.store.engine import alone, reading, writing
from ml_connector.store.leases import Now, utc_now
from ml_connector.store.tables import supplier_link


@dataclass(frozen=True)
class SqlLinks:
    """The supplier links of one deployment."""

    engine: Engine
    deployment: str
    now: Now = utc_now

    def by(self, system: str) -> dict[str, SupplierLink]:
        """Return all links, by the key in `system` (``cin7`` or the partner)."""
        columns = supplier_link.c
        query = select(columns.cin7_key, columns.partner_key, columns.how).where(columns.deployment == self.deployment)
        with reading(self.engine) as connection:
            links = [SupplierLink(*row) for row in connection.execute(query)]
        return {(link.cin7_key if system == "cin7" else link.partner_key): link for link in links}

    def add(self, link: SupplierLink) -> None:
        """Store a link; the same again is no error.

        Raises:
            ConcurrentEdit: either side is linked to another one already.
        """
        try:
            self._add(link)
        except IntegrityError:
            raise ConcurrentEdit(f"{_in_words(link)}: another worker linked one of the two just now") from None

    def _add(self, link: SupplierLink) -> None:
        columns = supplier_link.c
        either = or_(columns.cin7_key == link.cin7_key, columns.partner_key == link.partner_key)
        query = select(columns.cin7_key, columns.partner_key, columns.how)
        with writing(self.engine) as connection:
            alone(connection, f"links of {self.deployment}")
            rows = connection.execute(query.where(columns.deployment == self.deployment, either))
            there = [SupplierLink(*row) for row in rows]
            if any(_same(link, other) for other in there):
                return
            if there:
                msg = f"{_in_words(link)}: there is already {' and '.join(_in_words(o) for o in there)}"
                raise ConcurrentEdit(msg)
            row = {"deployment": self.deployment, "at": self.now(), **vars(link)}
            connection.execute(insert(supplier_link).values(row))

    def remove(self, cin7_key: str) -> bool:
        """Forget the link of this Cin7 supplier, made in error; tell whether there was one."""
        columns = supplier_link.c
        mine = (columns.deployment == self.deployment) & (columns.cin7_key == cin7_key)
        with writing(self.engine) as connection:
            return connection.execute(delete(supplier_link).where(mine)).rowcount == 1


def _same(link: SupplierLink, other: SupplierLink) -> bool:
    return (link.cin7_key, link.partner_key) == (other.cin7_key, other.partner_key)


def _in_words(link: SupplierLink) -> str:
    return f"supplier link {link.cin7_key} (cin7) = {link.partner_key}"
