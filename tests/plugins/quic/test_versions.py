"""Versions: names, reserved numbers, and that the keys of Retry tags are those that the documents derive."""

import pytest

from workbench_quic.keys import expand_label
from workbench_quic.versions import V1, V2, Kind, is_greased, version_name, version_of

RETRY_SECRETS = {
    V1: "d9c9943e6101fd200021506bcc02814c73030f25c79d71ce876eca876e6fca8e",  # RFC 9001 5.8
    V2: "c4dd2484d681aefa4ff4d69c2c20299984a765a5d3c31982f38fc74162155e9f",  # RFC 9369 3.3.3
    0x709A50C4: "3425c20cf88779df2ff71e8abfa78249891e763bbed2f13c048343d348c060e2",
    0xFF00001D: "8b0d37eb8535022ebc8d76a207d80df22646ec06dc809642c30a8baa2baaff4c",
}


@pytest.mark.parametrize(("number", "secret"), RETRY_SECRETS.items())
def test_keys_of_retry_tags_come_from_their_secrets(number, secret):
    version = version_of(number)
    assert expand_label(bytes.fromhex(secret), version.label + b"key", 16, "sha256") == version.retry_key
    assert expand_label(bytes.fromhex(secret), version.label + b"iv", 12, "sha256") == version.retry_nonce


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1, "v1"),
        (V2, "v2"),
        (0, "Version Negotiation"),
        (0xFF00001D, "draft-29"),
        (0xFF000005, "draft-5"),
        (0x1A2A3A4A, "reserved to force negotiation"),
        (0x51303436, "Google Q046"),
        (0x51414141, ""),
        (0xDEADBEEF, ""),
    ],
)
def test_names(number, name):
    assert version_name(number) == name


def test_types_are_numbered_anew_in_version_2():
    assert [version_of(V1).kinds[number] for number in range(4)] == [Kind.INITIAL, Kind.EARLY, Kind.HANDSHAKE, Kind.RETRY]
    assert [version_of(V2).type_of(kind) for kind in (Kind.INITIAL, Kind.EARLY, Kind.HANDSHAKE, Kind.RETRY)] == [1, 2, 3, 0]
    assert version_of(V2).is_v2
    assert not version_of(V1).is_v2


def test_drafts_have_the_salt_of_their_time():
    salts = {number: version_of(0xFF000000 | number).salt[:2].hex() for number in (23, 28, 29, 32, 33, 34)}
    assert salts == {23: "c3ee", 28: "c3ee", 29: "afbf", 32: "afbf", 33: "3876", 34: "3876"}
    assert version_of(0xFF000016) is None


def test_reserved_numbers_are_of_the_pattern():
    assert is_greased(0x0A0A0A0A)
    assert is_greased(0xFAFAFAFA)
    assert not is_greased(V1)
