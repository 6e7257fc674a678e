"""Hostile QUIC connections, protected as real ones are, through the whole decoder: once its limits are reached it takes no more memory."""

import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from support.quic_packets import frame
from support.quic_wire import CLIENT, Flows, KeyLog, Wire
from workbench_quic import connections, inside, streams
from workbench_quic.levels import Level

EACH = 30
"""Frames in a packet."""


def _of(made: Callable[[int], bytes]) -> Callable[[Wire, int], bytes]:
    """A flood of 1-RTT packets full of one kind of frame."""

    def packet(wire: Wire, number: int) -> bytes:
        payload = b"".join(made(EACH * number + place) for place in range(EACH))
        return wire.short(CLIENT, payload, number=3 * number)  # packet numbers with holes

    return packet


def _connections(_wire: Wire, number: int) -> bytes:
    """Each Initial packet begins a connection, with holes in its hello."""
    other = Wire(original=number.to_bytes(8, "big"), client=b"c" + number.to_bytes(7, "big"))
    return other.initial(CLIENT, b"".join(frame(0x06, 2 * place + 1, 1, b"x") for place in range(EACH)))


FLOODS = {
    "connections": _connections,
    "connection IDs": _of(lambda number: frame(0x18, number, 0, 8, number.to_bytes(8, "big"), bytes(16))),
    "retired IDs": _of(lambda number: frame(0x19, number)),
    "streams that end": _of(lambda number: frame(0x0F, 4 * number, 0, 1, b"x")),
    "streams with a hole": _of(lambda number: frame(0x0E, 4 * number, 9, 1, b"x")),
    "resets": _of(lambda number: frame(0x04, 4 * number, 0, 0)),
    "limits": _of(lambda number: frame(0x11, 4 * number + 1, number)),
    "challenges": _of(lambda number: frame(0x1A, number.to_bytes(8, "big"))),
    "crumbs of CRYPTO data": _of(lambda number: frame(0x06, 2 * number + 1, 1, b"x")),
    "crumbs of a stream": _of(lambda number: frame(0x0E, 0, 2 * number + 1, 1, b"x")),
    "acknowledgements": _of(lambda number: frame(0x02, 200 + 2 * number, 0, 9, 0, *[0] * 18)),
}


def _flood(flood: Callable[[Wire, int], bytes], numbers: range) -> Iterator[bytes]:
    wire = Wire()
    keys = wire.protection(Level.ONE_RTT, CLIENT)
    wire.protection = lambda *_: keys  # made once: there are many packets
    for number in numbers:
        yield flood(wire, number)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test reaches in a second."""
    monkeypatch.setattr(streams, "MOST_KNOWN", 500)
    monkeypatch.setattr(streams, "MOST_OPEN", 200)
    monkeypatch.setattr(streams, "CONNECTION_BYTES", 200_000)
    monkeypatch.setattr(streams, "STREAM_BYTES", 100_000)
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 60)
    monkeypatch.setattr(connections, "MOST_ROUTES", 60)
    monkeypatch.setattr(inside, "MOST_HEARD", 60)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_takes_no_more_memory_than_its_limits(name: str):
    wire = Wire()
    flows = Flows(KeyLog(wire))
    for way, data in wire.opening():
        flows.read(way, data)
    packets = list(_flood(FLOODS[name], range(240)))
    used = []
    tracemalloc.start()
    try:
        for part in (packets[:120], packets[120:180], packets[180:]):
            for data in part:
                flows.read(CLIENT, data)
            used.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert used[0] < 8_000_000
    assert used[2] - used[1] < 100_000, f"it grows: {used}"
