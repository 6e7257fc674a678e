"""The client's control stream: which frames it may have, and what they may say (RFC 9114 6.2.1, 7.2).

Priorities (RFC 9218) are read like any other extension: not at all.
"""

from collections.abc import Callable

from workbench.api import read_varint
from workbench_http3.names import HTTP2_FRAMES, HTTP2_SETTINGS, Setting, Type
from workbench_http3.server_budgets import Budgets
from workbench_http3.server_cutter import Cutter, Fate, Piece
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode

__all__ = ["Control"]

MAX_SETTINGS = 4_096
"""Bytes of a SETTINGS frame: a client that says everything there is to say needs fifty."""

_ELSEWHERE = HTTP2_FRAMES.keys() | {Type.DATA, Type.HEADERS, Type.PUSH_PROMISE}
_NUMBERS = (Type.CANCEL_PUSH, Type.GOAWAY, Type.MAX_PUSH_ID)
_SWITCHES = (Setting.ENABLE_CONNECT_PROTOCOL, Setting.H3_DATAGRAM)


class Control:
    """`learn` is told the client's settings."""

    def __init__(self, budgets: Budgets, learn: Callable[[dict[int, int]], None]) -> None:
        self._learn = learn
        self._budgets = budgets
        self._cutter = Cutter(self._admit)
        self._greeted = False
        self._farewell: int | None = None
        self._pushes = 0

    def receive(self, data: bytes) -> None:
        """Bytes behind the stream's type. Raises `ConnectionFault`."""
        self._cutter.feed(data)
        while (piece := self._cutter.next()) is not None:
            self._act(piece)

    def _admit(self, kind: int, size: int) -> Fate:
        if not self._greeted and kind != Type.SETTINGS:
            raise ConnectionFault(ErrorCode.H3_MISSING_SETTINGS, "the first frame is not SETTINGS (RFC 9114 6.2.1)")
        if kind in _ELSEWHERE:
            raise ConnectionFault(ErrorCode.H3_FRAME_UNEXPECTED, f"frame {kind:#x} on the control stream (RFC 9114 7.2)")
        if kind == Type.SETTINGS:
            if self._greeted:
                raise ConnectionFault(ErrorCode.H3_FRAME_UNEXPECTED, "SETTINGS for the second time (RFC 9114 7.2.4)")
            if size > MAX_SETTINGS:
                raise ConnectionFault(ErrorCode.H3_EXCESSIVE_LOAD, f"SETTINGS of {size} bytes")
            self._greeted = True
            return Fate.WHOLE
        if kind in _NUMBERS:
            self._budgets.spend("control frames")
            if not 1 <= size <= 8:
                raise ConnectionFault(ErrorCode.H3_FRAME_ERROR, f"{Type(kind).name} of {size} bytes (RFC 9114 7.1)")
            return Fate.WHOLE
        self._budgets.spend("unknown frames")
        return Fate.SKIPPED

    def _act(self, piece: Piece) -> None:
        if piece.type == Type.SETTINGS:
            self._learn(_settings(piece.payload))
            return
        number = read_varint(piece.payload)
        if number is None or number[1] != len(piece.payload):
            raise ConnectionFault(ErrorCode.H3_FRAME_ERROR, f"{Type(piece.type).name} is not one number (RFC 9114 7.1)")
        if piece.type == Type.GOAWAY:
            self._goaway(number[0])
        elif piece.type == Type.MAX_PUSH_ID:
            self._max_push_id(number[0])
        else:
            raise ConnectionFault(ErrorCode.H3_ID_ERROR, f"push {number[0]} was never promised (RFC 9114 7.2.3)")

    def _goaway(self, push: int) -> None:
        if self._farewell is not None and push > self._farewell:
            raise ConnectionFault(ErrorCode.H3_ID_ERROR, f"GOAWAY {push} behind GOAWAY {self._farewell} (RFC 9114 5.2)")
        self._farewell = push

    def _max_push_id(self, push: int) -> None:
        if push < self._pushes:
            raise ConnectionFault(ErrorCode.H3_ID_ERROR, f"MAX_PUSH_ID {push} behind {self._pushes} (RFC 9114 7.2.7)")
        self._pushes = push


def _settings(payload: bytes) -> dict[int, int]:
    found: dict[int, int] = {}
    at = 0
    while at < len(payload):
        name = read_varint(payload, at)
        value = None if name is None else read_varint(payload, name[1])
        if name is None or value is None:
            raise ConnectionFault(ErrorCode.H3_FRAME_ERROR, "SETTINGS end inside a setting (RFC 9114 7.1)")
        at = value[1]
        if name[0] in found or name[0] in HTTP2_SETTINGS:
            raise ConnectionFault(ErrorCode.H3_SETTINGS_ERROR, f"setting {name[0]:#x} twice, or HTTP/2's (RFC 9114 7.2.4)")
        if name[0] in _SWITCHES and value[0] > 1:
            raise ConnectionFault(
                ErrorCode.H3_SETTINGS_ERROR, f"{Setting(name[0]).name} of {value[0]} (RFC 9220 3, RFC 9297 2.1.1)"
            )
        found[name[0]] = value[0]
    return found
