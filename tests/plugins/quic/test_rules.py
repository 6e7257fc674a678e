"""What the sides must not do, each broken once; what depends on packets that may be missing is no error then."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.quic_packets import CLIENT, SERVER, Talk, frame, stream
from workbench.api import Direction, Note, Severity
from workbench_quic import measures as measures_of
from workbench_quic import stream_rules
from workbench_quic.frame_items import Crypto
from workbench_quic.levels import Level
from workbench_quic.measures import Measures
from workbench_quic.names import application_codes
from workbench_quic.ordered import Added, Run
from workbench_quic.rules import SMALLEST_INITIAL, Rules, added_notes
from workbench_quic.stream_rules import Parameter

PING = b"\x01"
ERROR, WARN, NOTE, CHAT = Severity.ERROR, Severity.WARN, Severity.NOTE, Severity.CHAT


def told(notes: list[Note]) -> list[tuple[Severity, str]]:
    return [(note.severity, note.section.removeprefix("RFC 9000 ")) for note in notes]


class Wire(Talk):
    """A connection that is watched."""

    def __init__(self) -> None:
        super().__init__()
        self.rules = Rules()

    def send(self, role: Direction, payload: bytes, level: Level = Level.ONE_RTT, **more: object) -> list[Note]:
        return self.rules.see(self.packet(role, payload, level, **more))


@pytest.fixture
def wire() -> Wire:
    return Wire()


class TestWhoSendsWhat:
    @pytest.mark.parametrize(("payload", "section"), [(b"\x1e", "19.20"), (b"\x07\x01x", "19.7")])
    def test_what_only_servers_send(self, wire: Wire, payload: bytes, section: str):
        assert told(wire.send(SERVER, payload)) == []
        assert told(wire.send(CLIENT, payload)) == [(ERROR, section)]

    def test_streams_of_one_way(self, wire: Wire):
        assert told(wire.send(CLIENT, stream(3, 0, b"x"))) == [(ERROR, "19.8")]
        assert told(wire.send(CLIENT, frame(0x05, 2, 0))) == [(ERROR, "19.5")]
        assert told(wire.send(CLIENT, frame(0x11, 2, 50))) == [(ERROR, "19.10")]
        assert told(wire.send(CLIENT, frame(0x15, 3, 50))) == [(ERROR, "19.13")]
        assert told(wire.send(CLIENT, frame(0x15, 2, 50))) == []

    @pytest.mark.parametrize("payload", [stream(0, 0, b"x"), frame(0x05, 0, 0), frame(0x11, 0, 50)])
    def test_streams_that_the_other_side_has_not_begun(self, wire: Wire, payload: bytes):
        wire.send(CLIENT, PING)
        ((severity, _),) = told(wire.send(SERVER, payload))
        assert severity is ERROR
        wire.send(CLIENT, stream(0, 0, b"x"))
        assert told(wire.send(SERVER, payload)) == []

    def test_a_place_in_the_packet(self, wire: Wire):
        (note,) = wire.send(CLIENT, PING + b"\x1e")
        assert (note.start, note.end) == (5, 6)

    def test_retiring_in_early_data(self, wire: Wire):
        assert (ERROR, "12.5") in told(wire.send(CLIENT, frame(0x19, 0), Level.EARLY))


class TestMissingPackets:
    def test_what_depends_on_them_is_a_warning(self, wire: Wire):
        wire.send(CLIENT, PING, number=0)
        wire.send(CLIENT, PING, number=2)
        assert told(wire.send(SERVER, stream(0, 0, b"x"))) == [(WARN, "19.8")]
        wire.send(CLIENT, PING, number=1)
        assert wire.rules.certain(CLIENT)

    def test_packets_that_cannot_be_read_are_missing_too(self, wire: Wire):
        wire.send(CLIENT, PING)
        wire.rules.missed(CLIENT)
        assert told(wire.send(SERVER, stream(0, 0, b"x"))) == [(WARN, "19.8")]
        assert told(wire.send(SERVER, frame(0x02, 50, 0, 0, 0))) == []


class TestParameters:
    def test_they_bind_the_other_side(self, wire: Wire):
        wire.rules.parameters(SERVER, {Parameter.MAX_DATA: 3, Parameter.STREAM_DATA_BIDI_REMOTE: 9, Parameter.STREAMS_BIDI: 1})
        assert told(wire.send(CLIENT, stream(0, 0, b"abc"))) == []
        assert told(wire.send(CLIENT, stream(0, 3, b"d"))) == [(ERROR, "4.1")]
        assert told(wire.send(CLIENT, stream(4, 0, b""))) == [(ERROR, "4.6")]
        assert told(wire.send(SERVER, stream(0, 0, b"abcdefghijk"))) == []

    def test_maxima_raise_the_limits(self, wire: Wire):
        wire.rules.parameters(SERVER, {Parameter.MAX_DATA: 3, Parameter.STREAM_DATA_BIDI_REMOTE: 9, Parameter.STREAMS_BIDI: 1})
        wire.send(SERVER, frame(0x10, 100) + frame(0x12, 5))
        assert told(wire.send(CLIENT, stream(16, 0, b"abcd"))) == []

    def test_connection_ids(self, wire: Wire):
        wire.rules.began(CLIENT, b"zero")
        wire.rules.parameters(SERVER, {Parameter.ACTIVE_IDS: 3})
        for number in (1, 2):
            assert told(wire.send(CLIENT, frame(0x18, number, 0, 4, b"cid%d" % number, bytes(16)))) == []
        assert told(wire.send(CLIENT, frame(0x18, 3, 0, 4, b"cid3", bytes(16)))) == [(ERROR, "5.1.1")]
        assert told(wire.send(SERVER, frame(0x19, 7))) == [(ERROR, "19.16")]

    def test_a_peer_keeps_two_ids_at_least(self, wire: Wire):
        wire.rules.began(CLIENT, b"zero")
        wire.rules.parameters(SERVER, {})
        assert told(wire.send(CLIENT, frame(0x18, 1, 0, 4, b"cid1", bytes(16)))) == []


class TestAcknowledgements:
    def test_of_packets_that_came(self, wire: Wire):
        for _ in range(5):
            wire.send(CLIENT, PING)
        assert told(wire.send(SERVER, frame(0x02, 4, 0, 0, 4))) == []

    def test_of_packets_that_did_not_come_yet(self, wire: Wire):
        wire.send(CLIENT, PING)
        assert told(wire.send(SERVER, frame(0x02, 1, 0, 0, 1))) == [(WARN, "13.1")]

    def test_of_skipped_ones(self, wire: Wire):
        for number in (0, 1, 4, 5):
            wire.send(CLIENT, PING, number=number)
        assert told(wire.send(SERVER, frame(0x02, 5, 0, 1, 1, 1, 1))) == [], "packets 4 to 5 and 0 to 1"
        assert told(wire.send(SERVER, frame(0x02, 5, 0, 0, 5))) == [(NOTE, "21.4")]
        assert told(wire.send(SERVER, frame(0x02, 5, 0, 0, 5))) == [], "said once"

    def test_spaces_are_apart(self, wire: Wire):
        wire.send(CLIENT, PING, Level.HANDSHAKE)
        wire.send(CLIENT, PING)
        wire.send(CLIENT, PING)
        assert told(wire.send(SERVER, frame(0x02, 1, 0, 0, 0), Level.HANDSHAKE)) == [(WARN, "13.1")]
        assert told(wire.send(SERVER, frame(0x02, 1, 0, 0, 0))) == []

    def test_nothing_is_said_of_a_side_that_was_never_heard(self, wire: Wire):
        assert told(wire.send(SERVER, frame(0x02, 50, 0, 0, 0))) == []


class TestPackets:
    def test_numbers_are_used_once(self, wire: Wire):
        wire.send(CLIENT, PING, number=7)
        assert told(wire.send(CLIENT, PING, number=7)) == [(NOTE, "12.3")]

    @pytest.mark.parametrize(
        ("role", "payload", "bad"), [(CLIENT, PING, True), (CLIENT, b"\0", True), (SERVER, PING, True), (SERVER, b"\0", False)]
    )
    def test_small_datagrams_with_initial_packets(self, wire: Wire, role: Direction, payload: bytes, bad: bool):
        assert told(wire.send(role, payload, Level.INITIAL, datagram=SMALLEST_INITIAL)) == []
        small = told(wire.send(role, payload, Level.INITIAL, datagram=SMALLEST_INITIAL - 1))
        assert small == ([(ERROR, "14.1")] if bad else [])


class TestClosing:
    @pytest.mark.parametrize(
        ("payload", "severity", "words"),
        [
            (frame(0x1C, 0, 0, 0), CHAT, "NO_ERROR"),
            (frame(0x1C, 0x0A, 6, 2, b"no"), WARN, "PROTOCOL_VIOLATION (no)"),
            (frame(0x1C, 0x4242, 6, 0), WARN, "error 0x4242"),
            (frame(0x1D, 0x100, 0), CHAT, "H3_NO_ERROR"),
            (frame(0x1D, 0x105, 0), WARN, "H3_FRAME_UNEXPECTED"),
        ],
    )
    def test_says_why(self, wire: Wire, payload: bytes, severity: Severity, words: str):
        wire.rules.codes = application_codes("h3")
        (note,) = wire.send(CLIENT, payload)
        assert note.severity is severity
        assert note.text == f"the client closes the connection: {words}"

    def test_nothing_follows(self, wire: Wire):
        wire.send(CLIENT, frame(0x1C, 0, 0, 0))
        assert told(wire.send(CLIENT, frame(0x1C, 0, 0, 0))) == [(CHAT, "20.1")]
        assert told(wire.send(SERVER, PING)) == []
        assert told(wire.send(CLIENT, PING)) == [(WARN, "10.2.1")]


def test_floods_are_told(wire: Wire):
    wire.rules.began(CLIENT, b"zero")
    found = []
    for number in range(1, 100):
        found += told(wire.send(CLIENT, frame(0x18, number, number, 8, number.to_bytes(8, "big"), bytes(16))))
    assert found == [(WARN, "CVE-2024-22189")]


def test_challenges_without_an_answer_are_none_of_ours(wire: Wire):
    assert told(wire.send(CLIENT, frame(0x1A, b"12345678"))) == []
    assert told(wire.send(SERVER, frame(0x1B, b"12345678"))) == []
    assert told(wire.send(SERVER, frame(0x1B, b"abcdefgh"))) == [(ERROR, "19.18")]


class TestAdded:
    ITEM = Crypto(6, 3, 9, 0, b"")

    def test_contradictions(self):
        (note,) = added_notes(self.ITEM, Added((), 3, 17), 10)
        assert (note.severity, note.start, note.end) == (ERROR, 13, 19)

    def test_holes_that_are_given_up(self):
        (note,) = added_notes(self.ITEM, Added((Run(5, b"x"), Run(2, b"y"))))
        assert note.text.startswith("7 bytes")

    def test_ordinary_data(self):
        assert added_notes(self.ITEM, Added((Run(0, b"x"),), 4)) == []


def _ids(number: int) -> bytes:
    return frame(0x18, number, 0, 8, number.to_bytes(8, "big"), bytes(16))


FLOODS = {
    "connection IDs": lambda number: _ids(number),
    "retired IDs": lambda number: frame(0x19, number),
    "streams": lambda number: stream(4 * number, 0, b"x", True),
    "streams left open": lambda number: stream(4 * number, 1 << 20, b"x"),
    "resets": lambda number: frame(0x04, 4 * number, 0, 0),
    "limits of streams": lambda number: frame(0x11, 4 * number + 1, number),
    "challenges": lambda number: frame(0x1A, number.to_bytes(8, "big")),
    "acknowledgements with holes": lambda number: frame(0x02, 1000 + 2 * number, 0, 12, 0, *[0] * 24),
    "crumbs of a handshake": lambda number: frame(0x06, 2 * number, 1, b"x"),
}


@pytest.mark.parametrize("name", FLOODS)
def test_floods_fill_no_memory(wire: Wire, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stream_rules, "MOST_WATCHED", 300)
    monkeypatch.setattr(measures_of, "MOST_OUTSTANDING", 300)
    measures = Measures()
    wire.rules.parameters(SERVER, {Parameter.STREAMS_BIDI: 1 << 40})
    wire.send(SERVER, PING)
    made = FLOODS[name]

    def send(numbers: range) -> None:
        for number in numbers:
            packet = wire.packet(CLIENT, made(number), number=3 * number)  # with holes in the packet numbers, too
            wire.rules.see(packet)
            measures.see(packet)

    tracemalloc.start()
    try:
        send(range(1_500))  # more than any limit
        filled, _ = tracemalloc.get_traced_memory()
        send(range(1_500, 3_000))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert filled < 1024 * 1024
    assert after - filled < 64 * 1024, "it does not grow any more"


@given(
    st.lists(
        st.tuples(st.sampled_from(Direction), st.sampled_from(Level), st.integers(0, 30), st.binary(min_size=1, max_size=40)),
        max_size=20,
    )
)
def test_nothing_that_is_said_breaks_the_one_who_listens(packets: list[tuple[Direction, Level, int, bytes]]):
    wire, measures = Wire(), Measures()
    wire.rules.parameters(SERVER, {Parameter.MAX_DATA: 9, Parameter.STREAMS_BIDI: 1})
    for role, level, number, payload in packets:
        packet = wire.packet(role, payload, level, number=number)
        measures.see(packet)
        for note in wire.rules.see(packet):
            assert 0 <= note.start <= note.end <= packet.size
            assert note.section
