"""HTTP/2 once it has begun: every frame of the client is judged against the connection's state, then acted on (RFC 9113 sections 5 and 6).

h2 is not as exact about errors as the RFC, so what it gets has been judged here: what is wrong with a frame by itself in
`server_rules.py`, with a stream's state in this file, with header fields in `server_fields.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from h2.events import StreamReset
from hpack import Decoder

from workbench_http2.server_budgets import Budgets
from workbench_http2.server_core import MAX_STREAMS, Core
from workbench_http2.server_faults import ConnectionFault, StreamFault
from workbench_http2.server_fields import (
    MAX_FIELDS,
    MAX_UNPACKED,
    Fields,
    decode_block,
    fields_size,
    judge_request,
    judge_trailers,
)
from workbench_http2.server_frames import (
    ACK,
    DEFAULT_WINDOW,
    END_HEADERS,
    END_STREAM,
    ErrorCode,
    Frame,
    FrameType,
    rst_stream,
    window_update,
)
from workbench_http2.server_requests import Requests
from workbench_http2.server_rules import check_frame, check_settings, unpadded
from workbench_http2.server_streams import Past, Stream

__all__ = ["Session"]

MAX_BLOCK = 131_072
"""Bytes of one packed header block: several times MAX_FIELDS, which nobody needs four times over."""

MAX_CONTINUATIONS = 32
"""Frames of one header block beyond the first: 8 full ones hold MAX_BLOCK; thousands of small ones are a known attack."""


@dataclass(slots=True)
class _Block:
    """A header block that is still coming."""

    stream: int
    ended: bool
    data: bytearray = field(default_factory=bytearray)
    frames: int = 0


class Session:
    """The streams of one connection. `last` is the highest stream the client opened; `leaving` when no new ones are taken."""

    def __init__(self, core: Core, requests: Requests) -> None:
        self.core = core
        self.streams: dict[int, Stream] = {}
        self.budgets = Budgets()
        self.last = 0
        self.leaving = False
        self._requests = requests
        self._past = Past()
        self._decoder = Decoder(max_header_list_size=MAX_UNPACKED)
        self._block: _Block | None = None
        self._greeted = False
        self._ignored = 0
        self._notices = bytearray()
        self._handlers: dict[int, Callable[[Frame], None]] = {
            FrameType.DATA: self._data,
            FrameType.HEADERS: self._headers,
            FrameType.PRIORITY: self._priority,
            FrameType.RST_STREAM: self._rst_stream,
            FrameType.SETTINGS: self._settings,
            FrameType.PING: self._ping,
            FrameType.GOAWAY: self._goaway,
            FrameType.WINDOW_UPDATE: self._window_update,
            FrameType.CONTINUATION: self._continuation,
        }

    @property
    def in_block(self) -> bool:
        """Whether a header block has begun and not ended."""
        return self._block is not None

    def take(self, frame: Frame) -> bytes:
        """Act on one frame; returns what to send at once. Raises `ConnectionFault`."""
        try:
            if not self._greeted and (frame.type != FrameType.SETTINGS or frame.flags & ACK):
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS (RFC 9113 3.4)")
            self._greeted = True
            if self._block is not None and (frame.type != FrameType.CONTINUATION or frame.stream != self._block.stream):
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a frame inside a header block (RFC 9113 6.10)")
            check_frame(frame)
            handler = self._handlers.get(frame.type)
            if handler is not None:
                handler(frame)
        except StreamFault as fault:
            self._reset(fault)
        out = bytes(self._notices) + self.core.output()
        self._notices.clear()
        return out

    def finish(self, stream: Stream) -> None:
        """A response has ended; a client that is still sending its request can stop (RFC 9113 8.1)."""
        if stream.arriving:
            self.core.reset(stream.number, ErrorCode.NO_ERROR)
        self._forget(stream, by_us=stream.arriving)

    def close_arriving(self) -> None:
        """The client sends no more at all: requests that are not complete will never be."""
        for stream in list(self.streams.values()):
            if stream.arriving:
                self._requests.drop(stream)
                self._forget(stream, by_us=False)

    # streams

    def _forget(self, stream: Stream, by_us: bool) -> None:
        self.streams.pop(stream.number, None)
        self._past.add(stream.number, by_us)
        self._requests.release(stream)

    def _reset(self, fault: StreamFault) -> None:
        self.budgets.spend("stream errors")
        stream = self.streams.get(fault.stream)
        if stream is None and self._is_idle(fault.stream):
            raise ConnectionFault(fault.code, fault.text) from fault  # RST_STREAM is not for idle streams (RFC 9113 6.4)
        self._requests.tell({"event": "stream error", "stream": fault.stream, "code": fault.code.name, "reason": fault.text})
        if stream is None:
            self._notices += rst_stream(fault.stream, fault.code)  # h2 has no such stream any more
            self._past.add(fault.stream, reset_by_us=True)
            return
        self._requests.drop(stream)
        self.core.reset(fault.stream, fault.code)
        self._forget(stream, by_us=True)

    def _is_idle(self, stream: int) -> bool:
        """Whether a stream was never opened, nor left out (RFC 9113 5.1.1)."""
        return (stream > self.last or stream % 2 == 0) and stream not in self._past

    def _expect_known(self, frame: Frame) -> Stream | None:
        """The open stream of a frame, None for one that was open once; an idle one is an error (RFC 9113 5.1)."""
        stream = self.streams.get(frame.stream)
        if stream is None and self._is_idle(frame.stream):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"{FrameType(frame.type).name} on idle stream {frame.stream}")
        return stream

    # frames

    def _data(self, frame: Frame) -> None:
        payload = unpadded(frame)
        stream = self._expect_known(frame)
        if not payload and not frame.flags & END_STREAM:
            self.budgets.spend("empty frames")
        if stream is None or not stream.arriving:
            self._ignore(len(frame.payload))
            if stream is None and self._past.reset_by_us(frame.stream):
                return
            raise StreamFault(frame.stream, ErrorCode.STREAM_CLOSED, "DATA behind the end of the stream (RFC 9113 6.1)")
        self.core.feed(frame.serialize())
        stream.received += len(payload)
        ended = bool(frame.flags & END_STREAM)
        self._check_length(stream, ended)
        self._requests.receive(stream, payload, len(frame.payload))
        if ended:
            self._end(stream)

    def _ignore(self, size: int) -> None:
        """Bytes that h2 does not see still count against the connection's window (RFC 9113 5.1, 6.9)."""
        self._ignored += size
        if self._ignored > DEFAULT_WINDOW // 2:
            self._notices += window_update(0, self._ignored)
            self._ignored = 0

    def _check_length(self, stream: Stream, ended: bool) -> None:
        if stream.declared is None or stream.socket is not None:
            return
        if stream.received > stream.declared or (ended and stream.received < stream.declared):
            text = f"{stream.received} bytes where content-length says {stream.declared} (RFC 9113 8.1.1)"
            raise StreamFault(stream.number, ErrorCode.PROTOCOL_ERROR, text)

    def _end(self, stream: Stream) -> None:
        stream.arriving = False
        self._requests.complete(stream)

    def _headers(self, frame: Frame) -> None:
        if frame.stream % 2 == 0:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a client opens odd streams only (RFC 9113 5.1.1)")
        if frame.stream <= self.last and frame.stream not in self.streams and not self._past.reset_by_us(frame.stream):
            code = ErrorCode.STREAM_CLOSED if frame.stream in self._past else ErrorCode.PROTOCOL_ERROR
            raise ConnectionFault(code, f"HEADERS on stream {frame.stream}, which is over (RFC 9113 5.1, 5.1.1)")
        self._block = _Block(frame.stream, bool(frame.flags & END_STREAM))
        self._extend(unpadded(frame), frame)

    def _continuation(self, frame: Frame) -> None:
        if self._block is None:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "CONTINUATION without a header block (RFC 9113 6.10)")
        self._block.frames += 1
        self._extend(frame.payload, frame)

    def _extend(self, fragment: bytes, frame: Frame) -> None:
        block = self._block
        assert block is not None, "a block was begun before it grows"
        block.data += fragment
        if len(block.data) > MAX_BLOCK or block.frames > MAX_CONTINUATIONS:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "a header block without end")
        if frame.flags & END_HEADERS:
            self._block = None
            self._fields(block, decode_block(self._decoder, bytes(block.data)))

    def _fields(self, block: _Block, fields: Fields) -> None:
        stream = self.streams.get(block.stream)
        if stream is not None:
            self._trailers(stream, block, fields)
        elif block.stream > self.last and not self.leaving:
            self._request(block, fields)
        elif block.stream > self.last:
            self._past.add(block.stream, reset_by_us=True)  # beyond our GOAWAY: never acted on, whatever follows (RFC 9113 6.8)
        # else: sent before the client knew that we had reset the stream (RFC 9113 5.1)

    def _trailers(self, stream: Stream, block: _Block, fields: Fields) -> None:
        if not stream.arriving:
            raise StreamFault(stream.number, ErrorCode.STREAM_CLOSED, "HEADERS behind the end of the stream (RFC 9113 5.1)")
        if not block.ended:
            raise StreamFault(stream.number, ErrorCode.PROTOCOL_ERROR, "trailers that do not end the stream (RFC 9113 8.1)")
        judge_trailers(stream.number, fields)
        self._check_length(stream, ended=True)
        self.core.headers(stream.number, ended=True)
        self._end(stream)

    def _request(self, block: _Block, fields: Fields) -> None:
        self.last = block.stream
        self.core.headers(block.stream, block.ended)
        stream = self.streams[block.stream] = Stream(block.stream)
        stream.arriving = not block.ended
        if len(self.streams) > MAX_STREAMS:
            raise StreamFault(block.stream, ErrorCode.REFUSED_STREAM, f"more than {MAX_STREAMS} streams (RFC 9113 5.1.2)")
        if fields_size(fields) > MAX_FIELDS:
            self._requests.refuse(stream, 431, "the header fields are too large\n")
            return
        stream.ask(fields, judge_request(block.stream, fields))
        if block.ended:
            self._check_length(stream, ended=True)
        self._requests.begin(stream)
        if block.ended and stream.number in self.streams:
            self._end(stream)

    def upgraded(self, stream: Stream) -> None:
        """Stream 1 was opened by an Upgrade; its request is complete."""
        self.last = stream.number
        self.streams[stream.number] = stream
        self._end(stream)

    def _priority(self, frame: Frame) -> None:
        self.budgets.spend("priorities")  # RFC 9113 5.3: read, and else ignored

    def _rst_stream(self, frame: Frame) -> None:
        stream = self._expect_known(frame)
        if stream is None:
            return
        self.budgets.spend("resets")
        self._requests.drop(stream)
        self.core.feed(frame.serialize())
        self._forget(stream, by_us=False)

    def _settings(self, frame: Frame) -> None:
        pairs = check_settings(frame)
        ack = bool(frame.flags & ACK)
        if not ack:
            self.budgets.spend("settings")
        self.core.settings(pairs, ack=ack)

    def _ping(self, frame: Frame) -> None:
        if not frame.flags & ACK:
            self.budgets.spend("pings")
        self.core.feed(frame.serialize())

    def _goaway(self, frame: Frame) -> None:
        self.leaving = True  # h2 would say nothing more; what is open is still to be answered (RFC 9113 6.8)

    def _window_update(self, frame: Frame) -> None:
        stream = self._expect_known(frame) if frame.stream else None
        if not int.from_bytes(frame.payload, "big") & 0x7FFF_FFFF:
            if not frame.stream:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE by nothing (RFC 9113 6.9)")
            raise StreamFault(frame.stream, ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE by nothing (RFC 9113 6.9)")
        if frame.stream and stream is None:
            return  # the stream ended while it was on its way (RFC 9113 5.1)
        for event in self.core.feed(frame.serialize()):
            if isinstance(event, StreamReset) and stream is not None:
                self._requests.drop(stream)  # its window grew beyond 2^31-1, and h2 has reset it (RFC 9113 6.9.1)
                self._forget(stream, by_us=True)
