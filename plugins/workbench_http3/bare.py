"""A bare conversation: the frames that carry HTTP/3 in the clear, as servers, seeds and checks speak them. One message per carried frame.

Its tree holds the carried frame's own fields, and what is complete with it: the stream's frames and instructions that end in it, and field
sections that waited for it. What began in an earlier frame is shown in a view of its own.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench.api import UNDECODED, Chunk, Direction, Field, FlowContext, FrameError, Inner, Message, Note, Severity
from workbench_http3.bare_messages import Said, carried_message
from workbench_http3.carried import Carried, read_carried
from workbench_http3.connection import Connection, Outcome
from workbench_http3.contents import end_half
from workbench_http3.datagrams import datagram
from workbench_http3.limits import MAX_STREAMS, OPAQUE
from workbench_http3.meaning import meaning_of
from workbench_http3.names import error_name
from workbench_http3.streams import Role, Stream, new_stream, opener, unidirectional
from workbench_http3.waiting import ready

__all__ = ["BareDecoder"]


@dataclass(slots=True)
class _Side:
    """One direction: its bytes from `start` on; `dead` once no frame began where one must.

    `kept` is the beginning of a frame that is longer than is kept, of which `skip` bytes are still to come.
    """

    data: bytearray = field(default_factory=bytearray)
    start: int = 0
    needed: int = 1
    begun: bool = False
    dead: bool = False
    kept: tuple[Carried, bytes] | None = None
    skip: int = 0


class BareDecoder:
    """See `workbench.api.Decoder`."""

    def __init__(self, context: FlowContext) -> None:
        self._keep = max(context.limits.message, OPAQUE)
        self._fields = context.limits.fields
        self._connection = Connection()
        self._connection.suspicion = Severity.ERROR  # all streams are here, in the order in which they were said
        self._streams: OrderedDict[int, Stream] = OrderedDict()
        self._offsets: dict[tuple[int, Direction], int] = {}
        self._sides = (_Side(), _Side())

    def receive(self, chunk: Chunk) -> Iterator[Message | Inner]:
        """Take the next bytes; see `Decoder`."""
        side = self._sides[chunk.direction]
        if not side.begun:
            side.begun, side.start = True, chunk.offset - chunk.gap
        if chunk.gap:
            yield self._lose(chunk.direction, side, chunk.gap)
        side.data += chunk.data
        if side.kept is None and len(side.data) < side.needed:
            return
        while not side.dead:
            found = self._next(side)
            if found is None:
                break
            yield from self._carried(chunk.direction, side, *found)
        while side.dead and len(side.data) >= OPAQUE:
            yield _junk(chunk.direction, side, OPAQUE, "no frame begins here")

    def finish(self, direction: Direction) -> Iterator[Message | Inner]:
        """No more bytes in this direction; see `Decoder`."""
        side = self._sides[direction]
        skipped = 0
        if side.kept is not None:
            frame, raw = side.kept
            skipped = frame.end - side.skip - len(raw)
            side.data = bytearray(raw)
        if side.data:
            text = "no frame begins here" if side.dead else "the conversation ends within a frame"
            yield _junk(direction, side, len(side.data), text, skipped)

    def _lose(self, way: Direction, side: _Side, size: int) -> Message:
        """Bytes were lost: nobody knows where the next frame begins."""
        self._connection.doubtful = True
        skipped = 0
        if side.kept is not None:
            frame, raw = side.kept
            skipped = frame.end - side.skip - len(raw)
            side.data, side.kept = bytearray(raw), None
        side.dead = True
        return _junk(way, side, len(side.data), f"{size} bytes were not captured", skipped + size)

    def _next(self, side: _Side) -> tuple[Carried, bytes] | None:
        """The next frame, whole or as much of it as is kept."""
        data = side.data
        if side.kept is not None:
            passed = min(side.skip, len(data))
            del data[:passed]
            side.skip -= passed
            if side.skip:
                return None
            found, side.kept = side.kept, None
            return found
        if not data:
            side.needed = 1
            return None
        try:
            frame = read_carried(data)
        except FrameError:
            side.dead = True
            return None
        if frame is None:
            side.needed = len(data) + 1
            return None
        if frame.end > self._keep and len(data) >= self._keep:
            side.kept, side.skip = (frame, bytes(data[: self._keep])), frame.end - self._keep
            del data[: self._keep]
            return self._next(side)
        if frame.end > len(data):
            side.needed = min(frame.end, self._keep)
            return None
        raw = bytes(data[: frame.end])
        del data[: frame.end]
        return frame, raw

    def _carried(self, way: Direction, side: _Side, frame: Carried, raw: bytes) -> Iterator[Message | Inner]:
        start = side.start
        side.start += frame.end
        said = Said(frame, raw, self._fields)
        name = frame.kind.name
        if name == "STREAM":
            self._stream(way, frame, raw, said)
        elif name == "RESET_STREAM":
            self._reset(way, frame, said)
        elif name == "STOP_SENDING":
            self._stop(way, frame, said)
        elif name == "DATAGRAM":
            out = Outcome()
            datagram(self._connection, raw[frame.at :], way, out)
            said.add(out, -1, raw[frame.at :], frame.at)
            said.value = out.value
        else:
            said.symbol, said.summary = "close", f"CONNECTION_CLOSE {error_name(frame.numbers[0][0])}"
            said.value = {"carried": "close", "code": frame.numbers[0][0], "reason": raw[frame.at :]}
        yield carried_message(way, start, side.start, said)
        yield from said.inner

    def _find(self, number: int) -> Stream:
        stream = self._streams.get(number)
        if stream is None:
            stream = self._streams[number] = new_stream(number, self._keep)
            if len(self._streams) > MAX_STREAMS:
                self._forget(*self._streams.popitem(last=False))
        else:
            self._streams.move_to_end(number)
        return stream

    def _forget(self, number: int, stream: Stream) -> None:
        for way in Direction:
            self._offsets.pop((number, way), None)
            body = stream.halves[way].body
            if body is not None:
                body.release(self._connection.purse)

    def _stream(self, way: Direction, frame: Carried, raw: bytes, said: Said) -> None:
        number = frame.numbers[0][0]
        stream = self._find(number)
        half = stream.halves[way]
        data = raw[frame.at :]
        said.summary = f"STREAM[{number}] {frame.end - frame.at} bytes"
        said.stream, said.end = number, frame.fin
        if unidirectional(number) and opener(number) is not way:
            said.error(f"STREAM_STATE_ERROR: stream {number} carries nothing this way", "RFC 9000 19.8")
            return
        if half.finished:
            said.error(f"FINAL_SIZE_ERROR: data on stream {number}, which has ended", "RFC 9000 4.5")
            return
        offset = self._offsets.get((number, way), 0)
        self._offsets[number, way] = offset + frame.end - frame.at
        for at in range(0, len(data), OPAQUE):
            self._work(stream, way, said, frame.at - offset)
            half.wire.add(data[at : at + OPAQUE])
            half.hold(half.wire.pieces())
        if frame.end > len(raw):
            half.hold(half.wire.lose(frame.end - len(raw)))
        if half.wire.foreign:
            said.foreign = True
            half.wire.rest()
            stream.halves[way.opposite].wire.let_go()
        if frame.fin:
            half.finished = half.ordered = True
            half.hold(half.wire.finish())
        self._work(stream, way, said, frame.at - offset)
        if half.held:
            inserts = self._connection.peers[way].table.inserted
            text = f"the field section waits for inserts on the encoder stream ({inserts} came)"
            said.notes.append(Note(Severity.NOTE, text, 0, len(raw), "RFC 9204 2.2.1"))
        self._wake(said)

    def _work(self, stream: Stream, way: Direction, said: Said, shift: int | None) -> None:
        """What is complete now. `shift` leads from a place in the stream to one in the carried frame; None: not in this one."""
        connection = self._connection
        half = stream.halves[way]
        while ready(connection, stream, way, str(stream.number)):
            piece = half.take()
            out = meaning_of(connection, stream, way, piece)
            if half.finished and not half.held and not half.over:
                end_half(connection, stream, way, out, len(piece.raw))
            at = None if shift is None else piece.start + shift
            said.add(out, stream.number, piece.raw, at, piece.end - piece.start - len(piece.raw))
        if half.finished and not half.held and not half.over:
            out = Outcome(name="end", symbol="end")
            end_half(connection, stream, way, out, 0)
            said.add(out, stream.number, b"", None)

    def _wake(self, said: Said) -> None:
        """Streams that waited for what came with this frame."""
        for channel in said.take_wakes():
            stream = self._streams.get(int(channel))
            if stream is not None:
                for direction in (way for way in Direction if stream.halves[way].held):
                    self._work(stream, direction, said, None)

    def _reset(self, way: Direction, frame: Carried, said: Said) -> None:
        (number, _), (code, _), (size, _) = frame.numbers
        said.symbol, said.summary = "reset", f"RESET_STREAM[{number}] {error_name(code)}"
        said.value = {"carried": "reset", "stream": number, "code": code, "size": size}
        stream = self._find(number)
        half = stream.halves[way]
        if half.finished:
            return
        half.finished = True
        half.held.clear()
        self._critical(stream, way, said, "is reset")
        out = Outcome(name="end", symbol="end")
        end_half(self._connection, stream, way, out, 0)
        said.add(out, number, b"", None)

    def _stop(self, way: Direction, frame: Carried, said: Said) -> None:
        (number, _), (code, _) = frame.numbers
        said.symbol, said.summary = "stop", f"STOP_SENDING[{number}] {error_name(code)}"
        said.value = {"carried": "stop", "stream": number, "code": code}
        self._critical(self._find(number), way.opposite, said, "is not to be sent any more")

    def _critical(self, stream: Stream, way: Direction, said: Said, what: str) -> None:
        """Control streams and those of QPACK must live as long as the connection (RFC 9114 6.2.1, RFC 9204 4.2)."""
        if stream.role in (Role.CONTROL, Role.ENCODER, Role.DECODER) and opener(stream.number) is way:
            section = "RFC 9114 6.2.1" if stream.role is Role.CONTROL else "RFC 9204 4.2"
            said.error(f"H3_CLOSED_CRITICAL_STREAM: the {stream.role.value} {what}", section)


def _junk(way: Direction, side: _Side, size: int, text: str, missing: int = 0) -> Message:
    """Bytes in which no frame can be found."""
    raw = bytes(side.data[:size])
    del side.data[:size]
    start = side.start
    side.start += size + missing
    return Message(
        protocol=UNDECODED,
        direction=way,
        start=start,
        end=side.start,
        raw=raw,
        root=Field("Data", 0, size, raw or None, abbrev="data.data"),
        summary=f"{size} bytes that are no frame",
        notes=(Note(Severity.WARN if missing else Severity.NOTE, text, 0, size, "RFC 9000 19"),),
    )
