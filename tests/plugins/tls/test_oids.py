"""Names of object identifiers."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from workbench_tls.oids import ALGORITHMS, ATTRIBUTES, KEY_PURPOSES, oid_name


def test_names_are_those_of_a_library_that_knows_them():
    assert ATTRIBUTES[x509.NameOID.COMMON_NAME.dotted_string] == "CN"
    assert ATTRIBUTES[x509.NameOID.ORGANIZATION_NAME.dotted_string] == "O"
    assert KEY_PURPOSES[x509.ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string] == "clientAuth"
    assert ALGORITHMS[x509.SignatureAlgorithmOID.ECDSA_WITH_SHA384.dotted_string] == "ecdsa-with-SHA384"
    assert ALGORITHMS[ec.EllipticCurveOID.SECP384R1.dotted_string] == "secp384r1"
    assert oid_name(x509.ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string) == "subjectAltName"


def test_unknown_ones_have_none():
    assert oid_name("1.2.3.4.5") == ""
