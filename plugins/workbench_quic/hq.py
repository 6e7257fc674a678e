"""Two small applications of QUIC, so that it can be served and checked by itself: HTTP/0.9 over streams ("hq", which interop tests of QUIC
use) and an echo."""

from workbench.api import Hints, ProtocolSpec, Seed, StreamData, call_on_demand, list_on_demand

__all__ = ["PROTOCOL_ECHO", "PROTOCOL_HQ"]


def _seed(name: str, *frames: StreamData) -> Seed:
    return Seed(name, tuple(bytes(frame) for frame in frames))


_HINTS = Hints(mutators=list_on_demand("workbench_quic.transport_mutators:MUTATORS"))

PROTOCOL_HQ = ProtocolSpec(
    name="hq",
    title="HTTP/0.9 over QUIC",
    transport="quic",
    alpn=("hq-interop", "hq-29"),
    decoder=call_on_demand("workbench_quic.plain_decoder:hq"),
    encode=call_on_demand("workbench_quic.plain_decoder:encode"),
    seeds=(
        _seed("a page", StreamData(0, b"GET /\r\n", True)),
        _seed(
            "several at once, one in pieces",
            StreamData(0, b"GET /hel"),
            StreamData(4, b"GET /bytes/5000\r\n", True),
            StreamData(0, b"lo.txt\r\n", True),
        ),
        _seed("no such page", StreamData(0, b"GET /nowhere\n", True)),
        _seed("not a request", StreamData(0, b"PUT /\r\n", True)),
    ),
    server=call_on_demand("workbench_quic.plain_servers:pages"),
    hints=_HINTS,
)

PROTOCOL_ECHO = ProtocolSpec(
    name="quic-echo",
    title="Echo over QUIC",
    transport="quic",
    alpn=("echo",),
    decoder=call_on_demand("workbench_quic.plain_decoder:echo"),
    encode=call_on_demand("workbench_quic.plain_decoder:encode"),
    seeds=(
        _seed("once", StreamData(0, b"hello", True)),
        _seed("one way and back on another", StreamData(2, b"hel"), StreamData(2, b"lo", True)),
    ),
    server=call_on_demand("workbench_quic.plain_servers:echo"),
    hints=_HINTS,
)
