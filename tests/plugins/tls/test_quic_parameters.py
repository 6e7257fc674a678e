"""QUIC's transport parameters, field by field and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.tls import client_hello, extension, read
from workbench.api import varint
from workbench_tls.bodies import Agreed
from workbench_tls.handshake import build_handshake
from workbench_tls.limits import MAX_PARAMETERS
from workbench_tls.quic_parameters import (
    DRAFT_EXTENSION,
    PARAMETERS,
    build_parameters,
    parameter_name,
    parameters_grammar,
    version_name,
)

PREFIX = "tls.quic.parameter"
ADDRESS = bytes((192, 0, 2, 1)) + b"\x01\xbb" + bytes.fromhex("20010db8" + "00" * 11 + "01") + b"\x01\xbc" + b"\4abcd" + b"T" * 16


def encoded(*parameters: tuple[int, bytes]) -> bytes:
    return b"".join(varint(kind) + varint(len(data)) + data for kind, data in parameters)


def hello(*parameters: tuple[int, bytes]) -> bytes:
    return client_hello(extension(57, encoded(*parameters)))


def shown(message: bytes, name: str) -> list[object]:
    found = read(message)
    assert [node.error for _, node in found.field.walk() if node.error] == []
    return [node.value for _, node in found.field.walk() if node.abbrev == f"{PREFIX}.{name}"]


@pytest.mark.parametrize(
    ("kind", "data", "name", "expected"),
    [
        (0x00, b"12345678", "original_destination_connection_id", [b"12345678"]),
        (0x01, varint(30_000), "max_idle_timeout", [30_000]),
        (0x02, b"t" * 16, "stateless_reset_token", [b"t" * 16]),
        (0x03, varint(1472), "max_udp_payload_size", [1472]),
        (0x04, varint(1 << 40), "initial_max_data", [1 << 40]),
        (0x05, varint(1), "initial_max_stream_data_bidi_local", [1]),
        (0x06, varint(2), "initial_max_stream_data_bidi_remote", [2]),
        (0x07, varint(3), "initial_max_stream_data_uni", [3]),
        (0x08, varint(4), "initial_max_streams_bidi", [4]),
        (0x09, varint(5), "initial_max_streams_uni", [5]),
        (0x0A, varint(3), "ack_delay_exponent", [3]),
        (0x0B, varint(25), "max_ack_delay", [25]),
        (0x0C, b"", "disable_active_migration", [True]),
        (0x0D, ADDRESS, "preferred_address.ipv4address", ["192.0.2.1"]),
        (0x0D, ADDRESS, "preferred_address.ipv4port", [443]),
        (0x0D, ADDRESS, "preferred_address.ipv6address", ["2001:db8::1"]),
        (0x0D, ADDRESS, "preferred_address.ipv6port", [444]),
        (0x0D, ADDRESS, "preferred_address.connectionid", [b"abcd"]),
        (0x0D, ADDRESS, "preferred_address.statelessresettoken", [b"T" * 16]),
        (0x0E, varint(8), "active_connection_id_limit", [8]),
        (0x0F, b"", "initial_source_connection_id", [b""]),
        (0x10, b"r", "retry_source_connection_id", [b"r"]),
        (0x11, bytes.fromhex("000000016b3343cf00000001"), "vi.other_version", [0x6B3343CF, 1]),
        (0x20, varint(65_535), "max_datagram_frame_size", [65_535]),
        (0x2AB2, b"", "grease_quic_bit", [True]),
        (0xFF04DE1B, varint(1000), "min_ack_delay", [1000]),
        (0x3127, varint(40_000), "google.initial_rtt", [40_000]),
        (0x3128, b"RVCM", "google.connection_options", [b"RVCM"]),
        (0x3129, b"Browser/1", "google.user_agent", ["Browser/1"]),
        (0x4752, bytes.fromhex("00000001"), "google.quic_version", [1]),
        (0x4752, bytes.fromhex("000000010451303530"), "google.supported_version", [0x51303530]),
        (27 + 31 * 7, b"anything", "value", [b"anything"]),
    ],
)
def test_a_parameter(kind, data, name, expected):
    message = hello((kind, data))
    assert shown(message, name) == expected
    assert shown(message, "type") == [kind]
    assert shown(message, "length") == [len(data)]
    assert build_handshake(read(message).value, Agreed()) == message


def test_fields_lie_where_their_bytes_are():
    message = hello((0x01, varint(30_000)), (0x0D, ADDRESS))
    timeout, address = (
        next(node for _, node in read(message).field.walk() if node.abbrev == f"{PREFIX}.{name}")
        for name in ("max_idle_timeout", "preferred_address.ipv6address")
    )
    assert message[timeout.start : timeout.end] == varint(30_000)
    assert message[address.start : address.end] == ADDRESS[6:22]
    assert timeout.text == "30000 ms"


def test_both_layouts_of_the_drafts():
    listed = bytes.fromhex("000100024064000c0000")
    old = len(listed).to_bytes(2, "big") + listed
    for data in (old, encoded((1, varint(100)), (12, b""))):
        message = client_hello(extension(DRAFT_EXTENSION, data))
        assert shown(message, "type") == [1, 12]
        assert shown(message, "max_idle_timeout") == [100]
        assert build_handshake(read(message).value, Agreed()) == message
    assert shown(client_hello(extension(DRAFT_EXTENSION, old)), "lengt.old") == [2, 0]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (bytes.fromhex("0402c0ff"), "it needs 7 bytes"),
        (bytes.fromhex("04020505"), "fit no field"),
        (bytes.fromhex("0c0100"), "fit no field"),
        (bytes.fromhex("020261ff"), "it needs 16 bytes"),
        (bytes.fromhex("0401050f20ab"), "fit no"),
        (bytes.fromhex("04"), "fit no"),
    ],
    ids=["a number cut", "a number and more", "a flag with a value", "a token cut", "the last one cut", "a type alone"],
)
def test_broken_parameters_are_errors_where_they_are(data, complaint):
    found = read(client_hello(extension(57, data), extension(16, b"\0\3\2h3")))
    errors = [node.error for _, node in found.field.walk() if node.error]
    assert errors
    assert any(complaint in error for error in errors)
    assert found.sound  # the message around is whole
    assert found.field.find("tls.handshake.extensions_alpn_str").value == "h3"


def test_numbers_that_are_longer_than_they_need_be_are_kept_as_they_are():
    """RFC 9000 16: any length is allowed; the value must give the same bytes again."""
    message = client_hello(extension(57, bytes.fromhex("40010480000064")))
    assert shown(message, "max_idle_timeout") == [100]
    found = read(message)
    assert found.value["extensions"][0] == {"type": 57, "len": 7, "data": bytes.fromhex("40010480000064")}
    assert build_handshake(found.value, Agreed()) == message


def test_only_so_many_are_opened():
    message = hello(*((1, varint(number)) for number in range(MAX_PARAMETERS + 10)))
    assert shown(message, "max_idle_timeout") == list(range(MAX_PARAMETERS))
    assert len(shown(message, "value")) == MAX_PARAMETERS + 10


@given(st.lists(st.tuples(st.sampled_from(sorted(PARAMETERS)) | st.integers(0, (1 << 62) - 1), st.binary(max_size=50))))
def test_whatever_they_hold_the_same_bytes_are_built(parameters):
    message = hello(*parameters)
    found = read(message)
    assert found.sound
    assert build_handshake(found.value, Agreed()) == message


@given(st.binary(max_size=200), st.sampled_from((57, DRAFT_EXTENSION)))
def test_any_bytes_are_read(data, kind):
    message = client_hello(extension(kind, data))
    assert build_handshake(read(message).value, Agreed()) == message
    parameters_grammar(kind, data)


def test_lengths_are_made_right_when_built():
    assert (
        build_parameters({"quic_parameters": [{"parameter_type": 1, "parameter_length": 9, "max_idle_timeout": 5}]}) == b"\1\1\5"
    )


def test_names():
    assert parameter_name(0x0E) == "active_connection_id_limit"
    assert [parameter_name(kind) for kind in (27, 58, 28)] == ["GREASE", "GREASE", ""]
    assert version_name(1) == "QUIC v1"
    assert version_name(0x6B3343CF) == "QUIC v2"
    assert version_name(0xFF00001D) == "QUIC draft 29"
    assert version_name(0x51303530) == "Q050"
    assert version_name(0x1A2A3A4A) == "GREASE"
    assert version_name(0x51525354) == ""
