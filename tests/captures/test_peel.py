import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captures.fragments import Fragments, Known
from captures.link_steps import first_step
from captures.peel import MAX_LAYERS, peel
from support.headers import ether, ipv4, ipv6, tcp, udp, vlan

LINKS = (0, 1, 9, 10, 12, 50, 101, 104, 105, 108, 113, 127, 228, 229, 239, 276, 147)


def _kinds(data, link_type=1, **more):
    return [layer.kind for layer in peel(data, len(data), link_type, **more).layers]


def test_headers_come_from_the_outside_in():
    frame = ether(vlan(ipv4(tcp(b"hello")), 7), 0x8100)
    layers = peel(frame, len(frame), 1).layers
    assert [layer.kind for layer in layers] == ["eth", "vlan", "ip", "tcp"]
    last = layers[-1]
    assert frame[last.payload : last.end] == b"hello"
    assert (last.ports, last.version, last.source, last.protocol) == ((40000, 80), 4, bytes([10, 0, 0, 1]), 6)


def test_a_packet_that_was_cut_ends_where_it_says_not_where_the_capture_ends():
    frame = ether(ipv4(tcp(b"x" * 100)))
    last = peel(frame[:60], len(frame), 1).layers[-1]
    assert (last.kind, last.payload, last.end) == ("tcp", 54, 154)


def test_padding_is_no_payload():
    frame = ether(ipv4(tcp(b""))) + bytes(6)
    last = peel(frame, len(frame), 1).layers[-1]
    assert last.payload == last.end == 54


def test_the_last_fragment_opens_the_datagram():
    segment = tcp(b"y" * 40)
    first = ether(ipv4(segment[:24], fragment=0x2000))
    second = ether(ipv4(segment[24:], fragment=3))
    waiting = Fragments()
    assert [layer.kind for layer in peel(second, len(second), 1, waiting, row=4).layers] == ["eth", "ip", "fragment"]
    whole = peel(first, len(first), 1, waiting, row=5)
    assert [layer.kind for layer in whole.layers] == ["eth", "ip", "tcp"]
    assert whole.buffers == [first, segment]
    assert whole.pieces == [((5, 34, 58), (4, 34, 70))]
    known = Known(segment, whole.pieces[0])
    assert peel(first, len(first), 1, known).layers == whole.layers


def test_without_memory_a_fragment_stays_one():
    assert _kinds(ether(ipv4(tcp(b"y"), fragment=0x2000))) == ["eth", "ip", "fragment"]


def test_a_cut_first_fragment_is_looked_into():
    frame = ether(ipv4(tcp(b"y" * 100), fragment=0x2000))
    layers = peel(frame[:80], len(frame), 1, Fragments()).layers
    assert [layer.kind for layer in layers] == ["eth", "ip", "tcp"]
    assert layers[-1].part


def test_endless_nesting_ends():
    body = tcp(b"deep")
    for _ in range(300):
        body = ipv4(body, 4 if len(body) > 30 else 6)
    assert len(_kinds(ether(body))) == MAX_LAYERS


@settings(max_examples=150)
@given(st.binary(max_size=120), st.sampled_from(LINKS), st.integers(0, 200))
def test_any_bytes_are_peeled_without_complaint(data, link_type, more):
    # layers lie one behind the other inside the packet, and a broken one is the last of its buffer
    peeled = peel(data, len(data) + more, link_type, Fragments())
    for layer, following in zip(peeled.layers, peeled.layers[1:], strict=False):
        assert not layer.broken
        assert layer.payload <= following.start or following.buffer > layer.buffer
    for layer in peeled.layers:
        assert 0 <= layer.start <= layer.payload
        # the options of a segment may be cut: its payload is then known to lie behind what was captured
        assert layer.payload <= len(peeled.buffers[layer.buffer]) or layer.kind == "tcp"


@settings(max_examples=150)
@given(st.data())
def test_damaged_packets_are_peeled_without_complaint(data):
    inner = data.draw(
        st.sampled_from([ipv4(tcp(b"abc")), ipv6(udp(b"abc", 1, 4789), 17), ipv4(ipv6(tcp(b"x")), 41), ipv4(bytes(30), 47)])
    )
    frame = bytearray(ether(inner, 0x0800 if inner[0] >> 4 == 4 else 0x86DD))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(12, len(frame) - 1))] = data.draw(st.integers(0, 255))
    frame = bytes(frame[: data.draw(st.integers(0, len(frame)))])
    peeled = peel(frame, len(frame), 1, Fragments())
    assert all(layer.payload <= len(peeled.buffers[layer.buffer]) or layer.kind == "tcp" for layer in peeled.layers)


@pytest.mark.parametrize("link_type", LINKS)
def test_an_empty_packet_of_every_link_type(link_type):
    assert all(layer.broken for layer in peel(b"", 0, link_type).layers)
    assert first_step(link_type)
