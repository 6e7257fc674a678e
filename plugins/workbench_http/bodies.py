"""Bodies put together from the DATA frames of one half of a stream, with one purse for the whole connection."""

from dataclasses import dataclass, field

from workbench_http.limits import MAX_BODIES, MAX_BODY, MAX_GRPC, MAX_SURPLUS, UNFOLDING

__all__ = ["Body", "GrpcMessage", "Purse"]

_GRPC_HEAD = 5
"""One byte of flag and four of length before each message of gRPC."""


@dataclass(slots=True)
class Purse:
    """What the unfinished bodies of a connection may still hold, and what finished ones may still unfold to beyond their share."""

    room: int = MAX_BODIES
    surplus: int = MAX_SURPLUS

    def share(self, size: int) -> int:
        """Bytes that a body of `size` may unfold to."""
        return UNFOLDING * size + self.surplus

    def spend(self, size: int, unfolded: int) -> None:
        """A body of `size` did unfold to so much."""
        self.surplus = max(0, self.surplus - max(0, unfolded - UNFOLDING * size))


@dataclass(frozen=True, slots=True)
class GrpcMessage:
    """A length-prefixed message: its five bytes of head and its content; `cut` where it is longer than is kept."""

    data: bytes
    compressed: int
    length: int
    cut: bool = False


@dataclass(slots=True)
class Body:
    """`frames` DATA frames gave `data`; `missing` bytes of them are not in it."""

    codings: list[bytes] = field(default_factory=list)
    content_type: bytes = b""
    data: bytearray = field(default_factory=bytearray)
    frames: int = 0
    missing: int = 0
    _skip: int = 0

    @property
    def is_grpc(self) -> bool:
        """Whether it is made of the length-prefixed messages of gRPC; `data` then holds only the message that is not yet complete."""
        return self.content_type.startswith(b"application/grpc") and not self.content_type.startswith(b"application/grpc-web")

    def add(self, data: bytes, missing: int, purse: Purse) -> None:
        """The content of a DATA frame, of which `missing` bytes were lost or cut."""
        self.frames += 1
        size = max(0, min(len(data), MAX_BODY - len(self.data), purse.room))
        self.data += data[:size]
        purse.room -= size
        self.missing += missing + len(data) - size

    def release(self, purse: Purse) -> None:
        """The body is over, its bytes are given out."""
        purse.room += len(self.data)
        self.data = bytearray()

    def messages(self, purse: Purse) -> list[GrpcMessage]:
        """The gRPC messages that are complete now, which are then gone from `data`; none any more once bytes are missing."""
        found: list[GrpcMessage] = []
        data = self.data
        at = min(self._skip, len(data))
        self._skip -= at
        while not self.missing and not self._skip and len(data) - at >= _GRPC_HEAD:
            length = int.from_bytes(data[at + 1 : at + _GRPC_HEAD], "big")
            end = at + _GRPC_HEAD + length
            if length > MAX_GRPC:
                found.append(GrpcMessage(bytes(data[at:end]), data[at], length, cut=end > len(data)))
                self._skip = max(0, end - len(data))
                end -= self._skip
            elif end > len(data):
                break
            else:
                found.append(GrpcMessage(bytes(data[at:end]), data[at], length))
            at = end
        del data[:at]
        purse.room += at
        return found
