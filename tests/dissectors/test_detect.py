"""The decision list, rule by rule."""

from dataclasses import replace

from dissectors.decode_as import DecodeAs
from dissectors.detect import MOST_DATA, Wait, detect
from workbench.api import Confidence, Direction, Endpoint, FlowKey, ProtocolSpec, Transport

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
FLOW = FlowKey("tcp", Endpoint("a", 40_000), Endpoint("b", 80))


def _spec(
    name: str, answer: Confidence | None = None, port: int = 0, transport: Transport = "tcp", way: Direction | None = None
) -> ProtocolSpec:
    """A protocol whose probe gives this answer (about bytes of one direction only, if `way` says so)."""

    def probe(_: bytes, direction: Direction) -> Confidence:
        assert answer is not None
        return answer if way in (None, direction) else Confidence.NO

    ports = (port,) if port else ()
    return ProtocolSpec(name=name, title=name, ports=ports, transport=transport, probe=None if answer is None else probe)


BOTH = {UP: b"hello", DOWN: b"welcome"}


def _name(
    *specs: ProtocolSpec,
    data: dict[Direction, bytes] = BOTH,
    pins: tuple[DecodeAs, ...] = (),
    ended: tuple[Direction, ...] = (),
    flow: FlowKey = FLOW,
) -> str:
    found = detect(flow, data, specs, pins, ended=ended)
    return "wait" if isinstance(found, Wait) else "nobody" if found is None else found.name


CERTAIN, LIKELY, WEAK, NO, NEED = Confidence.CERTAIN, Confidence.LIKELY, Confidence.WEAK, Confidence.NO, Confidence.NEED_DATA


def test_a_pin_beats_certainty():
    assert _name(_spec("a", CERTAIN), _spec("b", NO), pins=(DecodeAs("tcp", 80, 80, "b"),)) == "b"
    assert _name(_spec("a", CERTAIN), _spec("b", NO), pins=(DecodeAs("tcp", 81, 81, "b"),)) == "a"


def test_bytes_beat_ports():
    assert _name(_spec("port", port=80), _spec("bytes", LIKELY)) == "bytes"
    assert _name(_spec("port", WEAK, port=80), _spec("bytes", LIKELY)) == "bytes"
    assert _name(_spec("likely", LIKELY), _spec("certain", CERTAIN)) == "certain"


def test_an_owner_that_says_no_is_refused():
    assert _name(_spec("port", NO, port=80)) == "nobody"
    assert _name(_spec("port", NO, port=80), _spec("other", port=80)) == "other"


def test_an_owner_without_a_probe_or_with_a_weak_one_is_accepted():
    assert _name(_spec("port", port=80)) == "port"
    assert _name(_spec("port", WEAK, port=80)) == "port"
    assert _name(_spec("weak", WEAK)) == "nobody"


def test_the_clients_port_counts_after_the_servers():
    assert _name(_spec("client", port=40_000)) == "client"
    assert _name(_spec("client", port=40_000), _spec("server", port=80)) == "server"


def test_between_equals_the_owner_wins_then_the_order():
    assert _name(_spec("a", LIKELY), _spec("b", LIKELY, port=80)) == "b"
    assert _name(_spec("a", LIKELY), _spec("b", LIKELY)) == "a"


def test_it_waits_while_somebody_needs_data_unless_somebody_is_certain():
    assert _name(_spec("a", NEED), _spec("b", LIKELY)) == "wait"
    assert _name(_spec("a", NEED), _spec("b", port=80)) == "wait"
    assert _name(_spec("a", NEED), _spec("b", CERTAIN)) == "b"


def test_it_waits_only_so_long():
    enough = {UP: bytes(MOST_DATA)}
    assert _name(_spec("a", NEED), _spec("b", LIKELY), data=enough) == "b"
    assert _name(_spec("a", NEED, port=80), data=enough) == "a"
    assert _name(_spec("a", NEED), _spec("b", LIKELY), data={UP: b"x"}, ended=(UP,)) == "b"
    assert _name(_spec("a", NEED), _spec("b", LIKELY), data={UP: b"x"}, ended=(DOWN,)) == "wait"


def test_a_connection_is_not_nobodys_before_both_sides_spoke():
    assert _name(_spec("a", NO), data={UP: b"x"}) == "wait"
    assert _name(_spec("a", NO), data={UP: b"x"}, ended=(DOWN,)) == "nobody"
    assert _name(_spec("a", NO, transport="udp"), data={UP: b"x"}, flow=replace(FLOW, transport="udp")) == "nobody"


def test_either_direction_may_tell():
    data = {UP: b"x", DOWN: b"220 hello"}
    assert _name(_spec("a", LIKELY, way=DOWN), data=data) == "a"
    assert _name(_spec("a", LIKELY, way=DOWN), data={UP: b"x", DOWN: b""}, ended=(DOWN,)) == "nobody"


def test_only_protocols_of_the_transport():
    assert _name(_spec("a", CERTAIN, transport="udp"), _spec("b", port=80, transport="udp")) == "nobody"


def test_a_probe_that_raises_says_no():
    def probe(data: bytes, _: Direction) -> Confidence:
        raise IndexError(data)

    assert _name(ProtocolSpec(name="bad", title="b", ports=(80,), probe=probe)) == "nobody"
