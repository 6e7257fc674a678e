"""What is known of a connection between its frames: both peers, their streams, and what one frame turns out to mean."""

from dataclasses import dataclass, field

from workbench.api import Direction, Field, Inner, Note, Severity, View
from workbench_http.bodies import Purse
from workbench_http2.abuse import Watch
from workbench_http2.announced import Announced
from workbench_http2.frames import Frame
from workbench_http2.header_table import HeaderTable
from workbench_http2.limits import DEFAULT_WINDOW
from workbench_http2.names import Setting
from workbench_http2.streams import MOVES, Event, State, Stream, Streams

__all__ = ["Connection", "OpenBlock", "Outcome", "Peer"]

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT


@dataclass(slots=True)
class OpenBlock:
    """A header block that goes on in CONTINUATION frames. `promised` is the stream of a PUSH_PROMISE, 0 in a block of HEADERS."""

    stream: int
    end_stream: bool
    promised: int
    data: bytearray
    frames: int = 1
    lost: bool = False
    """Bytes of it are missing, or it was too long to keep."""


@dataclass(slots=True)
class Peer:
    """One side as a sender. `sent` counts its flow-controlled bytes, `granted` the increments the other side gave for the connection."""

    table: HeaderTable = field(default_factory=HeaderTable)
    announced: Announced = field(default_factory=Announced)
    sent: int = 0
    granted: int = 0
    last_stream: int | None = None
    """From its latest GOAWAY."""
    started: bool = False
    block: OpenBlock | None = None
    must_shrink: bool = False
    """It acknowledged a smaller header table than it uses, and has to say so in its next header block (RFC 7541 4.2)."""
    stalled: bool = False
    """It was said already that its window is used up."""

    @property
    def window(self) -> int:
        """Bytes that it may still send on the connection."""
        return DEFAULT_WINDOW + self.granted - self.sent


@dataclass(slots=True)
class Outcome:
    """What a frame means: fields behind those of its payload, views behind the wire's, remarks, and what follows for others."""

    fields: list[Field] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    detail: str = ""
    exchange: int | None = None
    inner: list[Inner] = field(default_factory=list)
    block: list[dict[str, object]] | None = None
    """The header lines of a block that this frame alone makes, as a value to build it from."""

    def note(self, severity: Severity, text: str, section: str, start: int, end: int) -> None:
        """A remark about bytes of the frame."""
        self.notes.append(Note(severity, text, start, end, section))

    def view(self, name: str, data: bytes) -> int:
        """Add a view; gives its number."""
        self.views.append(View(name, data))
        return len(self.views)


class Connection:
    """`whole` while everything was seen from the beginning on: rules about what came before are silent otherwise.

    `client` is the direction in which the client's bytes travel; peers are indexed by their role.
    """

    def __init__(self) -> None:
        self.peers = (Peer(), Peer())
        self.streams = Streams()
        self.purse = Purse()
        self.watch = Watch()
        self.whole = True
        self.client = CLIENT

    def role(self, direction: Direction) -> Direction:
        """Who sends in this direction: `TO_SERVER` stands for the client, as everywhere."""
        return direction if self.client is CLIENT else direction.opposite

    def lose(self, direction: Direction) -> None:
        """Bytes of a direction were not seen."""
        peer = self.peers[self.role(direction)]
        peer.table.forget()
        peer.block = None
        if self.whole:
            self.whole = False
            for stream in self.streams.alive.values():
                stream.doubtful = True

    def begin_in_the_middle(self) -> None:
        """The first bytes are not the beginning."""
        self.whole = False
        for peer in self.peers:
            peer.table.doubtful = True
            peer.started = True

    def window(self, stream: Stream, who: Direction) -> int:
        """Bytes that a side may still send on a stream (RFC 9113 6.9.2)."""
        half = stream.halves[who]
        return self.peers[who.opposite].announced.largest(Setting.INITIAL_WINDOW_SIZE) + half.granted - half.sent

    def lookup(self, number: int) -> Stream | None:
        """The stream of that number; None where it is idle. In a connection whose beginning was not seen none is."""
        stream = self.streams.find(number)
        if stream is not None or not number:
            return stream
        if not self.whole:
            stream = Stream(number, State.OPEN, doubtful=True)
            self.add(stream)
        elif self.streams.passed(number):
            # closed implicitly by a higher number (RFC 9113 5.1.1), or forgotten since
            stream = Stream(number, State.CLOSED, doubtful=True)
        return stream

    def add(self, stream: Stream) -> None:
        """A stream was opened or reserved."""
        forgotten = self.streams.add(stream)
        if forgotten is not None:
            self._release(forgotten)

    def move(self, stream: Stream, who: Direction, event: Event, frame: Frame, out: Outcome) -> bool:
        """Take a transition of the stream; a remark and False where it is not legal."""
        following = MOVES.get((stream.state, who, event))
        if following is None:
            if stream.doubtful or stream.reset_by is who.opposite:
                # who reset the stream must put up with what was on its way (RFC 9113 5.1, "closed")
                return stream.state is not State.CLOSED
            code = "PROTOCOL_ERROR" if stream.state in (State.IDLE, State.RESERVED) else "STREAM_CLOSED"
            by = "client" if who is CLIENT else "server"
            text = f"{code}: {event.value} from the {by} on stream {stream.number}, which is {stream.state.value}"
            out.note(Severity.ERROR, text, "RFC 9113 5.1", 0, len(frame.raw))
            return False
        stream.state = following
        if following is State.CLOSED:
            self._close(stream)
        else:
            self.streams.activate(stream)
        return True

    def _close(self, stream: Stream) -> None:
        self._release(stream)
        self.streams.close(stream)

    def _release(self, stream: Stream) -> None:
        """What the stream kept is gone."""
        for half in stream.halves:
            if half.body is not None:
                half.body.release(self.purse)
                half.body = None
            self.purse.room += len(half.early)
            half.early.clear()
