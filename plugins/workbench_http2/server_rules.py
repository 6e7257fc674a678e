"""What a frame must look like whatever the state of the connection: its stream, its length, its padding (RFC 9113 section 6).

Raises the faults of `server_faults`. Unknown frame types have no rules but their length (RFC 9113 4.1, 5.5).
"""

from typing import NamedTuple

from workbench_http2.server_faults import ConnectionFault, StreamFault
from workbench_http2.server_frames import (
    ACK,
    DEFAULT_FRAME,
    MAX_WINDOW,
    PADDED,
    PRIORITY,
    ErrorCode,
    Frame,
    FrameType,
    SettingId,
)

__all__ = ["check_frame", "check_length", "check_settings", "unpadded"]

MAX_TABLE = 65_536
"""Bytes of our encoder's dynamic table: a client may offer four gigabytes, we need not use them (RFC 7541 4.2)."""


class _Rule(NamedTuple):
    """`on_stream`: whether it belongs to a stream, None for both. `size`: (least, most) bytes of payload."""

    on_stream: bool | None
    size: tuple[int, int] = (0, DEFAULT_FRAME)


_RULES = {
    FrameType.DATA: _Rule(True),
    FrameType.HEADERS: _Rule(True),
    FrameType.PRIORITY: _Rule(True, (5, 5)),
    FrameType.RST_STREAM: _Rule(True, (4, 4)),
    FrameType.SETTINGS: _Rule(False),
    FrameType.PING: _Rule(False, (8, 8)),
    FrameType.GOAWAY: _Rule(False, (8, DEFAULT_FRAME)),
    FrameType.WINDOW_UPDATE: _Rule(None, (4, 4)),
    FrameType.CONTINUATION: _Rule(True),
}

_LARGEST = {
    SettingId.ENABLE_PUSH: (1, ErrorCode.PROTOCOL_ERROR),
    SettingId.INITIAL_WINDOW_SIZE: (MAX_WINDOW, ErrorCode.FLOW_CONTROL_ERROR),
    SettingId.MAX_FRAME_SIZE: (2**24 - 1, ErrorCode.PROTOCOL_ERROR),
    SettingId.ENABLE_CONNECT_PROTOCOL: (1, ErrorCode.PROTOCOL_ERROR),
    SettingId.NO_RFC7540_PRIORITIES: (1, ErrorCode.PROTOCOL_ERROR),
}


def check_length(length: int) -> None:
    """A frame longer than we announced: the connection ends, as its bytes are not waited for (RFC 9113 4.2)."""
    if length > DEFAULT_FRAME:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"a frame of {length} bytes")


def check_frame(frame: Frame) -> None:
    """Stream and length of a frame."""
    check_length(len(frame.payload))
    if frame.type == FrameType.PUSH_PROMISE:
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a client cannot push (RFC 9113 8.4)")
    rule = _RULES.get(frame.type)  # type: ignore[call-overload]  # any number may be asked for
    if rule is None:
        return
    if rule.on_stream is not None and rule.on_stream != bool(frame.stream):
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"{FrameType(frame.type).name} on stream {frame.stream}")
    if not rule.size[0] <= len(frame.payload) <= rule.size[1]:
        text = f"{FrameType(frame.type).name} of {len(frame.payload)} bytes"
        if frame.type == FrameType.PRIORITY:
            raise StreamFault(frame.stream, ErrorCode.FRAME_SIZE_ERROR, text)  # RFC 9113 6.3
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, text)


def unpadded(frame: Frame) -> bytes:
    """The payload of DATA or HEADERS without padding and priority (RFC 9113 6.1, 6.2)."""
    payload = frame.payload
    if frame.flags & PADDED:
        if not payload:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "no room for the length of the padding")
        if payload[0] >= len(payload):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "more padding than frame")
        payload = payload[1 : len(payload) - payload[0]]
    if frame.type == FrameType.HEADERS and frame.flags & PRIORITY:
        if len(payload) < 5:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "no room for the priority")
        payload = payload[5:]
    return payload


def check_settings(frame: Frame) -> list[tuple[int, int]]:
    """The settings of a frame in order, as our encoder may use them; empty for an acknowledgment (RFC 9113 6.5)."""
    if len(frame.payload) % 6 or (frame.flags & ACK and frame.payload):
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"SETTINGS of {len(frame.payload)} bytes")
    found = []
    for start in range(0, len(frame.payload), 6):
        name = int.from_bytes(frame.payload[start : start + 2], "big")
        value = int.from_bytes(frame.payload[start + 2 : start + 6], "big")
        largest, code = _LARGEST.get(name, (2**32 - 1, ErrorCode.PROTOCOL_ERROR))  # type: ignore[call-overload]
        if value > largest or (name == SettingId.MAX_FRAME_SIZE and value < DEFAULT_FRAME):
            raise ConnectionFault(code, f"{SettingId(name).name} of {value}")
        found.append((name, min(value, MAX_TABLE) if name == SettingId.HEADER_TABLE_SIZE else value))
    return found
