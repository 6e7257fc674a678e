"""Where a walk through one packet's headers stands, and the layers it has found. The walk itself is `captures.peel`."""

from dataclasses import dataclass, field

from captures.fragments import Assembler, Piece
from captures.pairs import NOBODY

__all__ = ["Cursor", "Layer"]


@dataclass(slots=True)
class Layer:
    """One header: bytes `[start, payload)` of its buffer; what it carries ends at `end`. Both may lie beyond a buffer that was cut.

    `version`, `source` and `destination` are the addresses in force (kind as in `captures.pairs`). `ports` is set by TCP and UDP.
    `broken` says in words why nothing follows. `quoted` layers stand inside an ICMP error, `part` layers in the first fragment of a
    datagram that could not be put together.
    """

    kind: str
    buffer: int
    start: int
    payload: int
    end: int
    version: int = NOBODY
    source: bytes = b""
    destination: bytes = b""
    protocol: int = 0
    ports: tuple[int, int] | None = None
    broken: str = ""
    quoted: bool = False
    part: bool = False


@dataclass(slots=True)
class Cursor:
    """The state that steps read and move: the rest of the packet is `data[at:end]`, as far as it was captured."""

    data: bytes
    end: int
    origin: tuple[Piece, ...]
    fragments: Assembler | None
    at: int = 0
    version: int = NOBODY
    source: bytes = b""
    destination: bytes = b""
    protocol: int = 0
    quoted: bool = False
    part: bool = False
    """What follows is the beginning of a datagram only."""
    layers: list[Layer] = field(default_factory=list)
    buffers: list[bytes] = field(default_factory=list)
    pieces: list[tuple[Piece, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.buffers.append(self.data)
        self.pieces.append(self.origin)

    @property
    def room(self) -> int:
        """Bytes that are there and belong to the current layer."""
        return min(len(self.data), self.end) - self.at

    def u8(self, offset: int) -> int:
        """One byte at `offset` from here; the caller has checked `room`."""
        return self.data[self.at + offset]

    def u16(self, offset: int) -> int:
        """Two bytes, big-endian."""
        return self.data[self.at + offset] << 8 | self.data[self.at + offset + 1]

    def u32(self, offset: int) -> int:
        """Four bytes, big-endian."""
        return int.from_bytes(self.data[self.at + offset : self.at + offset + 4], "big")

    def take(self, kind: str, length: int) -> Layer:
        """Note a header of `length` bytes here and step behind it."""
        layer = self._layer(kind, self.at + length)
        self.at += length
        return layer

    def stop(self, kind: str, why: str) -> str:
        """Note a header that cannot be read; nothing follows it."""
        layer = self._layer(kind, min(len(self.data), max(self.at, self.end)))
        layer.broken = why
        return ""

    def cut(self, kind: str) -> str:
        """`stop` for a header that is not there completely."""
        return self.stop(kind, "the header is cut short")

    def limit(self, length: int) -> None:
        """What follows has at most `length` bytes."""
        self.end = min(self.end, self.at + length)

    def enter(self, data: bytes, pieces: tuple[Piece, ...]) -> None:
        """Go on in another buffer, a reassembled datagram."""
        self.data, self.at, self.end = data, 0, len(data)
        self.buffers.append(data)
        self.pieces.append(pieces)

    def _layer(self, kind: str, payload: int) -> Layer:
        layer = Layer(
            kind,
            len(self.buffers) - 1,
            self.at,
            payload,
            self.end,
            self.version,
            self.source,
            self.destination,
            self.protocol,
            quoted=self.quoted,
            part=self.part,
        )
        self.layers.append(layer)
        return layer
