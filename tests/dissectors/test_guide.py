"""What flows know of each other. Invariant: bytes that say what they are beat what other flows were."""

from collections.abc import Iterator
from functools import partial

from dissectors.engine import Dissector
from dissectors.flow_state import FlowState
from dissectors.guide import Guide
from workbench.api import UNDECODED, Chunk, Confidence, Direction, Endpoint, Field, FlowContext, FlowKey, Message, ProtocolSpec

UP = Direction.TO_SERVER
SERVER = Endpoint("10.0.0.1", 4433)


class Counter:
    """A message per datagram; its summary is how many datagrams of the capture came before it."""

    def __init__(self, name: str, context: FlowContext) -> None:
        self.name = name
        self.context = context

    def receive(self, chunk: Chunk) -> Iterator[Message]:
        count = self.context.capture["count"] = self.context.capture.get("count", 0) + 1
        root = Field("counter", 0, len(chunk.data))
        yield Message(
            protocol=self.name,
            direction=chunk.direction,
            start=chunk.offset,
            end=chunk.end,
            raw=chunk.data,
            root=root,
            summary=str(count),
        )

    def finish(self, direction: Direction) -> Iterator[Message]:
        return iter(())


def begins_with(magic: bytes):
    return lambda data, _: Confidence.CERTAIN if data.startswith(magic) else Confidence.NO


COUNTER = ProtocolSpec(name="counter", title="C", transport="udp", decoder=partial(Counter, "counter"), probe=begins_with(b"C"))
OTHER = ProtocolSpec(name="other", title="O", transport="udp", decoder=partial(Counter, "other"), probe=begins_with(b"O"))


def first(guide: Guide, client: Endpoint, data: bytes, server: Endpoint = SERVER, transport: str = "udp") -> Message:
    flow = FlowKey(transport, client, server)  # type: ignore[arg-type]
    (message,) = FlowState(0, flow, guide).receive(Chunk(UP, 0, data, packet=1, carrier=1))
    return message


def test_a_flow_that_nobody_recognises_is_what_its_server_speaks():
    guide = Guide((COUNTER, OTHER))
    assert first(guide, Endpoint("10.0.0.2", 1), b"?").protocol == UNDECODED
    assert first(guide, Endpoint("10.0.0.2", 1), b"C").protocol == "counter"
    assert first(guide, Endpoint("10.0.0.3", 9), b"?").protocol == "counter"
    assert first(guide, Endpoint("10.0.0.3", 9), b"?", Endpoint("10.0.0.1", 4434)).protocol == UNDECODED


def test_bytes_beat_what_the_server_spoke_before():
    guide = Guide((COUNTER, OTHER))
    first(guide, Endpoint("10.0.0.2", 1), b"C")
    assert first(guide, Endpoint("10.0.0.3", 1), b"O").protocol == "other"
    assert first(guide, Endpoint("10.0.0.4", 1), b"?").protocol == "other"  # the last one heard


def test_flows_of_one_capture_share_a_memory_and_protocols_do_not():
    guide = Guide((COUNTER, OTHER))
    summaries = [first(guide, Endpoint("10.0.0.2", port), data).summary for port, data in ((1, b"C"), (2, b"C"), (3, b"O"))]
    assert summaries == ["1", "2", "1"]


def test_two_dissectors_share_nothing():
    assert Dissector((COUNTER,))._guide.shared(COUNTER) is not Dissector((COUNTER,))._guide.shared(COUNTER)


def test_names_of_alpn_mean_what_their_carrier_makes_of_them():
    plain = ProtocolSpec(name="plain", title="P", alpn=("echo", "both"))
    carried = ProtocolSpec(name="carried", title="C", transport="quic", alpn=("echo", "h9"))
    guide = Guide((plain, carried))
    assert guide.named("echo") is plain
    assert guide.named("echo", "tls") is plain
    assert guide.named("echo", "quic") is carried
    assert guide.named("both", "quic") is plain
    assert guide.named("h9") is None
    assert guide.named("carried") is carried


def test_what_lies_inside_says_nothing_of_the_server():
    guide = Guide((COUNTER, OTHER))
    flow = FlowKey("udp", Endpoint("10.0.0.2", 1), SERVER)
    found = guide.detect(flow, {UP: b"C"}, (), [], pinned=False)
    assert found is COUNTER
    assert guide.detect(flow, {UP: b"?"}, (), [], pinned=True) is None
