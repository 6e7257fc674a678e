"""One direction of one stream cut into pieces: its head, frames, QPACK instructions, and what is none of these.

Knows lengths, and nothing of what pieces mean. Equal bytes give equal pieces, however they arrive. A frame that lost bytes keeps what came
before the loss; one that is longer than is kept loses its end. Behind a loss that no length spans nothing can be found again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from workbench.api import read_varint
from workbench_http3.limits import OPAQUE
from workbench_http3.names import StreamType, Type
from workbench_http3.qpack_instructions import Instruction, read_decoder, read_encoder
from workbench_http3.qpack_literals import BrokenError, ShortError

__all__ = ["Kind", "Piece", "Wire", "read_head"]


class Kind(Enum):
    """What a piece is."""

    HEAD = "the type of a unidirectional stream, with the number behind it that some types have"
    SIGNAL = "the type and session that begin a bidirectional stream of WebTransport"
    FRAME = "a frame"
    INSTRUCTION = "an instruction of QPACK"
    BROKEN = "what follows where no instruction can begin"
    OPAQUE = "bytes of a stream without frames"
    REST = "the end of a frame that began where the connection was before"
    LOST = "bytes behind a loss, or none"


@dataclass(frozen=True, slots=True)
class Piece:
    """`[start, end)` of the stream; `raw` is what is kept of it, `lost` counts bytes of it that were not captured."""

    kind: Kind
    start: int
    end: int
    raw: bytes
    lost: int = 0
    instruction: Instruction | None = None
    trouble: BrokenError | None = None


class _Mode(Enum):
    HEAD = "the type of the stream comes first"
    FIRST = "a frame comes first, or the signal of WebTransport"
    FRAMES = "frames follow each other"
    ENCODER = "instructions of an encoder"
    DECODER = "instructions of a decoder"
    OPAQUE = "no frames"
    LOST = "nobody knows"
    FOREIGN = "somebody else goes on"


_MODES: Mapping[int, _Mode] = {
    StreamType.CONTROL: _Mode.FRAMES,
    StreamType.PUSH: _Mode.FRAMES,
    StreamType.ENCODER: _Mode.ENCODER,
    StreamType.DECODER: _Mode.DECODER,
    StreamType.WEBTRANSPORT: _Mode.FOREIGN,
}
"""What follows the head, by the type in it; opaque bytes otherwise."""

_NUMBERED = (StreamType.PUSH, StreamType.WEBTRANSPORT)
"""Types with a second number in their head: a push ID (RFC 9114 6.2.2), a session."""

_READERS: Mapping[_Mode, Callable[[bytes, int], Instruction]] = {_Mode.ENCODER: read_encoder, _Mode.DECODER: read_decoder}


def read_head(data: bytes | bytearray, at: int = 0) -> tuple[int, int, int] | None:
    """Type, length, and where the payload begins, of the frame at an offset (RFC 9114 7.1); None where bytes are missing."""
    kind = read_varint(data, at)  # type: ignore[arg-type]
    length = read_varint(data, kind[1]) if kind is not None else None  # type: ignore[arg-type]
    return (kind[0], length[0], length[1]) if kind is not None and length is not None else None


class Wire:
    """Feed it with `lose` and `add`, ask for `pieces`, end it with `finish`. `keep` bounds the bytes of one frame."""

    __slots__ = ("_data", "_held", "_keep", "_mode", "_needed", "_skip", "_start")

    def __init__(self, keep: int, *, unidirectional: bool) -> None:
        self._keep = max(keep, OPAQUE)
        self._data = bytearray()
        self._start = 0
        """Stream offset of `_data[0]`."""
        self._mode = _Mode.HEAD if unidirectional else _Mode.FIRST
        self._needed = 1
        """With fewer bytes of data there is no next piece."""
        self._held: Piece | None = None
        """A frame of which no more is kept; `_skip` bytes of it are still to come."""
        self._skip = 0

    @property
    def foreign(self) -> bool:
        """Whether what follows belongs to somebody else, who finds it in `rest`."""
        return self._mode is _Mode.FOREIGN

    @property
    def waiting(self) -> int:
        """Bytes that are in no piece yet."""
        return len(self._data) + (len(self._held.raw) if self._held is not None else 0)

    def begin(self, offset: int) -> None:
        """Where the stream begins."""
        self._start = offset
        if self._held is not None:
            self._held = Piece(Kind.REST, offset, offset + self._skip, b"")

    def successor(self) -> "Wire":
        """A wire that goes on behind the bytes of this one, at an offset of its own. Where these end within something, it passes over the
        rest of that if its length is known, and is adrift otherwise."""
        found = Wire(self._keep, unidirectional=False)
        found._mode = self._mode
        if self._held is not None:
            found._skip = self._skip
        elif self._data and self._mode is _Mode.FRAMES:
            head = read_head(self._data)
            if head is None:
                found.drift()
            else:
                found._skip = head[2] + head[1] - len(self._data)
        elif self._data and self._mode is not _Mode.OPAQUE:
            found.drift()
        if found._skip:
            found._held = Piece(Kind.REST, 0, found._skip, b"")
        return found

    def drift(self) -> None:
        """What lies before was not seen: nobody knows what begins here."""
        self._mode = _Mode.LOST

    def add(self, data: bytes) -> None:
        """The next bytes."""
        if self._skip:
            data = data[self._pass(len(data)) :]
        self._data += data

    @property
    def patience(self) -> int:
        """How many more bytes complete nothing."""
        if self._mode is not _Mode.FRAMES or self._held is not None:
            return 0
        return max(0, self._needed - 1 - len(self._data))

    def rest(self) -> tuple[int, bytes]:
        """What is left for somebody else, with its offset; it is gone then."""
        data = bytes(self._data)
        start = self._start
        self._data.clear()
        self._start += len(data)
        return start, data

    def let_go(self) -> None:
        """From here on it is somebody else's stream."""
        self._mode = _Mode.FOREIGN

    def lose(self, size: int) -> Iterator[Piece]:
        """Bytes were lost behind those that were added; gives what that ends."""
        yield from self.pieces()
        if self._held is None and self._mode in (_Mode.FIRST, _Mode.FRAMES) and read_head(self._data) is not None:
            self._hold(len(self._data))
        if self._held is not None:
            lost = self._pass(size)
            size -= lost
            self._held = replace(self._held, lost=self._held.lost + lost)
            yield from self.pieces()
        if size:
            opaque = self._mode is _Mode.OPAQUE
            piece = self._take(Kind.LOST, len(self._data))
            self._start += size
            yield replace(piece, end=self._start, lost=size)
            self._mode = _Mode.OPAQUE if opaque else _Mode.LOST
            self._needed = OPAQUE

    def finish(self) -> Iterator[Piece]:
        """No more bytes; gives what is left."""
        yield from self.pieces()
        if self._mode is _Mode.FOREIGN:
            return
        if self._held is not None:
            held, self._held, self._skip = self._held, None, 0
            if held.kind is not Kind.REST or self._start > held.start:
                yield replace(held, end=self._start)
        elif self._data:
            kinds = {_Mode.OPAQUE: Kind.OPAQUE, _Mode.LOST: Kind.LOST, _Mode.HEAD: Kind.HEAD}
            kind = kinds.get(self._mode, Kind.BROKEN if self._mode in _READERS else Kind.FRAME)
            yield self._take(kind, len(self._data))

    def pieces(self) -> Iterator[Piece]:
        """Everything that is complete."""
        while True:
            mode = self._mode
            if mode is _Mode.FRAMES:
                yield from self._frames()
            elif mode in _READERS:
                yield from self._instructions(_READERS[mode])
            elif mode in (_Mode.OPAQUE, _Mode.LOST):
                yield from self._runs(Kind.OPAQUE if mode is _Mode.OPAQUE else Kind.LOST)
            elif mode is _Mode.HEAD:
                yield from self._head()
            elif mode is _Mode.FIRST:
                yield from self._first()
            if self._mode is mode:
                return

    def _take(self, kind: Kind, size: int) -> Piece:
        raw = bytes(self._data[:size])
        del self._data[:size]
        start = self._start
        self._start += size
        return Piece(kind, start, self._start, raw)

    def _pass(self, size: int) -> int:
        """Go over bytes of the held frame, as far as it reaches."""
        size = min(size, self._skip)
        self._skip -= size
        self._start += size
        return size

    def _head(self) -> Iterator[Piece]:
        data = bytes(self._data[:16])
        kind = read_varint(data)
        if kind is None:
            return
        number = read_varint(data, kind[1]) if kind[0] in _NUMBERED else kind
        if number is None:
            return
        self._mode = _MODES.get(kind[0], _Mode.OPAQUE)
        self._needed = OPAQUE if self._mode is _Mode.OPAQUE else 1
        yield self._take(Kind.HEAD, number[1])

    def _first(self) -> Iterator[Piece]:
        kind = read_varint(bytes(self._data[:8]))
        if kind is None:
            return
        if kind[0] != Type.WEBTRANSPORT_STREAM:
            self._mode = _Mode.FRAMES
            return
        session = read_varint(bytes(self._data[:16]), kind[1])
        if session is not None:
            self._mode = _Mode.FOREIGN
            yield self._take(Kind.SIGNAL, session[1])

    def _frames(self) -> Iterator[Piece]:
        if self._held is not None:
            if self._skip:
                return
            held, self._held = self._held, None
            yield held
        data = self._data
        at, size, start, keep = 0, len(data), self._start, self._keep
        if size < self._needed:
            return
        self._needed = 1
        while size > at:
            head = read_head(data, at)
            if head is None:
                break
            total = head[2] - at + head[1]
            if at + total > size or total > keep:
                self._needed = min(total, keep)
                break
            yield Piece(Kind.FRAME, start + at, start + at + total, bytes(data[at : at + total]))
            at += total
        if at:
            del data[:at]
            self._start = start + at
        if self._needed >= keep and len(data) >= keep:
            self._hold(keep)
            yield from self._frames()

    def _hold(self, keep: int) -> None:
        """Keep the first bytes of the current frame and go over the others."""
        head = read_head(self._data)
        assert head is not None
        total = head[2] + head[1]
        start = self._start
        self._held = Piece(Kind.FRAME, start, start + total, bytes(self._data[:keep]))
        rest = bytes(self._data[keep:])
        self._data.clear()
        self._start += keep
        self._skip = total - keep
        self._needed = 1
        self.add(rest)

    def _instructions(self, read: Callable[[bytes, int], Instruction]) -> Iterator[Piece]:
        if len(self._data) < self._needed:
            return
        self._needed = 1
        data, at, start = bytes(self._data), 0, self._start
        try:
            while at < len(data):
                found = read(data, at)
                end = at + found.size
                yield Piece(Kind.INSTRUCTION, start + at, start + end, data[at:end], instruction=found)
                at = end
        except ShortError as error:
            self._needed = error.needed - at
        except BrokenError as error:
            self._mode = _Mode.LOST
            yield Piece(Kind.BROKEN, start + at, start + at + 1, data[at : at + 1], trouble=error)
            at += 1
            self._needed = OPAQUE
        del self._data[:at]
        self._start = start + at

    def _runs(self, kind: Kind) -> Iterator[Piece]:
        while len(self._data) >= OPAQUE:
            yield self._take(kind, OPAQUE)
