"""The WebSocket decoder: both directions cut into frames, each with the messages it puts together.

It gets a connection from `http1` or `http2` with the handshake as facts; or it is a connection's only decoder, reads the handshake itself,
or begins in the middle. Directions are independent but for what the handshake agreed on.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace

from workbench.api import Chunk, Direction, FlowContext, Message, Note, Severity
from workbench_websocket.agreement import Agreement, Remark, agree
from workbench_websocket.frames import Head, read_head
from workbench_websocket.heads import begins_opening, head_end
from workbench_websocket.limits import MAX_HANDSHAKE, MAX_JUNK, MAX_PINGS
from workbench_websocket.masking import masked
from workbench_websocket.messages import Place, junk_message, stump_message
from workbench_websocket.opcodes import PING, PONG
from workbench_websocket.openings import Opening, opening_message, read_opening
from workbench_websocket.reading import FrameReader
from workbench_websocket.searching import Belief, find_frame

__all__ = ["WebSocketDecoder"]

_SENSELESS = frozenset({"RFC 6455 5.2", "RFC 6455 5.4", "RFC 6455 5.5", "RFC 6455 5.5.1"})
"""Rules that hold for what any peer, however sloppy, would call frames; whole streams without masking are real."""

_EMPTY_LINE = 3
"""Bytes before the end of what was searched in which the end of a head may have begun."""


@dataclass(slots=True)
class _Frame:
    """A frame or a handshake that is being read: `total` bytes long (None: to the end), of which `seen` have come and `kept` are here."""

    total: int | None
    kept: bytearray
    seen: int
    head: Head | None = None
    opening: Opening | None = None
    holes: bool = False


@dataclass(slots=True)
class _Side:
    """One direction. `start` is the stream offset of `buffer[0]`, or of the open frame."""

    direction: Direction
    reader: FrameReader
    start: int = 0
    buffer: bytearray = field(default_factory=bytearray)
    begun: bool = False
    read: str = "begin"
    """What comes next: "begin" (nobody knows), "opening" (a head of HTTP), "frames", "search" (frames begin somewhere), or
    "junk" (they have made no sense for too long)."""
    senseless: int = 0
    """Frames in a row that make no sense."""
    frame: _Frame | None = None
    searched: int = 0
    """Bytes of the buffer in which the end of a head, or the beginning of a frame, was looked for."""


class WebSocketDecoder:
    """See `workbench.api.Decoder`."""

    def __init__(self, context: FlowContext) -> None:
        self._keep = max(context.limits.message, MAX_HANDSHAKE)
        self._most_senseless = context.limits.bad_frames
        self._request: Opening | None = None
        self._handshakes = 0
        self._pings: dict[bytes, None] = {}
        self._remarks: tuple[Remark, ...] = ()
        self._known = bool(context.facts)
        self._agreement = Agreement()
        self._sides = {direction: _Side(direction, FrameReader(direction, Agreement())) for direction in Direction}
        self._settle(agree(context.facts))
        self._remarks = self._agreement.remarks
        if self._known:
            for side in self._sides.values():
                side.read = "frames"

    def _settle(self, agreement: Agreement) -> None:
        """From here on frames mean what was agreed on."""
        self._agreement = agreement
        for side in self._sides.values():
            side.reader = FrameReader(side.direction, agreement, self._keep)

    def receive(self, chunk: Chunk) -> Iterator[Message]:
        """Take the next bytes; see `Decoder`."""
        side = self._sides[chunk.direction]
        if not side.begun:
            side.begun = True
            side.start = chunk.offset - chunk.gap
        if chunk.gap:
            yield from self._lose(side, chunk.gap)
        side.buffer += chunk.data
        yield from self._read(side, ended=False)

    def finish(self, direction: Direction) -> Iterator[Message]:
        """No more bytes in this direction; see `Decoder`."""
        side = self._sides[direction]
        yield from self._read(side, ended=True)
        yield from self._flush(side, Note(Severity.ERROR, "the stream ends in the middle of a frame", section="RFC 6455 7.1.7"))

    # reading

    def _read(self, side: _Side, *, ended: bool) -> Iterator[Message]:
        while side.buffer or side.frame is not None:
            if side.frame is not None:
                message = self._continue(side, ended)
            elif side.read == "frames":
                message = self._frame(side)
            elif side.read == "search":
                message = self._search(side, ended)
            elif side.read == "junk":
                message = junk_message(self._take(side, MAX_JUNK)) if ended or len(side.buffer) >= MAX_JUNK else None
            elif side.read == "opening":
                message = self._opening(side)
            else:
                if not self._decide(side, ended):
                    return
                continue
            if message is None and (side.frame is None or not side.buffer):
                return
            if message is not None:
                yield message

    def _decide(self, side: _Side, ended: bool) -> bool:
        """What a stream begins with that nobody introduced; False while that cannot be said."""
        opening = begins_opening(side.buffer, side.direction)
        if opening is None and not ended:
            return False
        expected = self._agreement.seen or (self._handshakes > 0 and side.direction is Direction.TO_SERVER)
        side.read = "opening" if opening else "frames" if expected else "search"
        return True

    def _take(self, side: _Side, size: int) -> Place:
        """The next `size` bytes, or all there are."""
        raw = bytes(side.buffer[:size])
        del side.buffer[:size]
        side.start += len(raw)
        return Place(side.direction, side.start - len(raw), side.start, raw)

    def _frame(self, side: _Side) -> Message | None:
        head = read_head(side.buffer)
        if head is None:
            return None
        total = head.size + head.length
        if total > self._keep:
            side.frame = _Frame(total, bytearray(), 0, head)
            return None
        return self._complete(side, self._take(side, total), head) if total <= len(side.buffer) else None

    def _continue(self, side: _Side, ended: bool) -> Message | None:
        """Go on with a message that is too long to wait for as a whole, has lost bytes, or ends with the stream."""
        frame = side.frame
        assert frame is not None, "asked for while there is one only"
        count = len(side.buffer) if frame.total is None else min(len(side.buffer), frame.total - frame.seen)
        if not frame.holes:
            frame.kept += side.buffer[: min(count, self._keep - len(frame.kept))]
        del side.buffer[:count]
        frame.seen += count
        if frame.seen != frame.total and not (ended and frame.total is None):
            return None
        side.frame = None
        place = Place(side.direction, side.start, side.start + frame.seen, bytes(frame.kept))
        side.start = place.end
        if frame.opening is not None:
            return self._handshake(side, place, frame.opening)
        assert frame.head is not None, "a frame that is no handshake has a header"
        return self._complete(side, place, frame.head)

    def _opening(self, side: _Side) -> Message | None:
        end = head_end(side.buffer, max(0, side.searched - _EMPTY_LINE))
        if end is None and len(side.buffer) < MAX_HANDSHAKE:
            side.searched = len(side.buffer)
            return None
        side.searched = 0
        if end is None or end > MAX_HANDSHAKE:
            side.read = "search"
            note = Note(Severity.ERROR, "a handshake that does not end", 0, MAX_HANDSHAKE, "RFC 9112 2.1")
            return stump_message(self._take(side, MAX_HANDSHAKE), None, note)
        opening = read_opening(bytes(side.buffer[:end]), side.direction)
        if opening.body == 0:
            return self._handshake(side, self._take(side, end), opening)
        total = None if opening.body is None else end + opening.body
        side.frame = _Frame(total, bytearray(), 0, opening=opening)
        return None

    def _search(self, side: _Side, ended: bool) -> Message | None:
        at, belief = find_frame(side.buffer[:MAX_JUNK], side.searched, side.direction, ended=ended)
        side.searched = at
        if belief is Belief.YES:
            side.read = "frames"
        elif ended:
            at = len(side.buffer)
        elif len(side.buffer) < MAX_JUNK:
            return None
        side.searched = 0
        return junk_message(self._take(side, at)) if at else self._frame(side)

    # messages

    def _handshake(self, side: _Side, place: Place, opening: Opening) -> Message:
        side.read = "begin"
        if side.direction is Direction.TO_SERVER:
            self._request = opening
            self._handshakes += 1
            return opening_message(place, opening, self._handshakes, ())
        agreement = Agreement()
        if opening.switches:
            request = self._request
            facts = {"request": request.headers if request else (), "response": opening.headers}
            agreement = agree(facts)
            self._settle(agreement)
        return opening_message(place, opening, self._handshakes, agreement.remarks)

    def _complete(self, side: _Side, place: Place, head: Head) -> Message:
        """A frame whose end is known; some of its bytes may be missing."""
        remarks, self._remarks = self._remarks, ()
        exchange = self._exchange(head, side.direction, place) if head.control else None
        message = side.reader.message(place, head, remarks, exchange)
        # zeros, the commonest junk, are empty fragments without masking
        senseless = any(note.section in _SENSELESS for note in message.notes) or (message.notes and not head.length)
        side.senseless = side.senseless + 1 if senseless else 0
        if side.senseless > self._most_senseless:
            side.read = "junk"
        return message

    def _exchange(self, head: Head, direction: Direction, place: Place) -> Hashable:
        """A client's ping and the server's pong belong together (RFC 6455 5.5.3); an unsolicited pong answers nothing."""
        payload = masked(place.raw[head.size :], head.key) if head.masked else place.raw[head.size :]
        if head.opcode == PING and direction is Direction.TO_SERVER:
            self._pings[payload] = None
            while len(self._pings) > MAX_PINGS:
                del self._pings[next(iter(self._pings))]
            return "ping", payload
        if head.opcode == PONG and direction is Direction.TO_CLIENT and payload in self._pings:
            return "ping", payload
        return None

    # loss

    def _lose(self, side: _Side, gap: int) -> Iterator[Message]:
        """`gap` bytes were not captured. Inside a frame they are missing from it; beyond its end nobody knows where frames begin."""
        frame = side.frame
        if frame is None and side.read == "frames" and (head := read_head(side.buffer)) is not None:
            frame = side.frame = _Frame(head.size + head.length, side.buffer, len(side.buffer), head)
            side.buffer = bytearray()
        if frame is not None and (frame.total is None or frame.seen + gap <= frame.total):
            frame.holes = True
            frame.seen += gap
            return
        yield from self._flush(side, Note(Severity.WARN, "the rest was not captured"))
        side.reader.assembly.forget()
        if not side.reader.closed:
            side.read = "search"
        yield junk_message(Place(side.direction, side.start, side.start + gap, b""))
        side.start += gap

    def _flush(self, side: _Side, note: Note) -> Iterator[Message]:
        """Give out what cannot be completed."""
        frame, side.frame = side.frame, None
        head = frame.head if frame else read_head(side.buffer) if side.read == "frames" else None
        if frame is not None:
            place = Place(side.direction, side.start, side.start + frame.seen, bytes(frame.kept))
            side.start = place.end
            if frame.opening is not None:
                yield self._handshake(side, place, frame.opening)
                return
        elif side.buffer:
            place = self._take(side, len(side.buffer))
        else:
            return
        yield stump_message(place, head, replace(note, end=len(place.raw)))
