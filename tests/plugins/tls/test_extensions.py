"""Extensions field by field."""

import pytest

from support.tls import client_hello, extension, handshake, read, server_hello
from workbench_tls.extensions import EXTENSION, SCTS, extension_grammar
from workbench_tls.handshake import RETRY_RANDOM

TLS13 = 0x0304


def shown(message: bytes, abbrev: str, *, version: int = 0) -> list[object]:
    found = read(message, version=version)
    assert [node.error for _, node in found.field.walk() if node.error] == []
    return [node.value for _, node in found.field.walk() if node.abbrev == abbrev]


@pytest.mark.parametrize(
    ("kind", "data", "abbrev", "expected"),
    [
        (0, "000e00000b6578616d706c652e6f7267", "tls.handshake.extensions_server_name", ["example.org"]),
        (1, "02", "tls.handshake.max_fragment_length", [2]),
        (5, "0100000000", "tls.handshake.extensions_status_request_type", [1]),
        (10, "0004001d0017", "tls.handshake.extensions_supported_group", [29, 23]),
        (11, "020001", "tls.handshake.extensions_ec_point_format", [0, 1]),
        (12, "03626f62", "tls.handshake.extensions_srp_username", ["bob"]),
        (13, "000408040401", "tls.handshake.sig_hash_alg", [0x0804, 0x0401]),
        (15, "01", "tls.handshake.extension.heartbeat.mode", [1]),
        (16, "000c02683208687474702f312e31", "tls.handshake.extensions_alpn_str", ["h2", "http/1.1"]),
        (19, "020200", "tls.handshake.cert_type.type", [2, 0]),
        (21, "0000", "tls.handshake.extension.data", [b"\0\0"]),
        (27, "0400020001", "tls.compress_certificate.algorithm", [2, 1]),
        (28, "4001", "tls.record_size_limit", [0x4001]),
        (35, "0102", "tls.handshake.extension.data", [b"\1\2"]),
        (43, "0403040303", "tls.handshake.extensions.supported_version", [0x0304, 0x0303]),
        (44, "0003616263", "tls.handshake.extensions.cookie", [b"abc"]),
        (45, "020100", "tls.extension.psk_ke_mode", [1, 0]),
        (51, "0007001d0003010203", "tls.handshake.extensions_key_share_group", [29]),
        (50, "00020403", "tls.handshake.sig_hash_alg", [0x0403]),
        (17513, "0003026832", "tls.handshake.extensions_alps_alpn_str", ["h2"]),
        (65281, "00", "tls.handshake.extensions_reneg_info_len", [0]),
        (65037, "00000100010700000002aabb", "tls.handshake.extensions.ech.config_id", [7]),
        (57, "0401190c00", "tls.quic.parameter.type", [4, 12]),
        (0x6A6A, "00", "tls.handshake.extension.data", [b"\0"]),
    ],
)
def test_of_a_client_hello(kind, data, abbrev, expected):
    assert shown(client_hello(extension(kind, bytes.fromhex(data))), abbrev) == expected


def test_pre_shared_keys_with_their_binders():
    """RFC 8446 4.2.11."""
    data = bytes.fromhex("000b0005") + b"tickt" + bytes.fromhex("00000102") + bytes.fromhex("0005") + b"\x04bind"
    message = client_hello(extension(41, data))
    prefix = "tls.handshake.extensions.psk"
    assert shown(message, f"{prefix}.identity.identity") == [b"tickt"]
    assert shown(message, f"{prefix}.identity.obfuscated_ticket_age") == [0x0102]
    assert shown(message, f"{prefix}.binder") == [b"bind"]


def test_the_same_extension_means_other_things_elsewhere():
    share = extension(51, bytes.fromhex("001d0003010203"))
    assert shown(server_hello(share), "tls.handshake.extensions_key_share_key_exchange") == [b"\1\2\3"]
    retry = server_hello(extension(51, b"\0\x18"), random=RETRY_RANDOM)
    assert shown(retry, "tls.handshake.extensions_key_share_selected_group") == [0x18]
    assert shown(server_hello(extension(43, b"\3\4")), "tls.handshake.extensions.supported_version") == [0x0304]
    assert shown(server_hello(extension(41, b"\0\0")), "tls.handshake.extensions.psk.identity.selected") == [0]
    ticket = handshake(4, bytes(8) + b"\1n" + b"\0\1t" + b"\0\x08" + extension(42, b"\0\0\x40\0"))
    assert shown(ticket, "tls.early_data.max_early_data_size", version=TLS13) == [0x4000]


def test_timestamps_of_certificate_transparency():
    """RFC 6962 3.3."""
    sct = b"\0" + b"L" * 32 + (1_500_000_000_000).to_bytes(8, "big") + b"\0\0" + b"\4\3" + b"\0\3sig"
    listed = len(sct).to_bytes(2, "big") + sct
    data = len(listed).to_bytes(2, "big") + listed
    message = server_hello(extension(18, data))
    assert shown(message, "tls.sct.sct_logid") == [b"L" * 32]
    assert shown(message, "tls.sct.sct_timestamp") == [1_500_000_000_000]
    assert SCTS.build(SCTS.parse(data)) == data


@pytest.mark.parametrize(
    ("kind", "data"), [(0, "00ff00"), (10, "0003001d00"), (16, "00020968"), (43, "03030403"), (51, "0004001d0009")]
)
def test_a_broken_one_is_bytes_with_an_error_and_the_rest_goes_on(kind, data):
    broken = extension(kind, bytes.fromhex(data))
    found = read(client_hello(broken, extension(16, b"\0\3\2h2")))
    assert [node for _, node in found.field.walk() if node.error]
    assert found.value["extensions"][0]["data"] == bytes.fromhex(data)
    assert found.value["extensions"][1]["extensions_alpn_list"][0]["extensions_alpn_str"] == b"h2"


def test_unknown_ones_have_no_grammar():
    assert extension_grammar(0xFFFF, "client") is None
    assert EXTENSION.parse(b"\0\1\0\1x")["data"] == b"x"
