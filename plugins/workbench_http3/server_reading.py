"""The frames of request streams: which may come when, and what they are for (RFC 9114 4.1, 7.2)."""

from collections.abc import Callable

from workbench_http3.names import HTTP2_FRAMES, Type
from workbench_http3.server_budgets import Budgets
from workbench_http3.server_cutter import Fate
from workbench_http3.server_faults import ConnectionFault, StreamFault
from workbench_http3.server_fields import Fields, judge_request, judge_trailers
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_qpack import Blocked, QpackDecoder
from workbench_http3.server_requests import Requests
from workbench_http3.server_streams import Stream

__all__ = ["MAX_SECTION", "Reading"]

MAX_SECTION = 65_536
"""Bytes of one encoded field section, 431 beyond: coding makes fields shorter, and even longer ones fit twice."""

_ELSEWHERE = HTTP2_FRAMES.keys() | {
    Type.CANCEL_PUSH,
    Type.SETTINGS,
    Type.PUSH_PROMISE,
    Type.GOAWAY,
    Type.MAX_PUSH_ID,
    Type.PRIORITY_UPDATE,
    Type.PRIORITY_UPDATE_PUSH,
}
"""RFC 9114 7.2, RFC 9218 7.2: on control streams only, from servers only, or never."""


class Reading:
    """Reads requests of one connection: fields with `qpack`, content for `requests`. `open` says whether a stream is still of interest."""

    def __init__(self, qpack: QpackDecoder, budgets: Budgets, requests: Requests, is_open: Callable[[Stream], bool]) -> None:
        self._qpack = qpack
        self._budgets = budgets
        self._requests = requests
        self._is_open = is_open

    def admit(self, stream: Stream, kind: int, size: int) -> Fate:
        """Judge a frame by its type and length. Raises `ConnectionFault`."""
        if kind in _ELSEWHERE:
            raise ConnectionFault(ErrorCode.H3_FRAME_UNEXPECTED, f"frame {kind:#x} on a request stream (RFC 9114 7.2)")
        if kind == Type.DATA:
            if not stream.asked or stream.trailed:
                raise ConnectionFault(ErrorCode.H3_FRAME_UNEXPECTED, "DATA without a request before it (RFC 9114 4.1)")
            if not size:
                self._budgets.spend("empty frames")
            return Fate.PIECES
        if kind == Type.HEADERS:
            return self._admit_fields(stream, size)
        self._budgets.spend("unknown frames")
        return Fate.SKIPPED

    def _admit_fields(self, stream: Stream, size: int) -> Fate:
        if stream.trailed or stream.tunnel is not None:
            raise ConnectionFault(
                ErrorCode.H3_FRAME_UNEXPECTED, "HEADERS behind the trailers, or in a tunnel (RFC 9114 4.1, 4.4)"
            )
        if size <= MAX_SECTION:
            return Fate.WHOLE
        self._qpack.cancel(stream.number)
        self._too_large(stream)
        return Fate.SKIPPED

    def read(self, stream: Stream) -> None:
        """Act on what has come, as far as it can be read. Raises `ConnectionFault` and `StreamFault`."""
        if stream.blocked is not None:
            self._section(stream, stream.blocked)
        while stream.blocked is None and self._is_open(stream):
            piece = stream.cutter.next()
            if piece is None:
                break
            if piece.type == Type.HEADERS:
                self._section(stream, piece.payload)
            else:
                self._data(stream, piece.payload)
        if stream.ended and stream.blocked is None and self._is_open(stream):
            self._end(stream)

    def _data(self, stream: Stream, payload: bytes) -> None:
        stream.received += len(payload)
        if stream.declared is not None and stream.tunnel is None and stream.received > stream.declared:
            raise StreamFault(ErrorCode.H3_MESSAGE_ERROR, "more content than content-length says (RFC 9114 4.1.2)")
        self._requests.receive(stream, payload)

    def _section(self, stream: Stream, payload: bytes) -> None:
        section = self._qpack.section(stream.number, payload)
        if isinstance(section, Blocked):
            stream.blocked, stream.required = payload, section.required
            return
        stream.blocked = None
        if not section.whole:
            self._too_large(stream)
        elif stream.asked:
            stream.trailed = True
            judge_trailers(section.fields)
        else:
            self._ask(stream, section.fields)

    def _ask(self, stream: Stream, fields: Fields) -> None:
        stream.asked = True
        stream.ask(fields, judge_request(fields))
        self._requests.begin(stream, more=not stream.ended or stream.cutter.inside)

    def _too_large(self, stream: Stream) -> None:
        """Header or trailer fields that are not read to their end."""
        stream.trailed = stream.asked
        stream.asked = True
        if not stream.status:
            self._requests.refuse(stream, 431, "the header fields are too large\n")

    def _end(self, stream: Stream) -> None:
        if stream.cutter.inside:
            raise ConnectionFault(ErrorCode.H3_FRAME_ERROR, "the stream ends inside a frame (RFC 9114 7.1)")
        if not stream.asked:
            raise StreamFault(ErrorCode.H3_REQUEST_INCOMPLETE, "the stream ends without a request (RFC 9114 4.1)")
        if stream.declared is not None and stream.tunnel is None and stream.received < stream.declared:
            raise StreamFault(ErrorCode.H3_MESSAGE_ERROR, "less content than content-length says (RFC 9114 4.1.2)")
        stream.arriving = False
        self._requests.complete(stream)
