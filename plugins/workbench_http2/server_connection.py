"""One connection of the reference server: how it opens, what ends it, what time does to it. See `workbench.api.ServerConnection`.

Deterministic: no clock but `wakeup`, no chance. Bodies are made in `pull`, so a slow reader costs a frame and no more.
"""

from collections.abc import Callable

from workbench.api import ServerOptions
from workbench_http.exchange import Request, Response
from workbench_http2.server_core import Core
from workbench_http2.server_faults import ConnectionFault
from workbench_http2.server_frames import PREFACE, ErrorCode, cut, goaway, settings
from workbench_http2.server_opening import SWITCHING, Opened, Opening, Refused
from workbench_http2.server_requests import Requests
from workbench_http2.server_rules import check_length
from workbench_http2.server_sender import Sender
from workbench_http2.server_session import Session
from workbench_http2.server_streams import Stream

__all__ = ["Http2Connection"]

BEGUN_NS = 20_000_000_000
"""Time for a preface or a header block to arrive once it has begun: as the server for HTTP/1.1 has for a request."""

MAX_DEBUG = 200
"""Bytes of debug data in a GOAWAY: enough for a sentence."""


class Http2Connection:
    """`respond` answers requests; `number` is the connection's in the log."""

    def __init__(self, options: ServerOptions, respond: Callable[[Request], Response], number: int) -> None:
        self.closed = False
        self._options = options
        self._opening: Opening | None = Opening(options.max_request)
        self._buffer = bytearray()
        self._preface = b""
        core = Core()
        self._core = core
        self._sender = Sender(core, lambda stream: self._session.finish(stream))
        self._requests = Requests(core, self._sender, options, respond, number)
        self._session = Session(core, self._requests)
        self._now_ns = self._active_ns = self._settled_ns = 0
        self._started = False

    # the four calls of the contract

    def receive(self, data: bytes) -> bytes:
        """Bytes of the client; see `ServerConnection`."""
        if self.closed:
            return b""
        if not data:
            return self._ended()
        self._active_ns = self._now_ns
        out = bytearray()
        try:
            if self._opening is not None:
                out += self._open(self._opening, data)
            else:
                self._buffer += data
            if self._opening is None:
                self._read(out)
        except ConnectionFault as fault:
            out += self._fail(fault)
        return bytes(out) + self.pull()

    def pull(self) -> bytes:
        """The next bytes of what is being sent; see `ServerConnection`."""
        if self.closed or self._opening is not None or self._preface:
            return b""  # behind an Upgrade wait for the client's preface: clients have little room behind the 101
        out = self._sender.turn()
        if out:
            self._active_ns = self._now_ns
        self.closed = self._session.leaving and not self._session.streams
        return out

    def wakeup(self, now_ns: int) -> bytes:
        """Time passes: connections on which nothing happens, and beginnings without an end, are closed."""
        if not self._started:
            self._started = True
            self._active_ns = self._settled_ns = now_ns
        self._now_ns = now_ns
        self._session.budgets.tick(now_ns)
        if self.closed:
            return b""
        begun = self._opening is not None or bool(self._preface) or self._session.in_block
        if not begun:
            self._settled_ns = now_ns
        if now_ns - self._active_ns > self._options.idle_ns or now_ns - self._settled_ns > BEGUN_NS:
            return self._leave()
        return b""

    def drain(self) -> bytes:
        """Shut down: say so, answer what has begun, then close (RFC 9113 6.8); see `ServerConnection`."""
        if self.closed or self._opening is not None:
            self.closed = True
            return b""
        if self._session.streams:
            self._session.leaving = True
            for stream in self._session.streams.values():
                self._requests.leave(stream)
            return goaway(self._session.last, ErrorCode.NO_ERROR)
        return self._leave()

    # what happens in them

    def _open(self, opening: Opening, data: bytes) -> bytes:
        found = opening.receive(data)
        if isinstance(found, bytes):
            return found
        if isinstance(found, Refused):
            self.closed = True
            return found.answer
        out = self._core.start_upgraded(list(found.settings)) if found.upgraded else self._core.start()
        self._opening = None
        self._buffer += found.rest
        if found.upgraded:
            self._preface = PREFACE
            out = SWITCHING + out + self._answer_upgrade(found)
        return out

    def _answer_upgrade(self, found: Opened) -> bytes:
        stream = Stream(1).ask(found.fields, found.pseudo)
        stream.arriving = False
        stream.body += found.body
        self._session.upgraded(stream)
        return self._core.output()

    def _read(self, out: bytearray) -> None:
        if self._preface:
            size = min(len(self._preface), len(self._buffer))
            if self._buffer[:size] != self._preface[:size]:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "this is not the preface (RFC 9113 3.4)")
            del self._buffer[:size]
            self._preface = self._preface[size:]
            self._core.feed(PREFACE[len(PREFACE) - len(self._preface) - size : len(PREFACE) - len(self._preface)])
        for frame in cut(self._buffer):
            out += self._session.take(frame)
        if len(self._buffer) >= 3:
            check_length(int.from_bytes(self._buffer[:3], "big"))

    def _ended(self) -> bytes:
        """The client sends no more; what it asked for completely is still answered."""
        if self._opening is not None:
            self.closed = True
            return b""
        self._session.leaving = True
        self._session.close_arriving()
        return self.pull()

    def _fail(self, fault: ConnectionFault) -> bytes:
        """The client broke a rule: GOAWAY, then close (RFC 9113 5.4.1)."""
        self._requests.tell({"event": "connection error", "code": fault.code.name, "reason": fault.text})
        out = b""
        if self._opening is not None:
            self._opening = None
            out = settings()  # a server's first frame, whatever follows (RFC 9113 3.4)
        self.closed = True
        return out + self._core.output() + goaway(self._session.last, fault.code, fault.text.encode()[:MAX_DEBUG])

    def _leave(self) -> bytes:
        self.closed = True
        return b"" if self._opening is not None else goaway(self._session.last, ErrorCode.NO_ERROR)
