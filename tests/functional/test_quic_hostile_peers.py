"""Peers that want our memory: whatever they send, one connection of ours stays within its bounds."""

import gc
import tracemalloc
from os import urandom

import pytest

from support.quic_peer import QuicPeer, QuicWorld
from support.quic_world import World
from workbench.api import Endpoint, varint
from workbench_quic.carrier.core import WINDOW
from workbench_quic.carrier.server import MOST_HALF_OPEN
from workbench_quic.checks.building import frame, new_connection_id, stream
from workbench_quic.checks.talk import greet
from workbench_quic.frame_types import Type

MOST = 4 * 1024 * 1024
"""Bytes that a connection may take at the worst: its window twice (the hole and what fills it), and the reading of it."""


@pytest.fixture
def attack():
    """Send frames in packets of their own, and say by how many bytes our server has grown; without answers of the attacker's."""

    def run(frames):
        world = QuicWorld()
        talk = greet(QuicPeer(world))
        frames = list(frames)
        gc.collect()
        tracemalloc.start()
        for number, each in enumerate(frames):
            talk.send(each)
            if number % 20 == 0:
                world.now_ns += 1_000_000
                world.server.wakeup(world.now_ns)
                world.deliver()
                world.boxes[talk.peer.address].clear()
        gc.collect()
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return grown, world.server

    return run


def core_of(server):
    return next(iter(server._all)).core


def holes(streams):
    """Every second piece of one stream after the other. Five streams are what flow control allows."""
    for number in range(0, 4 * streams, 4):
        for at in range(1_000, 200_000, 2_000):
            yield stream(number, bytes(1_000), at)


ATTACKS = {
    "holes in streams": holes(5),
    "more holes than allowed": holes(40),
    "one hole, far away": (stream(0, b"x", at) for at in range(WINDOW - 1, WINDOW - 800, -1)),
    "many streams": (stream(number, b"x") for number in range(0, 4 * 128, 4)),
    "streams opened by the last": [stream(4 * 127, b"x"), stream(4 * 127 + 2, b"x")],
    "pings": [frame(Type.PING)] * 800,
    "path challenges": (frame(Type.PATH_CHALLENGE, urandom(8)) for _ in range(800)),
    "connection IDs that come and go": (new_connection_id(number, urandom(8), number, urandom(16)) for number in range(1, 800)),
    "holes in the handshake's bytes": (b"\x06" + varint(at) + varint(1) + b"x" for at in range(1_000, 500_000, 700)),
    "holes in packet numbers": [frame(Type.PING)] * 800,
    "limits without end": (frame(Type.MAX_DATA, 1 << 30 | number) for number in range(800)),
    "who is blocked": (frame(Type.DATA_BLOCKED, number) for number in range(800)),
    "resets and stops": (
        frame(Type.RESET_STREAM, 4 * number, 1, 0) + frame(Type.STOP_SENDING, 4 * number, 1) for number in range(128)
    ),
    "datagrams": [b"\x31" + varint(900) + bytes(900)] * 800,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_memory_stays_within_bounds(attack, name):
    grown, server = attack(ATTACKS[name])
    assert grown < MOST
    for connection in server._all:
        core = connection.core
        assert len(core._streams) <= 2 * 128
        assert len(core._network_paths) <= 8
        assert len(core._events) == 0
        assert len(connection.identifiers) <= 16
        assert len(core._retire_connection_ids) <= 101
        assert all(len(path.remote_challenges) <= 32 for path in core._network_paths)
        assert all(len(space.ack_queue) <= 256 for space in core._spaces.values())


def test_holes_are_counted_by_the_window(attack):
    """What flow control counts as unread is what lies in memory, or more."""
    _, server = attack(holes(5))
    core = core_of(server)
    kept = sum(len(each.receiver._buffer) for each in core._streams.values())
    assert WINDOW * 0.9 < kept <= core._unread() <= WINDOW


def test_beyond_the_window_is_the_end(attack):
    """FLOW_CONTROL_ERROR (RFC 9000 4.1)."""
    _, server = attack(holes(6))
    assert server.open == 0


def test_a_flood_of_first_packets_is_bounded():
    """Initials from everywhere: so many handshakes at once, then nothing is kept for them."""
    world = World()
    for number in range(MOST_HALF_OPEN + 200):
        datagram = world.line().client.outgoing(world.now_ns)[0]
        world.lines.clear()
        world.raw(datagram, Endpoint("127.0.0.3", 1000 + number))
    assert len(world.server._all) == MOST_HALF_OPEN
    assert len(world.server._connections) == 2 * MOST_HALF_OPEN
