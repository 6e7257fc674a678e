"""What goes out: heads at once, bodies a frame at a time, each stream in its turn, as far as windows allow (RFC 9113 5.2)."""

from collections import deque
from collections.abc import Callable

from workbench_http.exchange import Headers, Response
from workbench_http2.server_core import Core
from workbench_http2.server_fields import Fields
from workbench_http2.server_streams import Stream

__all__ = ["WINDOW", "Sender"]

WINDOW = 65_536
"""Bytes given out in one turn, about a socket's buffer; the rest is made when `pull` asks for it."""


class Sender:
    """The streams with something to send. `finished` is called with each stream whose response has ended."""

    def __init__(self, core: Core, finished: Callable[[Stream], None]) -> None:
        self._core = core
        self._finished = finished
        self._waiting: deque[Stream] = deque()

    def interim(self, stream: Stream, status: int, headers: Headers = ()) -> None:
        """An interim response (RFC 9110 15.2)."""
        self._core.send_headers(stream.number, _encoded(status, headers))

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
            self._core.send_headers(stream.number, fields, end=True)
            self._finished(stream)
            return
        self._core.send_headers(stream.number, fields)
        stream.sending = True
        self._waiting.append(stream)

    def open_tunnel(self, stream: Stream, fields: Headers = ()) -> None:
        """Answer an extended CONNECT with 200; from now on DATA goes both ways (RFC 8441 section 5)."""
        stream.status = 200
        stream.sending = True
        self._core.send_headers(stream.number, _encoded(200, fields))
        self._waiting.append(stream)

    def drop(self, stream: Stream) -> None:
        """Send nothing more of this stream."""
        if stream.sending:
            stream.sending = False
            self._waiting.remove(stream)

    def turn(self) -> bytes:
        """About `WINDOW` bytes of what may be sent now, streams in rotation; b"" when nothing may."""
        out = bytearray(self._core.output())
        blocked = 0
        while blocked < len(self._waiting) and len(out) < WINDOW:
            stream = self._waiting[0]
            if self._send_frame(stream):
                blocked = 0
                out += self._core.output()
            else:
                blocked += 1
            if self._waiting and self._waiting[0] is stream:
                self._waiting.rotate(-1)
        return bytes(out)

    def _send_frame(self, stream: Stream) -> bool:
        """One frame of a stream, if it may; False when it has to wait."""
        more = stream.peek()
        if not more and stream.socket is not None and not stream.socket.over:
            return False  # a tunnel that has nothing to say
        room = self._core.room(stream.number)
        if more and room <= 0:
            return False
        if not more and stream.trailers:
            self._core.send_headers(stream.number, stream.trailers, end=True)
            self._end(stream)
            return True
        data = stream.take(room) if more else b""
        last = not stream.peek() and not stream.trailers and (stream.socket is None or stream.socket.over)
        self._core.send_data(stream.number, data, end=last)
        if last:
            self._end(stream)
        elif stream.unread and not stream.peek():
            self._core.consumed(stream.number, stream.unread)  # the tunnel's client has room for more answers
            stream.unread = 0
        return True

    def _end(self, stream: Stream) -> None:
        self.drop(stream)
        self._finished(stream)


def _encoded(status: int, headers: Headers) -> Fields:
    fields = tuple((name.encode("ascii"), value.encode("latin-1")) for name, value in headers)
    return ((b":status", b"%d" % status), *fields)
