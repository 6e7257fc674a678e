import pytest
from aioquic.buffer import Buffer
from aioquic.quic.crypto import CryptoPair
from aioquic.quic.packet import QuicErrorCode, QuicPacketType, get_retry_integrity_tag, pull_quic_header

from support.quic_world import SECOND
from workbench.api import Endpoint
from workbench_quic.carrier.headers import Header
from workbench_quic.carrier.stateless import AddressTokens, Resets, negotiation, refusal
from workbench_quic.versions import V1, V2

HERE, THERE = Endpoint("127.0.0.1", 4000), Endpoint("127.0.0.1", 4001)
FIRST = Header(b"original", b"client", V1, True)


def test_negotiation_mirrors_the_identifiers():
    """RFC 9000 17.2.1."""
    packet = pull_quic_header(Buffer(data=negotiation(Header(b"d" * 8, b"s" * 4, 0x1A2A3A4A), (V1, V2))))
    assert packet.packet_type is QuicPacketType.VERSION_NEGOTIATION
    assert (packet.destination_cid, packet.source_cid) == (b"s" * 4, b"d" * 8)
    assert packet.supported_versions == [V1, V2]


@pytest.mark.parametrize("version", [V1, V2])
def test_retry_carries_a_tag_and_a_token_for_this_address(version):
    """RFC 9000 17.2.5, RFC 9001 5.8, RFC 9369 3.3.3."""
    tokens = AddressTokens()
    raw = tokens.retry(Header(b"original", b"client", version, True), HERE, SECOND)
    packet = pull_quic_header(Buffer(data=raw))
    assert (packet.packet_type, packet.destination_cid) == (QuicPacketType.RETRY, b"client")
    assert packet.integrity_tag == get_retry_integrity_tag(raw[:-16], b"original", version=version)
    second = Header(packet.source_cid, b"client", version, True, packet.token)
    assert tokens.original(second, HERE, 2 * SECOND) == b"original"
    assert tokens.original(second, THERE, 2 * SECOND) is None, "another port"
    assert tokens.original(second, Endpoint("127.0.0.2", 4000), 2 * SECOND) is None
    assert tokens.original(second, HERE, 60 * SECOND) is None, "too late"
    assert tokens.original(Header(b"another!", b"client", version, True, packet.token), HERE, 2 * SECOND) is None
    assert AddressTokens().original(second, HERE, 2 * SECOND) is None, "another server's"


@pytest.mark.parametrize("token", [b"", b"x", bytes(100)])
def test_tokens_nobody_made(token):
    assert AddressTokens().original(Header(b"original", b"c", V1, True, token), HERE, SECOND) is None


@pytest.mark.parametrize("version", [V1, V2])
def test_refusal_is_a_connection_close_that_the_client_can_read(version):
    """RFC 9000 10.2.3: in an Initial, with the keys of the client's connection ID."""
    raw = refusal(Header(b"original", b"client", version, True), QuicErrorCode.CONNECTION_REFUSED)
    packet = pull_quic_header(buffer := Buffer(data=raw))
    assert (packet.packet_type, packet.destination_cid) == (QuicPacketType.INITIAL, b"client")
    keys = CryptoPair()
    keys.setup_initial(cid=b"original", is_client=True, version=version)
    _, payload, _ = keys.decrypt_packet(raw[: packet.packet_length], buffer.tell(), 0)
    assert payload[:2] == bytes([0x1C, QuicErrorCode.CONNECTION_REFUSED])


def test_a_reset_is_shorter_than_what_it_answers_and_ends_with_the_token():
    """RFC 9000 10.3."""
    resets = Resets()
    header = Header(b"unknown!")
    for size in (22, 30, 60, 1200):
        answer = resets.reset(bytes(size), header, SECOND)
        assert answer is not None
        assert 21 <= len(answer) < size
        assert answer[0] & 0xC0 == 0x40
        assert answer.endswith(resets.token(b"unknown!"))
    assert resets.reset(bytes(21), header, SECOND) is None
    assert resets.token(b"unknown!") != resets.token(b"other...")
    assert resets.token(b"unknown!") != Resets().token(b"unknown!")


def test_long_headers_get_no_reset():
    assert Resets().reset(bytes(100), Header(b"unknown!", b"", V1), SECOND) is None


def test_resets_are_rationed():
    """A flood gets `EACH_SECOND` answers, and again as many in the next second."""
    resets = Resets()
    answered = [resets.reset(bytes(50), Header(b"unknown!"), SECOND) is not None for _ in range(Resets.EACH_SECOND + 5)]
    assert answered.count(True) == Resets.EACH_SECOND
    assert resets.reset(bytes(50), Header(b"unknown!"), 2 * SECOND) is not None
