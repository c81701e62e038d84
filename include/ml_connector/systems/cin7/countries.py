"""Country names, which Cin7 uses, and the two-letter codes that canonical addresses carry."""

from __future__ import annotations

from functools import lru_cache

import pycountry


@lru_cache(maxsize=1024)
def code_of(name: str) -> str:
    """Return the ISO 3166 alpha-2 code of a country name, or the name itself when it is not known."""
    name = name.strip()
    try:
        return str(pycountry.countries.lookup(name).alpha_2) if name else ""
    except LookupError:
        return name


@lru_cache(maxsize=1024)
def name_of(code: str) -> str:
    """Return the country's usual name, or `code` itself when it is not known."""
    country = pycountry.countries.get(alpha_2=code.strip().upper()) if code else None
    return code if country is None else str(getattr(country, "common_name", country.name))
