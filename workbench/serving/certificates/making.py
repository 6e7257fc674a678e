"""Makes certificates as PEM, in memory: an authority, and what it signs for servers and clients (RFC 5280). No files here."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey

__all__ = ["KINDS", "LOCAL_NAMES", "KeyKind", "Pair", "make_authority", "make_client", "make_server"]

KeyKind = Literal["ec", "rsa"]
KINDS: tuple[KeyKind, ...] = ("ec", "rsa")
"""EC is P-256, which every TLS library knows; RSA is for clients that know nothing else."""

RSA_BITS = 2048
"""Enough until 2030 (NIST SP 800-57), and longer than any certificate made here is valid."""

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
"""What every server certificate is good for."""

AUTHORITY_DAYS = 3650
"""People import an authority by hand: not every year."""
LEAF_DAYS = 397
"""The longest that browsers accept (CA/Browser Forum, baseline requirements 6.3.2)."""
EARLIER = dt.timedelta(days=1)
"""Valid from a day ago: clocks of other machines go wrong."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


def make_authority(now: dt.datetime, kind: KeyKind = "ec") -> Pair:
    """An authority that signs leaves only."""
    from cryptography import x509

    key = _new_key(kind)
    name = _name("Workbench local authority")
    builder = _builder(name, name, key, now, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return _signed(builder, key, key)


def make_server(authority: Pair, names: Sequence[str], now: dt.datetime, kind: KeyKind = "ec") -> Pair:
    """A server's certificate for these names and addresses (RFC 6125); the first one is its subject."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    alternatives = x509.SubjectAlternativeName([_general_name(name) for name in dict.fromkeys(names)])
    return _leaf(authority, names[0], now, kind, (ExtendedKeyUsageOID.SERVER_AUTH, alternatives))


def make_client(authority: Pair, name: str, now: dt.datetime, kind: KeyKind = "ec") -> Pair:
    """A client's certificate; `name` is what the server's log shows."""
    from cryptography.x509.oid import ExtendedKeyUsageOID

    return _leaf(authority, name, now, kind, (ExtendedKeyUsageOID.CLIENT_AUTH, None))


def _leaf(
    authority: Pair,
    name: str,
    now: dt.datetime,
    kind: KeyKind,
    use: "tuple[x509.ObjectIdentifier, x509.SubjectAlternativeName | None]",
) -> Pair:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    issuer = x509.load_pem_x509_certificate(authority.certificate)
    signer = load_pem_private_key(authority.key, None)
    key = _new_key(kind)
    builder = _builder(_name(name), issuer.subject, key, now, LEAF_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False, rsa=kind == "rsa"), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([use[0]]), critical=False)
    found = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found), critical=False)
    if use[1] is not None:
        builder = builder.add_extension(use[1], critical=False)
    return _signed(builder, key, signer)  # type: ignore[arg-type]  # the keys that were made above


def _builder(
    subject: "x509.Name", issuer: "x509.Name", key: "PrivateKey", now: dt.datetime, days: int
) -> "x509.CertificateBuilder":
    from cryptography import x509

    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - EARLIER).not_valid_after(now + dt.timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _signed(builder: "x509.CertificateBuilder", key: "PrivateKey", signer: "PrivateKey") -> Pair:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    certificate = builder.sign(signer, SHA256()).public_bytes(Encoding.PEM)
    return Pair(certificate, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _new_key(kind: KeyKind) -> "PrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    return ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, RSA_BITS)


def _name(text: str) -> "x509.Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])  # 64: RFC 5280 appendix A, ub-common-name


def _general_name(text: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _usage(*, signs_certificates: bool, rsa: bool = False) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_encipherment=rsa,  # TLS 1.2 without ephemeral keys
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
