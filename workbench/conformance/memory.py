"""A peer that talks to a plugin's sans-IO server in this process: no sockets, and waiting takes no time.

Time is virtual: `receive` lets it pass in ticks, as `workbench.serving` does with real time, until there is an answer or patience is over.
A minute's idle time-out is seen within a millisecond, and equal checks give equal bytes.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from workbench.api import Peer, ServerConnection, ServerFactory, ServerOptions, Unconnected, WorkbenchError, in_memory
from workbench.conformance.budget import UNLIMITED, Budget
from workbench.conformance.target import PATIENCE_S
from workbench.conformance.transcript import Kind, Transcript

__all__ = ["MemoryPeer", "MemoryTarget"]

TICK_NS = 250_000_000
"""How often connections are told the time, as in `workbench.serving`."""

BUFFERED = 256 * 1024
"""Bytes of replies that lie between the server and a client that does not read: about two sockets' buffers. Beyond, the server is not
asked for more, and what the client sends waits."""

MOST_RECEIVED = 64 * 1024 * 1024
"""Bytes that one `receive` gives at most: a reply without end must not take all memory."""


class _World:
    """A service with the connections that a check has opened to it. All see the same clock."""

    def __init__(self, server: ServerFactory, options: ServerOptions) -> None:
        self.now_ns = 0
        self.lines: list[_Line] = []
        self._service = server(options)

    def connect(self, number: int, transcript: Transcript) -> "_Line":
        line = _Line(in_memory(self._service()), number, transcript)
        self.lines.append(line)
        line.call(lambda connection: connection.wakeup(self.now_ns), self.now_ns)
        return line

    def settle(self) -> None:
        """Take from every connection what it wants to say: one may have given another something to send."""
        for line in self.lines:
            line.refill(self.now_ns)

    def tick(self) -> None:
        """Time passes for all connections."""
        self.now_ns += TICK_NS
        for line in self.lines:
            line.call(lambda connection: connection.wakeup(self.now_ns), self.now_ns)
        self.settle()


class _Line:
    """One connection, and what is on the way in both directions. What the server raises ends it, as a crash does."""

    def __init__(self, connection: ServerConnection, number: int, transcript: Transcript) -> None:
        self.outgoing: list[bytes] = []
        """What each call returned: over UDP that is a datagram."""
        self.broken = False
        self._size = 0
        self._connection = connection
        self._incoming: list[bytes] = []
        self._number = number
        self._transcript = transcript

    @property
    def over(self) -> bool:
        """Whether the server will say no more than what is on its way."""
        return self.broken or self._connection.closed

    def note(self, kind: Kind, now_ns: int, data: bytes = b"") -> None:
        self._transcript.note(self._number, kind, now_ns, data)

    def give(self, data: bytes, now_ns: int) -> None:
        """Bytes of the client, b"" for its end."""
        self._incoming.append(data)
        self.refill(now_ns)

    def refill(self, now_ns: int) -> None:
        """Let the server read and write until it has nothing to say or the way is full."""
        while not self.over and self._size < BUFFERED:
            before = len(self.outgoing)
            if self._incoming:
                data = self._incoming.pop(0)
                self.call(lambda connection: connection.wakeup(now_ns), now_ns)
                self.call(lambda connection, data=data: connection.receive(data), now_ns)  # type: ignore[misc]
                continue
            self.call(lambda connection: connection.pull(), now_ns)
            if len(self.outgoing) == before:
                break

    def take(self) -> list[bytes]:
        """What is on the way to the client."""
        found, self.outgoing, self._size = self.outgoing, [], 0
        return found

    def call(self, ask: Callable[[ServerConnection], bytes], now_ns: int) -> None:
        """Ask the server something, unless it has ended."""
        if self.over:
            return
        try:
            said = ask(self._connection)
            self._size += len(said)
            self.outgoing += [said] if said else []
        except Exception as error:  # whatever it is, the server has crashed
            self.broken = True
            self.note("crashed", now_ns, f"{type(error).__name__}: {error}".encode())


class MemoryPeer:
    """See `workbench.api.Peer`. Its `again` connects to the same service; a new `MemoryPeer` starts a fresh one.

    `server` is a plugin's slot, `options` are what the checks may read, `settings` what the server is started with. A server that raises
    resets the connection, and `transcript.crash` says what it raised.
    """

    host = Unconnected.LOCAL.host
    port = Unconnected.LOCAL.port
    tls = False

    def __init__(
        self,
        server: ServerFactory,
        options: Mapping[str, str] = MappingProxyType({}),
        *,
        settings: ServerOptions | None = None,
        transcript: Transcript | None = None,
        patience_s: float = PATIENCE_S,
        budget: Budget = UNLIMITED,
    ) -> None:
        self._patience_s = patience_s
        self._budget = budget
        self._join(_World(server, settings or ServerOptions()), options, transcript or Transcript())

    def _join(self, world: _World, options: Mapping[str, str], transcript: Transcript) -> None:
        self.options = options
        self.transcript = transcript
        self.ended = self.reset = False
        self._world = world
        self._line = world.connect(transcript.open(), transcript)
        self._finished = False

    def again(self) -> "MemoryPeer":
        """Another connection to the same service, which shares the clock."""
        other = MemoryPeer.__new__(MemoryPeer)
        other._patience_s, other._budget = self._patience_s, self._budget
        other._join(self._world, self.options, self.transcript)
        return other

    def send(self, data: bytes) -> None:
        """See `Peer`; the server reads it at once, in one piece."""
        self._budget.left()
        if data and not self._finished:
            self._line.note("sent", self._world.now_ns, data)
            self._line.give(data, self._world.now_ns)
            self._world.settle()

    def finish(self) -> None:
        """See `Peer`."""
        if not self._finished:
            self._finished = True
            self._line.note("finished", self._world.now_ns)
            self._line.give(b"", self._world.now_ns)
            self._world.settle()

    def receive(self, enough: Callable[[bytes], bool] | None = None, patience_s: float | None = None) -> bytes:
        """See `Peer`; patience is virtual."""
        satisfied = enough or bool
        return b"".join(self._pieces(lambda pieces: satisfied(b"".join(pieces)), patience_s))

    def receive_datagrams(
        self, enough: Callable[[list[bytes]], bool] | None = None, patience_s: float | None = None
    ) -> list[bytes]:
        """See `Peer`; patience is virtual."""
        return self._pieces(enough or bool, patience_s)

    def _pieces(self, enough: Callable[[list[bytes]], bool], patience_s: float | None) -> list[bytes]:
        patience = self._patience_s if patience_s is None else patience_s
        deadline_ns = self._world.now_ns + int(patience * 1e9)
        found: list[bytes] = []
        size = 0
        self._world.settle()
        while True:
            self._budget.left()
            taken = self._take()
            found += taken
            size += sum(map(len, taken))
            if (taken and enough(found)) or size >= MOST_RECEIVED:
                break
            if not taken and self._line.over:
                self._end()
                break
            if not taken and self._world.now_ns >= deadline_ns:
                break
            if not taken:
                self._world.tick()
        return found

    def _take(self) -> list[bytes]:
        pieces = self._line.take()
        for piece in pieces:
            self._line.note("received", self._world.now_ns, piece)
        if pieces:
            self._world.settle()
        return pieces

    def _end(self) -> None:
        if not self.ended:
            self.ended, self.reset = True, self._line.broken
            self._line.note("reset" if self.reset else "closed", self._world.now_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryTarget:
    """See `Target`: a sans-IO server; each check meets a fresh one, started with `settings`."""

    server: ServerFactory
    options: Mapping[str, str] = field(default_factory=dict)
    settings: ServerOptions = field(default_factory=ServerOptions)
    patience_s: float = PATIENCE_S

    @contextmanager
    def session(self, transcript: Transcript, budget: Budget) -> Iterator[Peer]:
        """See `Target`."""
        yield MemoryPeer(
            self.server,
            self.options,
            settings=self.settings,
            transcript=transcript,
            patience_s=self.patience_s,
            budget=budget,
        )

    def require(self) -> None:
        """Raise what the plugin says about settings that cannot be (`UsageError`): that is no result of a check."""
        try:
            self.server(self.settings)
        except WorkbenchError:
            raise
        except Exception:  # noqa: S110 - a server that cannot begin is a result, told with every check
            pass
