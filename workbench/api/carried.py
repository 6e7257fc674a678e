"""What a transport with streams (QUIC) and the protocols that it carries say to each other: RFC 9000's own frames, in the clear.

A server whose `transport` is "quic" gets these frames as bytes and answers with them; so do its seeds and its checks. Who puts packets,
keys and acknowledgements around them is none of its business. Frames arrive complete and, within a stream, in order, so STREAM frames
carry no offset: data follow each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench.api.errors import FrameError

__all__ = [
    "CarriedFrame",
    "ConnectionClosed",
    "Datagram",
    "FrameReader",
    "StopSending",
    "StreamData",
    "StreamReset",
    "read_frame",
    "read_varint",
    "varint",
]

LONGEST_FRAME = 1 << 20
"""Bytes of data in one frame. Whoever has more to say uses several; a length beyond is a mistake or an attack."""

_RESET_STREAM, _STOP_SENDING, _STREAM, _CONNECTION_CLOSE, _DATAGRAM = 0x04, 0x05, 0x0A, 0x1D, 0x31
_FIN = 0x01
"""Bit of a STREAM frame's type; _STREAM has LEN and no OFF (RFC 9000 19.8)."""


@dataclass(frozen=True, slots=True)
class StreamData:
    """STREAM (RFC 9000 19.8): the next bytes of a stream; `end` says that they are its last in this direction."""

    stream: int
    data: bytes = field(default=b"", repr=False)
    end: bool = False

    def __bytes__(self) -> bytes:
        return varint(_STREAM | _FIN * self.end) + varint(self.stream) + varint(len(self.data)) + self.data


@dataclass(frozen=True, slots=True)
class StreamReset:
    """RESET_STREAM (19.4): its sender gives the stream up; `size` is how many bytes it had sent, where that is known."""

    stream: int
    code: int
    size: int = 0

    def __bytes__(self) -> bytes:
        return varint(_RESET_STREAM) + varint(self.stream) + varint(self.code) + varint(self.size)


@dataclass(frozen=True, slots=True)
class StopSending:
    """STOP_SENDING (19.5): its sender reads no more of the stream."""

    stream: int
    code: int

    def __bytes__(self) -> bytes:
        return varint(_STOP_SENDING) + varint(self.stream) + varint(self.code)


@dataclass(frozen=True, slots=True)
class Datagram:
    """DATAGRAM (RFC 9221 4): bytes outside of any stream, which may be lost."""

    data: bytes = field(repr=False)

    def __bytes__(self) -> bytes:
        return varint(_DATAGRAM) + varint(len(self.data)) + self.data


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """CONNECTION_CLOSE of the application (RFC 9000 19.19): the last frame of its sender."""

    code: int
    reason: bytes = b""

    def __bytes__(self) -> bytes:
        return varint(_CONNECTION_CLOSE) + varint(self.code) + varint(len(self.reason)) + self.reason


CarriedFrame = StreamData | StreamReset | StopSending | Datagram | ConnectionClosed


class FrameReader:
    """Cuts bytes into frames, in whatever pieces they come."""

    def __init__(self) -> None:
        self._rest = b""

    def receive(self, data: bytes) -> Iterator[CarriedFrame]:
        """The frames that are complete with these bytes. Raises `FrameError` where no such frame begins; the reader is of no use then."""
        self._rest += data
        at = 0
        while at < len(self._rest):
            found = read_frame(self._rest, at)
            if found is None:
                break
            frame, at = found
            yield frame
        self._rest = self._rest[at:]

    @property
    def waiting(self) -> int:
        """Bytes of a frame that is not yet complete."""
        return len(self._rest)


def read_frame(data: bytes, at: int = 0) -> tuple[CarriedFrame, int] | None:
    """The frame at an offset and where it ends, None where bytes are missing. Raises `FrameError` where no such frame begins."""
    kind = read_varint(data, at)
    if kind is None:
        return None
    if kind[0] & ~_FIN == _STREAM:
        return _with_data(data, kind[1], kind[0])
    if kind[0] == _DATAGRAM:
        return _with_data(data, kind[1], kind[0])
    if kind[0] == _CONNECTION_CLOSE:
        return _with_data(data, kind[1], kind[0])
    if kind[0] in (_RESET_STREAM, _STOP_SENDING):
        numbers = _numbers(data, kind[1], 3 if kind[0] == _RESET_STREAM else 2)
        if numbers is None:
            return None
        values, end = numbers
        return (StreamReset(*values) if kind[0] == _RESET_STREAM else StopSending(*values)), end
    raise FrameError(f"frame type {kind[0]:#x} is none that an application sends", place=f"byte {at}")


def _with_data(data: bytes, at: int, kind: int) -> tuple[CarriedFrame, int] | None:
    """STREAM, CONNECTION_CLOSE and DATAGRAM: perhaps a number, a length, and as many bytes."""
    numbers = _numbers(data, at, 1 if kind == _DATAGRAM else 2)
    if numbers is None:
        return None
    (*first, size), at = numbers
    if size > LONGEST_FRAME:
        raise FrameError(f"a frame of {size} bytes; {LONGEST_FRAME} are the limit", place=f"byte {at}")
    if at + size > len(data):
        return None
    rest = data[at : at + size]
    if kind == _DATAGRAM:
        return Datagram(rest), at + size
    if kind == _CONNECTION_CLOSE:
        return ConnectionClosed(first[0], rest), at + size
    return StreamData(first[0], rest, bool(kind & _FIN)), at + size


def _numbers(data: bytes, at: int, count: int) -> tuple[list[int], int] | None:
    values = []
    for _ in range(count):
        found = read_varint(data, at)
        if found is None:
            return None
        value, at = found
        values.append(value)
    return values, at


def read_varint(data: bytes, at: int = 0) -> tuple[int, int] | None:
    """The variable-length integer at an offset (RFC 9000 16) and where it ends; None where bytes are missing."""
    if at >= len(data):
        return None
    size = 1 << (data[at] >> 6)
    if at + size > len(data):
        return None
    return int.from_bytes(data[at : at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size


def varint(value: int) -> bytes:
    """The shortest encoding of a number below 2**62 (RFC 9000 16). Raises `ValueError` for others."""
    if not 0 <= value < 1 << 62:
        raise ValueError(f"{value} does not fit into a variable-length integer")
    size, mark = next((size, mark) for size, mark in ((1, 0), (2, 1), (4, 2), (8, 3)) if value < 1 << (8 * size - 2))
    return (value | mark << (8 * size - 2)).to_bytes(size, "big")
