"""Key derivation against RFC 9001 A.1 and A.5, and RFC 9369 A.1 and A.5."""

import pytest

from support.rfc9001 import CHACHA_SECRET, DESTINATION, RFC9001, RFC9369
from workbench_quic.keys import AES_128_GCM, SUITES, expand_label, header_key, initial_secrets, next_secret, packet_keys
from workbench_quic.versions import version_of

BOTH = pytest.mark.parametrize("vector", [RFC9001, RFC9369], ids=["v1", "v2"])


def derived(secret, suite, version):
    keys = packet_keys(secret, suite, version)
    return keys.key, keys.iv, header_key(secret, suite, version)


@BOTH
def test_initial_secrets_and_keys(vector):
    version = version_of(vector.version)
    client, server = initial_secrets(version, DESTINATION)
    assert (client, server) == (vector.client_secret, vector.server_secret)
    assert derived(client, AES_128_GCM, version) == vector.client_keys
    assert derived(server, AES_128_GCM, version) == vector.server_keys


@BOTH
def test_chacha20_keys_and_the_secret_after_an_update(vector):
    version, suite = version_of(vector.version), SUITES[0x1303]
    assert derived(CHACHA_SECRET, suite, version) == vector.chacha_keys
    assert next_secret(CHACHA_SECRET, suite, version) == vector.chacha_next


def test_a_label_longer_than_a_hash_takes_several_rounds():
    assert expand_label(b"s" * 32, b"quic key", 80, "sha256")[:32] != expand_label(b"s" * 32, b"quic key", 32, "sha256")
    assert len(expand_label(b"s" * 32, b"quic key", 80, "sha256")) == 80


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
def test_every_suite_has_keys_of_its_sizes(suite):
    version = version_of(1)
    key, iv, mask = derived(bytes(suite.secret), suite, version)
    assert (len(key), len(iv), len(mask)) == (suite.key, 12, suite.key)
    assert len(next_secret(bytes(suite.secret), suite, version)) == suite.secret


def test_secrets_do_not_show_in_reprs():
    assert "1f369613" not in repr(packet_keys(RFC9001.client_secret, AES_128_GCM, version_of(1)))
