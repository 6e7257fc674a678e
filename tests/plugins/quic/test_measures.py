"""Round trips, losses, reordering and bytes in flight, told by small conversations with times."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.quic_packets import CLIENT, SERVER, Talk, frame
from workbench.api import Direction, flatten_fields
from workbench_quic import measures as module
from workbench_quic.levels import Level
from workbench_quic.measures import Measures, analysis_field
from workbench_quic.stream_rules import Parameter

PING = b"\x01"
MS = 1_000_000


class Wire(Talk):
    """A connection that is measured."""

    def __init__(self) -> None:
        super().__init__()
        self.measures = Measures()

    def send(self, at_ms: float, role: Direction, payload: bytes = PING, level: Level = Level.ONE_RTT, **more: object) -> dict:
        """What a packet told, by the last word of each filter name."""
        self.time_ns = int(at_ms * MS)
        facts = self.measures.see(self.packet(role, payload, level, **more))
        return {name.removeprefix("quic.analysis."): value for name, value in facts.items()}


def test_facts_are_shown_as_generated_fields():
    wire = Wire()
    facts = wire.measures.see(wire.packet(CLIENT, PING))
    field = analysis_field(facts)
    assert flatten_fields((field,)) == facts
    assert all(node.generated for _, node in field.walk())


def ack(*numbers: int, delay: int = 0) -> bytes:
    """An ACK of these numbers."""
    rest = sorted(set(numbers), reverse=True)
    ranges = [[rest[0], rest[0]]]
    for number in rest[1:]:
        if number == ranges[-1][0] - 1:
            ranges[-1][0] = number
        else:
            ranges.append([number, number])
    more = [part for (low, _), (below, high) in pairwise(ranges) for part in (low - high - 2, high - below)]
    return frame(0x02, rest[0], delay, len(ranges) - 1, ranges[0][1] - ranges[0][0], *more)


@pytest.fixture
def wire() -> Wire:
    return Wire()


class TestRoundTrips:
    def test_from_a_packet_to_its_acknowledgement(self, wire: Wire):
        wire.send(0, CLIENT)
        assert wire.send(25, SERVER, ack(0)) == {"ack_delay": 0, "ack_rtt": 0.025}

    def test_without_the_delay_that_is_admitted(self, wire: Wire):
        wire.send(0, CLIENT)
        told = wire.send(25, SERVER, ack(0, delay=625))  # times 8 microseconds
        assert told == {"ack_delay": 0.005, "ack_rtt": 0.02}

    def test_the_receiver_may_choose_another_unit(self, wire: Wire):
        wire.measures.parameters(SERVER, {Parameter.ACK_DELAY_EXPONENT: 0})
        wire.send(0, CLIENT)
        assert wire.send(25, SERVER, ack(0, delay=5000))["ack_delay"] == 0.005

    def test_a_delay_longer_than_the_round_trip_is_not_believed(self, wire: Wire):
        wire.send(0, CLIENT)
        assert wire.send(25, SERVER, ack(0, delay=1 << 40))["ack_rtt"] == 0.025

    def test_in_the_handshake_there_is_no_delay(self, wire: Wire):
        wire.send(0, CLIENT, level=Level.INITIAL)
        assert wire.send(25, SERVER, ack(0, delay=625), Level.INITIAL) == {"ack_rtt": 0.025}

    def test_only_of_what_is_new(self, wire: Wire):
        wire.send(0, CLIENT)
        wire.send(25, SERVER, ack(0))
        assert wire.send(50, SERVER, ack(0)) == {}

    def test_packets_that_need_no_answer_are_not_waited_for(self, wire: Wire):
        assert wire.send(0, CLIENT, b"\0") == {}
        assert wire.send(25, SERVER, ack(0)) == {}


class TestFlight:
    def test_grows_and_shrinks(self, wire: Wire):
        size = len(PING) + 20
        assert [wire.send(at, CLIENT)["bytes_in_flight"] for at in range(3)] == [size, 2 * size, 3 * size]
        wire.send(25, SERVER, ack(0, 1))
        assert wire.measures.in_flight(CLIENT) == size
        assert wire.send(26, CLIENT)["bytes_in_flight"] == 2 * size

    def test_only_so_many_packets_wait(self, wire: Wire, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(module, "MOST_OUTSTANDING", 10)
        for at in range(100):
            wire.send(at, CLIENT)
        assert wire.measures.in_flight(CLIENT) == 10 * (len(PING) + 20)

    def test_what_comes_twice_counts_once(self, wire: Wire):
        wire.send(0, CLIENT)
        assert wire.send(1, CLIENT, number=0) == {}
        wire.send(25, SERVER, ack(0))
        assert wire.send(26, CLIENT, number=0) == {}
        assert wire.measures.in_flight(CLIENT) == 0

    def test_far_fewer_of_a_handshake(self, wire: Wire):
        for at in range(3 * module.MOST_OF_HANDSHAKE):
            wire.send(at, CLIENT, level=Level.INITIAL)
        assert wire.measures.in_flight(CLIENT) == module.MOST_OF_HANDSHAKE * (len(PING) + 20)


class TestLosses:
    def test_three_later_ones_were_acknowledged(self, wire: Wire):
        for number in range(5):
            wire.send(number, CLIENT)
        assert "lost" not in wire.send(20, SERVER, ack(2, 1))
        assert wire.send(21, SERVER, ack(3, 2, 1))["lost"] == 1
        assert wire.measures.in_flight(CLIENT) == len(PING) + 20

    def test_an_eighth_more_than_a_round_trip_has_passed(self, wire: Wire):
        wire.send(0, CLIENT)
        wire.send(80, SERVER, ack(0))
        wire.send(100, CLIENT)
        wire.send(150, CLIENT)
        assert "lost" not in wire.send(170, SERVER, ack(2))
        wire.send(190, CLIENT)
        assert wire.send(271, SERVER, ack(3, 2))["lost"] == 1

    def test_it_may_have_come_after_all(self, wire: Wire):
        for number in range(5):
            wire.send(number, CLIENT)
        wire.send(20, SERVER, ack(4, 3, 2, 1))
        assert wire.send(21, SERVER, ack(4, 3, 2, 1, 0)) == {"not_lost": 1}

    def test_only_so_many_lost_ones_are_remembered(self, wire: Wire):
        for number in range(3 * module.MOST_LOST):
            wire.send(number, CLIENT)
        assert wire.send(5000, SERVER, ack(3 * module.MOST_LOST - 1))["lost"] >= 2 * module.MOST_LOST
        assert (
            wire.send(5001, SERVER, frame(0x02, 3 * module.MOST_LOST - 1, 0, 0, 3 * module.MOST_LOST - 1))["not_lost"]
            <= module.MOST_LOST
        )


class TestOrder:
    def test_numbers_behind_the_latest(self, wire: Wire):
        wire.send(0, CLIENT, number=5)
        assert wire.send(1, CLIENT, number=3)["out_of_order"] == 2
        assert "out_of_order" not in wire.send(2, CLIENT, number=6)

    def test_spaces_are_apart(self, wire: Wire):
        wire.send(0, CLIENT, number=5)
        assert "out_of_order" not in wire.send(1, CLIENT, level=Level.HANDSHAKE, number=0)


class TestSpin:
    def test_time_between_edges_is_a_round_trip(self, wire: Wire):
        told = [wire.send(at, CLIENT, spin=spin) for at, spin in ((0, False), (10, False), (40, True), (60, True), (90, False))]
        assert [one.get("spin_rtt") for one in told] == [None, None, None, None, 0.05]

    def test_late_packets_make_no_edges(self, wire: Wire):
        wire.send(0, CLIENT, spin=False, number=1)
        wire.send(40, CLIENT, spin=True, number=3)
        assert "spin_rtt" not in wire.send(41, CLIENT, spin=False, number=2)
        assert wire.send(90, CLIENT, spin=False, number=4)["spin_rtt"] == 0.05


@given(st.lists(st.tuples(st.sampled_from(Direction), st.integers(0, 30), st.lists(st.integers(0, 30), max_size=8)), max_size=60))
def test_flight_is_what_was_sent_and_neither_acknowledged_nor_lost(events: list[tuple[Direction, int, list[int]]]):
    wire = Wire()
    for at, (role, number, numbers) in enumerate(events):
        told = wire.send(at, role, ack(*numbers) if numbers else PING, number=number)
        assert all(value >= 0 for value in told.values())
    for role in Direction:
        sent = wire.measures._sent[role][2]
        assert wire.measures.in_flight(role) == sum(size for _, size in sent.outstanding.values())
        assert not sent.outstanding.keys() & sent.lost.keys()
