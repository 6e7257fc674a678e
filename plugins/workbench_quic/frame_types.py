"""Types of frames (RFC 9000 12.4 table 3, RFC 9221, drafts): what each is called, in which packets it may be, what it asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Protocol

from workbench_quic.levels import Level

__all__ = ["FRAME_TYPES", "FrameType", "Kinded", "Type", "allowed", "is_eliciting", "is_probing", "type_name"]


class Type(IntEnum):
    """STREAM, MAX_STREAMS and others take several numbers; the first one is named."""

    PADDING = 0x00
    PING = 0x01
    ACK = 0x02
    ACK_ECN = 0x03
    RESET_STREAM = 0x04
    STOP_SENDING = 0x05
    CRYPTO = 0x06
    NEW_TOKEN = 0x07
    STREAM = 0x08
    MAX_DATA = 0x10
    MAX_STREAM_DATA = 0x11
    MAX_STREAMS_BIDI = 0x12
    MAX_STREAMS_UNI = 0x13
    DATA_BLOCKED = 0x14
    STREAM_DATA_BLOCKED = 0x15
    STREAMS_BLOCKED_BIDI = 0x16
    STREAMS_BLOCKED_UNI = 0x17
    NEW_CONNECTION_ID = 0x18
    RETIRE_CONNECTION_ID = 0x19
    PATH_CHALLENGE = 0x1A
    PATH_RESPONSE = 0x1B
    CONNECTION_CLOSE = 0x1C
    CONNECTION_CLOSE_APP = 0x1D
    HANDSHAKE_DONE = 0x1E
    IMMEDIATE_ACK = 0x1F
    RESET_STREAM_AT = 0x24
    DATAGRAM = 0x30
    DATAGRAM_LEN = 0x31
    ACK_FREQUENCY = 0xAF
    TIMESTAMP = 0x02F5


@dataclass(frozen=True, slots=True)
class FrameType:
    """A row of table 3. `levels` has bit `1 << level` for each level whose packets may carry it; `eliciting`: it asks for an
    acknowledgement (not "N"); `probing`: it does not mean that the sender moved to this path ("P", 9.1)."""

    name: str
    levels: int
    section: str
    eliciting: bool = True
    probing: bool = False


def _levels(marks: str) -> int:
    """Table 3's own notation: I, H, 0, 1 where a packet may carry the frame, _ where not."""
    order = (Level.INITIAL, Level.HANDSHAKE, Level.EARLY, Level.ONE_RTT)
    return sum(1 << level for mark, level in zip(marks, order, strict=True) if mark != "_")


ACK_FREQUENCY = "draft-ietf-quic-ack-frequency"

