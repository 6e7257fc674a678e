"""Streams: what each is for, and how far the messages on it have come (RFC 9114 4.1 and 6)."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from workbench.api import Direction
from workbench_http.bodies import Body
from workbench_http3.capsules import CapsuleReader
from workbench_http3.names import StreamType
from workbench_http3.wire import Piece, Wire

__all__ = ["CLIENT", "SERVER", "Half", "Role", "Stage", "Stream", "new_stream", "opener", "role_of", "unidirectional"]

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT
"""Sides, by the direction in which they send."""


class Role(Enum):
    """What a stream is for; the text is what people read."""

    REQUEST = "request stream"
    CONTROL = "control stream"
    PUSH = "push stream"
    ENCODER = "QPACK encoder stream"
    DECODER = "QPACK decoder stream"
    WEBTRANSPORT = "WebTransport stream"
    OTHER = "stream of another type"
    UNKNOWN = "stream whose type was not seen"


_ROLES: Mapping[int, Role] = {
    StreamType.CONTROL: Role.CONTROL,
    StreamType.PUSH: Role.PUSH,
    StreamType.ENCODER: Role.ENCODER,
    StreamType.DECODER: Role.DECODER,
    StreamType.WEBTRANSPORT: Role.WEBTRANSPORT,
}


def role_of(kind: int) -> Role:
    """The role of a unidirectional stream of that type."""
    return _ROLES.get(kind, Role.OTHER)


def unidirectional(number: int) -> bool:
    """Whether streams of this number carry bytes one way only (RFC 9000 2.1)."""
    return bool(number & 2)


def opener(number: int) -> Direction:
    """Who opens streams of this number (RFC 9000 2.1)."""
    return SERVER if number & 1 else CLIENT


class Stage(Enum):
    """How far the message of one half has come (RFC 9114 4.1)."""

    NOTHING = 0
    HEAD = 1
    TRAILERS = 2


_PIECE = 200
"""Bytes that a piece costs beside its own."""


@dataclass(slots=True)
class Half:
    """What one side says on a stream, its bytes still in `wire`; `held` are pieces that wait for inserts into the dynamic table."""

    wire: Wire
    stage: Stage = Stage.NOTHING
    held: deque[Piece] = field(default_factory=deque)
    weight: int = 0
    """What the held pieces cost."""
    expected: int | None = None
    """Content-Length, where the body must have that."""
    body: Body | None = None
    content: int = 0
    """Bytes of DATA."""
    lines: tuple[tuple[bytes, bytes], ...] = ()
    """The fields, kept where a tunnel may need them."""
    capsules: CapsuleReader | None = None
    lost: int = 0
    """Bytes inside a tunnel that were lost and not yet spoken of."""
    early: bytearray = field(default_factory=bytearray)
    """What was said into a tunnel that was not yet granted."""
    doubtful: bool = False
    """Bytes were not seen: rules about the past are silent."""
    frames: int = 0
    """Frames so far, those of reserved and unknown types included."""
    idle: int = 0
    """Frames in a row that carried nothing."""
    finished: bool = False
    """No more bytes will come; `ordered` says that its sender said so."""
    ordered: bool = False
    over: bool = False
    """Its end was spoken of."""

    def hold(self, pieces: Iterable[Piece]) -> None:
        """More pieces, behind those that are held."""
        for piece in pieces:
            self.held.append(piece)
            self.weight += _PIECE + len(piece.raw)

    def take(self) -> Piece:
        """The first piece, which is held no longer."""
        piece = self.held.popleft()
        self.weight -= _PIECE + len(piece.raw)
        return piece


@dataclass(slots=True)
class Stream:
    """One stream. `number` is -1 where nobody knows it."""

    number: int
    role: Role
    halves: tuple[Half, Half]
    method: bytes = b""
    protocol: bytes = b""
    """:protocol of an extended CONNECT (RFC 9220)."""
    tunnel: bool = False
    facts: dict[str, Any] | None = None
    answered: bool = False
    push_id: int | None = None
    moved: bool = False
    """It goes on in another flow."""

    def go_on(self) -> "Stream":
        """The same stream where the connection is now."""
        self.moved = True
        halves = [replace(half, wire=half.wire.successor(), held=deque(), weight=0) for half in self.halves]
        return replace(self, halves=(halves[0], halves[1]), moved=False)

    @property
    def waiting(self) -> bool:
        """Whether pieces wait for inserts."""
        return bool(self.halves[0].held or self.halves[1].held)


def new_stream(number: int, keep: int) -> Stream:
    """A stream of which nothing was seen yet."""
    single = unidirectional(number)
    halves = Half(Wire(keep, unidirectional=single)), Half(Wire(keep, unidirectional=single))
    return Stream(number, Role.UNKNOWN if single else Role.REQUEST, halves)
