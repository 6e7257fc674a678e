"""What the next protocol learns from the exchange that switched to it."""

from dissectors.engine import converse
from workbench.api import Chunk, Direction, FlowContext, Handoff, ProtocolSpec
from workbench_http1 import PROTOCOL

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def facts(request: bytes, response: bytes, name: str) -> dict[str, object]:
    """The facts that the decoder called `name` was given."""
    seen: list[FlowContext] = []

    class Next:
        def __init__(self, context: FlowContext) -> None:
            seen.append(context)

        def receive(self, chunk: Chunk) -> list[Handoff]:
            return []

        def finish(self, direction: Direction) -> list[Handoff]:
            return []

    successor = ProtocolSpec(name=name, title=name, decoder=Next, ports=(80,))
    converse(PROTOCOL, [(UP, request), (DOWN, response), (UP, b"\0\0\0\0")], inner=[successor])
    (context,) = seen
    return dict(context.facts)


def test_both_field_sections_of_an_upgrade():
    request = b"GET /chat?x HTTP/1.1\r\nHost: a\r\nUPGRADE: websocket\r\nConnection: Upgrade\r\nX-A: 1\r\nX-A:2 \r\n\r\n"
    response = b"HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: abc=\r\n\r\n"
    assert facts(request, response, "websocket") == {
        "method": b"GET",
        "target": b"/chat?x",
        "status": 101,
        "request": (
            (b"host", b"a"),
            (b"upgrade", b"websocket"),
            (b"connection", b"Upgrade"),
            (b"x-a", b"1"),
            (b"x-a", b"2"),
        ),
        "response": ((b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-accept", b"abc=")),
    }


def test_a_response_whose_request_was_not_seen():
    found = facts(b"", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", "websocket")
    assert (found["status"], found["method"], found["target"], found["request"]) == (101, b"", b"", ())
