"""The two headers that every call carries, and what to do when they are refused."""

from __future__ import annotations

from ml_connector.transport.auth import HeaderKeys


class Cin7Keys(HeaderKeys):
    """Account ID and application key.

    A 403 has been seen under bursts though the keys were good (https://github.com/JoaoBueno1/Rapid-Labels), so a
    refused call, which was not carried out, is sent once more before the keys are called wrong.
    """

    def renew(self, stamp: str) -> bool:  # noqa: ARG002 - the Protocol's signature
        """Return True: the same keys are worth one more try."""
        return True
