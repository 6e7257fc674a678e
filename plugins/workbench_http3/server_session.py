"""HTTP/3 on one connection: every frame of the transport goes to the stream it belongs to, and streams begin and end (RFC 9114 4, 6)."""

from collections.abc import Callable
from typing import Any

from workbench.api import CarriedFrame, ConnectionClosed, Datagram, StopSending, StreamData, StreamReset
from workbench_http3.names import Setting, StreamType
from workbench_http3.server_budgets import Budgets
from workbench_http3.server_control import Control
from workbench_http3.server_datagrams import quarter
from workbench_http3.server_faults import ConnectionFault, StreamFault
from workbench_http3.server_fields import MAX_FIELDS
from workbench_http3.server_frames import ErrorCode, goaway, settings
from workbench_http3.server_incoming import Incoming
from workbench_http3.server_packing import FieldEncoder
from workbench_http3.server_qpack import QpackDecoder
from workbench_http3.server_reading import Reading
from workbench_http3.server_requests import Requests
from workbench_http3.server_sender import CONTROL, DECODER, ENCODER, Sender
from workbench_http3.server_settings import Settings
from workbench_http3.server_streams import Past, Stream

__all__ = ["BEGUN_NS", "MAX_STREAMS", "Session"]

MAX_STREAMS = 128
"""Requests of one connection that may be open at once; RFC 9114 6.1 asks for no less than 100. Further ones are rejected."""

BEGUN_NS = 20_000_000_000
"""Time for a header section to arrive once its stream has begun: as the server for HTTP/1.1 has for a request."""


