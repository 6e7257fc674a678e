"""Certificates and key logs, from what the engines have to what aioquic wants."""

from collections.abc import Callable
from functools import lru_cache

from aioquic.tls import load_pem_private_key, load_pem_x509_certificates

from workbench.api import Credentials, UsageError
from workbench_quic.carrier.core import Identity

__all__ = ["KeyLog", "identity_of"]


@lru_cache(maxsize=64)  # reading a key takes longer than a handshake; a server has a handful
def identity_of(credentials: Credentials) -> Identity:
    """A certificate that aioquic can use. Raises `UsageError` for one that it cannot."""
    try:
        certificates = load_pem_x509_certificates(credentials.chain)
        key = load_pem_private_key(credentials.key)
    except (ValueError, TypeError) as error:  # TypeError: the key is encrypted
        raise UsageError(
            f"no certificate with its key ({error})", remedy="Give PEM files that belong together; `workbench certs` makes some"
        ) from error
    if not certificates or certificates[0].public_key() != key.public_key():
        raise UsageError("the key is not the certificate's", remedy="Give PEM files that belong together")
    return Identity(certificates[0], certificates[1:], key)


class KeyLog:
    """A file, as far as aioquic is concerned: it writes each line at once, and flushes."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take

    def write(self, text: str) -> int:
        """One line with its end."""
        self._take(text.rstrip("\n"))
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""
