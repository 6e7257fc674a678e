"""The registry's names; what they say is tried in `test_suites`."""

import re

from workbench_tls.suite_names import CIPHER_SUITES, SUITES_TLS13


def test_numbers_and_names_are_the_registrys():
    assert all(0 <= number <= 0xFFFF for number in CIPHER_SUITES)
    assert all(re.fullmatch(r"(?:TLS|SSL)_[A-Za-z0-9_]+", name) for name in CIPHER_SUITES.values())
    assert CIPHER_SUITES[0x1301] == "TLS_AES_128_GCM_SHA256"  # RFC 8446 B.4
    assert CIPHER_SUITES[0xC02F] == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"  # RFC 5289 3.2


def test_the_suites_of_tls_1_3_are_among_them():
    assert set(SUITES_TLS13) <= set(CIPHER_SUITES)
