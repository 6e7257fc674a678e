"""The reference server for HTTP/1.1, on h11: strict where the decoder is tolerant. Sans-IO; `workbench.serving` puts sockets around it.

Plain requests go past h11 (`plain_requests.py`); it is made when something else comes, and given up again behind that request.

Deterministic: it has no clock that tells the date, and RFC 9110 6.6.1 forbids such a server to send Date. Time-outs use the monotonic
time of `wakeup`. A body is made piece by piece in `pull`, so a slow reader costs one piece of memory and no more.
"""

from collections import deque
from collections.abc import Iterator

import h11

from workbench.api import ServerOptions, UsageError
from workbench_http1.access import LOG_LENGTH, AccessEntry
from workbench_http1.exchange import Request, Response, plain
from workbench_http1.hosts import is_host
from workbench_http1.phrases import PHRASES
from workbench_http1.plain_requests import PlainRequest, chunk, head_of, read_plain, request_of
from workbench_http1.site import Site

__all__ = ["Http1Connection", "Http1Service", "serve"]

MAX_HEADER = 32_768
"""Bytes of a request's start line and header fields, 431 beyond: nginx allows 4 x 8 KiB."""

MAX_TARGET = 8_000
"""Octets of a request target, 414 beyond: RFC 9112 3 asks servers to support at least so many."""

MAX_WAITING = 1_048_576
"""Bytes of further requests that a client may send while it does not read the response to an earlier one."""

FEED = 65_536
"""Bytes that h11 gets at once; twice the longest head, so that it never waits for more of one that is there."""

WINDOW = 65_536
"""Bytes given out in one turn, about a socket's buffer; the rest is made when `pull` asks for it."""

REQUEST_NS = 20_000_000_000
"""Time for a request to arrive once it has begun, 408 beyond: twice what a slow mobile network needs for a large upload's next bytes."""


LAST_CHUNK = b"0\r\n\r\n"


class Http1Service:
    """What all connections share: the site and the access log."""

    def __init__(self, options: ServerOptions) -> None:
        for name in options.settings:
            raise UsageError("is no setting of http1", place=name, remedy="It has none")
        self.options = options
        self.site = Site(options)
        self.log: deque[AccessEntry] = deque(maxlen=LOG_LENGTH)
        self._accepted = 0

    def __call__(self) -> "Http1Connection":
        """Accept a connection."""
        self._accepted += 1
        return self.connect(self._accepted)

    def connect(self, number: int) -> "Http1Connection":
        """The connection with that number, counted from 1."""
        return Http1Connection(self, number)

    def respond(self, request: Request) -> Response:
        """The response to a request that was read completely."""
        return self.site.respond(request)


def serve(options: ServerOptions) -> Http1Service:
    """Start a fresh service; the `server` slot of the protocol. It has no settings of its own: raises UsageError where there are some."""
    return Http1Service(options)


