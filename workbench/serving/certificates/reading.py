"""What a certificate file says about itself: whom it is for, and until when."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from workbench.api import UsageError
from workbench.serving.certificates.making import KeyKind

__all__ = ["Certificate", "names_in", "read_certificate"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """`kind` is "authority", "server" or "client"; `names` are names and addresses it is good for, or the client's name."""

    file: Path
    kind: str
    names: tuple[str, ...]
    expires: dt.datetime
    key_kind: KeyKind

    def days_left(self, now: dt.datetime) -> int:
        """Whole days until it expires; below 0 when it has."""
        return (self.expires - now).days


def read_certificate(file: Path) -> Certificate:
    """The first certificate of a PEM file; UsageError where there is none."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError("this is no certificate in PEM", place=str(file), remedy="`workbench certs` makes some") from error
    names = [str(name.value) for name in found.subject if name.oid == x509.NameOID.COMMON_NAME]
    kind = "client"
    for extension in found.extensions:
        match extension.value:
            case x509.BasicConstraints(ca=True):
                kind = "authority"
            case x509.SubjectAlternativeName() as alternatives:
                kind, names = "server", [str(name.value) for name in alternatives]
    key_kind: KeyKind = "rsa" if isinstance(found.public_key(), RSAPublicKey) else "ec"
    return Certificate(file, kind, tuple(names), found.not_valid_after_utc, key_kind)


def names_in(file: Path) -> tuple[str, ...]:
    """The lower-case names for which a server's certificate is to be shown."""
    return tuple(name.lower() for name in read_certificate(file).names)
