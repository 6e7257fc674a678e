"""Names of numbers."""

from workbench_tls.names import ALERTS, EXTENSIONS, GROUPS, HANDSHAKES, SCHEMES, is_grease, version_name


def test_known_numbers_have_their_registered_names():
    assert (GROUPS[0x1D], GROUPS[0x17], GROUPS[0x11EC]) == ("x25519", "secp256r1", "X25519MLKEM768")
    assert (GROUPS[1], GROUPS[0x29]) == ("sect163k1", "curveSM2")
    assert (SCHEMES[0x0401], SCHEMES[0x0403], SCHEMES[0x0804]) == (
        "rsa_pkcs1_sha256",
        "ecdsa_secp256r1_sha256",
        "rsa_pss_rsae_sha256",
    )
    assert (EXTENSIONS[0], EXTENSIONS[65037], ALERTS[40], HANDSHAKES[8]) == (
        "server_name",
        "encrypted_client_hello",
        "handshake_failure",
        "encrypted_extensions",
    )


def test_grease_is_sixteen_values():
    """RFC 8701 2."""
    values = [number for number in range(1 << 16) if is_grease(number)]
    assert values == [0x0A0A + 0x1010 * n for n in range(16)]


def test_versions_and_drafts_and_nonsense_have_names():
    assert [version_name(number) for number in (0x0304, 0x0300, 0x7F1C, 0xDADA, 0x1234)] == [
        "TLS 1.3",
        "SSL 3.0",
        "TLS 1.3 (draft 28)",
        "GREASE",
        "0x1234",
    ]