_ROWS: tuple[tuple[int, str, str, str, str], ...] = (
    (Type.PADDING, "PADDING", "IH01", "NP", "RFC 9000 19.1"),
    (Type.PING, "PING", "IH01", "", "RFC 9000 19.2"),
    (Type.ACK, "ACK", "IH_1", "N", "RFC 9000 19.3"),
    (Type.ACK_ECN, "ACK_ECN", "IH_1", "N", "RFC 9000 19.3"),
    (Type.RESET_STREAM, "RESET_STREAM", "__01", "", "RFC 9000 19.4"),
    (Type.STOP_SENDING, "STOP_SENDING", "__01", "", "RFC 9000 19.5"),
    (Type.CRYPTO, "CRYPTO", "IH_1", "", "RFC 9000 19.6"),
    (Type.NEW_TOKEN, "NEW_TOKEN", "___1", "", "RFC 9000 19.7"),
    *((Type.STREAM + bits, "STREAM", "__01", "", "RFC 9000 19.8") for bits in range(8)),
    (Type.MAX_DATA, "MAX_DATA", "__01", "", "RFC 9000 19.9"),
    (Type.MAX_STREAM_DATA, "MAX_STREAM_DATA", "__01", "", "RFC 9000 19.10"),
    (Type.MAX_STREAMS_BIDI, "MAX_STREAMS (bidirectional)", "__01", "", "RFC 9000 19.11"),
    (Type.MAX_STREAMS_UNI, "MAX_STREAMS (unidirectional)", "__01", "", "RFC 9000 19.11"),
    (Type.DATA_BLOCKED, "DATA_BLOCKED", "__01", "", "RFC 9000 19.12"),
    (Type.STREAM_DATA_BLOCKED, "STREAM_DATA_BLOCKED", "__01", "", "RFC 9000 19.13"),
    (Type.STREAMS_BLOCKED_BIDI, "STREAMS_BLOCKED (bidirectional)", "__01", "", "RFC 9000 19.14"),
    (Type.STREAMS_BLOCKED_UNI, "STREAMS_BLOCKED (unidirectional)", "__01", "", "RFC 9000 19.14"),
    (Type.NEW_CONNECTION_ID, "NEW_CONNECTION_ID", "__01", "P", "RFC 9000 19.15"),
    (Type.RETIRE_CONNECTION_ID, "RETIRE_CONNECTION_ID", "__01", "", "RFC 9000 19.16"),
    (Type.PATH_CHALLENGE, "PATH_CHALLENGE", "__01", "P", "RFC 9000 19.17"),
    (Type.PATH_RESPONSE, "PATH_RESPONSE", "___1", "P", "RFC 9000 19.18"),
    (Type.CONNECTION_CLOSE, "CONNECTION_CLOSE", "IH01", "N", "RFC 9000 19.19"),
    (Type.CONNECTION_CLOSE_APP, "CONNECTION_CLOSE (application)", "__01", "N", "RFC 9000 19.19"),
    (Type.HANDSHAKE_DONE, "HANDSHAKE_DONE", "___1", "", "RFC 9000 19.20"),
    (Type.IMMEDIATE_ACK, "IMMEDIATE_ACK", "IH01", "", ACK_FREQUENCY),
    (Type.RESET_STREAM_AT, "RESET_STREAM_AT", "__01", "", "draft-ietf-quic-reliable-stream-reset"),
    (Type.DATAGRAM, "DATAGRAM", "__01", "", "RFC 9221 4"),
    (Type.DATAGRAM_LEN, "DATAGRAM", "__01", "", "RFC 9221 4"),
    (Type.ACK_FREQUENCY, "ACK_FREQUENCY", "__01", "", ACK_FREQUENCY),
    (Type.TIMESTAMP, "TIMESTAMP", "IH01", "NP", "draft-huitema-quic-ts"),
)

FRAME_TYPES: Mapping[int, FrameType] = MappingProxyType(
    {
        int(kind): FrameType(name, _levels(marks), section, "N" not in spec, "P" in spec)
        for kind, name, marks, spec, section in _ROWS
    }
)
"""Every type that is read, by number."""

_UNKNOWN = FrameType("unknown", _levels("IH01"), "RFC 9000 12.4")
_SILENT = frozenset(kind for kind, row in FRAME_TYPES.items() if not row.eliciting)
_PROBING = frozenset(kind for kind, row in FRAME_TYPES.items() if row.probing)


class Kinded(Protocol):
    """Anything that knows the number of its frame type."""

    @property
    def kind(self) -> int:
        """As on the wire."""
        ...


def type_name(kind: int) -> str:
    """What a frame type is called; the number for those nobody knows."""
    known = FRAME_TYPES.get(kind)
    return known.name if known is not None else f"unknown (0x{kind:x})"


def allowed(kind: int, level: Level) -> bool:
    """Whether packets of a level may carry a frame (12.4); types nobody knows may be anywhere."""
    return bool(FRAME_TYPES.get(kind, _UNKNOWN).levels >> level & 1)


def is_eliciting(frames: Iterable[Kinded]) -> bool:
    """Whether a packet with these frames asks for an acknowledgement (RFC 9002 2)."""
    for frame in frames:  # noqa: SIM110 - a generator costs as much again, for each packet
        if frame.kind not in _SILENT:
            return True
    return False


def is_probing(frames: Iterable[Kinded]) -> bool:
    """Whether a packet with these frames only probes a path (RFC 9000 9.1)."""
    return all(frame.kind in _PROBING for frame in frames)
