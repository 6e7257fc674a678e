"""What frames say, without their fields: small values for whoever follows a connection.

Each begins with `kind` (the frame type as on the wire) and `[start, end)`, its place in the packet's payload.
"""

from typing import NamedTuple

__all__ = [
    "Ack",
    "Close",
    "Crypto",
    "DatagramData",
    "Item",
    "NewConnectionId",
    "Numbers",
    "PathData",
    "Plain",
    "Stream",
    "Token",
    "Unknown",
]


class Plain(NamedTuple):
    """PADDING (a run of it is one), PING, HANDSHAKE_DONE, IMMEDIATE_ACK."""

    kind: int
    start: int
    end: int


class Numbers(NamedTuple):
    """Frames of numbers only, in wire order: RESET_STREAM (stream, code, final size), STOP_SENDING (stream, code), MAX_DATA (bytes),
    MAX_STREAM_DATA (stream, bytes), MAX_STREAMS (streams), the BLOCKED ones likewise, RETIRE_CONNECTION_ID (sequence), RESET_STREAM_AT
    (stream, code, final size, reliable size), ACK_FREQUENCY, TIMESTAMP."""

    kind: int
    start: int
    end: int
    values: tuple[int, ...]


class Ack(NamedTuple):
    """ACK, with or without ECN counts. `ranges` are (lowest, highest) pairs, the latest first; `broken`: they went below zero;
    `complete`: all of them are here."""

    kind: int
    start: int
    end: int
    largest: int
    delay: int
    ranges: tuple[tuple[int, int], ...]
    ecn: tuple[int, ...] = ()
    broken: bool = False
    complete: bool = True


class Crypto(NamedTuple):
    """CRYPTO."""

    kind: int
    start: int
    end: int
    offset: int
    data: bytes


class Stream(NamedTuple):
    """STREAM."""

    kind: int
    start: int
    end: int
    stream: int
    offset: int
    data: bytes
    fin: bool


class Token(NamedTuple):
    """NEW_TOKEN."""

    kind: int
    start: int
    end: int
    token: bytes


class NewConnectionId(NamedTuple):
    """NEW_CONNECTION_ID."""

    kind: int
    start: int
    end: int
    sequence: int
    retire_prior_to: int
    cid: bytes
    token: bytes


class PathData(NamedTuple):
    """PATH_CHALLENGE and PATH_RESPONSE."""

    kind: int
    start: int
    end: int
    data: bytes


class Close(NamedTuple):
    """CONNECTION_CLOSE; `frame_type` is None in the application's own."""

    kind: int
    start: int
    end: int
    code: int
    frame_type: int | None
    reason: bytes


class DatagramData(NamedTuple):
    """DATAGRAM (RFC 9221)."""

    kind: int
    start: int
    end: int
    data: bytes


class Unknown(NamedTuple):
    """A type nobody knows: with the rest of the packet, for it does not say where it ends."""

    kind: int
    start: int
    end: int


Item = Plain | Numbers | Ack | Crypto | Stream | Token | NewConnectionId | PathData | Close | DatagramData | Unknown
