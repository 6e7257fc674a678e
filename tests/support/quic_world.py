"""A QUIC server and its clients with a network between them that is a function call; time is what the test says."""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from support.certificates import pair_of
from workbench.api import (
    CarrierSession,
    ClientSetup,
    Credentials,
    Datagram,
    Endpoint,
    FrameReader,
    ServerConnection,
    ServerSetup,
    StreamData,
)
from workbench_quic.carrier.client import QuicClient
from workbench_quic.carrier.server import QuicServer

__all__ = ["MILLISECOND", "SECOND", "Echo", "Line", "World", "credentials_of"]

MILLISECOND, SECOND = 1_000_000, 1_000_000_000


def credentials_of(name: str = "localhost") -> Credentials:
    """A certificate of the test authority."""
    pair = pair_of(name)
    return Credentials(pair.certificate, pair.key)


class Echo:
    """An application that gives back what it gets, and remembers what happened to it."""

    def __init__(self) -> None:
        self.closed = False
        self.frames: list[Any] = []
        self.ended = False
        self.drained = False
        self.reply = b""
        """What `pull` gives next."""
        self._reader = FrameReader()

    def receive(self, data: bytes) -> bytes:
        self.ended = self.ended or not data
        answers = b""
        for frame in self._reader.receive(data):
            self.frames.append(frame)
            if isinstance(frame, StreamData | Datagram):
                answers += bytes(frame)
        return answers

    def pull(self) -> bytes:
        reply, self.reply = self.reply, b""
        return reply

    def wakeup(self, now_ns: int) -> bytes:
        return b""

    def drain(self) -> bytes:
        self.drained = self.closed = True
        return b""

    @property
    def heard(self) -> bytes:
        """All data of all streams."""
        return b"".join(frame.data for frame in self.frames if isinstance(frame, StreamData))


@dataclass
class Line:
    """One client and where it is."""

    client: QuicClient
    home: Endpoint
    world: "World"
    sent: list[bytes] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)

    def said(self) -> list[Any]:
        """Frames of the server's application that arrived since the last call."""
        return list(FrameReader().receive(self.client.read()))

    def talk(self, *frames: Any) -> list[Any]:
        """Say frames, let everything settle, and give what came back."""
        self.client.send(b"".join(map(bytes, frames)))
        self.world.settle()
        return self.said()


class World:
    """`lose(to_server, datagram)` says which datagrams never arrive. `log` has what the server told: (what, details…)."""

    def __init__(
        self, application: Callable[[], ServerConnection] = Echo, alpn: tuple[str, ...] = ("echo",), **setup: Any
    ) -> None:
        self.now_ns = SECOND
        self.log: list[tuple[Any, ...]] = []
        self.apps: list[Any] = []
        self.sessions: list[CarrierSession] = []
        self.keys: list[str] = []
        self.lines: list[Line] = []
        self.stray: list[tuple[bytes, Endpoint]] = []
        """Datagrams of the server to nobody we know."""
        self.lose: Callable[[bool, bytes], bool] = lambda *_: False
        self._application = application
        common: dict[str, Any] = {
            "applications": alpn,
            "accept": self._accept,
            "over": lambda _, why: self.log.append(("over", why)),
            "failed": lambda _, why: self.log.append(("failed", why)),
            "refused": lambda _, why: self.log.append(("refused", why)),
            "crashed": lambda *_: self.log.append(("crashed", traceback.format_exc())),
            "credentials": lambda _: credentials_of(),
            "idle_ns": 10 * SECOND,
            "keylog": self.keys.append,
            "tell": lambda fact: self.log.append(("told", fact["event"])),
        }
        self.server = QuicServer(ServerSetup(**{**common, **setup}))

    def _accept(self, peer: Endpoint, session: CarrierSession) -> ServerConnection:
        self.sessions.append(session)
        self.apps.append(self._application())
        return self.apps[-1]

    def line(self, **setup: Any) -> Line:
        """A client that has not said anything yet."""
        common: dict[str, Any] = {"alpn": ("echo",), "server_name": "localhost", "cacert": pair_of("ca").certificate}
        line = Line(QuicClient(ClientSetup(**{**common, **setup})), Endpoint("127.0.0.1", 40_000 + len(self.lines)), self)
        self.lines.append(line)
        return line

    def connected(self, **setup: Any) -> Line:
        """A client after its handshake."""
        line = self.line(**setup)
        self.settle()
        assert line.client.ready, line.client.ended
        return line

    def settle(self, patience_ns: int = SECOND) -> None:
        """Deliver, and let the short times pass (delayed acknowledgements, pacing), until nobody has anything to say."""
        end_ns = self.now_ns + patience_ns
        while True:
            while self.deliver():
                pass
            due_ns = min((due for due in self._dues() if due is not None), default=end_ns)
            if due_ns > self.now_ns + 50 * MILLISECOND or due_ns >= end_ns:
                return
            self.pass_to(max(due_ns, self.now_ns))

    def deliver(self) -> bool:
        """What everybody wants to send now; whether there was anything."""
        moved = False
        for line in self.lines:
            for datagram in line.client.outgoing(self.now_ns):
                moved = True
                line.sent.append(datagram)
                if not self.lose(True, datagram):
                    self.server.receive(datagram, line.home, self.now_ns)
        for datagram, peer in self.server.outgoing(self.now_ns):
            moved = True
            if self.lose(False, datagram):
                continue
            line = next((line for line in self.lines if line.home == peer), None)  # type: ignore[arg-type, assignment]
            if line is None:
                self.stray.append((datagram, peer))
            else:
                line.received.append(datagram)
                line.client.receive(datagram, self.now_ns)
        return moved

    def pass_to(self, now_ns: int) -> None:
        """Time passes for all."""
        self.now_ns = now_ns
        self.server.wakeup(now_ns)
        for line in self.lines:
            line.client.wakeup(now_ns)

    def wait(self, duration_ns: int) -> None:
        """Let time pass, whatever happens meanwhile."""
        end_ns = self.now_ns + duration_ns
        while self.now_ns < end_ns:
            while self.deliver():
                pass
            due_ns = min((due for due in self._dues() if due is not None), default=end_ns)
            self.pass_to(min(max(due_ns, self.now_ns + 1), end_ns))
        while self.deliver():
            pass

    def raw(self, datagram: bytes, home: Endpoint) -> list[bytes]:
        """What the server answers to a datagram from somewhere."""
        self.server.receive(datagram, home, self.now_ns)
        return [answer for answer, _ in self.server.outgoing(self.now_ns)]

    def told(self, what: str) -> list[Any]:
        """Details of what was told under one name."""
        return [entry[1] for entry in self.log if entry[0] == what]

    def _dues(self) -> Iterator[int | None]:
        yield self.server.due_ns()
        for line in self.lines:
            yield line.client.due_ns()
