"""Datagrams that were captured as one: the ends that are tried, and the packets that come of it."""

from itertools import pairwise

import pytest

from support.quic_wire import CLIENT, PING, SERVER, Flows, KeyLog, Wire, value_of
from workbench_quic import decoder as module
from workbench_quic.segments import LARGEST_USUAL, MOST_TRIES, MOST_VAIN, SMALLEST_USUAL, segment_ends


def test_ends_are_before_the_next_packet_to_the_same_id():
    packet = b"\x40server.." + bytes(30)
    assert list(segment_ends(packet * 3, b"server..", 0)) == [39, 78]
    assert list(segment_ends(packet, b"server..", 0)) == []


def test_an_id_that_is_everywhere_is_not_tried_everywhere():
    assert len(list(segment_ends(bytes(60_000), b"\0", 0))) == MOST_TRIES


def test_without_an_id_the_usual_sizes_are_tried():
    assert list(segment_ends(bytes(LARGEST_USUAL), b"", 0)) == []
    assert set(segment_ends(bytes(3_000), b"", 0)) == set(range(SMALLEST_USUAL, LARGEST_USUAL + 1))


def test_the_size_of_the_datagram_before_is_tried_first():
    assert list(segment_ends(bytes(100), b"", 60)) == [60]
    assert list(segment_ends(bytes(50), b"", 60)) == []


@pytest.mark.parametrize("client", [b"client..", b"x", b""])
def test_packets_of_joined_datagrams_are_all_opened(client):
    wire = Wire(client=client)
    flows = Flows(KeyLog(wire))
    flows.messages(*wire.opening())
    full = [wire.short(SERVER, PING + bytes(1190)) for _ in range(4)]
    joined = b"".join((*full, wire.short(SERVER, PING)))
    found = flows.messages((SERVER, joined))
    assert [message.label for message in found] == ["one_rtt.ping"] * 5
    assert [value_of(message, "quic.packet_number") for message in found] == list(range(5))
    assert b"".join(message.raw for message in found) == joined
    assert all(one.end == other.start for one, other in pairwise(found))
    assert not any(message.notes for message in found)


def test_the_end_of_a_handshake_datagram_before_another_one():
    wire = Wire()
    flows = Flows(KeyLog(wire))
    (hello, answer) = wire.opening()
    flows.messages(hello)
    joined = answer[1] + wire.short(SERVER, PING) + wire.short(SERVER, PING) + wire.handshake(SERVER, PING)
    found = flows.messages((SERVER, joined))
    labels = ["initial.crypto", "handshake.crypto", "one_rtt.ping", "one_rtt.ping", "handshake.ping"]
    assert [message.label for message in found] == labels


def test_a_forged_packet_stays_one():
    wire = Wire(client=b"")
    flows = Flows(KeyLog(wire))
    flows.messages(*wire.opening(), (SERVER, wire.short(SERVER, PING)))
    (message,) = flows.messages((SERVER, b"\x40" + bytes(3_000)))
    assert [note.text for note in message.notes] == ["the packet does not authenticate with the keys that are known"]
    assert flows.messages((CLIENT, wire.short(CLIENT, PING)))[0].label == "one_rtt.ping"


def test_packets_that_end_nowhere_are_not_tried_for_ever(monkeypatch):
    wire = Wire(client=b"")
    flows = Flows(KeyLog(wire))
    flows.messages(*wire.opening(), (SERVER, wire.short(SERVER, PING)))
    tries = []
    monkeypatch.setattr(module, "segment_ends", lambda raw, *_: tries.append(len(raw)) or iter(()))
    for _ in range(2 * MOST_VAIN):
        flows.messages((SERVER, b"\x40" + bytes(3_000)))
    assert len(tries) == MOST_VAIN
