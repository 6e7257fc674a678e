"""Endpoints, flows, chunks."""

import pytest

from workbench.api import Chunk, Direction, Endpoint, FlowKey, Packet


def test_directions_are_opposite():
    assert Direction.TO_SERVER.opposite is Direction.TO_CLIENT
    assert Direction.TO_CLIENT.opposite is Direction.TO_SERVER


def test_endpoints_read_as_people_write_them():
    assert str(Endpoint("10.0.0.1", 80)) == "10.0.0.1:80"
    assert str(Endpoint("2001:db8::1", 80)) == "[2001:db8::1]:80"
    assert sorted([Endpoint("b", 1), Endpoint("a", 2), Endpoint("a", 1)]) == [
        Endpoint("a", 1),
        Endpoint("a", 2),
        Endpoint("b", 1),
    ]


def test_flows():
    flow = FlowKey("tcp", Endpoint("10.0.0.1", 1), Endpoint("::1", 2))
    assert str(flow) == "10.0.0.1:1 → [::1]:2"
    assert {flow: 1}[FlowKey("tcp", Endpoint("10.0.0.1", 1), Endpoint("::1", 2))] == 1


def test_the_end_of_a_chunk():
    assert Chunk(Direction.TO_SERVER, 10, b"abc", gap=4).end == 13
    assert Chunk(Direction.TO_SERVER, 10, b"", last=True).end == 10


def test_facts_are_frozen_and_do_not_print_their_bytes():
    packet = Packet(1, 2, b"secret", 6, 1)
    with pytest.raises(AttributeError):
        packet.number = 2
    assert "secret" not in repr(packet)
    assert "secret" not in repr(Chunk(Direction.TO_SERVER, 0, b"secret"))