class Http1Connection:
    """See `workbench.api.ServerConnection`. `request` is the one that is being read or answered."""

    __slots__ = (
        "_active_ns",
        "_at",
        "_began_ns",
        "_body",
        "_buffer",
        "_chunked",
        "_draining",
        "_ended",
        "_h11",
        "_more",
        "_now_ns",
        "_number",
        "_pieces",
        "_remark",
        "_service",
        "_size",
        "_started",
        "_status",
        "_trailers",
        "_unread",
        "closed",
        "request",
    )

    def __init__(self, service: Http1Service, number: int) -> None:
        self.closed = False
        self._service = service
        self._number = number
        self._h11: h11.Connection | None = None
        self._buffer = b""
        self._at = 0
        self._ended = False
        self.request: h11.Request | PlainRequest | None = None
        self._body = bytearray()
        self._trailers: dict[str, str] = {}
        self._pieces: Iterator[bytes] | None = None
        self._chunked = False
        self._status = 0
        self._size = 0
        self._remark = ""
        self._unread = False
        self._more = False
        self._draining = False
        self._now_ns = self._began_ns = self._active_ns = 0
        self._started = False

    # the four calls of the contract

    def receive(self, data: bytes) -> bytes:
        """Bytes of the client; see `ServerConnection`."""
        if self.closed:
            return b""
        if data:
            self._active_ns = self._now_ns
            if not self._unread and self.request is None:
                self._began_ns = self._now_ns
            self._unread = True
            self._buffer, self._at = self._buffer[self._at :] + data, 0
        else:
            self._ended = True
        if self._more:
            # the client has not taken what was given out before; it may send a little, but must read first
            self.closed = len(self._buffer) > MAX_WAITING
            return b""
        return self._turn()

    def pull(self) -> bytes:
        """The next bytes of what is being sent; see `ServerConnection`."""
        if self.closed or not self._more:
            return b""
        self._active_ns = self._now_ns
        return self._turn()

    def wakeup(self, now_ns: int) -> bytes:
        """Time passes: 408 for a request that does not come to its end, silence for one that never begins (RFC 9110 15.5.9)."""
        if not self._started:
            self._started = True
            self._began_ns = self._active_ns = now_ns
        self._now_ns = now_ns
        if self.closed:
            return b""
        if self._pieces is None and self._unread and now_ns - self._began_ns > REQUEST_NS:
            return self._refuse(408, "the request did not come to its end in time\n")
        if now_ns - self._active_ns > self._service.options.idle_ns:
            self.closed = True
        return b""

    def drain(self) -> bytes:
        """Shut down: answer what has begun, then close; see `ServerConnection`."""
        self._draining = True
        if self._pieces is None and not self._unread and self.request is None:
            self.closed = True
        return b""

    # how a turn goes

    def _turn(self) -> bytes:
        out = bytearray()
        self._more = False
        while not self.closed:
            if len(out) >= WINDOW:
                self._more = True
                break
            if self._pieces is not None:
                out += self._send_piece()
            else:
                step = self._read_event()
                if step is None:
                    break
                out += step
        return bytes(out)

    def _read_event(self) -> bytes | None:
        """Act on the next event of the client; None when there is none yet."""
        if self._h11 is None:
            while self._buffer.startswith(b"\r\n", self._at):
                self._at += 2  # empty lines before a request are not its beginning (RFC 9112 2.2)
            rest = len(self._buffer) - self._at
            if rest == 0 or (rest == 1 and self._buffer.endswith(b"\r")):
                self._unread = rest > 0
                self.closed = self._ended
                return None
            plain_one = read_plain(self._buffer, self._at)
            if plain_one is not None:
                self.request, self._at = plain_one
                return self._answer()
            self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEADER)
        return self._act_on(self._h11)

    def _act_on(self, parser: h11.Connection) -> bytes | None:
        try:
            event = parser.next_event()
        except h11.RemoteProtocolError as error:
            return self._refuse(*self._diagnosis(error, parser))
        if event is h11.NEED_DATA:
            if self._at < len(self._buffer) or self._ended:
                # piece by piece: what h11 has not read is copied behind every request
                piece = self._buffer[self._at : self._at + FEED]
                self._at += len(piece)
                parser.receive_data(piece)
                return b""
            self._unread = self.request is not None or bool(parser.trailing_data[0])
            return self._invite(parser)
        if isinstance(event, h11.Request):
            return self._begin(event)
        if isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > self._service.options.max_request:
                return self._refuse(413, "the content is too large\n")
            return b""
        if isinstance(event, h11.EndOfMessage):
            self._trailers = {name.decode("ascii"): value.decode("latin-1") for name, value in event.headers}
            return self._answer()
        # ConnectionClosed, or PAUSED behind a response that ends the connection: nothing more will be answered
        self.closed = True
        return None

    def _diagnosis(self, error: h11.RemoteProtocolError, parser: h11.Connection) -> tuple[int, str]:
        if error.error_status_hint == 431 and b"\n" not in parser.trailing_data[0].lstrip(b"\r\n"):
            return 414, "the request line is too long\n"
        return error.error_status_hint, f"this is not a proper request: {error}\n"

    def _invite(self, parser: h11.Connection) -> bytes | None:
        """100 Continue, if the client waits for it (RFC 9110 10.1.1)."""
        if self.request is None or not parser.they_are_waiting_for_100_continue:
            return None
        return parser.send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")) or b""

    def _begin(self, event: h11.Request) -> bytes:
        self.request = event
        self._body.clear()
        if len(event.target) > MAX_TARGET:
            return self._refuse(414, "the request target is too long\n")
        # h11 limits what is incomplete; a head that comes in one piece is measured here
        if sum(len(name) + len(value) + 4 for name, value in event.headers.raw_items()) > MAX_HEADER:
            return self._refuse(431, "the header fields are too large\n")
        if not all(is_host(value) for name, value in event.headers if name == b"host"):
            return self._refuse(400, "Host is not the name of a host\n")
        names = {name for name, _ in event.headers}
        if names >= {b"content-length", b"transfer-encoding"}:
            self._draining = True  # somebody on the way may see another end of this request (RFC 9112 6.1)
        announced = next((value for name, value in event.headers if name == b"content-length"), b"0")
        if int(announced) > self._service.options.max_request:
            return self._refuse(413, "the content is too large\n")
        return b""

    def _answer(self) -> bytes:
        request = self.request
        assert request is not None, "content ends behind a request only"
        self._unread = False
        fields = list(request.headers)
        return self.send_head(
            self._service.respond(request_of(request.method, request.target, fields, bytes(self._body), self._trailers))
        )

    def _refuse(self, status: int, text: str) -> bytes:
        """Answer with an error and end the connection: where this request ends is not known, or not worth reading on for.

        A request that cannot be read may have been HEAD, so its refusal has no content (RFC 9110 9.3.2); the log has the reason.
        """
        self._remark = text.rstrip("\n")
        if self._h11 is not None and self._h11.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.closed = True
            return b""
        self._draining = True
        self._unread = False
        out = bytearray(self.send_head(plain(status, text if self.request is not None else "")))
        while self._pieces is not None:
            out += self._send_piece()
        self.closed = True
        return bytes(out)

    def send_head(self, response: Response) -> bytes:
        """Begin a response: its status line and header fields; the pieces of its body follow one by one."""
        headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.headers]
        if response.length is not None:
            headers.append((b"Content-Length", b"%d" % response.length))
        if self._draining:
            headers.append((b"Connection", b"close"))
        self._status, self._size = response.status, 0
        self._pieces = iter(response.body)
        if self._h11 is None:
            head, self._chunked = head_of(response, headers)
            return head
        event = h11.Response(status_code=response.status, headers=headers, reason=PHRASES[response.status].encode())
        return self._h11.send(event) or b""

    def _send_piece(self) -> bytes:
        assert self._pieces is not None, "asked for while a response is being sent only"
        bodyless = self.request is not None and self.request.method == b"HEAD"
        piece = None if bodyless else next(self._pieces, None)
        if piece is not None:
            self._size += len(piece)
            if self._h11 is not None:
                return self._h11.send(h11.Data(data=piece)) or b""
            return chunk(piece) if self._chunked else piece
        if self._h11 is not None:
            out = self._h11.send(h11.EndOfMessage()) or b""
        else:
            out = LAST_CHUNK if self._chunked and not bodyless else b""
        self._finish()
        return out

    def _finish(self) -> None:
        """The response is complete; what comes next begins afresh, without h11."""
        self._record()
        self._pieces = self.request = None
        self._body.clear()
        self._trailers = {}
        parser = self._h11
        if self._draining or (parser is not None and (parser.our_state is h11.MUST_CLOSE or parser.their_state is not h11.DONE)):
            self.closed = True
            return
        if parser is not None:
            self._at -= len(parser.trailing_data[0])
            self._h11 = None
        self._unread = self._at < len(self._buffer)
        self._began_ns = self._now_ns

    def _record(self) -> None:
        entry = self._entry()
        self._service.log.append(entry)
        self._service.options.tell(
            {
                "event": "request",
                "connection": entry.connection,
                "method": entry.method,
                "target": entry.target,
                "status": entry.status,
                "size": entry.size,
                "duration_ns": entry.duration_ns,
                "remark": entry.remark,
            }
        )

    def _entry(self) -> AccessEntry:
        request = self.request
        method, target, version = (request.method, request.target, request.http_version) if request else (b"", b"", b"")
        texts = (method.decode("latin-1"), target.decode("latin-1"), version.decode("latin-1"))
        return AccessEntry(
            self._began_ns, self._now_ns - self._began_ns, self._number, *texts, self._status, self._size, self._remark
        )
