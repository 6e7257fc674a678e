"""Streams, and the states they go through (RFC 9113 5.1).

The RFC draws the states as one endpoint sees them. An observer sees both: "half-closed" names the side that has ended its half, and a
stream is reserved by the server, who alone can push.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from workbench.api import Direction
from workbench_http.bodies import Body
from workbench_http2.limits import MAX_CLOSED, MAX_STREAMS

__all__ = ["MOVES", "Event", "Half", "Stage", "State", "Stream", "Streams", "owner"]

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT


class State(Enum):
    """Where a stream is; the text is what people read."""

    IDLE = "idle"
    RESERVED = "reserved (server)"
    OPEN = "open"
    CLIENT_DONE = "half-closed (client)"
    SERVER_DONE = "half-closed (server)"
    CLOSED = "closed"


class Event(Enum):
    """What moves a stream; END is the END_STREAM flag, which comes behind the frame that bears it."""

    HEADERS = "HEADERS"
    DATA = "DATA"
    PROMISE = "PUSH_PROMISE"
    WINDOW_UPDATE = "WINDOW_UPDATE"
    RST_STREAM = "RST_STREAM"
    END = "END_STREAM"


def _moves() -> dict[tuple[State, Direction, Event], State]:
    moves = {
        (State.IDLE, CLIENT, Event.HEADERS): State.OPEN,
        (State.IDLE, SERVER, Event.PROMISE): State.RESERVED,
        (State.RESERVED, SERVER, Event.HEADERS): State.CLIENT_DONE,
        (State.RESERVED, CLIENT, Event.WINDOW_UPDATE): State.RESERVED,
        (State.OPEN, CLIENT, Event.END): State.CLIENT_DONE,
        (State.OPEN, SERVER, Event.END): State.SERVER_DONE,
        (State.CLIENT_DONE, SERVER, Event.END): State.CLOSED,
        (State.SERVER_DONE, CLIENT, Event.END): State.CLOSED,
        # both may still be on their way when the other side has closed the stream
        (State.CLOSED, CLIENT, Event.WINDOW_UPDATE): State.CLOSED,
        (State.CLOSED, SERVER, Event.WINDOW_UPDATE): State.CLOSED,
        (State.CLOSED, CLIENT, Event.RST_STREAM): State.CLOSED,
        (State.CLOSED, SERVER, Event.RST_STREAM): State.CLOSED,
    }
    for side, done in ((CLIENT, State.SERVER_DONE), (SERVER, State.CLIENT_DONE)):
        for state in (State.OPEN, done):
            for event in (Event.HEADERS, Event.DATA, Event.WINDOW_UPDATE):
                moves[state, side, event] = state
        for state in (State.RESERVED, State.OPEN, State.CLIENT_DONE, State.SERVER_DONE):
            moves[state, side, Event.RST_STREAM] = State.CLOSED
    moves[State.CLIENT_DONE, CLIENT, Event.WINDOW_UPDATE] = State.CLIENT_DONE
    moves[State.SERVER_DONE, SERVER, Event.WINDOW_UPDATE] = State.SERVER_DONE
    return moves


MOVES: Mapping[tuple[State, Direction, Event], State] = _moves()
"""{(state, who, what): next state}; what is not here must not be sent. PRIORITY may always be and changes nothing (RFC 9113 5.1)."""


class Stage(Enum):
    """How far the message of one half has come (RFC 9113 8.1)."""

    NOTHING = 0
    HEAD = 1
    TRAILERS = 2


@dataclass(slots=True)
class Half:
    """What one side says on a stream. `sent` counts flow-controlled bytes, `granted` the increments that the other side gave for it."""

    stage: Stage = Stage.NOTHING
    sent: int = 0
    granted: int = 0
    expected: int | None = None
    """Content-Length, where the body must have that."""
    body: Body | None = None
    content: int = 0
    """Bytes of DATA without padding."""
    lines: tuple[tuple[bytes, bytes], ...] = ()
    """The header fields, kept where a tunnel may need them."""
    lost: int = 0
    """Bytes inside a tunnel that were lost and not yet spoken of."""
    early: bytearray = field(default_factory=bytearray)
    """What was said into a tunnel that was not yet granted."""


@dataclass(slots=True)
class Stream:
    """One stream. `doubtful` where its beginning was not seen: rules about its past are then silent."""

    number: int
    state: State = State.IDLE
    doubtful: bool = False
    halves: tuple[Half, Half] = field(default_factory=lambda: (Half(), Half()))
    method: bytes = b""
    protocol: bytes = b""
    """:protocol of an extended CONNECT (RFC 8441)."""
    tunnel: bool = False
    facts: dict[str, Any] | None = None
    reset_by: Direction | None = None
    answered: bool = False
    counted: bool = False


class Streams:
    """The streams of a connection: those that live, and how the latest of the others ended."""

    def __init__(self) -> None:
        self.alive: OrderedDict[int, Stream] = OrderedDict()
        """Least recently heard of first."""
        self._ended: OrderedDict[int, Direction | None] = OrderedDict()
        self.highest = [0, 0]
        """Of the client's (odd) streams at index CLIENT, of the server's (even) at SERVER."""
        self.active = [0, 0]
        """Streams of each side that count against the limit the other side has set (RFC 9113 5.1.2); reserved ones do not."""

    def find(self, number: int) -> Stream | None:
        """The stream, if it was opened and is remembered; one that is over as an empty closed one."""
        stream = self.alive.get(number)
        if stream is not None:
            self.alive.move_to_end(number)
            return stream
        if number in self._ended:
            return Stream(number, State.CLOSED, reset_by=self._ended[number])
        return None

    def passed(self, number: int) -> bool:
        """Whether the number belongs to a stream that was opened or skipped (RFC 9113 5.1.1)."""
        return number <= self.highest[owner(number)]

    def add(self, stream: Stream) -> Stream | None:
        """A stream was opened or reserved; gives the one that had to make room for it."""
        self.alive[stream.number] = stream
        side = owner(stream.number)
        self.highest[side] = max(self.highest[side], stream.number)
        self.activate(stream)
        if len(self.alive) <= MAX_STREAMS:
            return None
        forgotten = self.alive.popitem(last=False)[1]
        self._deactivate(forgotten)
        return forgotten

    def activate(self, stream: Stream) -> None:
        """A stream that is not, or no longer, only reserved begins to count."""
        if not stream.counted and stream.state is not State.RESERVED:
            stream.counted = True
            self.active[owner(stream.number)] += 1

    def _deactivate(self, stream: Stream) -> None:
        if stream.counted:
            stream.counted = False
            self.active[owner(stream.number)] -= 1

    def close(self, stream: Stream) -> None:
        """A stream is over; only its end is remembered."""
        if self.alive.pop(stream.number, None) is not None:
            self._deactivate(stream)
            self._ended[stream.number] = stream.reset_by
            if len(self._ended) > MAX_CLOSED:
                self._ended.popitem(last=False)


def owner(number: int) -> Direction:
    """Who opens streams of this number (RFC 9113 5.1.1)."""
    return CLIENT if number % 2 else SERVER
