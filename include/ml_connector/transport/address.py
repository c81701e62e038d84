"""Addresses as they are compared: what names a server and the place on it, and nothing that may be secret."""

from __future__ import annotations

from ml_connector.transport.redaction import parts_of

_USUAL = (None, 80, 443)


def host_of(url: str) -> str:
    """Return the server, e.g. ``erp.company.com:30661``: in lower case, without the usual ports of http and https."""
    parts = parts_of(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in _USUAL else f"{host}:{parts.port}"


def place_of(url: str) -> str:
    """Return the server and the path, without scheme, user, query and the slash at the end."""
    return host_of(url) + parts_of(url).path.rstrip("/")


def described(place: str, **named: str) -> str:
    """Return the text that tells one company's books from another's, e.g. ``erp.company.com, company ACM1``.

    Args:
        place: the server.
        named: what else tells them apart; what is empty is left out.
    """
    return ", ".join([place, *(f"{name} {value}" for name, value in named.items() if value)])
