"""Messages of the two plain applications of QUIC (`hq.py`): what travelled on one stream, in pieces of a size that does not depend on
packets; or the frames of a bare conversation.

What is known of a stream is in `FlowContext.facts`: `stream_id`, or `datagrams`. Without either the bytes are frames of
`workbench.api.carried`.
"""

from collections.abc import Iterator

from workbench.api import UNDECODED, CarriedFrame, Chunk, Direction, Field, FlowContext, FrameError, Message, Note, Severity
from workbench.api.carried import Datagram, StreamData, read_frame

__all__ = ["PIECE", "PlainDecoder", "echo", "encode", "hq"]

PIECE = 65_536
"""Bytes of one message: what people look at is shorter, and what is longer is bulk."""


def hq(context: FlowContext) -> "PlainDecoder":
    """For HTTP/0.9."""
    return PlainDecoder(context, "hq", "request", "response")


def echo(context: FlowContext) -> "PlainDecoder":
    """For the echo."""
    return PlainDecoder(context, "quic-echo", "said", "said back")


def encode(message: Message) -> bytes:
    """The bytes of a message, which are its value."""
    return bytes(message.value)


class PlainDecoder:
    """See `Decoder`. `asked` and `answered` are what messages of the client and of the server are called."""

    def __init__(self, context: FlowContext, protocol: str, asked: str, answered: str) -> None:
        self._protocol = protocol
        self._names = {Direction.TO_SERVER: asked, Direction.TO_CLIENT: answered}
        self._framed = not {"stream_id", "datagrams"} & context.facts.keys()
        self._whole = "datagrams" in context.facts
        self._kept = dict.fromkeys(Direction, b"")
        self._at = dict.fromkeys(Direction, 0)
        self._lost = dict.fromkeys(Direction, False)
        """Whether nobody knows where the next frame begins."""
        self._why = dict.fromkeys(Direction, "")
        """Why that is so, until it is said."""

    def receive(self, chunk: Chunk) -> Iterator[Message]:
        """See `Decoder`."""
        way = chunk.direction
        if chunk.gap:
            yield from self._rest(way, self._why[way] or "bytes behind it were not captured")
            self._at[way] = chunk.offset - chunk.gap
            yield self._gap(way, chunk.gap)
            self._lost[way] = self._framed
        self._kept[way] += chunk.data
        if self._framed:
            yield from self._frames(way)
        elif self._whole:
            yield from self._rest(way)
        while len(self._kept[way]) >= PIECE and not (self._framed and not self._lost[way]):
            yield self._piece(way, PIECE, self._why[way])

    def finish(self, direction: Direction) -> Iterator[Message]:
        """See `Decoder`."""
        unfinished = self._framed and not self._lost[direction]
        yield from self._rest(direction, "the frame is not finished" if unfinished else self._why[direction])

    def _frames(self, way: Direction) -> Iterator[Message]:
        while self._kept[way] and not self._lost[way]:
            try:
                found = read_frame(self._kept[way])
            except FrameError as error:
                self._lost[way], self._why[way] = True, error.message
                return
            if found is None:
                return
            frame, size = found
            yield self._message(way, size, _kind(frame), _payload(frame))

    def _rest(self, way: Direction, problem: str = "") -> Iterator[Message]:
        """What has not become a message yet."""
        if self._kept[way]:
            yield self._piece(way, len(self._kept[way]), problem)

    def _piece(self, way: Direction, size: int, problem: str = "") -> Message:
        if self._framed:
            self._why[way] = ""
            return self._undecoded(way, size, Note(Severity.ERROR, problem, 0, size) if problem else None)
        return self._message(way, size, self._names[way], size)

    def _message(self, way: Direction, size: int, label: str, payload: int) -> Message:
        """The next `size` bytes, of which the last `payload` are the application's."""
        raw, start = self._cut(way, size)
        data = raw[size - payload :]
        line = data.split(b"\n", 1)[0][:80].decode("latin-1").rstrip("\r")
        shown = line if label != "response" and line.isprintable() else f"{payload} bytes"
        name = self._protocol
        children = (Field("Data", size - payload, size, data, abbrev=f"{name}.data"),) if payload else ()
        if payload < size:
            children = (Field("Frame", 0, size - payload, label, abbrev=f"{name}.frame"), *children)
        root = Field(name, 0, size, None, children, abbrev=name)
        return Message(
            protocol=name,
            direction=way,
            start=start,
            end=start + size,
            raw=raw,
            root=root,
            label=label,
            summary=f"{label}: {shown}",
            value=raw,
        )

    def _undecoded(self, way: Direction, size: int, note: Note | None) -> Message:
        raw, start = self._cut(way, size)
        return _nobodys(way, start, start + size, raw, note)

    def _gap(self, way: Direction, size: int) -> Message:
        """Bytes that nobody captured."""
        start = self._at[way]
        self._at[way] = start + size
        return _nobodys(way, start, start + size, b"", Note(Severity.WARN, f"{size} bytes were not captured"))

    def _cut(self, way: Direction, size: int) -> tuple[bytes, int]:
        raw, self._kept[way] = self._kept[way][:size], self._kept[way][size:]
        start = self._at[way]
        self._at[way] = start + size
        return raw, start


def _nobodys(way: Direction, start: int, end: int, raw: bytes, note: Note | None) -> Message:
    size = len(raw)
    children = (Field("data", 0, size, raw, abbrev="data.data"),) if raw else ()
    return Message(
        protocol=UNDECODED,
        direction=way,
        start=start,
        end=end,
        raw=raw,
        root=Field(UNDECODED, 0, size, None, children, abbrev=UNDECODED),
        notes=(note,) if note is not None else (),
        summary=f"{end - start} bytes" if raw else f"{end - start} lost bytes",
    )


def _kind(frame: CarriedFrame) -> str:
    return {"StreamData": "data", "StreamReset": "reset", "StopSending": "stop", "Datagram": "datagram"}.get(
        type(frame).__name__, "close"
    )


def _payload(frame: CarriedFrame) -> int:
    return len(frame.data) if isinstance(frame, StreamData | Datagram) else 0
