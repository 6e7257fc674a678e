"""Certificates in memory: who signed what, for whom, until when, and what for."""

import datetime as dt
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from workbench.serving.certificates.making import LEAF_DAYS, LOCAL_NAMES, make_authority, make_client, make_server

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
AUTHORITY = make_authority(NOW)


def parsed(pair):
    return x509.load_pem_x509_certificate(pair.certificate)


def extension(pair, kind):
    return parsed(pair).extensions.get_extension_for_class(kind).value


def test_the_authority_signs_itself_and_leaves_only():
    certificate = parsed(AUTHORITY)
    certificate.verify_directly_issued_by(certificate)
    assert extension(AUTHORITY, x509.BasicConstraints) == x509.BasicConstraints(ca=True, path_length=0)
    usage = extension(AUTHORITY, x509.KeyUsage)
    assert (usage.key_cert_sign, usage.digital_signature) == (True, False)


def test_a_server_is_known_by_names_and_addresses():
    pair = make_server(AUTHORITY, ("app.test", *LOCAL_NAMES, "app.test"), NOW)
    parsed(pair).verify_directly_issued_by(parsed(AUTHORITY))
    names = extension(pair, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == ["app.test", "localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    assert list(extension(pair, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert parsed(pair).not_valid_after_utc == NOW + dt.timedelta(days=LEAF_DAYS)
    assert parsed(pair).not_valid_before_utc < NOW


def test_a_client_is_known_by_its_name():
    pair = make_client(AUTHORITY, "alice", NOW)
    assert parsed(pair).subject.rfc4514_string() == "CN=alice"
    assert list(extension(pair, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.CLIENT_AUTH]


@pytest.mark.parametrize(("kind", "expected"), [("ec", EllipticCurvePrivateKey), ("rsa", RSAPrivateKey)])
def test_both_kinds_of_keys_belong_to_their_certificates(kind, expected):
    pair = make_server(AUTHORITY, ("a.test",), NOW, kind)
    key = load_pem_private_key(pair.key, None)
    assert isinstance(key, expected)
    assert parsed(pair).public_key() == key.public_key()
    if kind == "ec":
        assert isinstance(key.curve, SECP256R1)


def test_keys_stay_out_of_texts():
    assert "PRIVATE" not in repr(AUTHORITY)
