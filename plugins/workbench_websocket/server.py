"""The reference server for WebSocket: the opening handshake, sessions, time-outs. Sans-IO; `workbench.serving` puts sockets around it.

It stands on this plugin's own frames rather than on a library: header and text are judged as they come, an idle connection costs a
kilobyte, and zlib contexts exist only where messages are compressed.

`/` and `/echo` say back what they hear, `/broadcast` says it to everybody who is there, `/ping` asks with a Ping for each message and tells
of the Pong, `/close?code=N&reason=TEXT` closes behind the first message. Without an upgrade `/` is a page and `/health` says ok.
"""

from collections import deque
from collections.abc import Mapping

from workbench.api import Direction, ServerOptions
from workbench_websocket.frames import LONGEST_CONTROL, build_frame
from workbench_websocket.heads import begins_opening, head_end
from workbench_websocket.opcodes import PING, TEXT
from workbench_websocket.openings import read_opening
from workbench_websocket.requests import Accepted, Answer, answer_bytes, respond
from workbench_websocket.session import Handler, Session
from workbench_websocket.settings import settings_of

__all__ = ["WebSocketConnection", "WebSocketService", "serve"]

MAX_HEAD = 16_384
"""Bytes of a request's head, 431 beyond: browsers with many cookies send a few kilobytes."""

OPENING_NS = 10_000_000_000
"""Time for the opening request to come whole, 408 beyond: it fits one packet."""

CLOSING_NS = 3_000_000_000
"""Time for the client's Close to come behind ours; a drain has less than five seconds."""

PINGS_PER_IDLE = 2
"""A silent client is asked with a Ping after this part of the idle time-out, so that only those who are gone run into it."""

BACKLOG = 1_048_576
"""Bytes of broadcasts that wait for one slow reader; then it is sent away with 1013, so that nobody else waits and memory stays bounded."""

WINDOW = 65_536
"""Bytes given out in one turn, about a socket's buffer."""

WAITING_PINGS = 32
"""Unanswered Pings of one `/ping` connection; with more the oldest are forgotten."""


class WebSocketService:
    """What all connections share: the settings, and who is in the broadcast."""

    def __init__(self, options: ServerOptions) -> None:
        self.options = options
        self.settings = settings_of(options.settings)
        self.members: dict[WebSocketConnection, None] = {}
        """In the order in which they came."""

    def __call__(self) -> "WebSocketConnection":
        """Accept a connection."""
        return WebSocketConnection(self)

    def broadcast(self, sender: "WebSocketConnection", opcode: int, content: bytes) -> bytes:
        """Put a message before everybody; gives the sender's own copy."""
        for member in tuple(self.members):
            if member is not sender:
                member.enqueue(opcode, content)
                self.options.wake(member)
        return sender.say(opcode, content)


def serve(options: ServerOptions) -> WebSocketService:
    """Start a fresh service; the `server` slot of the protocol. Raises `UsageError` for settings that there are not."""
    return WebSocketService(options)


