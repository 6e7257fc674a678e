import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.engine import converse
from dissectors.guide import decoder_of
from support.socks5 import DOWN, UP
from workbench.api import Chunk, Confidence, Endpoint, FlowKey, Inner
from workbench_socks5 import PROTOCOL_UDP
from workbench_socks5.client import wrap
from workbench_socks5.datagrams import MOST_QUEUES, DatagramDecoder, probe

TO = Endpoint("192.0.2.53", 53)


def inner(*datagrams, times=()):
    decoder = decoder_of(PROTOCOL_UDP, 0, FlowKey("udp", Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", 2)))
    found, offset = [], 0
    for number, data in enumerate(datagrams):
        time_ns = times[number] if times else 0
        found += decoder.receive(Chunk(UP, offset, data, time_ns=time_ns))
        offset += len(data)
    return [(item.channel, item.data) for item in found if isinstance(item, Inner)]


def test_a_datagram_is_a_message_and_its_payload_goes_on():
    data = wrap(TO, b"a question")
    message = converse(PROTOCOL_UDP, [(UP, data)])[0]
    assert (message.protocol, message.label, message.raw) == ("socks5-udp", "datagram", data)
    assert message.root.find("socks.dst").value == "192.0.2.53"
    assert message.root.find("socks.dstport").value == 53
    assert PROTOCOL_UDP.build(message) == data
    assert inner(data) == [("192.0.2.53:53", b"a question")]


def test_each_remote_host_is_a_conversation_of_its_own():
    other = Endpoint("2001:db8::1", 53)
    assert inner(wrap(TO, b"a"), wrap(other, b"b")) == [("192.0.2.53:53", b"a"), ("[2001:db8::1]:53", b"b")]


def test_fragments_go_on_together():
    assert inner(wrap(TO, b"one ", 1), wrap(TO, b"two", 0x82)) == [("192.0.2.53:53", b"one two")]
    late = (0, 6_000_000_000)
    assert inner(wrap(TO, b"one ", 1), wrap(TO, b"two", 0x82), times=late) == []


def test_unfinished_fragments_are_bounded():
    decoder = decoder_of(PROTOCOL_UDP, 0, FlowKey("udp", TO, TO))
    assert isinstance(decoder, DatagramDecoder)
    for number in range(2 * MOST_QUEUES):
        list(decoder.receive(Chunk(UP, 0, wrap(Endpoint("192.0.2.1", number + 1), b"part", 1))))
    assert len(decoder._queues) == MOST_QUEUES


@pytest.mark.parametrize("data", [b"\0", b"\0\0\0\1\x7f", b"\0\0\0\x09abcdefgh", b"\0\0\0\3\x09loc"])
def test_a_broken_header_is_a_broken_message(data):
    (message,) = converse(PROTOCOL_UDP, [(DOWN, data)])
    assert message.errors
    assert message.raw == data


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (wrap(TO, b"x"), Confidence.LIKELY),
        (wrap(Endpoint("2001:db8::1", 1), b"x"), Confidence.LIKELY),
        (b"\0\0\0\3\x09localhost\0\x35x", Confidence.LIKELY),
        (wrap(TO, b""), Confidence.WEAK),
        (wrap(TO, b"x", 1), Confidence.WEAK),
        (wrap(Endpoint("192.0.2.1", 0), b"x"), Confidence.NO),
        (wrap(Endpoint("0.0.0.0", 53), b"x"), Confidence.NO),
        (b"\0\0\0\3\x03\xff\xfe\xfd\0\x35x", Confidence.NO),
        (b"\0\1\0\0\x21\x12\xa4\x42", Confidence.NO),  # STUN
        (b"\0\0\0\1\xd4\x6e\x44\x1b\0\0\x07\x08\0\0\0\1", Confidence.NO),  # a UDP tracker's answer
    ],
)
def test_probe(data, answer):
    assert probe(data, UP) is answer


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=4))
def test_any_datagrams_are_messages(datagrams):
    assert [message.raw for message in converse(PROTOCOL_UDP, [(UP, data) for data in datagrams])] == datagrams
