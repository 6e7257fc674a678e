"""What goes out: heads at once, bodies a piece at a time, each stream in its turn (RFC 9114 7.2.1).

How much the client can take is the transport's business: it asks for more when there is room again.
"""

from collections import deque
from collections.abc import Callable, Collection

from workbench.api import CarriedFrame, StreamData
from workbench_http.content import PIECE
from workbench_http.exchange import Headers, Response
from workbench_http3.names import Type
from workbench_http3.server_fields import Fields
from workbench_http3.server_frames import build
from workbench_http3.server_packing import FieldEncoder
from workbench_http3.server_streams import Stream

__all__ = ["CONTROL", "DECODER", "ENCODER", "TURN", "Sender"]

CONTROL, ENCODER, DECODER = 3, 7, 11
"""Our unidirectional streams (RFC 9000 2.1, RFC 9114 6.2.1, RFC 9204 4.2)."""

TURN = 49_152
"""Bytes given out in one turn: three streams' pieces, a little more than a client's first window; the rest is made when it is asked for."""


class Sender:
    """The frames that wait to be taken, and the streams with something to send. `finished` is called when a response has ended, `encoder`
    packs its fields."""

    def __init__(self, finished: Callable[[Stream], None], encoder: FieldEncoder) -> None:
        self._finished = finished
        self._encoder = encoder
        self._out = bytearray()
        self._waiting: deque[Stream] = deque()
        self.stalled: Collection[int] = ()
        """Streams whose turn is not now; see `CarriedConnection`."""

    def put(self, frame: CarriedFrame) -> None:
        """This frame is next."""
        self._out += bytes(frame)

    def take(self) -> bytes:
        """What waits, without anything new."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def interim(self, stream: Stream, status: int, headers: Headers = ()) -> None:
        """An interim response (RFC 9110 15.2)."""
        self._fields(stream, _encoded(status, headers))

    def respond(self, stream: Stream, response: Response) -> None:
        """Begin a response; its body follows in `turn`."""
        if response.hints:
            self.interim(stream, 103, response.hints)
        fields = _encoded(response.status, response.headers)
        if response.length is not None:
            fields = (*fields, (b"content-length", b"%d" % response.length))
        stream.status = response.status
        if stream.method != b"HEAD":
            stream.pieces = iter(response.body)
            stream.trailers = tuple((name.encode(), value.encode("latin-1")) for name, value in response.trailers)
        if not stream.peek() and not stream.trailers:
            self._fields(stream, fields, end=True)
            self._finished(stream)
            return
        self._fields(stream, fields)
        stream.sending = True
        self._waiting.append(stream)

    def open_tunnel(self, stream: Stream, fields: Headers = ()) -> None:
        """Answer an extended CONNECT with 200; from now on DATA goes both ways (RFC 9220 3)."""
        stream.status = 200
        stream.sending = True
        self._fields(stream, _encoded(200, fields))
        self._waiting.append(stream)

    def drop(self, stream: Stream) -> None:
        """Send nothing more of this stream."""
        if stream.sending:
            stream.sending = False
            self._waiting.remove(stream)

    def turn(self) -> bytes:
        """About `TURN` bytes of what is to be sent, streams in rotation; b"" when there is nothing."""
        silent = 0
        while silent < len(self._waiting) and len(self._out) < TURN:
            stream = self._waiting[0]
            silent = 0 if stream.number not in self.stalled and self._send_piece(stream) else silent + 1
            if self._waiting and self._waiting[0] is stream:
                self._waiting.rotate(-1)
        return self.take()

    def _send_piece(self, stream: Stream) -> bool:
        """The next frame of a stream; False for a tunnel that has nothing to say."""
        more = stream.peek()
        if not more and stream.tunnel is not None and not stream.tunnel.over:
            return False
        if not more and stream.trailers:
            self._fields(stream, stream.trailers, end=True)
            self._end(stream)
            return True
        data = build(Type.DATA, stream.take(PIECE)) if more else b""
        last = not stream.peek() and not stream.trailers and (stream.tunnel is None or stream.tunnel.over)
        self._bytes(stream, data, last)
        if last:
            self._end(stream)
        return True

    def _fields(self, stream: Stream, fields: Fields, *, end: bool = False) -> None:
        said, section = self._encoder.encode(stream.number, fields)
        if said:
            self.put(StreamData(ENCODER, said))
        self._bytes(stream, build(Type.HEADERS, section), end)

    def _bytes(self, stream: Stream, data: bytes, end: bool) -> None:
        stream.written += len(data)
        self.put(StreamData(stream.number, data, end))

    def _end(self, stream: Stream) -> None:
        self.drop(stream)
        self._finished(stream)


def _encoded(status: int, headers: Headers) -> Fields:
    fields = tuple((name.encode("ascii"), value.encode("latin-1")) for name, value in headers)
    return ((b":status", b"%d" % status), *fields)