class WebSocketConnection:
    """See `workbench.api.ServerConnection`."""

    __slots__ = (
        "_asked", "_began_ns", "_head", "_now_ns", "_outbox", "_query", "_service", "_spoke_ns", "_waiting",
        "closed", "endpoint", "session",
    )  # fmt: skip

    def __init__(self, service: WebSocketService) -> None:
        self.closed = False
        self.session: Session | None = None
        self.endpoint = ""
        self._service = service
        self._head = b""
        self._outbox: deque[bytes] = deque()
        self._waiting = 0
        """Bytes in the outbox."""
        self._query: Mapping[str, str] = {}
        self._asked: dict[bytes, int] = {}
        """Payloads of our Pings and when they were sent."""
        self._now_ns = 0
        self._began_ns: int | None = None
        self._spoke_ns = 0

    # the four calls of the contract

    def receive(self, data: bytes) -> bytes:
        """Bytes of the client; see `ServerConnection`."""
        if self.closed:
            return b""
        if not data:
            self._end()
            return b""
        self._spoke_ns = self._now_ns
        if self.session is None:
            return self._open(self._head + data)
        out = self.session.receive(data)
        return self._after(out)

    def pull(self) -> bytes:
        """What others' messages brought; see `ServerConnection`."""
        out = []
        size = 0
        while self._outbox and size < WINDOW:
            out.append(self._outbox.popleft())
            size += len(out[-1])
        self._waiting -= size
        return b"".join(out)

    def wakeup(self, now_ns: int) -> bytes:
        """Time passes: a Ping for the silent, an end for those who stay silent."""
        self._now_ns = now_ns
        if self._began_ns is None:
            self._began_ns = self._spoke_ns = now_ns
        if self.closed:
            return b""
        silent = now_ns - self._spoke_ns
        if self.session is None:
            return (
                self._answer(Answer(408, b"the request did not come in time\n")) if now_ns - self._began_ns > OPENING_NS else b""
            )
        if self.session.closing:
            if silent > CLOSING_NS:
                self._end()
            return b""
        if silent > self._service.options.idle_ns:
            out = self.session.close(1011, "no answer to a ping")
            self._end()
            return out
        if silent > self._service.options.idle_ns // PINGS_PER_IDLE and b"" not in self._asked:
            self._asked[b""] = now_ns
            return build_frame(PING)
        return b""

    def drain(self) -> bytes:
        """Shut down: 1001, and the client's Close ends it; see `ServerConnection`."""
        if self.session is None:
            self._end()
            return b""
        self._spoke_ns = self._now_ns
        return self.session.close(1001, "the server is shutting down")

    # opening

    def _open(self, head: bytes) -> bytes:
        if begins_opening(head, Direction.TO_SERVER) is False:
            return self._answer(Answer(400, b"this is no request of HTTP/1.1\n"))
        end = head_end(head, max(0, len(self._head) - 3))
        if (end or len(head)) > MAX_HEAD:
            return self._answer(Answer(431, b"the header fields are too large\n"))
        if end is None:
            self._head = head
            return b""
        self._head = b""
        found = respond(read_opening(head[:end], Direction.TO_SERVER), self._service.settings)
        if isinstance(found, Answer):
            return self._answer(found)
        self._accept(found)
        assert self.session is not None, "accepted just now"
        return found.response + (self._after(self.session.receive(head[end:])) if end < len(head) else b"")

    def _answer(self, answer: Answer) -> bytes:
        self._service.options.tell({"event": "answered", "status": answer.status})
        self.closed = True
        return answer_bytes(answer)

    def _accept(self, found: Accepted) -> None:
        self.endpoint, self._query = found.endpoint, found.query
        handler: Handler = {"echo": self._echo, "broadcast": self._broadcast, "ping": self._ping, "close": self._close}[
            found.endpoint
        ]
        self.session = Session(handler, self._service.options.max_request, found.deflate)
        self.session.on_pong = self._pong
        if found.endpoint == "broadcast":
            self._service.members[self] = None
        self._service.options.tell({"event": "opened", "endpoint": found.endpoint, "compressed": found.deflate is not None})

    def _after(self, out: bytes) -> bytes:
        """The session has had its turn."""
        if self.session is not None and self.session.closed:
            self._end()
        return out

    def _end(self) -> None:
        self.closed = True
        self._service.members.pop(self, None)
        self._outbox.clear()

    # endpoints

    def say(self, opcode: int, content: bytes) -> bytes:
        """A message as this client gets it."""
        assert self.session is not None, "only open connections are spoken to"
        return b"" if self.session.closing else self.session.say(opcode, content)

    def enqueue(self, opcode: int, content: bytes) -> None:
        """Leave a message for `pull`; a reader with too many of them is sent away."""
        frame = self.say(opcode, content)
        if self._waiting + len(frame) > BACKLOG:
            self._service.members.pop(self, None)
            assert self.session is not None, "members have one"
            frame = self.session.close(1013, "this reader is too slow")
        self._outbox.append(frame)
        self._waiting += len(frame)

    def _echo(self, session: Session, opcode: int, content: bytes) -> bytes:
        return session.say(opcode, content)

    def _broadcast(self, session: Session, opcode: int, content: bytes) -> bytes:
        return self._service.broadcast(self, opcode, content)

    def _ping(self, session: Session, opcode: int, content: bytes) -> bytes:
        payload = content[:LONGEST_CONTROL]
        self._asked[payload] = self._now_ns
        while len(self._asked) > WAITING_PINGS:
            del self._asked[next(iter(self._asked))]
        return build_frame(PING, payload)

    def _pong(self, payload: bytes) -> bytes:
        """The answer to a Ping of ours; an unsolicited one is heard and no more (RFC 6455 5.5.3)."""
        sent_ns = self._asked.pop(payload, None)
        if sent_ns is None or self.session is None or self.endpoint != "ping" or not payload:
            return b""
        return self.session.say(TEXT, b"pong after %d ms" % ((self._now_ns - sent_ns) // 1_000_000))

    def _close(self, session: Session, opcode: int, content: bytes) -> bytes:
        return session.close(int(self._query.get("code", "1000")), self._query.get("reason", ""))
