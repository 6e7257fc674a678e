"""Bodies of handshake messages, by what the handshake agreed on."""

import pytest

from support.tls import certificate_der, extension, handshake, read
from workbench_tls.bodies import TLS12, TLS13, Agreed, body_grammars

CHAIN = certificate_der()


def u24(number: int) -> bytes:
    return number.to_bytes(3, "big")


def shown(message: bytes, abbrev: str, **agreed: int) -> list[object]:
    found = read(message, **agreed)
    assert [node.error for _, node in found.field.walk() if node.error] == []
    assert found.sound
    return [node.value for _, node in found.field.walk() if node.abbrev == abbrev]


def test_certificates_of_both_layouts():
    entry = u24(len(CHAIN)) + CHAIN
    old = handshake(11, u24(len(entry)) + entry)
    assert shown(old, "tls.handshake.certificate", version=TLS12) == [CHAIN]
    entry += b"\0\x04" + extension(18, b"")
    new = handshake(11, b"\2ab" + u24(len(entry)) + entry)
    assert shown(new, "tls.handshake.certificate", version=TLS13) == [CHAIN]
    assert shown(new, "tls.handshake.certificate_request_context", version=TLS13) == [b"ab"]
    assert shown(new, "tls.handshake.extension.type", version=TLS13) == [18]


@pytest.mark.parametrize(
    ("suite", "body", "abbrev", "expected"),
    [
        (0xC02F, "03001d0401020304080400020a0b", "server_point", b"\1\2\3\4"),
        (0xC02F, "03001d0401020304080400020a0b", "sig", b"\x0a\x0b"),
        (0x0033, "000107000102000103040100015a", "p", b"\7"),
        (0x0018, "000107000102000103", "ys", b"\3"),
        (0xC035, "0001780300170101", "hint", b"x"),
        (0x00A8, "000178", "hint", b"x"),
        (0x0003, "0001050001030401000109", "modulus", b"\5"),
    ],
)
def test_server_key_exchange(suite, body, abbrev, expected):
    """RFC 5246 7.4.3, 8422 5.4, 4279 2, 5489 2, 2246 D.1."""
    message = handshake(12, bytes.fromhex(body))
    assert shown(message, f"tls.handshake.{abbrev}", version=TLS12, suite=suite) == [expected]


def test_signatures_before_tls_1_2_name_no_algorithm():
    message = handshake(12, bytes.fromhex("03001d040102030400020a0b"))
    assert shown(message, "tls.handshake.sig", version=0x0301, suite=0xC013) == [b"\x0a\x0b"]
    assert shown(handshake(15, b"\0\1s"), "tls.handshake.sig", version=0x0302) == [b"s"]
    assert shown(handshake(15, b"\4\3\0\1s"), "tls.handshake.sig_hash_alg", version=TLS12) == [0x0403]


@pytest.mark.parametrize(
    ("suite", "version", "body", "abbrev"),
    [
        (0xC02F, TLS12, "0178", "client_point"),
        (0x0033, TLS12, "000178", "yc"),
        (0x002F, TLS12, "000178", "epms"),
        (0x002F, 0x0300, "78", "epms"),
        (0x00A8, TLS12, "000178", "identity"),
        (0xC035, TLS12, "0001780179", "identity"),
        (0x00AC, TLS12, "000178000179", "identity"),
    ],
)
def test_client_key_exchange(suite, version, body, abbrev):
    message = handshake(16, bytes.fromhex(body))
    assert shown(message, f"tls.handshake.{abbrev}", version=version, suite=suite) == [b"x"]


def test_tickets_of_both_layouts():
    assert shown(handshake(4, b"\0\0\0\5\0\1t"), "tls.handshake.session_ticket", version=TLS12) == [b"t"]
    new = handshake(4, bytes(4) + b"\0\0\0\7" + b"\1n" + b"\0\1t" + b"\0\0")
    assert shown(new, "tls.handshake.session_ticket_age_add", version=TLS13) == [7]
    assert shown(new, "tls.handshake.session_ticket_nonce", version=TLS13) == [b"n"]


def test_requests_for_certificates():
    assert shown(handshake(13, b"\2\1\x40\0\2\4\3\0\0"), "tls.handshake.cert_type", version=TLS12) == [1, 0x40]
    assert shown(handshake(13, b"\1\1\0\x04\0\2\x30\0"), "tls.handshake.dname", version=0x0301) == [b"\x30\0"]
    new = handshake(13, b"\0\0\x08" + extension(13, b"\0\2\4\3"))
    assert shown(new, "tls.handshake.sig_hash_alg", version=TLS13) == [0x0403]


@pytest.mark.parametrize(
    ("kind", "body", "abbrev", "expected"),
    [
        (22, "01000003616263", "tls.handshake.ocsp_response", b"abc"),
        (24, "01", "tls.handshake.key_update.request_update", 1),
        (20, "0102", "tls.handshake.verify_data", b"\1\2"),
        (25, "00010000640000027878", "tls.compress_certificate.uncompressed_length", 100),
        (67, "0268320100", "tls.handshake.npn_selected_protocol", "h2"),
        (8, "0006001c00024001", "tls.record_size_limit", 0x4001),
    ],
)
def test_other_messages(kind, body, abbrev, expected):
    assert shown(handshake(kind, bytes.fromhex(body)), abbrev, version=TLS13) == [expected]


@pytest.mark.parametrize("kind", [0, 5, 14])
def test_empty_messages_have_nothing_inside(kind):
    assert read(handshake(kind, b"")).sound
    assert not read(handshake(kind, b"x")).sound


def test_hellos_of_drafts():
    """Up to draft 21 the ServerHello had no session id; HelloRetryRequest was a message of its own."""
    body = b"\x7f\x12" + bytes(32) + b"\x13\x01" + b"\0\0"
    assert shown(handshake(2, body), "tls.handshake.ciphersuite") == [0x1301]
    assert shown(handshake(6, b"\x7f\x13\x13\x01\0\0"), "tls.handshake.ciphersuite") == [0x1301]
    assert shown(handshake(6, b"\x7f\x12\0\0"), "tls.handshake.version") == [0x7F12]


def test_unknown_layouts_have_no_grammar():
    assert body_grammars(99, b"", Agreed()) == ()
    assert body_grammars(12, b"", Agreed(TLS12, 0x1301)) == ()
    assert Agreed(TLS13).tls13
