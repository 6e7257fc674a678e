"""Packets as text: whatever a connection does, and whichever of its packets are skimmed, the lines are the decoder's."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dissectors.engine import converse
from dissectors.paths import message_line
from dissectors.telling import recite
from support.http3 import OK, frame, headers
from support.quic_packets import frame as quic_frame
from support.quic_wire import CLIENT, DONE, PING, SERVER, KeyLog, Wire, new_id, parameters, stream
from workbench import registry
from workbench.api import ProtocolSpec, varint
from workbench_quic import PROTOCOL
from workbench_quic.decoder import QuicDecoder

LIMITS = parameters(
    *((number, varint(value)) for number, value in ((0x04, 9_000), (0x05, 5_000), (0x06, 5_000), (0x07, 5_000), (0x08, 4)))
)
INSIDE = [spec for spec in registry.load().specs if spec.name in ("tls-handshake", "http3")]


def lanes(
    wire: Wire, turns: list[Any], offered: Any = lambda _: True, inner: list[ProtocolSpec] = INSIDE
) -> tuple[list[str], list[str]]:
    """What the skimming decoder says, and what it says otherwise."""
    secrets = KeyLog(wire)
    told = recite(PROTOCOL, turns, inner=inner, secrets=secrets, offered=offered)
    return told, [message_line(message) for message in converse(PROTOCOL, turns, inner=inner, secrets=secrets)]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each datagram that was offered was taken."""
    found: list[bool] = []
    take = QuicDecoder.skim_datagram

    def noted(self: QuicDecoder, *values: Any) -> Any:
        answer = take(self, *values)
        found.append(answer is not None)
        return answer

    monkeypatch.setattr(QuicDecoder, "skim_datagram", noted)
    return found


def transfer(wire: Wire) -> list[Any]:
    """A request, and a response in many packets with acknowledgements between them."""
    content = headers(OK) + frame(0, b"w" * 3_000)
    turns = [*wire.opening(LIMITS), (CLIENT, wire.short(CLIENT, stream(0, headers(), fin=True)))]
    for offset in range(0, len(content), 200):
        part = content[offset : offset + 200]
        ack = quic_frame(2, wire.numbers[CLIENT, 3], 30, 0, wire.numbers[CLIENT, 3])
        turns.append((SERVER, wire.short(SERVER, ack + stream(0, part, offset, fin=offset + 200 >= len(content)))))
        if offset % 400:
            turns.append((CLIENT, wire.short(CLIENT, quic_frame(2, wire.numbers[SERVER, 3], 30, 0, 1))))
    return turns


def test_a_transfer_is_taken(taken):
    wire = Wire()
    told, decoded = lanes(wire, transfer(wire))
    assert told == decoded
    assert taken.count(True) >= 20
    assert sum('"layer":"quic stream 0"' in line for line in told) == 3


@pytest.mark.parametrize("change", ["suite", "id", "update", "spin"])
def test_what_a_connection_may_do(taken, change):
    wire = Wire(suite=0x1303) if change == "suite" else Wire(client=b"") if change == "id" else Wire()
    turns = transfer(wire)
    number = wire.number(CLIENT, 3)
    if change == "update":
        turns += [(CLIENT, wire.short(CLIENT, PING, number=number + place, generation=1)) for place in range(3)]
    elif change == "spin":
        turns += [(CLIENT, wire.short(CLIENT, PING, number=number + place, spin=place % 2)) for place in range(4)]
    told, decoded = lanes(wire, turns)
    assert told == decoded
    assert True in taken


def test_without_keys_nothing_is_taken(taken):
    wire = Wire()
    turns = transfer(wire)
    other = replace(wire, random=bytes(32), numbers={})
    assert recite(PROTOCOL, turns, inner=INSIDE, secrets=KeyLog(other)) == [
        message_line(message) for message in converse(PROTOCOL, turns, inner=INSIDE, secrets=KeyLog(other))
    ]
    assert True not in taken


def test_limits_that_are_broken_are_remarked_on():
    wire = Wire()
    turns = transfer(wire)
    turns += [(CLIENT, wire.short(CLIENT, stream(4, b"x" * 900, offset))) for offset in range(0, 6_300, 900)]
    told, decoded = lanes(wire, turns)
    assert told == decoded
    assert any("FLOW_CONTROL_ERROR" in line for line in told)


BODY = frame(0, b"body" * 60)
FRAMES = st.one_of(
    st.builds(
        lambda number, offset, size, fin: stream(number, (headers() + BODY * 9)[offset : offset + size], offset, fin=fin),
        st.sampled_from([0, 4, 3, 8]),
        st.sampled_from([0, 0, 30, 200, 230, 700]),
        st.sampled_from([0, 30, 200, 500]),
        st.booleans(),
    ),
    st.builds(lambda most, first: quic_frame(2, most, 9, 0, min(first, most)), st.integers(0, 30), st.integers(0, 9)),
    st.builds(lambda most: quic_frame(2, most, 9, 1, 1, 0, 2), st.integers(8, 30)),
    st.sampled_from(
        [
            PING,
            DONE,
            b"\0" * 9,
            quic_frame(0x10, 20_000),
            quic_frame(0x11, 0, 9_000),
            new_id(1, b"another."),
            quic_frame(0x04, 0, 1, 200),
            quic_frame(0x1D, 0x100, 0),
        ]
    ),
)
PACKETS = st.lists(st.tuples(st.sampled_from([CLIENT, SERVER]), st.lists(FRAMES, min_size=1, max_size=3)), max_size=25)


@given(packets=PACKETS, data=st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_happens_the_lines_are_the_same(packets, data):
    wire = Wire()
    turns = [*wire.opening(LIMITS)]
    datagrams = [(role, wire.short(role, b"".join(frames))) for role, frames in packets]
    for _ in range(data.draw(st.integers(0, 3), "disturbances")):
        if datagrams:
            place = data.draw(st.integers(0, len(datagrams) - 1))
            one = datagrams.pop(place)
            what = data.draw(st.sampled_from(["lose", "repeat", "late", "spoil"]))
            if what == "repeat":
                datagrams[place:place] = [one, one]
            elif what == "late":
                datagrams.insert(min(place + 2, len(datagrams)), one)
            elif what == "spoil":
                datagrams.insert(place, (one[0], one[1][:-1] + b"?"))
    asked = data.draw(st.sets(st.integers(1, 30)), "left to receive")
    told, decoded = lanes(wire, [*turns, *datagrams], lambda number: number not in asked)
    assert told == decoded
