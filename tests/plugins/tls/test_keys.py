"""Key derivation, against published values."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from workbench_tls.keys import expand_label, key_block, next_secret, prf, record_keys
from workbench_tls.suites import suite_of


def test_traffic_keys_of_rfc_8448():
    """RFC 8448 section 3: the server's handshake traffic secret gives this key and IV."""
    secret = bytes.fromhex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38")
    key, iv = record_keys(secret, suite_of(0x1301))
    assert key.hex() == "3fce516009c21727d0f2e4e86ee403bc"
    assert iv.hex() == "5d313eb2671276ee13000b30"


@given(st.binary(min_size=32, max_size=32), st.integers(1, 200))
def test_expansion_is_hkdfs(secret, length):
    info = length.to_bytes(2, "big") + b"\x0btls13 hello\0"
    expected = HKDFExpand(hashes.SHA256(), length, info).derive(secret)
    assert expand_label(secret, b"hello", length, "sha256") == expected


def test_prf_of_tls_1_2():
    """The widely used test vector of the SHA-256 PRF."""
    secret = bytes.fromhex("9bbe436ba940f017b17652849a71db35")
    seed = bytes.fromhex("a0ba9f936cda311827a6f796ffd5198c")
    expected = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
    assert prf(secret, b"test label", seed, 32, version=0x0303, hash_name="sha256").hex() == expected


def test_the_old_prf_mixes_both_hashes():
    """RFC 2246 5: with an odd secret both halves share the middle byte."""
    long, short = (prf(b"abc", b"label", b"seed", size, version=0x0301, hash_name="sha256") for size in (40, 7))
    assert long[:7] == short
    assert long != prf(b"abc", b"label", b"seed", 40, version=0x0303, hash_name="sha256")


def test_a_key_block_is_dealt_out_in_order():
    """RFC 5246 6.3: MAC keys, keys, IVs, the client's first."""
    suite = suite_of(0x002F)
    client, server = key_block(b"m" * 48, b"c" * 32, b"s" * 32, suite, 0x0301, 16)
    whole = prf(b"m" * 48, b"key expansion", b"s" * 32 + b"c" * 32, 104, version=0x0301, hash_name="sha256")
    assert client.mac + server.mac + client.key + server.key + client.iv + server.iv == whole
    assert [len(part) for part in (client.mac, client.key, client.iv)] == [20, 16, 16]
    assert key_block(b"m" * 48, b"c" * 32, b"s" * 32, suite, 0x0302, 16)[0].iv == b""


def test_each_key_update_gives_another_secret():
    first = next_secret(b"s" * 48, "sha384")
    assert len(first) == 48
    assert next_secret(first, "sha384") != first
