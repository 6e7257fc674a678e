"""Long headers: every kind, and every place where the datagram may end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.quic_wire import CLIENT, PING, Wire
from support.rfc9001 import RFC9001, RFC9369
from workbench_quic.headers import read_long
from workbench_quic.versions import V1, V2, Kind


def errors(header):
    return [node.error for node in header.fields if node.error]


@pytest.mark.parametrize("vector", [RFC9001, RFC9369], ids=["v1", "v2"])
def test_the_rfcs_initial_packets(vector):
    client = read_long(vector.client_packet)
    assert (client.kind, client.number, client.dcid, client.scid) == (
        Kind.INITIAL,
        vector.version,
        bytes.fromhex("8394c8f03e515708"),
        b"",
    )
    assert (client.number_at, client.end, client.length_size, client.whole) == (18, 1200, 2, True)
    server = read_long(vector.server_packet)
    assert (server.dcid, server.scid, server.end) == (b"", bytes.fromhex("f067a5502a4262b5"), 135)
    retry = read_long(vector.retry)
    assert (retry.kind, retry.token, retry.tag) == (Kind.RETRY, b"token", vector.retry[-16:])


@pytest.mark.parametrize("kind", [Kind.INITIAL, Kind.EARLY, Kind.HANDSHAKE])
@pytest.mark.parametrize("version", [V1, V2])
def test_kinds_and_ends_of_packets_in_a_datagram(kind, version):
    packet = Wire(version=version).long(kind, CLIENT, PING)
    header = read_long(b"before" + packet + b"behind", 6)
    assert (header.kind, header.end, header.whole) == (kind, len(packet), True)
    assert read_long(packet).fields == header.fields


def test_version_negotiation():
    header = read_long(Wire().negotiation(V1, V2, 0x1A2A3A4A, 0xFF00001D))
    assert (header.kind, header.version, header.offered) == (Kind.NEGOTIATION, None, (V1, V2, 0x1A2A3A4A, 0xFF00001D))
    assert [node.text for node in header.fields if node.abbrev == "quic.supported_version"] == [
        "v1 (0x00000001)",
        "v2 (0x6b3343cf)",
        "reserved to force negotiation (0x1a2a3a4a)",
        "draft-29 (0xff00001d)",
    ]
    assert not header.notes


def test_version_negotiation_that_is_wrong():
    assert [note.section for note in read_long(Wire().negotiation()).notes] == ["RFC 9000 17.2.1"]
    assert [note.section for note in read_long(Wire().negotiation(0x1A2A3A4A)).notes] == ["RFC 9000 15"]
    assert errors(read_long(Wire().negotiation(V1) + b"xy")) == ["2 bytes are no version"]


def test_version_negotiation_of_a_thousand_versions_is_cut():
    header = read_long(Wire().negotiation(*[V1] * 1000))
    assert len(header.offered) == 64
    assert header.fields[-1].text == "936, not shown"
    assert header.whole


def test_a_retry_without_token_or_tag():
    wire = Wire()
    assert [note.section for note in read_long(wire.retry(b"", b"new")).notes] == ["RFC 9000 17.2.5.2"]
    assert errors(read_long(wire.retry(b"", b"new")[:-1])) == ["the datagram ends before the integrity tag does"]


def test_retry_of_drafts_without_tags_is_all_token():
    packet = b"\xf0" + bytes.fromhex("ff000018") + b"\x00\x01s" + b"token"
    header = read_long(packet)
    assert (header.token, header.tag) == (b"token", b"")


def test_an_id_longer_than_the_version_allows():
    packet = b"\xc0" + V1.to_bytes(4, "big") + bytes((21,)) + bytes(21) + b"\0" + bytes(40)
    assert errors(read_long(packet)) == ["21 bytes; 20 are the limit (RFC 9000 17.2)"]
    other = read_long(b"\xc0\x12\x34\x56\x78" + bytes((255,)) + bytes(255) + b"\0")
    assert (other.kind, len(other.dcid), errors(other)) == (Kind.UNKNOWN, 255, [])


@pytest.mark.parametrize(
    ("size", "error"),
    [
        (8, "the datagram ends inside a connection ID of 8 bytes"),
        (20, "the datagram ends inside a connection ID of 8 bytes"),
        (23, "the datagram ends inside the header"),
        (30, "the datagram ends inside a token of 100 bytes"),
        (125, "the datagram ends inside the header"),
        (700, "1073 bytes, of which the datagram has 573"),
    ],
)
def test_where_a_datagram_ends_inside_an_initial(size, error):
    packet = Wire().initial(CLIENT, PING, token=b"t" * 100)
    header = read_long(packet[:size])
    assert errors(header) == [error]
    assert not header.whole


def test_fewer_bytes_than_the_invariants_are_no_header():
    assert read_long(b"\xc0\0\0\0\1\0") is None
    assert read_long(b"\xc0\0\0\0\1\0\0").kind is Kind.INITIAL


@given(st.binary(min_size=7, max_size=200), st.sampled_from([0, V1, V2, 0xFF00001D, 0xFF000018, 0x51303436]))
def test_fields_lie_inside_and_follow_each_other(data, version):
    packet = bytes((data[0] | 0x80,)) + version.to_bytes(4, "big") + data[5:]
    header = read_long(packet)
    at = 1
    for node in header.fields:
        assert at <= node.start <= node.end <= len(packet)
        at = node.end
    assert header.number_at <= header.end <= len(packet)
