"""Conversations in HTTP for tests: what was said in which order, through the plugin's decoder or server."""

from collections.abc import Iterable

from workbench.api import Chunk, Direction, Endpoint, FlowContext, FlowKey, Handoff, Limits, Memory, Message, ServerConnection
from workbench_http1 import PROTOCOL
from workbench_http1.decoder import Http1Decoder

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT
Turn = tuple[Direction, bytes | int]


def decoder(limits: Limits | None = None) -> Http1Decoder:
    """A fresh decoder."""
    flow = FlowKey("tcp", Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 80))
    return Http1Decoder(FlowContext(stream=0, flow=flow, limits=limits or PROTOCOL.limits, trace=None, memory=Memory(16)))


def decode(*turns: Turn, size: int = 0, limits: Limits | None = None) -> list[Message | Handoff]:
    """What the decoder makes of a conversation; an int in place of bytes is that many lost ones. `size`: bytes per chunk."""
    engine = decoder(limits)
    found: list[Message | Handoff] = []
    places = dict.fromkeys(Direction, 0)
    gaps = dict.fromkeys(Direction, 0)
    for direction, data in turns:
        if isinstance(data, int):
            gaps[direction] += data
            continue
        step = size or len(data) or 1
        for start in range(0, len(data), step):
            piece = data[start : start + step]
            offset = places[direction] + gaps[direction]
            found += engine.receive(Chunk(direction, offset, piece, gap=gaps[direction]))
            places[direction], gaps[direction] = offset + len(piece), 0
            if isinstance(found[-1:][0] if found else None, Handoff):
                return found
    for direction in Direction:
        if not (found and isinstance(found[-1], Handoff)):
            found += engine.finish(direction)
    return found


def messages(*turns: Turn, size: int = 0, limits: Limits | None = None) -> list[Message]:
    """The same without hand-offs."""
    return [item for item in decode(*turns, size=size, limits=limits) if isinstance(item, Message)]


def only(*turns: Turn) -> Message:
    """The one message of a conversation."""
    (message,) = messages(*turns)
    return message


def request(head: str, body: bytes = b"") -> Message:
    """The request that these lines (joined with CRLF, the empty one added) and this body are."""
    return only((CLIENT, lines(head) + body))


def response(head: str, body: bytes = b"", method: str = "GET") -> Message:
    """The response that these lines and this body are, to a request with that method."""
    asked = lines(f"{method} {'h:1' if method == 'CONNECT' else '/'} HTTP/1.1\nHost: h")
    return messages((CLIENT, asked), (SERVER, lines(head) + body))[1]


def lines(text: str) -> bytes:
    """Lines of a head with CRLF, the empty one included."""
    return (text + "\n\n").replace("\n", "\r\n").encode("latin-1")


def said(message: Message) -> set[str]:
    """The texts of a message's notes."""
    return {note.text for note in message.notes}


def sections(message: Message) -> set[str]:
    """The rules that the notes of a message name."""
    return {note.section for note in message.notes}


def assert_tiled(found: Iterable[Message | Handoff]) -> None:
    """The messages of each direction lie behind one another without holes."""
    ends = dict.fromkeys(Direction, 0)
    for message in found:
        if isinstance(message, Message):
            assert message.start == ends[message.direction]
            assert message.start <= message.end
            assert len(message.raw) <= message.end - message.start
            ends[message.direction] = message.end


def assert_nested(message: Message) -> None:
    """Each field lies inside its view and, where both are of one view, inside its parent."""
    for _, node in message.root.walk():
        data = message.views[node.view].data if message.views else message.raw
        assert 0 <= node.start <= node.end <= len(data)
        for child in node.children:
            if child.view == node.view and not child.generated:
                assert node.start <= child.start <= child.end <= node.end


def answers(connection: ServerConnection, data: bytes) -> bytes:
    """All that a server connection sends for these bytes to a client that reads on."""
    out = connection.receive(data)
    while more := connection.pull():
        out += more
    return out
