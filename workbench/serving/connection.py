"""One accepted TCP connection: its stream, the pump behind it and its links, from the handshake to the last byte."""

from collections.abc import Callable
from enum import Enum, auto

from workbench.api import Endpoint
from workbench.api.links import Joined
from workbench.serving.door import Host, endpoint_of
from workbench.serving.links import Links
from workbench.serving.pump import Pump
from workbench.serving.streams import NOTHING, READ, WRITE, HandshakeError, Stream
from workbench.serving.watch import Watch

__all__ = ["Connection"]

MAX_NEWS = 1000
"""Events of links handled in one turn, so that two ends that answer each other at once do not starve everybody else."""


class _Phase(Enum):
    """How far a connection has come."""

    OPENING = auto()
    """The handshake of its stream goes on."""
    OPEN = auto()
    ENDING = auto()
    """Everything was sent; the stream says its last word."""
    LINGERING = auto()
    """Only the peer's end is awaited."""
    CLOSED = auto()


class Connection:
    """Begins at once; `forget` is called when it is over. Exceptions of the protocol end it, none leaves here."""

    __slots__ = (
        "_deadline_ns",
        "_forget",
        "_half",
        "_host",
        "_links",
        "_phase",
        "_pump",
        "_reason",
        "_stream",
        "_watch",
        "number",
        "peer",
    )

    def __init__(self, number: int, stream: Stream, peer: Endpoint, host: Host, forget: "Callable[[Connection], None]") -> None:
        self.number = number
        self.peer = peer
        self._host = host
        self._forget = forget
        self._stream = stream
        self._watch = Watch(host.selector, stream.sock, self.ready)
        self._pump: Pump | None = None
        self._links: Links | None = None
        self._phase = _Phase.OPENING
        self._deadline_ns = 0
        self._reason = ""
        self._half = False

    def begin(self, now_ns: int) -> None:
        """Shake hands."""
        self._deadline_ns = now_ns + self._host.limits.handshake_ns
        self._shake_hands(now_ns)

    def ready(self, events: int, now_ns: int) -> None:
        """The socket can be read or written; see `Ready`."""
        if self._phase is _Phase.OPEN:
            if events & READ or self._stream.needs:
                self._read(now_ns)
            self.settle(now_ns)
        elif self._phase is _Phase.OPENING:
            self._shake_hands(now_ns)
        elif self._phase is _Phase.ENDING:
            self._end(now_ns)
        elif self._phase is _Phase.LINGERING:
            self._waste()

    def tick(self, now_ns: int) -> None:
        """Time passes."""
        pump = self._pump
        if self._phase is _Phase.OPEN and pump is not None:
            if self._links is not None:
                self._links.tick(now_ns)
            self._run(pump.wakeup, now_ns)
            # a thousand silent connections must not keep the others waiting
            if self._links is not None or pump.outgoing or pump.finished:
                self.settle(now_ns)
        elif now_ns >= self._deadline_ns:
            if self._phase is _Phase.OPENING:
                self._host.insecure(self.number, self.peer, "it took too long")
                self._reason = "insecure"
            self.close(self._reason)

    def woken(self, now_ns: int) -> None:
        """Another connection made this one have something to say."""
        if self._phase is _Phase.OPEN and self._pump is not None:
            self._run(self._pump.refill)
            self.settle(now_ns)

    def drain(self, now_ns: int) -> None:
        """The server shuts down."""
        if self._phase is _Phase.OPENING:
            self.close("server")
        elif self._phase is _Phase.OPEN and self._pump is not None:
            self._run(self._pump.drain)
            self.settle(now_ns)

    def close(self, reason: str) -> None:
        """Over, now; `reason` as in `Disconnected`, unless it was known before."""
        if self._phase is _Phase.CLOSED:
            return
        self._phase = _Phase.CLOSED
        self._watch.drop()
        if self._links is not None:
            self._links.close()
        self._stream.close()
        self._forget(self)
        if self._pump is not None:
            del self._host.owners[id(self._pump.connection)]
        self._host.dismiss(self.number, self.peer, self._pump, self._reason or reason)

    # one step each

    def _shake_hands(self, now_ns: int) -> None:
        try:
            done = self._stream.establish()
        except HandshakeError as error:
            # an alert may be on its way: closing with unread input would destroy it
            self._host.insecure(self.number, self.peer, str(error))
            self._reason = "insecure"
            self._end(now_ns)
            return
        if not done:
            self._watch.wait_for(self._stream.needs)
            return
        self._phase = _Phase.OPEN
        self._pump = self._host.begin(self.number, self.peer, self._stream.session)
        if self._pump is None:
            self.close("crash")
            return
        self._host.owners[id(self._pump.connection)] = self.woken
        if self._pump.linking:
            self._links = Links(self._host, self.number, self.settle)
            self._links.say(Joined(self.peer, endpoint_of(self._stream.sock.getsockname())))
            self._relay(now_ns)
        self._run(self._pump.wakeup, now_ns)
        self.settle(now_ns)

    def _run(self, step: Callable[..., None], *values: object) -> None:
        """Protocol code; the connection is closed when that crashes."""
        try:
            step(*values)
        except Exception:
            self._host.crashed(self.number, self.peer)
            self.close("crash")

    def _read(self, now_ns: int) -> None:
        pump = self._pump
        if pump is None or not self._wants_input(pump):
            return
        try:
            data = self._stream.receive(self._host.limits.read_size)
        except OSError:
            self.close("reset")
            return
        if data is not None:
            self._host.counters.received += len(data)
            self._run(pump.receive, data, now_ns)

    def _write(self, pump: Pump) -> None:
        try:
            count = self._stream.send(pump.outgoing)
        except OSError:
            self.close("reset")
            return
        if count:
            self._host.counters.sent += count
            self._run(pump.taken, count)

    def _wants_input(self, pump: Pump) -> bool:
        return pump.wants_input and (self._links is None or self._links.wants_input)

    def settle(self, now_ns: int) -> None:
        """Obey the protocol's commands, send what can be sent at once, then wait for whatever comes next."""
        pump = self._pump
        if pump is None:
            return
        if self._links is not None:
            self._relay(now_ns)
        if pump.outgoing and self._phase is _Phase.OPEN:
            self._write(pump)
            if self._links is not None:
                self._relay(now_ns)
        if self._phase is not _Phase.OPEN:
            return
        if pump.finished:
            self._finish(pump, now_ns)
            return
        if self._links is not None:
            self._end_our_half(pump, self._links)
            self._links.flow(pump.has_room)
        wish = (READ if self._wants_input(pump) else NOTHING) | (WRITE if pump.outgoing else NOTHING)
        self._watch.wait_for(self._stream.needs or wish)

    def _relay(self, now_ns: int) -> None:
        """Commands to the links, their news to the protocol, until there is none."""
        pump, links = self._pump, self._links
        assert pump is not None, "links have a pump"
        assert links is not None, "asked for with links only"
        for _ in range(MAX_NEWS):
            if self._phase is not _Phase.OPEN:
                return
            for command in pump.commands():
                links.obey(command, now_ns)
            event = links.news()
            if event is None:
                return
            self._run(pump.notify, event, now_ns)
        self._host.wake(pump.connection)

    def _end_our_half(self, pump: Pump, links: Links) -> None:
        if links.client_hung and not self._half and not pump.outgoing:
            try:
                self._half = self._stream.end()
            except OSError:
                self.close("reset")

    def _finish(self, pump: Pump, now_ns: int) -> None:
        """Closing a socket with unread input resets it and may destroy the last reply on its way: say goodbye, then wait."""
        self._reason = "server" if pump.ended_by_server else "peer"
        if self._links is not None:
            self._links.flow(has_room=False)  # they may still send what was passed to them
        self._end(now_ns)

    def _end(self, now_ns: int) -> None:
        if self._phase is not _Phase.ENDING:
            self._phase = _Phase.ENDING
            self._deadline_ns = now_ns + self._host.limits.linger_ns
        try:
            ended = self._stream.end()
        except OSError:
            self.close("reset")
            return
        if not ended:
            self._watch.wait_for(self._stream.needs)
        elif self._reason == "peer":
            self.close("peer")
        else:
            self._phase = _Phase.LINGERING
            self._watch.wait_for(READ)

    def _waste(self) -> None:
        try:
            data = self._stream.waste(self._host.limits.read_size)
        except OSError:
            data = b""
        if data == b"":
            self.close(self._reason)
