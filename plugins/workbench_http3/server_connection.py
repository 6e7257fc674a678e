"""One connection of the reference server: how it begins, what ends it, what time does to it. See `workbench.api.ServerConnection`.

Deterministic: no clock but `wakeup`, no chance. Bodies are made in `pull`, so a slow reader costs a piece and no more.
"""

from collections.abc import Callable, Collection

from workbench.api import ConnectionClosed, FrameError, FrameReader, ServerOptions
from workbench_http.exchange import Request, Response
from workbench_http3.server_budgets import Budgets
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_packing import FieldEncoder
from workbench_http3.server_requests import Requests
from workbench_http3.server_sender import Sender
from workbench_http3.server_session import BEGUN_NS, Session
from workbench_http3.server_settings import Settings

__all__ = ["Http3Connection"]

MAX_REASON = 200
"""Bytes of a reason phrase: enough for a sentence."""

LOOK_NS = 250_000_000
"""Between two looks for requests that take too long to begin."""


class Http3Connection:
    """`respond` answers requests; `number` is the connection's in the log."""

    def __init__(self, options: ServerOptions, settings: Settings, respond: Callable[[Request], Response], number: int) -> None:
        self.closed = False
        self._options = options
        self._reader = FrameReader()
        self._budgets = Budgets()
        encoder = FieldEncoder(settings.used)
        self._sender = Sender(lambda stream: self._session.finish(stream), encoder)
        self._requests = Requests(self._sender, self._budgets, options, respond, number)
        self._session = Session(self._sender, encoder, self._requests, self._budgets, settings)
        self._greeted = False
        self._active_ns = self._looked_ns = 0
        self._started = False

    @property
    def stalled(self) -> Collection[int]:
        """Streams for which the client takes nothing now; see `CarriedConnection`."""
        return self._sender.stalled

    @stalled.setter
    def stalled(self, streams: Collection[int]) -> None:
        self._sender.stalled = streams

    @property
    def early(self) -> bool:
        """Whether what comes now may be a replay; see `CarriedConnection`."""
        return self._requests.early

    @early.setter
    def early(self, value: bool) -> None:
        self._requests.early = value

    # the four calls of the contract

    def receive(self, data: bytes) -> bytes:
        """Frames of the client; see `ServerConnection`."""
        if self.closed:
            return b""
        self._greet()
        self._active_ns = self._session.now_ns
        if not data:
            self._session.leaving = True
            self._session.close_arriving()
            return self.pull()
        try:
            for frame in self._reader.receive(data):
                self._session.take(frame)
                if self._session.over:
                    self.closed = True
                    return b""
        except ConnectionFault as fault:
            return self._fail(fault)
        except FrameError as error:
            return self._fail(ConnectionFault(ErrorCode.H3_GENERAL_PROTOCOL_ERROR, str(error)))
        return self.pull()

    def pull(self) -> bytes:
        """The next bytes of what is being sent; see `ServerConnection`."""
        if self.closed:
            return b""
        self._greet()
        out = self._sender.turn()
        if out:
            self._active_ns = self._session.now_ns
        if self._session.leaving and not self._session.streams:
            out += self._leave()
        return out

    def wakeup(self, now_ns: int) -> bytes:
        """Time passes: connections on which nothing happens are closed, requests without a beginning rejected."""
        if not self._started:
            self._started = True
            self._active_ns = now_ns
        self._session.now_ns = now_ns
        self._budgets.tick(now_ns)
        if self.closed:
            return b""
        if now_ns - self._active_ns > self._options.idle_ns:
            self._greet()
            self._session.farewell()
            return self._sender.take() + self._leave()
        if now_ns - self._looked_ns >= LOOK_NS:
            self._looked_ns = now_ns
            try:
                self._session.expire(now_ns - BEGUN_NS)
            except ConnectionFault as fault:
                return self._fail(fault)
        return self._sender.take()

    def drain(self) -> bytes:
        """Shut down: say so, answer what has begun, then close (RFC 9114 5.2); see `ServerConnection`."""
        if self.closed:
            return b""
        self._greet()
        self._session.farewell()
        for stream in self._session.streams.values():
            self._requests.leave(stream)
        return self.pull()

    # what happens in them

    def _greet(self) -> None:
        """The first thing that is said, whatever the occasion (RFC 9114 6.2.1)."""
        if not self._greeted:
            self._greeted = True
            self._session.greet()

    def _fail(self, fault: ConnectionFault) -> bytes:
        """The client broke a rule, and the connection ends (RFC 9114 8)."""
        self._requests.tell({"event": "connection error", "code": fault.code.name, "reason": fault.text})
        self.closed = True
        return self._sender.take() + bytes(ConnectionClosed(fault.code, fault.text.encode()[:MAX_REASON]))

    def _leave(self) -> bytes:
        self.closed = True
        return bytes(ConnectionClosed(ErrorCode.H3_NO_ERROR))
