"""WebSocket conversations for tests: what was said in which order, through the plugin's decoder or server."""

from collections.abc import Iterable
from typing import Any

from dissectors.tracing import trace
from workbench.api import (
    Chunk,
    Direction,
    Endpoint,
    FlowContext,
    FlowKey,
    Limits,
    Memory,
    Message,
    ServerConnection,
    ServerOptions,
)
from workbench_websocket.agreement import accept_of
from workbench_websocket.decoder import WebSocketDecoder
from workbench_websocket.frames import build_frame, read_head
from workbench_websocket.server import serve

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x37\xfa\x21\x3d"
Turn = tuple[Direction, bytes | int]


def facts(*response: tuple[bytes, bytes], offer: bytes = b"", **more: Any) -> dict[str, Any]:
    """What http1 hands over behind a correct handshake, with more fields in its response."""
    request = [(b"host", b"h"), (b"sec-websocket-key", KEY), (b"sec-websocket-version", b"13")]
    if offer:
        request.append((b"sec-websocket-extensions", offer))
    usual = ((b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-accept", accept_of(KEY)))
    return {"method": b"GET", "target": b"/", "status": 101, "request": tuple(request), "response": (*usual, *response), **more}


def deflated(parameters: bytes = b"") -> dict[str, Any]:
    """Facts of a handshake that agreed on compression."""
    value = b"permessage-deflate" + parameters
    return facts((b"sec-websocket-extensions", value), offer=value)


def decode(
    *turns: Turn, known: dict[str, Any] | None = None, size: int = 0, limits: Limits | None = None, start: int = 0
) -> list[Message]:
    """What the decoder makes of a conversation; an int in place of bytes is that many lost ones, `size` are bytes per chunk."""
    flow = FlowKey("tcp", Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 80))
    context = FlowContext(stream=0, flow=flow, limits=limits or Limits(), trace=trace, memory=Memory(16), facts=known or {})
    decoder = WebSocketDecoder(context)
    found: list[Message] = []
    places, gaps = dict.fromkeys(Direction, start), dict.fromkeys(Direction, 0)
    for direction, data in turns:
        if isinstance(data, int):
            gaps[direction] += data
            continue
        step = size or len(data) or 1
        for at in range(0, len(data), step):
            piece = data[at : at + step]
            offset = places[direction] + gaps[direction]
            found += decoder.receive(Chunk(direction, offset, piece, gap=gaps[direction]))
            places[direction], gaps[direction] = offset + len(piece), 0
    for direction in Direction:
        found += decoder.finish(direction)
    return found


def client(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, key: bytes = MASK) -> Turn:
    """A client's frame."""
    return CLIENT, build_frame(opcode, payload, fin=fin, rsv=rsv, key=key)


def server(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> Turn:
    """A server's frame."""
    return SERVER, build_frame(opcode, payload, fin=fin, rsv=rsv)


def only(*turns: Turn, known: dict[str, Any] | None = None) -> Message:
    """The one message of a conversation whose handshake was correct."""
    (message,) = decode(*turns, known=facts() if known is None else known)
    return message


def sections(message: Message) -> list[str]:
    """The rules that a message breaks or bends."""
    return [note.section for note in message.notes]


def value(message: Message, abbrev: str) -> Any:
    """The value of the first field with that name; None for none."""
    node = message.root.find(abbrev)
    return None if node is None else node.value


def view(message: Message, name: str) -> bytes | None:
    """A derived view by its name."""
    return next((view.data for view in message.views if view.name == name), None)


def opening(path: str = "/", *more: str, drop: Iterable[str] = ()) -> bytes:
    """A correct opening request, or nearly."""
    lines = [
        "Host: h",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {KEY.decode()}",
        "Sec-WebSocket-Version: 13",
    ]
    kept = [line for line in lines if line.partition(":")[0] not in set(drop)]
    return "".join(line + "\r\n" for line in [f"GET {path} HTTP/1.1", *kept, *more, ""]).encode()


def connected(path: str = "/", *more: str, options: ServerOptions | None = None, service: Any = None) -> ServerConnection:
    """A connection of the reference server behind its handshake."""
    connection: ServerConnection = (service or serve(options or ServerOptions()))()
    connection.wakeup(0)
    assert connection.receive(opening(path, *more)).startswith(b"HTTP/1.1 101 ")
    return connection


def frames(data: bytes) -> list[tuple[int, bytes]]:
    """Opcode and payload of the frames in bytes of a server."""
    found = []
    at = 0
    while at < len(data):
        head = read_head(data, at)
        assert head is not None
        assert not head.masked
        at += head.size + head.length
        assert at <= len(data)
        found.append((head.opcode, data[at - head.length : at]))
    return found
