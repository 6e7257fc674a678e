"""Packet protection: the packets of RFC 9001 and 9369 appendix A open and seal, and whatever is sealed opens, with every suite."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.rfc9001 import (
    CHACHA_HEADER,
    CHACHA_NUMBER,
    CHACHA_PAYLOAD,
    CHACHA_SECRET,
    CLIENT_PAYLOAD,
    DESTINATION,
    RFC9001,
    RFC9369,
    SERVER_PAYLOAD,
)
from workbench_quic.keys import SUITES
from workbench_quic.protection import Protection, initial_protection, retry_tag
from workbench_quic.versions import V1, version_of

BOTH = pytest.mark.parametrize("vector", [RFC9001, RFC9369], ids=["v1", "v2"])
MADE = {number: Protection(bytes(suite.secret), suite, version_of(V1)) for number, suite in SUITES.items()}


def opened(protection, packet, number_at, number):
    found = protection.unmask(packet, 0, number_at)
    return found, protection.open(memoryview(packet), 0, number_at, len(packet), found, number)


@BOTH
def test_the_clients_initial(vector):
    client, _ = initial_protection(version_of(vector.version), DESTINATION)
    found, payload = opened(client, vector.client_packet, 18, 2)
    assert (found.first, found.size, found.truncated) == (vector.client_header[0], 4, 2)
    assert payload == CLIENT_PAYLOAD
    assert client.seal(vector.client_header, 2, CLIENT_PAYLOAD) == vector.client_packet


@BOTH
def test_the_servers_initial(vector):
    _, server = initial_protection(version_of(vector.version), DESTINATION)
    found, payload = opened(server, vector.server_packet, 18, 1)
    assert (found.first, found.size, found.truncated) == (vector.server_header[0], 2, 1)
    assert payload == SERVER_PAYLOAD
    assert server.seal(vector.server_header, 1, SERVER_PAYLOAD) == vector.server_packet


@BOTH
def test_the_retry_and_its_tag(vector):
    assert retry_tag(version_of(vector.version), vector.retry[:-16], DESTINATION) == vector.retry[-16:]
    assert retry_tag(version_of(vector.version), vector.retry[:-16], DESTINATION[:-1]) != vector.retry[-16:]


def test_drafts_without_a_retry_tag_have_none():
    assert retry_tag(version_of(0xFF000017), b"\xf0", DESTINATION) is None


@BOTH
def test_the_short_header_with_chacha20(vector):
    protection = Protection(CHACHA_SECRET, SUITES[0x1303], version_of(vector.version))
    found, payload = opened(protection, vector.chacha_packet, 1, CHACHA_NUMBER)
    assert (found.first, found.size, found.truncated) == (CHACHA_HEADER[0], 3, CHACHA_NUMBER & 0xFFFFFF)
    assert payload == CHACHA_PAYLOAD
    assert protection.seal(CHACHA_HEADER, CHACHA_NUMBER, CHACHA_PAYLOAD) == vector.chacha_packet
    assert protection.next.secret == vector.chacha_next


@given(
    suite=st.sampled_from(sorted(SUITES)),
    long=st.booleans(),
    reserved=st.integers(0, 0x1F),
    before=st.binary(max_size=30),
    number=st.integers(0, (1 << 62) - 1),
    size=st.integers(1, 4),
    payload=st.binary(min_size=4, max_size=80),
    updates=st.integers(0, 2),
)
def test_what_is_sealed_opens(suite, long, reserved, before, number, size, payload, updates):
    protection = MADE[suite]
    for _ in range(updates):
        protection = protection.next
    first = (0xC0 if long else 0x40) | reserved & (0x0C if long else 0x1C) | size - 1
    truncated = number & (1 << 8 * size) - 1
    header = bytes((first,)) + before + truncated.to_bytes(size, "big")
    packet = protection.seal(header, number, payload)
    assert len(packet) == len(header) + len(payload) + 16
    found, plain = opened(protection, packet, len(header) - size, number)
    assert (found.first, found.truncated, found.size) == (first, truncated, size)
    assert plain == payload
    assert opened(protection.next, packet, len(header) - size, number)[1] is None


@pytest.mark.parametrize("at", [0, 3, 20, 60, -1])
def test_one_wrong_bit_does_not_authenticate(at):
    client, _ = initial_protection(version_of(V1), DESTINATION)
    packet = bytearray(RFC9001.client_packet)
    packet[at] ^= 4
    _, payload = opened(client, bytes(packet), 18, 2)
    assert payload is None


def test_too_short_a_packet_has_no_sample():
    client, _ = initial_protection(version_of(V1), DESTINATION)
    assert client.unmask(RFC9001.client_packet[:37], 0, 18) is None
    assert client.unmask(RFC9001.client_packet[:38], 0, 18) is not None


def test_a_payload_shorter_than_a_tag_does_not_open():
    client, _ = initial_protection(version_of(V1), DESTINATION)
    found = client.unmask(RFC9001.client_packet, 0, 18)
    assert client.open(memoryview(RFC9001.client_packet), 0, 18, 30, found, 2) is None


def test_a_payload_that_cannot_be_sampled_is_not_sealed():
    with pytest.raises(ValueError, match="nothing to sample"):
        MADE[0x1301].seal(b"\x40\x00", 0, b"\x01\x00")


@given(
    number=st.integers(0, 1 << 40),
    size=st.integers(1, 4),
    payload=st.binary(min_size=3, max_size=60),
    cid=st.binary(max_size=20),
    suite=st.sampled_from(sorted(MADE)),
    bits=st.sampled_from([0x00, 0x04, 0x08]),
)
def test_the_packet_that_is_expected_opens_at_once(number, size, payload, cid, suite, bits):
    protection = MADE[suite]
    first = 0x40 | bits | size - 1
    header = bytes((first,)) + cid + (number & (1 << 8 * size) - 1).to_bytes(size, "big")
    packet = protection.seal(header, number, payload)
    at = 1 + len(cid)
    assert protection.open_next(packet, at, number, bits) == (first, size, payload)
    assert protection.open_next(packet, at, number + 1, bits) is None
    assert protection.open_next(packet, at, number, bits ^ 0x04) is None
    assert protection.open_next(packet[:-1] + bytes((packet[-1] ^ 1,)), at, number, bits) is None
    assert protection.open_next(packet[: at + 19], at, number, bits) is None, "too short to be sampled"
    found, same = opened(protection, packet, at, number)
    assert (found.first, found.size, same) == (first, size, payload), "and leaves no trace"
