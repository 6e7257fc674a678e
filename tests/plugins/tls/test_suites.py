"""What the names of cipher suites say."""

import pytest

from workbench_tls.suite_names import CIPHER_SUITES, SUITES_TLS13
from workbench_tls.suites import Suite, suite_of


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0x1301, Suite("aead", "AES", "GCM", 16, 12, 16, "sha256")),
        (0x1302, Suite("aead", "AES", "GCM", 32, 12, 16, "sha384")),
        (0x1303, Suite("aead", "CHACHA20", "POLY1305", 32, 12, 16, "sha256")),
        (0x1305, Suite("aead", "AES", "CCM", 16, 12, 8, "sha256")),
        (0xC02F, Suite("aead", "AES", "GCM", 16, 4, 16, "sha256")),
        (0xC0AF, Suite("aead", "AES", "CCM", 32, 4, 8, "sha256")),
        (0xCCA8, Suite("aead", "CHACHA20", "POLY1305", 32, 12, 16, "sha256")),
        (0x002F, Suite("cbc", "AES", "", 16, 0, 0, "sha256", "sha1")),
        (0xC028, Suite("cbc", "AES", "", 32, 0, 0, "sha384", "sha384")),
        (0x000A, Suite("cbc", "3DES", "", 24, 0, 0, "sha256", "sha1")),
        (0x0005, Suite("stream", "RC4", "", 16, 0, 0, "sha256", "sha1")),
        (0x003B, Suite("null", "NULL", "", 0, 0, 0, "sha256", "sha256")),
    ],
)
def test_a_name_says_how_records_are_protected(number, expected):
    assert suite_of(number) == expected


def test_export_grades_and_unknown_numbers_are_not_decrypted():
    assert suite_of(0x0003) is None  # TLS_RSA_EXPORT_WITH_RC4_40_MD5
    assert suite_of(0xFFFF) is None
    assert suite_of(0x00FF) is None  # a signal, no suite


def test_every_suite_that_is_decrypted_is_complete():
    for number, name in CIPHER_SUITES.items():
        suite = suite_of(number)
        if suite is not None:
            assert (suite.key > 0) == (suite.cipher != "NULL"), name
            assert (suite.kind == "aead") == (not suite.mac), name
    assert all(suite_of(number) for number in SUITES_TLS13)