class Session:
    """`streams` are the requests under way; `leaving` when no new ones are taken; `over` when the client closed the connection."""

    def __init__(self, sender: Sender, encoder: FieldEncoder, requests: Requests, budgets: Budgets, settings: Settings) -> None:
        self.streams: dict[int, Stream] = {}
        self.leaving = False
        self.over = False
        self.now_ns = 0
        self._next = 0
        self._sender = sender
        self._encoder = encoder
        self._requests = requests
        self._budgets = budgets
        self._settings = settings
        self._past = Past(0)
        self._qpack = QpackDecoder(settings.table, settings.blocked, MAX_FIELDS)
        readers = {
            StreamType.CONTROL: Control(budgets, self._learn).receive,
            StreamType.ENCODER: self._instructions,
            StreamType.DECODER: encoder.receive,
        }
        self._incoming = Incoming({int(kind): reader for kind, reader in readers.items()}, budgets, sender.put)
        self._reading = Reading(self._qpack, budgets, requests, lambda stream: stream.number in self.streams)
        self._handlers: dict[type[CarriedFrame], Callable[[Any], None]] = {
            StreamData: self._stream_data,
            StreamReset: self._stream_reset,
            StopSending: self._stop_sending,
            Datagram: self._datagram,
            ConnectionClosed: self._connection_closed,
        }

    def greet(self) -> None:
        """Our control stream, and both of QPACK's (RFC 9114 3.2, RFC 9204 4.2)."""
        said = settings(self._settings.pairs())
        self._sender.put(StreamData(CONTROL, bytes((StreamType.CONTROL,)) + said))
        self._sender.put(StreamData(ENCODER, bytes((StreamType.ENCODER,))))
        self._sender.put(StreamData(DECODER, bytes((StreamType.DECODER,))))

    def take(self, frame: CarriedFrame) -> None:
        """Act on one frame of the client. Raises `ConnectionFault`."""
        self._handlers[type(frame)](frame)
        said = self._qpack.output()
        if said:
            self._sender.put(StreamData(DECODER, said))

    def farewell(self) -> None:
        """Take no new requests, and say so (RFC 9114 5.2)."""
        if not self.leaving:
            self.leaving = True
            self._sender.put(StreamData(CONTROL, goaway(self._next)))

    def finish(self, stream: Stream) -> None:
        """A response has ended; a client that is still sending its request can stop (RFC 9114 4.1)."""
        if not stream.ended:
            self._sender.put(StopSending(stream.number, ErrorCode.H3_NO_ERROR))
            self._qpack.cancel(stream.number)
        self._forget(stream)

    def close_arriving(self) -> None:
        """The client sends no more at all: requests that are not complete will never be."""
        for stream in list(self.streams.values()):
            if stream.arriving:
                self._requests.drop(stream)
                self._forget(stream)

    def expire(self, before_ns: int) -> None:
        """Reject requests that began before that and whose header section is still not here."""
        for stream in list(self.streams.values()):
            if not stream.asked and stream.since_ns < before_ns:
                self._refuse(stream, StreamFault(ErrorCode.H3_REQUEST_REJECTED, "the header section takes too long"))

    # frames of the transport

    def _stream_data(self, frame: StreamData) -> None:
        if frame.stream & 1:
            raise ConnectionFault(ErrorCode.H3_STREAM_CREATION_ERROR, f"stream {frame.stream} is not the client's (RFC 9114 6)")
        if frame.stream & 2:
            self._incoming.receive(frame)
            return
        stream = self._find(frame.stream)
        if stream is None or stream.ended:
            return
        stream.cutter.feed(frame.data)
        stream.ended = frame.end
        if stream.blocked is None:
            self._read(stream)
        elif sum(other.cutter.waiting for other in self.streams.values() if other.blocked is not None) > self._requests.room:
            self._refuse(stream, StreamFault(ErrorCode.H3_REQUEST_REJECTED, "too much waits behind a blocked section"))

    def _stream_reset(self, frame: StreamReset) -> None:
        if frame.stream & 1:
            raise ConnectionFault(ErrorCode.H3_GENERAL_PROTOCOL_ERROR, f"stream {frame.stream} is not the client's to reset")
        if frame.stream & 2:
            self._incoming.end(frame.stream)
            return
        stream = self._find(frame.stream)
        if stream is None:
            return
        self._budgets.spend("resets")
        stream.ended = True
        if stream.status and stream.tunnel is None:
            stream.arriving = False  # the response was on its way already, and does not need the rest (RFC 9114 4.1)
            return
        code = ErrorCode.H3_REQUEST_INCOMPLETE if stream.tunnel is None else ErrorCode.H3_REQUEST_CANCELLED
        self._abandon(stream, code)

    def _stop_sending(self, frame: StopSending) -> None:
        if frame.stream & 1:
            raise ConnectionFault(ErrorCode.H3_CLOSED_CRITICAL_STREAM, f"stream {frame.stream} must stay (RFC 9114 6.2.1)")
        if frame.stream & 2:
            raise ConnectionFault(ErrorCode.H3_GENERAL_PROTOCOL_ERROR, f"stream {frame.stream} is the client's own")
        stream = self._find(frame.stream)
        if stream is not None:
            self._budgets.spend("resets")
            self._abandon(stream, ErrorCode.H3_REQUEST_CANCELLED)

    def _datagram(self, frame: Datagram) -> None:
        found = quarter(frame.data)
        if found is None:
            raise ConnectionFault(ErrorCode.H3_DATAGRAM_ERROR, "a datagram of no request (RFC 9297 2.1)")
        stream = self.streams.get(found[0])
        if stream is None or not stream.asked:
            return  # too early or too late (RFC 9297 2.1)
        try:
            self._requests.datagram(stream, found[1])
        except StreamFault as fault:
            self._refuse(stream, fault)

    def _connection_closed(self, _: ConnectionClosed) -> None:
        self.over = True

    def _learn(self, settings: dict[int, int]) -> None:
        """The client's SETTINGS: what its decoder offers (RFC 9204 5)."""
        said = self._encoder.allow(
            settings.get(Setting.QPACK_MAX_TABLE_CAPACITY, 0), settings.get(Setting.QPACK_BLOCKED_STREAMS, 0)
        )
        if said:
            self._sender.put(StreamData(ENCODER, said))

    def _instructions(self, data: bytes) -> None:
        """The client's encoder stream; requests that waited for it go on (RFC 9204 2.2.1)."""
        self._qpack.instructions(data)
        for stream in list(self.streams.values()):
            if stream.blocked is not None and stream.required <= self._qpack.table.inserted:
                self._read(stream)

    # streams

    def _find(self, number: int) -> Stream | None:
        """The request of a stream, a new one if need be; None where it is over or not wanted."""
        if number in self.streams or number in self._past:
            return self.streams.get(number)
        stream = Stream(number, self._reading.admit)
        stream.since_ns = self.now_ns
        self.streams[number] = stream
        if (self.leaving and number >= self._next) or len(self.streams) > MAX_STREAMS:
            self._refuse(stream, StreamFault(ErrorCode.H3_REQUEST_REJECTED, "no more requests are taken now (RFC 9114 4.1.1)"))
            return None
        self._next = max(self._next, number + 4)
        return stream

    def _read(self, stream: Stream) -> None:
        try:
            self._reading.read(stream)
        except StreamFault as fault:
            self._refuse(stream, fault)

    def _refuse(self, stream: Stream, fault: StreamFault) -> None:
        """The client broke a rule that concerns this request only."""
        self._budgets.spend("stream errors")
        self._requests.tell({"event": "stream error", "stream": stream.number, "code": fault.code.name, "reason": fault.text})
        self._abandon(stream, fault.code)

    def _abandon(self, stream: Stream, code: ErrorCode) -> None:
        """Send nothing more of a stream and read nothing more."""
        self._requests.drop(stream)
        self._sender.put(StreamReset(stream.number, code, stream.written))
        if not stream.ended:
            self._sender.put(StopSending(stream.number, code))
        self._qpack.cancel(stream.number)
        self._forget(stream)

    def _forget(self, stream: Stream) -> None:
        self.streams.pop(stream.number, None)
        self._past.add(stream.number)
        self._requests.release(stream)
