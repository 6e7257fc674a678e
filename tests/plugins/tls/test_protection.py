"""Records are opened, and refused."""

import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from hypothesis import given
from hypothesis import strategies as st

from workbench_tls.keys import KeyBlock, record_keys
from workbench_tls.protection import Record, opener12, opener13
from workbench_tls.suites import suite_of

CBC = suite_of(0x002F)
KEYS = KeyBlock(b"m" * 20, b"k" * 16, b"i" * 16)


def sealed_cbc(data: bytes, number: int, *, mac_last: bool, start: bytes) -> bytes:
    head = number.to_bytes(8, "big") + b"\x17\x03\x02"
    if not mac_last:
        data += hmac.digest(KEYS.mac, head + len(data).to_bytes(2, "big") + data, "sha1")
    padding = 15 - len(data) % 16
    encryptor = Cipher(AES(KEYS.key), modes.CBC(start)).encryptor()
    body = start + encryptor.update(data + bytes((padding,)) * (padding + 1)) + encryptor.finalize()
    if mac_last:
        body += hmac.digest(KEYS.mac, head + len(body).to_bytes(2, "big") + body, "sha1")
    return body


@given(st.binary(max_size=100), st.booleans(), st.integers(0, 1 << 40))
def test_cbc_in_both_orders(data, mac_last, number):
    """RFC 5246 6.2.3.2 and RFC 7366 3."""
    body = sealed_cbc(data, number, mac_last=mac_last, start=b"v" * 16)
    opener = opener12(CBC, KEYS, 0x0302, mac_last=mac_last)
    assert opener(Record(23, 0x0302, body, number)) == data
    assert opener(Record(23, 0x0302, body, number + 1)) is None
    spoilt = bytes((body[0] ^ 1,)) + body[1:]
    assert opener(Record(23, 0x0302, spoilt, number)) in (None, *([b""] if not data else []))


@given(st.sampled_from((0x1301, 0xC02F, 0xCCA8, 0xC0AE, 0x002F, 0x000A, 0x0005, 0x003B)), st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(number, body):
    suite = suite_of(number)
    keys = KeyBlock(b"m" * 32, b"k" * suite.key, b"i" * (suite.fixed_iv or 16))
    for mac_last in (False, True):
        opener = opener12(suite, keys, 0x0301, mac_last=mac_last)
        assert opener(Record(23, 0x0301, body)) is None


def test_tls13_binds_header_and_number():
    """RFC 8446 5.2: the header is authenticated, the number is in the nonce."""
    suite, secret = suite_of(0x1301), b"s" * 32
    key, iv = record_keys(secret, suite)
    nonce = (int.from_bytes(iv, "big") ^ 5).to_bytes(12, "big")
    body = AESGCM(key).encrypt(nonce, b"hello\x17\0\0", b"\x17\x03\x03\x00\x18")
    opener = opener13(secret, suite)
    assert opener(Record(23, 0x0303, body, 5)) == b"hello\x17\0\0"
    assert opener(Record(23, 0x0303, body, 4)) is None
    assert opener(Record(22, 0x0303, body, 5)) is None


@pytest.mark.parametrize("suite", [suite_of(0x0005), suite_of(0x003B)], ids=["RC4", "NULL"])
def test_stream_suites_check_their_mac(suite):
    keys = KeyBlock(b"m" * 32, b"k" * suite.key, b"")
    assert opener12(suite, keys, 0x0301, mac_last=False)(Record(23, 0x0301, b"x" * 64)) is None
