"""Certificates and keys as PEM bytes, for carriers that bring their own TLS: by server name, fresh without a restart.

`tls.py` is the same for OpenSSL's contexts.
"""

import re

from workbench.api import Credentials, UsageError
from workbench.serving.tls import Credential, TlsSettings, stamps_of

__all__ = ["CredentialFiles"]

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----[^\n]*\n?", re.DOTALL)


class CredentialFiles:
    """The files of a server. Raises `UsageError` where one cannot be used."""

    def __init__(self, settings: TlsSettings) -> None:
        self._settings = settings
        self._stamps = stamps_of(settings)
        self._default, self._named = _read(settings)

    def of(self, name: str) -> Credentials:
        """The certificate for a server name, the first one for a name that none has."""
        name = name.lower()
        return self._named.get(name) or self._named.get("*." + name.partition(".")[2]) or self._default

    def refresh(self) -> bool:
        """Read the files again if one of them has changed; True when new connections get something new from now on.

        Raises `UsageError` where the new files cannot be used: the old ones stay in use, and it is said once per change.
        """
        stamps = stamps_of(self._settings)
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        self._default, self._named = _read(self._settings)
        return True


def _read(settings: TlsSettings) -> tuple[Credentials, dict[str, Credentials]]:
    from workbench.serving.certificates.reading import names_in

    found = [_checked(credential) for credential in settings.credentials]
    named: dict[str, Credentials] = {}
    for credential, read in zip(settings.credentials, found, strict=True):
        for name in names_in(credential.certificate):
            named.setdefault(name, read)
    return found[0], named


def _checked(credential: Credential) -> Credentials:
    """A chain whose first certificate belongs to the key."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    place = str(credential.certificate)
    try:
        chain = b"".join(match[0] for match in _BLOCK.finditer(credential.certificate.read_bytes()) if match[1] == b"CERTIFICATE")
        keys = [match[0] for match in _BLOCK.finditer(credential.key.read_bytes()) if match[1].endswith(b"PRIVATE KEY")]
        certificate = x509.load_pem_x509_certificate(chain)
        key = load_pem_private_key(keys[0] if keys else b"", None)
        why = "" if certificate.public_key() == key.public_key() else "they do not belong together"
    except OSError as error:
        why = error.strerror or str(error)
    except (ValueError, TypeError) as error:  # TypeError: the key is encrypted
        why = "its key is encrypted" if isinstance(error, TypeError) else "not PEM"
    if why:
        remedy = "Give PEM files that belong together; `workbench certs` makes some"
        raise UsageError(f"no certificate with its key ({why})", place=place, remedy=remedy)
    return Credentials(chain, keys[0])
